/** What the status of a replica says of nodes: who is where, and who votes. Pure. */
import type { MemberId } from './entry.ts';
import type { MemberStatus } from './member.ts';

export function addressOf({ membership }: MemberStatus, memberId: MemberId): string | undefined {
  return membership.addresses[String(memberId)];
}

export function membersAt({ membership }: MemberStatus, node: string): readonly MemberId[] {
  return Object.entries(membership.addresses)
    .filter(([, place]) => place === node)
    .map(([memberId]) => Number(memberId));
}

export function isVoter({ membership }: MemberStatus, memberId: MemberId): boolean {
  return membership.voters.includes(memberId) || membership.votersOutgoing.includes(memberId);
}

export function isMember(status: MemberStatus, memberId: MemberId): boolean {
  return isVoter(status, memberId) || status.membership.learners.includes(memberId);
}
