/**
 * The standby: stands where the master would, on a node whose master doesn't lead, and says who does.
 *
 * Agents and schedulers that ask while nobody is known to lead are told as soon as somebody is, so
 * that they need not ask again and again; when it is the master of this very node, by that one.
 * Schedulers that are with another master watch here: they are told each time.
 */
import { type Address, defineActor } from '../../runtime/actor.ts';
import { formatAddress, sameAddress } from '../../runtime/address.ts';
import { acceptsMasterMessage } from '../protocol/accepts.ts';
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../protocol/messages.ts';
import { remember } from './state.ts';

/** The oldest go first; they ask again by themselves. */
const ASKERS_MAX = 200_000;
/** The oldest are told no more: they notice by the silence of their master, a little later. */
const WATCHERS_MAX = 100_000;

export type StandbyInbox =
  | MasterMessage
  /** From the mastership: what is known here of the leader and of all masters. */
  | { readonly type: 'leaderKnown'; readonly known: KnownLeader };

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
}

interface StandbyState {
  known: KnownLeader;
  /** By printed address; asked since the leader is not known. */
  readonly askers: Map<string, Address<NotLeader>>;
  /** By printed address; linked. */
  readonly watchers: Map<string, Address<NotLeader>>;
}

const ignored = () => {};

export const standby = defineActor<StandbyOptions, StandbyState, StandbyInbox>({
  name: MASTER_NAME,
  initialState: ({ known }) => ({ known, askers: new Map(), watchers: new Map() }),
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
    describeMaster(state, { replyTo }, context) {
      context.send(replyTo, answer(state));
    },
    killTask(state, { replyTo }, context) {
      context.send(replyTo, answer(state));
    },
    teardownFramework(state, { replyTo }, context) {
      context.send(replyTo, answer(state));
    },

    // For a leader that was here before: whoever sent it hears by the broken link that it is gone.
    unregisterAgent: ignored,
    pong: ignored,
    statusUpdate: ignored,
    executorExited: ignored,
    frameworkShutDown: ignored,
    executorMessage: ignored,
    teardown: ignored,
    accept: ignored,
    decline: ignored,
    revive: ignored,
    suppress: ignored,
    kill: ignored,
    shutdownExecutor: ignored,
    acknowledge: ignored,
    reconcile: ignored,
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
