/**
 * The mastership of a node: whether its master leads or stands by, as the registry's store says.
 *
 *     standing by ──elected──▶ (standby stops) ──▶ leading
 *         ▲                                           │
 *         └────────── (master stops) ◀──deposed───────┘
 *
 * A master that leads is started anew with the registry as it was then, and one that is deposed ends
 * with all that it knew: there is nothing in it that could be wrong later. Agents and schedulers are
 * linked to it, so they hear at once. At any time one of the two has the name `master`.
 * When the master fails by itself, this ends, and the node with it.
 */
import {
  type Address,
  type AnyAddress,
  type Context,
  defineActor,
  type Exited,
} from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import { assert } from '../../runtime/assert.ts';
import { MASTER_NAME, type NotLeader } from '../protocol/messages.ts';
import { master } from './master.ts';
import type { MasterInbox } from './messages.ts';
import type { MasterOptions } from './options.ts';
import { missingCapabilities } from './registry/capabilities.ts';
import type { Candidate, Leader } from './registry/leader.ts';
import type { Registry } from './registry/registry.ts';
import type {
  FromStoreToMastership,
  RegistryStoreMessage,
  StartRegistryStore,
} from './registry/store.ts';
import {
  type FromStandbyToMastership,
  type KnownLeader,
  type StandbyInbox,
  standby,
} from './standby.ts';

export type MastershipMessage =
  | FromStoreToMastership
  | FromStandbyToMastership
  /** From the API of this node: who leads, as far as it is known here. */
  | { readonly type: 'describeLeadership'; readonly replyTo: Address<Leadership> }
  | Exited;

export interface Leadership extends KnownLeader {
  readonly type: 'leadership';
  /** Of the master of this node: it leads, it was elected and is about to, or another one may. */
  readonly role: 'leading' | 'beginning' | 'standby';
  /** A UUID: of this leadership, or, where it doesn't lead, of this start. */
  readonly masterId: string;
  readonly startedMs: number;
  /** Since when it leads; absent where it doesn't. */
  readonly electedMs?: number;
}

export type MastershipContext = Context<MastershipOptions, MastershipMessage>;

export interface MastershipOptions {
  readonly candidate: Candidate;
  readonly startStore: StartRegistryStore;
  /** `host:port` of all masters, as far as they are known before any of them has spoken. */
  readonly masters: readonly string[];
  /** Of the master, whenever it leads. */
  readonly master: Omit<
    MasterOptions,
    'masterId' | 'epoch' | 'masters' | 'askers' | 'store' | 'registry'
  >;
}

interface Leading {
  readonly leader: Leader;
  readonly registry: Registry;
}

interface MastershipState {
  store: Address<RegistryStoreMessage> | undefined;
  known: KnownLeader;
  /** What is to be here: a leading master, or, unset, a standby. */
  wanted: Leading | undefined;
  present: Present | undefined;
  startedMs: number;
  /** Left by the last standby. */
  askers: readonly Address<NotLeader>[];
}

type Present = { stopping: boolean } & (
  | { readonly role: 'standby'; readonly address: Address<StandbyInbox> }
  | {
      readonly role: 'master';
      readonly address: Address<MasterInbox>;
      readonly epoch: number;
      readonly masterId: string;
      readonly electedMs: number;
    }
);

