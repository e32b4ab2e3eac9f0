/**
 * Who keeps a log: the masters, and nobody else. What its leader has to change so that it becomes so,
 * one step at a time. Pure.
 *
 *     a new master ──▶ learner ──has caught up──▶ voter      one that is none any more ──▶ (removed)
 *
 * Whoever is to come comes first, and whoever is to go and can't be heard goes before that: so
 * there are never fewer left to decide than there would be otherwise. What would be left must be able
 * to decide.
 */
import type { MemberId, Membership, MembershipChange } from '../../../consensus/entry.ts';
import type { MemberStatus } from '../../../consensus/member.ts';

/** Entries that a learner may lack and be promoted: it has them in a moment. */
const CAUGHT_UP_COUNT = 100;

export type MembershipStepDue =
  | { readonly step: 'change'; readonly change: MembershipChange }
  /** This leader is to go: another one leads first. */
  | { readonly step: 'handOver'; readonly to: MemberId };

/** @param masters the membership of the masters' own log @param status of the leader */
export function nextMembershipStep(
  masters: Membership,
  status: MemberStatus,
): MembershipStepDue | undefined {
  const { membership } = status;
  if (membership.votersOutgoing.length > 0) return undefined;
  const leaving = membership.voters.filter((id) => !isMaster(masters, id));
  const silent = leaving.find((id) => !isActive(status, id) && canGo(status, id));
  if (silent !== undefined) return remove(silent);

  const present = [...membership.voters, ...membership.learners];
  const missing = [...masters.voters, ...masters.learners].find((id) => !present.includes(id));
  const address = missing === undefined ? undefined : masters.addresses[String(missing)];
  if (missing !== undefined && address !== undefined) {
    return change({ type: 'addLearner', memberId: missing, address });
  }
  const learner = membership.learners.find((id) => !isMaster(masters, id));
  if (learner !== undefined) return remove(learner);
  const ready = membership.learners.find(
    (id) => masters.voters.includes(id) && hasCaughtUp(status, id),
  );
  if (ready !== undefined) return change({ type: 'addVoter', memberId: ready });
  const isWaitedFor = membership.learners.some((id) => masters.voters.includes(id));
  if (isWaitedFor) return undefined;

  const other = leaving.find((id) => id !== status.id && canGo(status, id));
  if (other !== undefined) return remove(other);
  if (!leaving.includes(status.id)) return undefined;
  const next = membership.voters.find(
    (id) => id !== status.id && isMaster(masters, id) && hasCaughtUp(status, id),
  );
  return next === undefined ? undefined : { step: 'handOver', to: next };
}

function isMaster({ voters, learners }: Membership, memberId: MemberId): boolean {
  return voters.includes(memberId) || learners.includes(memberId);
}

function canGo(status: MemberStatus, memberId: MemberId): boolean {
  const rest = status.membership.voters.filter((id) => id !== memberId);
  const active = rest.filter((id) => isActive(status, id));
  return rest.includes(status.id) && active.length > rest.length / 2;
}

function isActive(status: MemberStatus, memberId: MemberId): boolean {
  return memberId === status.id || (progressOf(status, memberId)?.isActive ?? false);
}

function hasCaughtUp(status: MemberStatus, memberId: MemberId): boolean {
  const progress = progressOf(status, memberId);
  if (progress === undefined || !progress.isActive || progress.mode !== 'replicate') return false;
  const { matchIndex } = progress;
  return matchIndex > 0 && matchIndex + CAUGHT_UP_COUNT >= status.committedIndex;
}

function progressOf({ progress }: MemberStatus, memberId: MemberId) {
  return progress.find((one) => one.memberId === memberId);
}

function remove(memberId: MemberId): MembershipStepDue {
  return change({ type: 'removeMember', memberId });
}

function change(step: MembershipChange['steps'][number]): MembershipStepDue {
  return { step: 'change', change: { transition: 'auto', steps: [step] } };
}
