/**
 * What a member wants done: the whole contract between the core and the world around it.
 *
 *     takeReady ──┬─ messages ────────▶ peers, at once
 *                 ├─ append ──────────▶ storage: write, sync, then release `responses` to peers and
 *                 │                     give `completion` back (`storageAppended`)
 *                 ├─ apply ───────────▶ state machine, then give `completion` back (`storageApplied`)
 *                 └─ readStates ──────▶ who reads, once the index is applied
 *
 * Rules for who carries it out:
 * - Appends are written in the order in which they were handed out, none is lost; completions are
 *   given back in that order. So are applies. Between the two there is no order.
 * - Several may be under way at a time: a storage syncs many appends at once.
 * - Nothing of an append's `responses` and `completion` gets out before it, and all before it, is durable.
 * - Entries of an append take the place of stored ones with the same indexes, and of all behind those.
 * - In an append with a `snapshot` the log begins anew behind it; entries, if there are any, come after.
 *   The state machine takes the place of what it had by that snapshot; only then is the completion given
 *   back. Applies handed out before, with entries up to the mark, are dropped, or finished before the
 *   snapshot is restored; in both cases their completions may still be given back, or not. None is handed
 *   out meanwhile.
 */
import type { Entry, HardState, MemberId, SnapshotMark } from './entry.ts';
import { payloadBytes, totalBytes } from './entry-size.ts';
import type { MembershipEntry, PeerMessage, StorageAppended, StorageApplied } from './messages.ts';
import type { RaftState, ReadState, Role } from './raft-state.ts';

export interface Ready {
  readonly messages: readonly PeerMessage[];
  readonly append: StorageAppend | undefined;
  readonly apply: StorageApply | undefined;
  readonly readStates: readonly ReadState[];
  /** Where it changed. */
  readonly softState: SoftState | undefined;
}

export interface StorageAppend {
  readonly entries: readonly Entry[];
  /** Where it changed. */
  readonly hardState: HardState | undefined;
  readonly snapshot: SnapshotMark | undefined;
  /** To peers, promises: once all of this is durable. */
  readonly responses: readonly PeerMessage[];
  /**
   * Otherwise it may ride along with the next that must: what is only committed is found out again,
   * but for changes of the membership.
   */
  readonly mustSync: boolean;
  readonly completion: StorageAppended;
}

/** Committed, durable here, and never empty. */
export interface StorageApply {
  readonly entries: readonly Entry[];
  readonly completion: StorageApplied;
}

export interface SoftState {
  readonly role: Role;
  /** 0 while it is not known. */
  readonly leader: MemberId;
}

/** What was handed out last: only what differs is handed out again. */
export interface HandedOut {
  hardState: HardState;
  softState: SoftState;
  /** Of the last hard state that was handed out to be synced. */
  syncedCommittedIndex: number;
}

export function hasReady(state: RaftState, last: HandedOut): boolean {
  const { log } = state;
  return (
    state.messages.length > 0 ||
    state.promises.length > 0 ||
    state.readStates.length > 0 ||
    log.unstable.hasUnwritten ||
    log.unstable.unwrittenSnapshot !== undefined ||
    log.hasApplicable() ||
    hasHardStateChanged(state, last.hardState) ||
    isMembershipNew(state, last) ||
    hasSoftStateChanged(state, last.softState)
  );
}

export function takeReady(state: RaftState, last: HandedOut): Ready {
  const { messages, readStates, role, leader } = state;
  const softState = hasSoftStateChanged(state, last.softState) ? { role, leader } : undefined;
  if (softState !== undefined) last.softState = softState;
  state.messages = [];
  state.readStates = [];
  const append = takeAppend(state, last);
  const apply = takeApply(state);
  return { messages, append, apply, readStates, softState };
}

export function hardStateOf({ term, vote, log }: RaftState): HardState {
  return { term, vote, committedIndex: log.committed };
}

function takeAppend(state: RaftState, last: HandedOut): StorageAppend | undefined {
  const { log, promises, term } = state;
  const { unstable } = log;
  const hasNewMembership = isMembershipNew(state, last);
  const isHardStateNew = hasNewMembership || hasHardStateChanged(state, last.hardState);
  const hardState = isHardStateNew ? hardStateOf(state) : undefined;
  const snapshot = unstable.unwrittenSnapshot;
  if (
    hardState === undefined &&
    snapshot === undefined &&
    promises.length === 0 &&
    !unstable.hasUnwritten
  ) {
    return undefined;
  }
  const entries = unstable.unwritten();
  const mustSync =
    entries.length > 0 ||
    snapshot !== undefined ||
    hasNewMembership ||
    (hardState !== undefined &&
      (hardState.term !== last.hardState.term || hardState.vote !== last.hardState.vote));
  if (hardState !== undefined) {
    last.hardState = hardState;
    if (mustSync) last.syncedCommittedIndex = hardState.committedIndex;
  }
  state.promises = [];
  unstable.writing();
  return {
    entries,
    hardState,
    snapshot,
    responses: promises.filter(({ to }) => to !== state.id),
    mustSync,
    completion: {
      type: 'storageAppended',
      term,
      // Also where this append has no entries: of those before it, the completion may have come in a
      // later term, and not have counted. See storage-answers.ts.
      lastIndex: unstable.isEmpty ? 0 : log.lastIndex,
      lastTerm: unstable.isEmpty ? 0 : log.lastTerm,
      snapshot,
      ownAnswers: promises.filter(({ to }) => to === state.id),
    },
  };
}

function takeApply({ log }: RaftState): StorageApply | undefined {
  const entries = log.applicable();
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  let bytes = 0;
  const membershipEntries: MembershipEntry[] = [];
  for (const entry of entries) {
    bytes += payloadBytes(entry);
    if (entry.kind === 'membership') membershipEntries.push(entry);
  }
  log.handedOut(last.index, totalBytes(entries.length, bytes));
  return {
    entries,
    completion: {
      type: 'storageApplied',
      index: last.index,
      entryCount: entries.length,
      payloadBytes: bytes,
      membershipEntries,
    },
  };
}

/**
 * What is committed is synced where it has put a membership in force: who was removed may be gone for
 * good, and who came back with the membership before would wait for it in vain.
 */
function isMembershipNew({ membershipIndex }: RaftState, last: HandedOut): boolean {
  return membershipIndex > last.syncedCommittedIndex;
}

function hasHardStateChanged({ term, vote, log }: RaftState, last: HardState): boolean {
  return term !== last.term || vote !== last.vote || log.committed !== last.committedIndex;
}

function hasSoftStateChanged({ role, leader }: RaftState, last: SoftState): boolean {
  return role !== last.role || leader !== last.leader;
}
