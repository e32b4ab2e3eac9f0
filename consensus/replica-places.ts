/**
 * Where the members of a group are: by the membership, and before that is known here, by where they
 * were heard from. What comes from another place than a member's is not believed.
 */
import type { Address } from '../runtime/actor.ts';
import { address } from '../runtime/address.ts';
import type { MemberId } from './entry.ts';
import type { PeerMessage } from './messages.ts';
import { pack } from './packed-entries.ts';
import type { BetweenReplicas, FromPeer, ReplicaMessage } from './replica-messages.ts';
import { type ReplicaContext, type ReplicaState, replicaName } from './replica-state.ts';

/** Members that are heard of before their membership is known here; the oldest go first. */
const HEARD_MAX = 100;

/** Whether it is meant for this member by one of the same group; notes from where it came. */
export function isForUs(state: ReplicaState, said: FromPeer, context: ReplicaContext): boolean {
  const { clusterId, group, memberId } = context.options;
  const { sender } = context;
  if (said.clusterId !== clusterId || said.group !== group || said.to !== memberId) {
    context.log.warn(
      'Dropped what is for a member of another cluster, or for another member here',
      {
        from: sender?.node,
        clusterId: said.clusterId,
        to: said.to,
      },
    );
    return false;
  }
  if (sender === undefined) return true;
  const known = state.membership.addresses[String(said.from)];
  if (known !== undefined && known !== sender.node) {
    context.log.warn(
      `Dropped what ${sender.node} says as member ${said.from}, which is at ${known}`,
    );
    return false;
  }
  if (known === undefined) noteHeard(state, said.from, sender.node);
  linkTo(state, sender.node, context);
  return true;
}

/** Where a member is; undefined when nothing was heard of it yet. */
export function placeOf(state: ReplicaState, memberId: MemberId): string | undefined {
  return state.membership.addresses[String(memberId)] ?? state.heardAt.get(memberId);
}

export function sendToPeer(
  state: ReplicaState,
  message: PeerMessage,
  context: ReplicaContext,
): void {
  send(state, message.to, { type: 'peerSays', message: pack(message) }, context);
}

type Said<Message extends FromPeer = FromPeer> = Message extends FromPeer
  ? Omit<Message, keyof BetweenReplicas>
  : never;

/** A member that nobody knows the place of is not told: it is heard of again, or is gone. */
export function send(state: ReplicaState, to: MemberId, said: Said, context: ReplicaContext): void {
  const node = placeOf(state, to);
  if (node === undefined) return;
  const { clusterId, group, memberId } = context.options;
  const message = { ...said, clusterId, group, from: memberId, to } as FromPeer;
  context.send(replicaAt(node, context), message);
}

/** Hears of the end of all other members; again and again of those that can't be reached. */
export function linkToAll(state: ReplicaState, context: ReplicaContext): void {
  for (const [memberId, node] of Object.entries(state.membership.addresses)) {
    if (Number(memberId) !== context.options.memberId) linkTo(state, node, context);
  }
}

function linkTo(state: ReplicaState, node: string, context: ReplicaContext): void {
  if (state.linked.has(node)) return;
  state.linked.add(node);
  context.link(replicaAt(node, context));
}

function replicaAt(node: string, { options }: ReplicaContext): Address<ReplicaMessage> {
  return address<ReplicaMessage>(replicaName(options.group), node);
}

export function membersAt(state: ReplicaState, node: string): readonly MemberId[] {
  const known = Object.entries(state.membership.addresses)
    .filter(([, place]) => place === node)
    .map(([memberId]) => Number(memberId));
  const heard = [...state.heardAt].filter(([, place]) => place === node).map(([id]) => id);
  return [...new Set([...known, ...heard])];
}

function noteHeard(state: ReplicaState, memberId: MemberId, node: string): void {
  state.heardAt.delete(memberId);
  state.heardAt.set(memberId, node);
  if (state.heardAt.size <= HEARD_MAX) return;
  const [oldest] = state.heardAt.keys();
  if (oldest !== undefined) state.heardAt.delete(oldest);
}
