/**
 * Weights of roles at the master: what is kept first, who is told, and what becomes of offers.
 * Rules: Mesos 1.11, src/master/weights_handler.cpp; master.cpp, _recover.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { FromMasterToAllocator } from '../../../../actors/master/allocator/messages.ts';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import type { NotLeader } from '../../../../actors/protocol/messages.ts';
import type { OperatorAnswer } from '../../../../actors/protocol/operator-to-master.ts';
import { type RoleWeight, WEIGHTED_ROLES_MAX } from '../../../../actors/protocol/quota.ts';
import { address } from '../../../../runtime/address.ts';
import { type Scene, scene } from '../scene.ts';

const operator = address<OperatorAnswer | NotLeader>('cli', 'laptop:0', 1);

function set(stage: Scene, weights: readonly RoleWeight[]): void {
  stage.say(operator, { type: 'updateWeights', weights, replyTo: operator });
}

function update(stage: Scene, weights: readonly RoleWeight[]): string | undefined {
  set(stage, weights);
  const answer = stage.heardOne(operator, 'operatorAnswer');
  return answer.type === 'operatorAnswer' ? answer.refused : answer.type;
}

/** What the allocator heard since it was last asked, in its order. */
function toAllocator(stage: Scene): FromMasterToAllocator['type'][] {
  return stage.heard(stage.toAllocator).map(({ type }) => type);
}

test('a weight is in the registry before the allocator hears of it and anybody is answered', () => {
  const stage = scene({ registrarAnswers: false });
  set(stage, [{ role: 'a', weight: 2 }]);
  deepEqual([toAllocator(stage), stage.heard(operator), stage.state.weights.size], [[], [], 0]);
  stage.answerRegistrar();
  deepEqual(stage.registry.weights, new Map([['a', 2]]));
  deepEqual(stage.heard(stage.toAllocator), [
    { type: 'updateWeights', weights: [{ role: 'a', weight: 2 }] },
  ]);
  deepEqual(stage.heard(operator), [{ type: 'operatorAnswer' }]);
});

test('roles that are not named keep their weights, and of one that is named twice the last counts', () => {
  const stage = scene();
  update(stage, [
    { role: 'a', weight: 2 },
    { role: 'b', weight: 3 },
  ]);
  update(stage, [
    { role: 'b', weight: 4 },
    { role: ' b ', weight: 5 },
  ]);
  deepEqual([...stage.state.weights], [...stage.registry.weights]);
  deepEqual(stage.state.weights, new Map(Object.entries({ a: 2, b: 5 })));
});

test('all outstanding offers are rescinded when a role that frameworks have gets another weight', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1');
  const [one, other] = [stage.subscribe('f', { roles: ['a/x'] }), stage.subscribe('g')];
  stage.offer(one, agent, 'cpus:1', 'a/x');
  stage.offer(other, agent, 'cpus:1');
  toAllocator(stage);
  update(stage, [{ role: 'b', weight: 2 }]);
  deepEqual([toAllocator(stage), stage.state.offers.size], [['updateWeights'], 2]);
  // It is the weight of the role above the framework's: that counts for all below it.
  update(stage, [{ role: 'a', weight: 2 }]);
  const first = toAllocator(stage);
  deepEqual(first, ['updateWeights', 'recoverResources', 'recoverResources'], 'the weight first');
  equal(stage.state.offers.size, 0);
  for (const { address: scheduler } of [one, other]) stage.heardOne(scheduler, 'offerRescinded');
});

test('a role counts as one that frameworks have while one holds something in it', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1');
  const framework = stage.subscribe('f', { roles: ['a', 'b'] });
  stage.offer(framework, agent, 'cpus:1', 'b');
  update(stage, [{ role: 'b', weight: 2 }]);
  equal(stage.state.offers.size, 0);
});

test('many offers are rescinded over several turns, those that were answered meanwhile not at all', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1', 'cpus:4000');
  const framework = stage.subscribe('f');
  const { frameworkId } = framework;
  for (let index = 0; index < 2500; index++) stage.offer(framework, agent, 'cpus:0.1');
  update(stage, [{ role: '*', weight: 2 }]);
  const left = [...stage.state.offers.keys()];
  equal(left.length, 500);
  const declined = left.slice(0, 1);
  stage.say(framework.address, {
    type: 'decline',
    ...{ frameworkId, offerIds: declined, filters: { refuseMs: 0 } },
  });
  stage.heard(framework.address);
  stage.advance(1);
  const rescinded = stage.heard(framework.address).map((message) => message.type);
  deepEqual([rescinded.length, stage.state.offers.size], [499, 0]);
});

test('what is wrong with a weight is said in the words of Mesos, and nothing is changed', () => {
  const stage = scene({ rolesAllowed: ['a'] });
  const what = 'Failed to validate update weights request JSON';
  const sound = { role: 'a', weight: 2 };
  const refusals: [role: string, weight: number, sentence: string][] = [
    ['', 1, `${what}: Invalid role '': Role names cannot be the empty string`],
    ['/a', 1, `${what}: Invalid role '/a': Role '/a' cannot start with a slash`],
    ['a//b', 1, `${what}: Invalid role 'a//b': Role 'a//b' cannot contain two adjacent slashes`],
    ['a/..', 1, `${what}: Invalid role 'a/..': Role 'a/..' cannot include '..' as a component`],
    ['b', 1, `${what}: Unknown role 'b'`],
    ['a', 0, `${what} for role 'a': Invalid weight '0': Weights must be positive`],
    ['a', -2, `${what} for role 'a': Invalid weight '-2': Weights must be positive`],
    [
      '*',
      1e7,
      `${what} for role '*': Invalid weight '10000000': Weights are from 0.000001 to 1000000`,
    ],
  ];
  for (const [role, weight, sentence] of refusals) {
    equal(update(stage, [sound, { role, weight }]), sentence);
  }
  deepEqual([stage.state.weights.size, stage.registry.weights.size], [0, 0]);
});

test('so many roles have weights at the most', () => {
  const stage = scene();
  const some = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ role: `r${from + index}`, weight: 2 }));
  for (let from = 0; from < WEIGHTED_ROLES_MAX; from += 1000) update(stage, some(from, 1000));
  equal(
    update(stage, some(WEIGHTED_ROLES_MAX, 1)),
    `Failed to validate update weights request JSON: At most ${WEIGHTED_ROLES_MAX} roles have weights`,
  );
  equal(update(stage, some(0, 10)), undefined, 'those that have one may get another');
});

test('a new leader has the weights of the registry, and tells its allocator before anything else', () => {
  const registry = emptyRegistry();
  registry.weights.set('a', 3).set('b', 1);
  const stage = scene({ registry, weights: [{ role: 'c', weight: 9 }] });
  deepEqual(stage.heard(stage.toAllocator)[0], {
    type: 'updateWeights',
    weights: [
      { role: 'a', weight: 3 },
      { role: 'b', weight: 1 },
    ],
  });
  deepEqual(stage.heard(stage.toRegistrar), [], 'the flag has nothing to say any more');
});

test('the weights of the flag are those of a new cluster, and kept', () => {
  const stage = scene({ weights: [{ role: 'c', weight: 9 }] });
  stage.advance(0);
  deepEqual(stage.registry.weights, new Map([['c', 9]]));
  deepEqual(stage.state.weights, new Map([['c', 9]]));
  equal(update(stage, [{ role: 'c', weight: 1 }]), undefined);
  deepEqual(stage.registry.weights, new Map([['c', 1]]));
});