export const mastership = defineActor<MastershipOptions, MastershipState, MastershipMessage>({
  name: 'mastership',
  initialState: ({ masters }) => ({
    store: undefined,
    known: { epoch: 0, masters },
    wanted: undefined,
    present: undefined,
    startedMs: 0,
    askers: [],
  }),
  started(state, context) {
    const { candidate, startStore, master: of } = context.options;
    state.startedMs = context.nowMs();
    const metrics = of.reads && { metrics: of.reads.metrics };
    const store = { candidate, mastership: context.self, ...metrics };
    state.store = startStore(store, context, { name: 'registry-store', onCrash: 'escalate' });
    context.link(state.store);
    settle(state, context);
  },
  handlers: {
    elected(state, { leader, registry }, context) {
      const missing = missingCapabilities(registry);
      if (missing.length > 0) {
        context.log.error(
          `Cannot lead: the registry needs ${missing.join(', ')}, which this version does not know; ` +
            'start a newer one here',
        );
        context.stop();
        return;
      }
      context.log.info(`This master leads, epoch ${leader.epoch}`);
      state.wanted = { leader, registry };
      state.known = { ...state.known, epoch: leader.epoch, leader: leader.candidate.node };
      settle(state, context);
    },

    deposed(state, { epoch, reason }, context) {
      if (state.wanted?.leader.epoch !== epoch) return;
      context.log.warn(`This master leads no longer: ${reason}`);
      state.wanted = undefined;
      const { masters } = state.known;
      state.known = { epoch, masters };
      settle(state, context);
    },

    leaderChanged(state, { leader }, context) {
      const { epoch, masters } = state.known;
      if (leader === undefined) {
        state.known = { epoch, masters };
        context.log.info('No master is known to lead');
      } else {
        state.known = { epoch: leader.epoch, masters, leader: leader.candidate.node };
        context.log.info(`The master at ${leader.candidate.node} leads, epoch ${leader.epoch}`);
      }
      tellStandby(state, context);
    },

    mastersChanged(state, { masters }, context) {
      state.known = { ...state.known, masters };
      tellStandby(state, context);
      const { present } = state;
      if (present?.role === 'master') {
        context.send(present.address, { type: 'mastersChanged', masters });
      }
    },

    askersLeft(state, { askers }) {
      state.askers = askers;
    },

    describeLeadership({ known, present, wanted, startedMs }, { replyTo }, context) {
      const leads = present?.role === 'master' && !present.stopping ? present : undefined;
      const waits = wanted === undefined ? 'standby' : 'beginning';
      context.send(replyTo, {
        type: 'leadership',
        ...known,
        role: leads === undefined ? waits : 'leading',
        masterId: leads?.masterId ?? context.options.candidate.masterId,
        startedMs,
        ...(leads && { electedMs: leads.electedMs }),
      });
    },

    exited(state, { address, reason }, context) {
      const { present } = state;
      if (present !== undefined && sameAddress(address, present.address)) {
        state.present = undefined;
        if (present.stopping) settle(state, context);
        else end(context, `the ${present.role}`, reason);
        return;
      }
      if (isStore(state, address)) end(context, 'the store of the registry', reason);
    },
  },
  inspect: ({ known, wanted, present }) => ({
    ...known,
    role: present?.role ?? 'changing',
    leads: wanted !== undefined,
  }),
});

/** Brings what is here to what is wanted. Goes on when what was here before has ended. */
function settle(state: MastershipState, context: MastershipContext): void {
  const { present, wanted } = state;
  if (present === undefined) {
    state.present =
      wanted === undefined ? startStandby(state, context) : lead(state, wanted, context);
    context.link(state.present.address);
    return;
  }
  if (present.stopping) return;
  if (present.role === 'standby' && wanted === undefined) {
    tellStandby(state, context);
    return;
  }
  if (present.role === 'master' && present.epoch === wanted?.leader.epoch) return;
  present.stopping = true;
  context.stop(present.address);
}

function startStandby(
  { store, known, startedMs }: MastershipState,
  context: MastershipContext,
): Present {
  assert(store !== undefined, 'the store is there before anything else');
  const { candidate, master: of } = context.options;
  const { node, masterId } = candidate;
  const { cluster, version } = of;
  const summary = { masterId, cluster, version, node, startedMs };
  const options = { known, mastership: context.self, store, master: summary };
  const address = context.spawn(standby, options, { name: MASTER_NAME });
  return { role: 'standby', address, stopping: false };
}

function lead(
  state: MastershipState,
  { leader: { epoch }, registry }: Leading,
  context: MastershipContext,
): Present {
  const { store, askers, known } = state;
  assert(store !== undefined, 'who was elected has a store');
  state.askers = [];
  const masterId = context.uuid();
  const options: MasterOptions = {
    ...context.options.master,
    masterId,
    epoch,
    registry,
    store,
    masters: known.masters,
    askers,
  };
  const address = context.spawn(master, options, { name: MASTER_NAME, onCrash: 'stop' });
  return {
    role: 'master',
    ...{ address, epoch, masterId },
    electedMs: context.nowMs(),
    stopping: false,
  };
}

function tellStandby({ present, known }: MastershipState, context: MastershipContext): void {
  if (present?.role !== 'standby') return;
  context.send(present.address, { type: 'leaderKnown', known });
}

function isStore({ store }: MastershipState, address: AnyAddress): boolean {
  return store !== undefined && sameAddress(address, store);
}

function end(context: MastershipContext, what: string, reason: string): void {
  context.log.error(`This master ends: ${what} ended by itself (${reason})`);
  context.stop();
}
