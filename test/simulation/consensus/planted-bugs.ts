/**
 * Known bugs, to see that the simulation finds them: each a change to the text of the algorithm, made in
 * a copy of it and nowhere else.
 *
 * They are mistakes that were made in real systems, or that this code is one word away from. Where a
 * change does not fit the text any more, the text has moved: fit it again.
 */

export interface PlantedBug {
  /** The first that finds it, from 1 on, when it was last looked for: others may be there by now. */
  readonly seed: number;
  readonly name: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** Under consensus/. */
  readonly file: string;
  /** Stands there once. */
  readonly before: string;
  readonly after: string;
}

const bug = (
  seed: number,
  name: string,
  file: string,
  before: string,
  after: string,
  ...more: Edit[]
): PlantedBug => ({
  seed,
  name,
  edits: [{ file, before, after }, ...more],
});

export const PLANTED_BUGS: readonly PlantedBug[] = [
  bug(
    1,
    'votes twice in a term',
    'election.ts',
    'return state.vote === candidate || (state.vote === 0 && state.leader === 0);',
    'return state.vote === candidate || state.leader === 0;',
  ),
  bug(
    1,
    'the vote is not persisted',
    'log-storage.ts',
    "records.push({ kind: 'hardState', group, hardState });",
    "records.push({ kind: 'hardState', group, hardState: { ...hardState, vote: 0 } });",
    {
      file: 'log-storage.ts',
      before: 'record.hardState.vote === vote,',
      after: 'record.hardState.vote <= vote,',
    },
  ),
  bug(
    2,
    'leads before its own vote is durable',
    'election.ts',
    "if (result === 'won' && state.votes.get(state.id) === true) becomeLeader(state);",
    "if (result === 'won') becomeLeader(state);",
  ),
  bug(
    1,
    'votes for a log that is behind',
    'election.ts',
    'return state.log.isUpToDate(lastIndex, lastTerm);',
    'return lastIndex >= 0 && lastTerm >= 0;',
  ),
  // The empty entry that a leader begins with travels with those before it, which hides this well: with
  // the mistake, it comes with the first heartbeat.
  bug(
    230,
    'commits an entry of an earlier term by counting',
    'replication.ts',
    'if (index <= log.committed || !log.has(index, state.term)) return false;',
    'if (index <= log.committed) return false;',
    { file: 'election.ts', before: "appendOwn(state, ['empty']);", after: 'appendOwn(state, []);' },
    {
      file: 'replication.ts',
      before: 'const readPosition = state.reads.lastPosition;',
      after:
        'const { log, reads } = state;\n  const readPosition = reads.lastPosition;\n' +
        "  if (!log.has(log.lastIndex, state.term)) appendOwn(state, ['empty']);",
    },
  ),
  bug(
    1,
    'a quorum is one member too small',
    'quorum.ts',
    'return indexes[count - (Math.floor(count / 2) + 1)] as number;',
    'return indexes[count - Math.max(1, Math.floor(count / 2))] as number;',
  ),
  bug(
    4,
    'learners count as voters',
    'replication.ts',
    '    state.membership,\n    (memberId) => progress.get(memberId)?.matchIndex ?? 0,',
    '    { ...state.membership, voters: [...progress.keys()] },\n    (memberId) => progress.get(memberId)?.matchIndex ?? 0,',
  ),
  bug(
    5,
    'acknowledges before the sync',
    'log-writer.ts',
    'disk.sync(name, (syncError) => {\n        if (syncError !== undefined) return onFailed(syncError);\n        durable();\n      });',
    'durable();\n      disk.sync(name, (syncError) => {\n        if (syncError !== undefined) onFailed(syncError);\n      });',
  ),
  bug(
    4,
    'skips the sync',
    'log-writer.ts',
    'disk.sync(name, (syncError) => {',
    'disk.write(name, place.offset, bytes, (syncError) => {',
  ),
  bug(
    1,
    'cuts off a synced tail when it opens',
    'log-recovery.ts',
    'for (const record of records) {',
    'const isLast = sequence > 3 && sequence === (watermark?.sequence ?? 0);\n    for (const record of isLast ? [] : records) {',
  ),
  bug(
    1,
    'applies before it is committed',
    'raft-log.ts',
    'return Math.min(this.committed, this.unstable.firstIndex - 1);',
    'return this.unstable.firstIndex - 1;',
    {
      file: 'raft-log.ts',
      before: 'assert(lastIndex <= this.committed,',
      after: 'assert(lastIndex >= 0,',
    },
    {
      file: 'raft-log.ts',
      before: 'index >= this.applied && index <= this.committed,',
      after: 'index >= this.applied,',
    },
  ),
  bug(
    476,
    'a deposed leader answers reads',
    'read-queue.ts',
    'const confirmed = committedIndex(voters, (memberId) => this.answers.get(memberId) ?? 0);',
    'const confirmed = Math.max(this.lastPosition, committedIndex(voters, () => 0));',
    {
      file: 'reading.ts',
      before: 'if (membership.voters.length === 1 && membership.votersOutgoing.length === 0) {',
      after: 'if (membership.voters.length > 0) {',
    },
  ),
  bug(
    1,
    'a new leader answers reads before it knows what is committed',
    'reading.ts',
    'if (hasCommittedInTerm(state)) begin(state, from, readId);',
    'if (state.term > 0) begin(state, from, readId);',
  ),
  bug(
    11,
    'reads do not wait until they are applied',
    'replica-work.ts',
    'if (index === undefined || index > state.appliedIndex) continue;',
    'if (index === undefined) continue;',
  ),
  bug(
    1,
    'a snapshot has the membership of the one before',
    'snapshot-making.ts',
    'const { membership } = member.summary();',
    'const { membership } = member.summary().term > 0 ? storage.reader(group).snapshotMark() : state;',
  ),
  bug(
    1,
    'a heartbeat commits beyond what was confirmed',
    'replication.ts',
    'const committed = Math.min(progress.matchIndex, state.log.committed);',
    'const committed = progress.nextIndex > 0 ? state.log.committed : 0;',
    {
      file: 'following.ts',
      before: 'state.log.commitTo(message.committedIndex);',
      after: 'state.log.commitTo(Math.min(message.committedIndex, state.log.lastIndex));',
    },
  ),
  bug(
    1,
    'a follower keeps entries that conflict',
    'raft-log.ts',
    'const news = entries.findIndex((entry) => !this.has(entry.index, entry.term));',
    'const news = entries.findIndex((entry) => entry.index > this.lastIndex);',
  ),
  bug(
    1,
    'a late message cuts off what came after it',
    'raft-log.ts',
    'const news = entries.findIndex((entry) => !this.has(entry.index, entry.term));',
    'const news = entries.findIndex((entry) => entry.index > this.committed);',
  ),
  bug(
    1,
    'what is committed is cut off like anything else',
    'raft-log.ts',
    'const news = entries.findIndex((entry) => !this.has(entry.index, entry.term));',
    'const news = entries.length > 0 ? 0 : -1;',
    { file: 'raft-log.ts', before: 'first.index > this.committed,', after: 'first.index > 0,' },
    {
      file: 'following.ts',
      before: 'if (previousIndex < log.committed) {',
      after: 'if (previousIndex < 0) {',
    },
  ),
  bug(
    1,
    'takes entries of a leader of an older term',
    'raft.ts',
    '} else if (message.term < state.term && message.term !== 0) {',
    "} else if (message.term < state.term && message.type !== 'appendEntries') {",
  ),
  bug(
    11,
    'while a membership is joint, only its new half decides',
    'quorum.ts',
    'if (votersOutgoing.length === 0) return incoming;',
    'if (votersOutgoing.length < 100) return incoming;',
    {
      file: 'quorum.ts',
      before: 'if (incoming === outgoing) return incoming;',
      after: 'if (incoming === outgoing || outgoing) return incoming;',
    },
  ),
  bug(
    2,
    'several membership changes at a time',
    'proposing.ts',
    'if (pendingChangeIndex > state.log.applied) {',
    'if (pendingChangeIndex > state.log.lastIndex) {',
    {
      file: 'proposing.ts',
      before: 'if (!hasCommittedInTerm(state)) {',
      after: 'if (state.term === 0 && !hasCommittedInTerm(state)) {',
    },
  ),
  bug(
    1,
    'what may still happen is called dropped',
    'replica-proposals.ts',
    "outcome: { outcome: 'unknown' } });",
    "outcome: { outcome: 'dropped', reason: 'noLeader', sentence: '' } });",
  ),
];
