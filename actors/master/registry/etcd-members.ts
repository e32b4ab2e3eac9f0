/**
 * Speaks with operators for a master whose registry is in an etcd: stands where the host of replicas
 * stands on a master that keeps a log, and is asked the same.
 *
 *     messor masters ──describeMembers, transferTo──▶ members ──▶ store ──▶ messor masters
 *
 * A master takes part as long as it runs, so there is nobody to add and nobody to remove.
 */
import {
  acceptsHostMessage,
  type FromHost,
  type FromOperator,
  HOST_NAME,
} from '../../../consensus/host-messages.ts';
import { type Address, defineActor } from '../../../runtime/actor.ts';
import type { EtcdStoreHandlers, FromMembersToStore } from './etcd-state.ts';
import { resignTo } from './etcd-watching.ts';

export interface EtcdMembersOptions {
  readonly store: Address<FromMembersToStore>;
  /** As people name it. */
  readonly place: string;
}

const ignored = () => {};

export const etcdMembers = defineActor<EtcdMembersOptions, undefined, FromHost | FromOperator>({
  name: HOST_NAME,
  initialState: () => undefined,
  accepts: acceptsHostMessage,
  handlers: {
    describeMembers(_state, message, context) {
      context.send(context.options.store, message);
    },
    transferTo(_state, message, context) {
      context.send(context.options.store, message);
    },
    addMember(_state, { node, replyTo }, context) {
      const refused =
        `Cannot add ${node}: with --registry ${context.options.place} a master takes part as soon as ` +
        'it runs; start it there with the same --registry and --cluster';
      context.send(replyTo, { type: 'membersAnswer', refused });
    },
    removeMember(_state, { node, replyTo }, context) {
      const refused =
        `Cannot remove ${node}: with --registry ${context.options.place} a master takes part as long ` +
        'as it runs; end it there';
      context.send(replyTo, { type: 'membersAnswer', refused });
    },

    // Of masters that keep a log: who is told of one of each kind is told by either what to do.
    introduce: ignored,
    introducedFresh: ignored,
    introducedMember: ignored,
    invited: ignored,
    greet: ignored,
    sentAway: ignored,
  },
});

export const membersHandlers: EtcdStoreHandlers<'describeMembers' | 'transferTo'> = {
  describeMembers(state, { replyTo }, context) {
    const { candidate, cluster, client } = context.options;
    const { leader, candidates, copy, complaints, seenMs } = state;
    const [complaint] = complaints.values();
    const waitsFor =
      complaint?.sentence ?? (seenMs === undefined ? `waits for ${client.place}` : undefined);
    const appliedIndex = copy.nextIndex - 1;
    const leads = leader?.epoch === undefined ? undefined : leader.candidate.node;
    context.send(replyTo, {
      type: 'membersDescription',
      node: candidate.node,
      clusterId: cluster,
      ...(waitsFor === undefined ? {} : { waitsFor }),
      ...(leads === undefined ? {} : { leader: leads }),
      term: leader?.epoch ?? 0,
      committedIndex: appliedIndex,
      appliedIndex,
      members: candidates.map(({ node }) => ({ node, votes: true, leads: node === leads })),
    });
  },

  transferTo(state, { node, replyTo }, context) {
    const { epoch, leader, candidates } = state;
    if (epoch === undefined) {
      const known = leader?.epoch === undefined ? {} : { node: leader.candidate.node };
      context.send(replyTo, { type: 'membersAnswer', askLeader: known });
      return;
    }
    if (!candidates.some((candidate) => candidate.node === node)) {
      const there = candidates.map((candidate) => candidate.node).join(', ');
      const refused = `Cannot let ${node} lead: those that run are ${there}`;
      context.send(replyTo, { type: 'membersAnswer', refused });
      return;
    }
    if (node !== context.options.candidate.node) resignTo(state, node, context);
    context.send(replyTo, { type: 'membersAnswer' });
  },
};
