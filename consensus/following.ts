/**
 * What a member does with the word of its leader: entries, heartbeats, snapshots.
 */
import { assert } from '../runtime/assert.ts';
import type { PeerMessageOf } from './messages.ts';
import type { RaftState } from './raft-state.ts';
import { switchMembership } from './reconfiguring.ts';

export function appendEntries(state: RaftState, message: PeerMessageOf<'appendEntries'>): void {
  const { log } = state;
  const { previousIndex, previousTerm, entries } = message;
  if (previousIndex < log.committed) {
    // An old message. What is committed is the leader's as well.
    promiseAppended(state, message.from, log.committed);
  } else if (log.appendAfter(previousIndex, previousTerm, entries)) {
    const lastIndex = previousIndex + entries.length;
    log.commitTo(Math.min(message.committedIndex, lastIndex));
    promiseAppended(state, message.from, lastIndex);
  } else {
    const hint = log.lastPossibleMatch(Math.min(previousIndex, log.lastIndex), previousTerm);
    state.promises.push({
      type: 'entriesRejected',
      from: state.id,
      to: message.from,
      term: state.term,
      index: previousIndex,
      hintIndex: hint.index,
      hintTerm: hint.term,
    });
  }
}

export function heartbeat(state: RaftState, message: PeerMessageOf<'heartbeat'>): void {
  state.log.commitTo(message.committedIndex);
  state.messages.push({
    type: 'heartbeatAnswered',
    from: state.id,
    to: message.from,
    term: state.term,
    readPosition: message.readPosition,
  });
}

export function installSnapshot(state: RaftState, message: PeerMessageOf<'installSnapshot'>): void {
  const { log } = state;
  const { mark } = message;
  if (mark.index > log.committed) {
    if (log.has(mark.index, mark.term)) {
      // The log has all of it: no need to throw away what comes after.
      log.commitTo(mark.index);
    } else {
      assert(state.role === 'follower', 'only a follower is sent snapshots');
      log.restore(mark);
      state.progress.clear();
      switchMembership(state, mark.membership, mark.index);
    }
  }
  promiseAppended(state, message.from, log.committed);
}

function promiseAppended(state: RaftState, to: number, index: number): void {
  state.promises.push({ type: 'entriesAppended', from: state.id, to, term: state.term, index });
}
