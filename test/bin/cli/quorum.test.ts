/** Why no master leads is said with who is missing, and what to do. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type MasterAnswer, quorumOf, whyNoneLeads } from '../../../bin/cli/quorum.ts';
import { describeAge } from '../../../bin/cli/stale.ts';

const away = (node: string): MasterAnswer => ({ node, description: 'Cannot reach a master' });
const there = (node: string, all: readonly string[], more: object = {}): MasterAnswer => ({
  node,
  description: {
    type: 'membersDescription',
    node,
    clusterId: 'c',
    memberId: all.indexOf(node) + 1,
    term: 2,
    committedIndex: 9,
    appliedIndex: 9,
    members: all.map((one, index) => ({
      memberId: index + 1,
      node: one,
      votes: true,
      leads: false,
    })),
    ...more,
  },
});

test('one of three: which of the others are to be started', () => {
  const all = ['a:1', 'b:1', 'c:1'];
  equal(
    whyNoneLeads([away('a:1'), away('b:1'), there('c:1', all)], 5000),
    'No master leads, so nothing can be changed: of 3 masters 1 can be reached (c:1), and 2 are ' +
      'needed; start a:1 or b:1 again; until then "messor state --stale" shows what c:1 knew last',
  );
});

test('where several have to be started, how many of which', () => {
  const all = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'];
  const answers = [there('a:1', all), ...all.slice(1).map(away)];
  const sentence = whyNoneLeads(answers, 5000);
  equal(/start [^;]*/.exec(sentence)?.[0], 'start 2 of b:1, c:1, d:1, e:1 again');
});

test('those that learn and those of another cluster decide nothing', () => {
  const all = ['a:1', 'b:1', 'c:1'];
  const learner = { memberId: 4, node: 'd:1', votes: false, leads: false };
  const known = there('a:1', all, { term: 3 });
  ok(typeof known.description !== 'string');
  const members = [...known.description.members, learner];
  deepEqual(
    quorumOf([
      there('a:1', all, { term: 3, members }),
      there('b:1', all, { clusterId: 'other' }),
      away('c:1'),
      there('d:1', all),
    ]),
    { reached: ['a:1'], missing: ['b:1', 'c:1'], neededCount: 2 },
  );
});

test('enough are there: they are electing one, or wait for something that they say', () => {
  const all = ['a:1', 'b:1'];
  const electing = whyNoneLeads([there('a:1', all), there('b:1', all)], 5000);
  match(electing, /^No master leads for 5 s now, of a:1, b:1; more than half of the masters/);
  const { clusterId: _, memberId: __, ...known } = seeking('a:1', 'Waiting for b:1');
  match(
    whyNoneLeads([{ node: 'a:1', description: known }], 1000),
    /says: Waiting for b:1; "messor state --stale" shows what it knew last$/,
  );
  const fresh = { ...known, appliedIndex: 0 };
  equal(
    whyNoneLeads([{ node: 'a:1', description: fresh }], 1000),
    'No master leads for 1 s now; the master at a:1 says: Waiting for b:1',
  );
});

test('what a master knew last is told with its age', () => {
  const stale = { epoch: 3, leader: 'a:1', term: 2, appliedIndex: 7, silenceMs: 12_345 };
  match(
    describeAge('c:1', stale),
    /^What c:1 knew last: it last heard of a leader 12s ago \(a:1 in epoch 3\), and has entry 7 of term 2;/,
  );
  match(
    describeAge('c:1', { epoch: 0, term: 2, appliedIndex: 7 }),
    /: it has not heard of a leader since it was started, and has entry 7 /,
  );
});

function seeking(node: string, waitsFor: string) {
  const { description } = there(node, [], { waitsFor });
  ok(typeof description !== 'string');
  return description;
}
