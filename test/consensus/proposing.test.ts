/** What may enter the log, and why something may not. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { ProposalOutcome } from '../../consensus/proposing.ts';
import { LoneMember } from './lone-member.ts';
import { ledGroup, operation } from './played-group.ts';

const ADD_FOUR = { transition: 'auto', steps: [{ type: 'addVoter', memberId: 4 }] } as const;

test('a leader says where its proposal is; a follower passes it on', () => {
  const group = ledGroup(3);
  deepEqual(group.get(1).member.propose(operation('a')), {
    outcome: 'appended',
    firstIndex: 3,
    term: 1,
  });
  equal(group.get(2).member.propose(operation('b')).outcome, 'forwarded');
  group.settle();
  equal(group.get(3).applied.index, 4);
});

test('without a leader nothing is taken, nor by who does not belong to the group', () => {
  const lone = new LoneMember();
  deepEqual(lone.member.propose(operation('a')), {
    outcome: 'dropped',
    reason: 'noLeader',
    sentence: 'Cannot append the proposal: no leader is known',
  });
  const stranger = new LoneMember({}, [], [2, 3]);
  equal(reasonOf(stranger.member.propose(operation('a'))), 'removed');
});

test('a follower that may not pass on names the leader', () => {
  const group = ledGroup(3, { forwardsProposals: false });
  const outcome = group.get(2).member.propose(operation('a'));
  equal(reasonOf(outcome), 'notForwarded');
  equal(
    'sentence' in outcome && outcome.sentence,
    'Cannot append the proposal: member 1 leads, propose there',
  );
});

test('what waits to be committed is bounded; where nothing waits, any size is taken', () => {
  const lone = new LoneMember({ uncommittedBytesMax: 10 });
  lone.lead();
  equal(lone.member.propose(operation('twenty bytes, and more')).outcome, 'appended');
  equal(reasonOf(lone.member.propose(operation('a'))), 'tooMuchUncommitted');
  equal(lone.member.propose(operation('')).outcome, 'appended', 'what is empty is never refused');
  lone.syncAll();
  lone.hear({ type: 'entriesAppended', from: 2, to: 1, term: 2, index: 4 });
  equal(lone.member.propose(operation('a')).outcome, 'appended');
});

test('all proposals of one go enter the log, or none', () => {
  const lone = new LoneMember({ uncommittedBytesMax: 10 });
  lone.lead();
  lone.member.propose(operation('four'));
  equal(
    reasonOf(lone.member.proposeAll([operation('four'), operation('five')])),
    'tooMuchUncommitted',
  );
  equal(lone.member.status().lastIndex, 3);
});

test('no membership change is taken before an entry of the term is committed', () => {
  const lone = new LoneMember();
  lone.lead();
  equal(reasonOf(lone.member.proposeChange(ADD_FOUR)), 'termNotCommitted');
  lone.hear({ type: 'entriesAppended', from: 2, to: 1, term: 2, index: 2 });
  equal(lone.member.proposeChange(ADD_FOUR).outcome, 'appended');
});

test('no membership change is taken while another may not be applied yet', () => {
  const group = ledGroup(3);
  const { member } = group.get(1);
  equal(member.proposeChange(ADD_FOUR).outcome, 'appended');
  equal(reasonOf(member.proposeChange(ADD_FOUR)), 'changePending');
  group.settle();
  equal(member.proposeChange(ADD_FOUR).outcome, 'appended');
});

test('a change that no member could make is refused with the reason', () => {
  const group = ledGroup(3);
  deepEqual(group.get(1).member.proposeChange({ transition: 'auto', steps: [] }), {
    outcome: 'dropped',
    reason: 'changeImpossible',
    sentence: 'Cannot leave a joint membership: this one is not joint',
  });
});

function reasonOf(outcome: ProposalOutcome): string | undefined {
  return outcome.outcome === 'dropped' ? outcome.reason : undefined;
}
