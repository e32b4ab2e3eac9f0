/**
 * The standby: stands where the master would, on a node whose master doesn't lead, and says who does.
 *
 * Agents and schedulers that ask while nobody is known to lead are told as soon as somebody is, so
 * that they need not ask again and again; when it is the master of this very node, by that one.
 * Schedulers that are with another master watch here: they are told each time.
 *
 * Operators may ask for what is known here all the same, however old: it is read from the store, and
 * the page says how old it is.
 */
import { type Address, type Context, defineActor } from '../../runtime/actor.ts';
import { formatAddress, sameAddress } from '../../runtime/address.ts';
import { acceptsMasterMessage } from '../protocol/accepts-master.ts';
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../protocol/messages.ts';
import type { MasterSection, MasterSummary } from '../protocol/views.ts';
import type { FromStoreToReader, RegistryStoreMessage } from './registry/store.ts';
import { stalePage } from './stale-views.ts';
import { remember } from './state.ts';
import { type Range, rangeOf } from './views.ts';

/** The oldest go first; they ask again by themselves. */
const ASKERS_MAX = 200_000;
/** The oldest are told no more: they notice by the silence of their master, a little later. */
const WATCHERS_MAX = 100_000;
/** Reads that wait for the store; the oldest go, and who asked hears nothing and asks again. */
const READS_MAX = 1000;

export type StandbyInbox =
  | MasterMessage
  /** From the mastership: what is known here of the leader and of all masters. */
  | { readonly type: 'leaderKnown'; readonly known: KnownLeader }
  /** From the store. Dropped when too many were asked for meanwhile. */
  | FromStoreToReader;

export interface KnownLeader {
  readonly epoch: number;
  readonly leader?: string;
  readonly masters: readonly string[];
}

/** Its last words to the mastership. */
export interface FromStandbyToMastership {
  readonly type: 'askersLeft';
  readonly askers: readonly Address<NotLeader>[];
}

export interface StandbyOptions {
  readonly known: KnownLeader;
  readonly mastership: Address<FromStandbyToMastership>;
  readonly store: Address<RegistryStoreMessage>;
  /** For the pages that are made here; `masterId` is that of this start. */
  readonly master: MasterSummary;
}

interface StandbyState {
  known: KnownLeader;
  /** By printed address; asked since the leader is not known. */
  readonly askers: Map<string, Address<NotLeader>>;
  /** By printed address; linked. */
  readonly watchers: Map<string, Address<NotLeader>>;
  /** By their numbers. */
  readonly reads: Map<number, PendingRead>;
  nextReadNumber: number;
}

interface PendingRead {
  readonly section: MasterSection;
  readonly range: Range;
  readonly replyTo: Extract<MasterMessage, { readonly type: 'describeMaster' }>['replyTo'];
}

const ignored = () => {};

/** What operators want done, the leader has to do. */
function sentOn(
  state: StandbyState,
  { replyTo }: { readonly replyTo: Address<NotLeader> },
  context: StandbyContext,
): void {
  context.send(replyTo, answer(state));
}

type StandbyContext = Context<StandbyOptions, StandbyInbox>;

export const standby = defineActor<StandbyOptions, StandbyState, StandbyInbox>({
  name: MASTER_NAME,
  initialState: ({ known }) => ({
    known,
    askers: new Map(),
    watchers: new Map(),
    reads: new Map(),
    nextReadNumber: 1,
  }),
  handlers: {
    leaderKnown(state, { known }, context) {
      state.known = known;
      if (known.leader === undefined) return;
      for (const asker of state.askers.values()) context.send(asker, answer(state));
      state.askers.clear();
      for (const watcher of state.watchers.values()) context.send(watcher, answer(state));
    },

    registerAgent(state, { agent }, context) {
      context.send(agent, noted(state, agent));
    },
    reregisterAgent(state, { agent }, context) {
      context.send(agent, noted(state, agent));
    },
    subscribe(state, { scheduler }, context) {
      context.send(scheduler, noted(state, scheduler));
    },
    watchLeader(state, { watcher }, context) {
      if (context.sender !== undefined && !sameAddress(context.sender, watcher)) return;
      context.link(watcher);
      remember(state.watchers, formatAddress(watcher), watcher, WATCHERS_MAX);
      context.send(watcher, answer(state));
    },
    exited({ watchers }, { address }) {
      watchers.delete(formatAddress(address));
    },
    describeMaster(state, { stale, section, offset, countMax, replyTo }, context) {
      if (stale !== true) {
        context.send(replyTo, answer(state));
        return;
      }
      const readNumber = state.nextReadNumber++;
      const read = { section, range: rangeOf(offset, countMax), replyTo };
      remember(state.reads, readNumber, read, READS_MAX);
      context.send(context.options.store, { type: 'read', readNumber, replyTo: context.self });
    },
    registryRead({ reads }, { readNumber, registry, age }, context) {
      const read = reads.get(readNumber);
      if (read === undefined) return;
      reads.delete(readNumber);
      const { section, range, replyTo } = read;
      const { master } = context.options;
      context.send(replyTo, stalePage({ registry, age }, section, range, master, context.nowMs()));
    },
    nothingToRead(state, { readNumber }, context) {
      const read = state.reads.get(readNumber);
      if (read === undefined) return;
      state.reads.delete(readNumber);
      context.send(read.replyTo, answer(state));
    },
    killTask: sentOn,
    explain: sentOn,
    teardownFramework: sentOn,
    describeFramework: sentOn,
    drainAgent: sentOn,
    cancelDrain: sentOn,
    deactivateAgent: sentOn,
    reactivateAgent: sentOn,
    markAgentGone: sentOn,
    updateMaintenanceSchedule: sentOn,
    startMaintenance: sentOn,
    stopMaintenance: sentOn,
    describeMaintenance: sentOn,
    updateWeights: sentOn,
    changeResources: sentOn,
    updateQuota: sentOn,

    // For a leader that was here before: whoever sent it hears by the broken link that it is gone.
    unregisterAgent: ignored,
    pong: ignored,
    statusUpdate: ignored,
    agentUpdated: ignored,
    agentOversubscribed: ignored,
    operationUpdated: ignored,
    executorExited: ignored,
    frameworkShutDown: ignored,
    executorMessage: ignored,
    teardown: ignored,
    updateFramework: ignored,
    accept: ignored,
    decline: ignored,
    answerInverseOffers: ignored,
    revive: ignored,
    suppress: ignored,
    request: ignored,
    kill: ignored,
    shutdownExecutor: ignored,
    acknowledge: ignored,
    reconcile: ignored,
    acknowledgeOperation: ignored,
    reconcileOperations: ignored,
    schedulerMessage: ignored,
  },
  accepts: acceptsMasterMessage,
  stopped({ askers, watchers }, context) {
    const all = [...askers.values(), ...watchers.values()];
    context.send(context.options.mastership, { type: 'askersLeft', askers: all });
  },
  inspect: ({ known, askers, watchers }) => ({
    ...known,
    askerCount: askers.size,
    watcherCount: watchers.size,
  }),
});

function answer({ known }: StandbyState): NotLeader {
  return { type: 'notLeader', ...known };
}

function noted(state: StandbyState, asker: Address<NotLeader>): NotLeader {
  if (state.known.leader === undefined) {
    remember(state.askers, formatAddress(asker), asker, ASKERS_MAX);
  }
  return answer(state);
}
