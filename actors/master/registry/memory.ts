/**
 * A registry in memory, and who of those that share it leads: what is behind the stores of
 * `memory-store.ts`. Lost with the process.
 *
 *     join ──▶ waiting ──(nobody leads)──▶ leading ──resign──▶ waiting
 *                 └────── its store is gone ──┴──▶ (forgotten; the next one leads)
 *
 * Who has waited longest is elected. Everything happens at once, so there is always a leader while
 * there is a candidate.
 */
import {
  type Address,
  type AnyAddress,
  type Context,
  defineActor,
  type Exited,
} from '../../../runtime/actor.ts';
import { sameAddress } from '../../../runtime/address.ts';
import { assert } from '../../../runtime/assert.ts';
import type { Candidate, Leader } from './leader.ts';
import { applyAll, applyToRegistry, refusalOf } from './operations.ts';
import { copyRegistry, emptyRegistry, type Registry } from './registry.ts';
import type { FromStoreToMastership, RegistryStoreMessage } from './store.ts';

export type MemoryMessage =
  /** From a store, in its first turn. */
  | {
      readonly type: 'join';
      readonly store: AnyAddress;
      readonly candidate: Candidate;
      readonly mastership: Address<FromStoreToMastership>;
    }
  /** From the registrar, by way of its store; answered to the registrar. */
  | Extract<RegistryStoreMessage, { readonly type: 'write' }>
  /** From a standby, by way of its store; answered to the standby. */
  | Extract<RegistryStoreMessage, { readonly type: 'read' }>
  /** From the mastership, by way of its store. Dropped when that doesn't lead. */
  | { readonly type: 'resign'; readonly store: AnyAddress; readonly node?: string }
  /** A store is gone. */
  | Exited;

type Member = Omit<Extract<MemoryMessage, { readonly type: 'join' }>, 'type'>;

interface MemoryState {
  readonly registry: Registry;
  /** In the order of their turns: the leader stands first. */
  readonly members: Member[];
  leader: Leader | undefined;
  writeCount: number;
}

type MemoryContext = Context<undefined, MemoryMessage>;

/** The first leader's: then one more with each election. */
export const FIRST_EPOCH = 1;

export const memory = defineActor<undefined, MemoryState, MemoryMessage>({
  name: 'registry-memory',
  initialState: () => ({
    registry: emptyRegistry(),
    members: [],
    leader: undefined,
    writeCount: 0,
  }),
  handlers: {
    join(state, { store, candidate, mastership }, context) {
      context.link(store);
      state.members.push({ store, candidate, mastership });
      const { leader } = state;
      if (leader === undefined) elect(state, context);
      else context.send(mastership, { type: 'leaderChanged', leader });
    },

    write(state, { epoch, writeNumber, operations, replyTo }, context) {
      const { registry, leader } = state;
      if (epoch === leader?.epoch) {
        state.writeCount++;
        const refusals = applyAll(registry, operations).map(refusalOf);
        context.send(replyTo, { type: 'written', writeNumber, refusals });
        return;
      }
      const now = leader === undefined ? 'nobody leads' : `epoch ${leader.epoch} has begun`;
      const sentence = `Cannot write in epoch ${epoch}: ${now}`;
      context.send(replyTo, { type: 'writeFailed', writeNumber, outcome: 'notApplied', sentence });
    },

    read({ registry, leader, writeCount }, { readNumber, replyTo }, context) {
      const age = {
        term: registry.leader?.epoch ?? 0,
        appliedIndex: writeCount,
        leaderHeardMs: leader === undefined ? undefined : context.nowMs(),
      };
      const copy = copyRegistry(registry);
      context.send(replyTo, { type: 'registryRead', readNumber, registry: copy, age });
    },

    resign(state, { store, node }, context) {
      const { members, leader } = state;
      const [first] = members;
      if (leader === undefined || first === undefined || !sameAddress(first.store, store)) return;
      members.push(...members.splice(0, 1));
      const { epoch } = leader;
      context.send(first.mastership, { type: 'deposed', epoch, reason: 'It resigned' });
      elect(state, context, node);
    },

    exited(state, { address }, context) {
      const index = state.members.findIndex(({ store }) => sameAddress(store, address));
      if (index < 0) return;
      state.members.splice(index, 1);
      if (index === 0) elect(state, context);
    },
  },
  inspect: ({ members, leader, registry }) => ({
    leader,
    candidateNodes: members.map(({ candidate }) => candidate.node),
    admittedCount: registry.admitted.size,
    unreachableCount: registry.unreachable.size,
    frameworkCount: registry.frameworks.size,
  }),
});

/** Whoever is on `node`, or else the first in line. */
function elect(state: MemoryState, context: MemoryContext, node?: string): void {
  const { members, registry } = state;
  const index = members.findIndex(({ candidate }) => candidate.node === node);
  if (index > 0) members.unshift(...members.splice(index, 1));
  const [elected, ...others] = members;
  state.leader = undefined;
  if (elected === undefined) return;

  const epoch = (registry.leader?.epoch ?? FIRST_EPOCH - 1) + 1;
  const leader = { epoch, candidate: elected.candidate };
  state.leader = leader;
  const result = applyToRegistry(registry, { type: 'recover', leader });
  assert('mutated' in result, 'each epoch is greater than the one before');
  context.send(elected.mastership, { type: 'elected', leader, registry: copyRegistry(registry) });
  for (const { mastership } of others) context.send(mastership, { type: 'leaderChanged', leader });
}
