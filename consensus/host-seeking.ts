/**
 * A host without a log seeks its cluster: asks around, founds it with the others, or is invited.
 * What to do is decided in `formation.ts`.
 */
import { address } from '../runtime/address.ts';
import { explainError } from '../runtime/errors.ts';
import { formationStep } from './formation.ts';
import { FOUNDER_ID, foundGroup } from './founding.ts';
import { isLearner, noteLearner, whyNotInvited } from './host-members.ts';
import { HOST_NAME, type HostMessage } from './host-messages.ts';
import { openStorage, startReplica } from './host-opening.ts';
import {
  type HostContext,
  type HostHandlers,
  type HostState,
  INTRODUCE_INTERVAL_MS,
} from './host-state.ts';

/** Nodes that are asked, whoever names them. */
const ASKED_MAX = 100;

export const seekingHandlers: HostHandlers<
  | 'introduceDue'
  | 'introduce'
  | 'introducedFresh'
  | 'introducedMember'
  | 'invited'
  | 'founded'
  | 'notFounded'
> = {
  introduceDue(state, _, context) {
    const { seeking } = state;
    if (seeking === undefined) return;
    const { nodes, introduceIntervalMs = INTRODUCE_INTERVAL_MS } = context.options;
    for (const node of seeking.asked) {
      context.send(address<HostMessage>(HOST_NAME, node), { type: 'introduce', nodes });
    }
    goOn(state, context);
    context.sendSelfAfter(introduceIntervalMs, { type: 'introduceDue' });
  },

  introduce(state, _, context) {
    const { sender } = context;
    if (sender === undefined) return;
    const asker = address<HostMessage>(HOST_NAME, sender.node);
    const { identity, seeking, status } = state;
    if (seeking !== undefined || identity === undefined) {
      context.send(asker, { type: 'introducedFresh', nodes: context.options.nodes });
      return;
    }
    if (noteLearner(state, sender.node, context)) return;
    const leader = status?.membership.addresses[String(status.leader)];
    const isAwaited = leader === undefined || isLearner(state, sender.node);
    const refused = whyNotInvited(state, sender.node);
    context.send(asker, {
      type: 'introducedMember',
      clusterId: identity.clusterId,
      ...(leader === undefined ? {} : { leader }),
      ...(refused === undefined ? {} : { refused }),
      ...(isAwaited ? { isAwaited } : {}),
    });
  },

  introducedFresh({ seeking }, { nodes }, context) {
    const { sender } = context;
    if (seeking === undefined || sender === undefined || !seeking.asked.has(sender.node)) return;
    seeking.fresh.set(sender.node, { nodes, heardMs: context.nowMs() });
  },

  introducedMember(state, { leader, refused, isAwaited = false }, context) {
    const { seeking } = state;
    const { sender } = context;
    if (seeking === undefined || sender === undefined || !seeking.asked.has(sender.node)) return;
    // Named once: if each of them were in turn, it would seem to wait for something new all the time.
    const { node = sender.node, refused: known } = seeking.member ?? {};
    seeking.member = { node, refused: refused ?? known, isAwaited };
    if (leader !== undefined && leader !== context.options.node && seeking.asked.size < ASKED_MAX) {
      seeking.asked.add(leader);
    }
    goOn(state, context);
  },

  invited(state, identity, context) {
    const { seeking } = state;
    const { sender } = context;
    if (seeking === undefined || seeking.founding) return;
    if (sender === undefined || !seeking.asked.has(sender.node)) return;
    const { clusterId, memberId } = identity;
    context.log.info(`Joining the cluster of ${sender.node}`, { clusterId, memberId });
    if (!openStorage(state, { clusterId, memberId }, context)) return;
    state.seeking = undefined;
    startReplica(state, context);
  },

  founded(state, _, context) {
    state.seeking = undefined;
    startReplica(state, context);
  },

  notFounded(_, { sentence }, context) {
    context.log.error(`Cannot found the cluster: ${sentence}`);
    context.stop();
  },
};

/** A founding has steps that take no longer; only what lasts is worth a word. */
const SAID_AFTER_MS = 2000;

function goOn(state: HostState, context: HostContext): void {
  const { seeking } = state;
  if (seeking === undefined || seeking.founding) return;
  const { node, nodes } = context.options;
  const { fresh, member } = seeking;
  const next = formationStep({ node, nodes, fresh, member, nowMs: context.nowMs() });
  if (next.step === 'found') {
    found(state, context);
    return;
  }
  const nowMs = context.nowMs();
  if (next.sentence !== seeking.waitsFor) {
    seeking.waitsFor = next.sentence;
    seeking.waitsSinceMs = nowMs;
    seeking.isSaid = false;
  }
  if (seeking.isSaid || nowMs - seeking.waitsSinceMs < SAID_AFTER_MS) return;
  seeking.isSaid = true;
  context.log.warn(next.sentence);
}

function found(state: HostState, context: HostContext): void {
  const { node, nodes, group, machine } = context.options;
  const identity = { clusterId: context.uuid(), memberId: FOUNDER_ID };
  if (!openStorage(state, identity, context)) return;
  const { seeking, storage } = state;
  if (seeking === undefined || storage === undefined) return;
  seeking.founding = true;
  context.log.info('Founding a cluster', { ...identity, nodes });
  const learners = [...nodes]
    .filter((other) => other !== node)
    .sort()
    .map((other, index) => ({ memberId: FOUNDER_ID + 1 + index, address: other }));
  context.defer(
    foundGroup({ storage, group, machine, memberId: FOUNDER_ID, address: node, learners }),
    {
      onValue: () => ({ type: 'founded' }),
      onError: (error) => ({ type: 'notFounded', sentence: explainError(error) }),
    },
  );
}
