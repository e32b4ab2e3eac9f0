/** How a cluster begins. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { type FormationView, formationStep } from '../../consensus/formation.ts';

const nodes = ['a:1', 'b:1', 'c:1'];
const heard = (told: readonly string[] = nodes, heardMs = 10_000) => ({ nodes: told, heardMs });
const view: FormationView = {
  node: 'a:1',
  nodes,
  fresh: new Map([
    ['b:1', heard()],
    ['c:1', heard()],
  ]),
  member: undefined,
  nowMs: 10_500,
};
const sentence = (changed: Partial<FormationView>) => {
  const step = formationStep({ ...view, ...changed });
  return step.step === 'wait' ? step.sentence : step.step;
};

test('one alone founds its cluster at once', () => {
  deepEqual(formationStep({ ...view, nodes: ['a:1'], fresh: new Map() }), { step: 'found' });
});

test('when all are there the first by name founds it, the others wait for it', () => {
  equal(sentence({}), 'found');
  const fresh = new Map([
    ['a:1', heard()],
    ['c:1', heard()],
  ]);
  match(sentence({ node: 'b:1', fresh }), /Waiting for a:1 to found/);
});

test('nobody founds one while somebody is missing, or was heard long ago', () => {
  match(sentence({ fresh: new Map([['b:1', heard()]]) }), /waiting for c:1$/);
  match(sentence({ nowMs: 13_000 }), /waiting for b:1, c:1$/);
});

test('masters that were told of different masters found nothing, and say so', () => {
  const fresh = new Map([
    ['b:1', heard(['a:1', 'b:1'])],
    ['c:1', heard()],
  ]);
  match(sentence({ fresh }), /disagree.*a:1 was told a:1,b:1,c:1, b:1 was told a:1,b:1;/);
});

test('the order in which they are named does not matter', () => {
  const fresh = new Map([
    ['b:1', heard(['c:1', 'a:1', 'b:1'])],
    ['c:1', heard()],
  ]);
  equal(sentence({ fresh }), 'found');
});

test('where there is a cluster already none is founded, whoever else is there', () => {
  const member = { node: 'b:1', refused: undefined, isAwaited: false };
  match(sentence({ member }), /a cluster at b:1 already.*messor masters add a:1/);
  equal(sentence({ member: { ...member, refused: 'Because' } }), 'Because');
});

test('nobody is told to add a node that is a learner already, or may be one', () => {
  const member = { node: 'b:1', refused: undefined, isAwaited: true };
  match(sentence({ member }), /a cluster at b:1 already; waiting for its leader/);
});
