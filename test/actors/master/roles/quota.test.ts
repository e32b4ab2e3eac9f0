/**
 * Quotas at the master: what is checked and when, what is kept first, who is told, and which offers are
 * rescinded. Rules: Mesos 1.11, src/master/quota_handler.cpp; master.cpp, _recover.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import type { NotLeader } from '../../../../actors/protocol/messages.ts';
import type { OperatorAnswer } from '../../../../actors/protocol/operator-to-master.ts';
import { parseResources } from '../../../../actors/protocol/resource-text.ts';
import { address } from '../../../../runtime/address.ts';
import { assert } from '../../../../runtime/assert.ts';
import { type PlayedFramework, type Scene, scene, taskInfo } from '../scene.ts';

const operator = address<OperatorAnswer | NotLeader>('cli', 'laptop:0', 1);
const api = address<OperatorAnswer | NotLeader>('api', 'm:1', 1);

/** `cpus:1;mem:2`, in thousandths. */
function amounts(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(';').flatMap((part) => {
      const [name = '', value = ''] = part.split(':');
      return name === '' ? [] : [[name, Number(value) * 1000]];
    }),
  );
}

function quota(role: string, guarantees: string, limits = '') {
  return { role, guaranteesMilli: amounts(guarantees), limitsMilli: amounts(limits) };
}

function ask(stage: Scene, configs: readonly ReturnType<typeof quota>[], force = false): void {
  stage.say(operator, { type: 'updateQuota', configs, force, replyTo: operator });
}

/** @returns why it was refused */
function update(stage: Scene, configs: readonly ReturnType<typeof quota>[], force = false) {
  ask(stage, configs, force);
  const answer = stage.heardOne(operator, 'operatorAnswer');
  return answer.type === 'operatorAnswer' ? answer.refused : undefined;
}

function toAllocator(stage: Scene): string[] {
  return stage.heard(stage.toAllocator).map(({ type }) => type);
}

function offered(stage: Scene): string[] {
  return [...stage.state.offers.values()].map(({ offer }) => offer.role);
}

function running(stage: Scene, framework: PlayedFramework, resources: string, role: string) {
  const agent = stage.registerAgent('busy:1', resources);
  const offer = stage.offer(framework, agent, resources, role);
  stage.accept(framework, [offer], [taskInfo('t', agent, resources)]);
}

test('a quota is in the registry before the allocator hears of it and anybody is answered', () => {
  const stage = scene({ registrarAnswers: false });
  ask(stage, [quota('a', '', 'cpus:1')]);
  deepEqual([toAllocator(stage), stage.heard(operator), stage.state.quotas.size], [[], [], 0]);
  stage.answerRegistrar();
  deepEqual(stage.registry.quotas, new Map([['a', quota('a', '', 'cpus:1')]]));
  const [told] = stage.heard(stage.toAllocator);
  deepEqual(told?.type === 'updateQuota' && told.configs, [quota('a', '', 'cpus:1')]);
  deepEqual(stage.heard(operator), [{ type: 'operatorAnswer' }]);
});

test('the allocator is told all quotas each time, and one that grants nothing is over', () => {
  const stage = scene();
  update(stage, [quota('b', '', 'cpus:1'), quota('a', '', 'mem:0')]);
  stage.heard(stage.toAllocator);
  update(stage, [quota('b', 'cpus:0')]);
  const [told] = stage.heard(stage.toAllocator);
  deepEqual(told?.type === 'updateQuota' && told.configs, [quota('a', '', 'mem:0')]);
  deepEqual([...stage.registry.quotas.keys()], ['a'], 'a guarantee of nothing is none');
});

test('of several quotas one that is unsound keeps all from being set', () => {
  const stage = scene({ rolesAllowed: ['a', 'b'] });
  const refused = (...more: ReturnType<typeof quota>[]) =>
    update(stage, [quota('a', '', 'cpus:1'), ...more]);
  equal(refused(quota('c', '')), "Invalid QuotaConfig: 'c' is not on the roles whitelist");
  equal(refused(quota('a', '')), "Invalid QuotaConfig: role 'a' is named twice");
  equal(
    refused(quota('b', 'cpus:2', 'cpus:1')),
    "Invalid QuotaConfig: 'QuotaConfig.guarantees' { cpus: 2 } is not contained within the " +
      "'QuotaConfig.limits' { cpus: 1 }",
  );
  deepEqual([stage.state.quotas.size, stage.registry.quotas.size], [0, 0]);
});

test('more than the cluster has is not guaranteed, unless it is forced', () => {
  const stage = scene();
  stage.registerAgent('h:1', 'cpus:2;mem:10');
  const config = quota('a', 'cpus:3;mem:1');
  equal(
    update(stage, [config]),
    "Invalid QuotaConfig: total quota guarantees 'cpus:3; mem:1' exceed cluster capacity " +
      "'cpus:2; mem:10' (use 'force' flag to bypass this check)",
  );
  equal(update(stage, [config], true), undefined);
  equal(
    update(stage, [quota('b', '', 'cpus:9')]),
    'Invalid QuotaConfig: total quota guarantees ' +
      "'cpus:3; mem:1' exceed cluster capacity 'cpus:2; mem:10' (use 'force' flag to bypass this check)",
  );
});

test('a limit below what the role and those below it consume is refused, unless it is forced', () => {
  const stage = scene();
  running(stage, stage.subscribe('f', { roles: ['a/x'] }), 'cpus:2;mem:512', 'a/x');
  const config = quota('a', '', 'cpus:1');
  equal(
    update(stage, [config]),
    "Invalid QuotaConfig: Role 'a' is already consuming 'cpus:2; mem:512'; this is more than the " +
      "requested limits 'cpus:1' (use 'force' flag to bypass this check)",
  );
  equal(update(stage, [config], true), undefined);
  equal(update(stage, [quota('a', '', 'cpus:2')]), undefined, 'what is consumed is enough');
});

test('reservations are consumed, also while nobody uses them', () => {
  const stage = scene();
  stage.registerAgent('h:1', 'cpus(a/x):3;cpus:1');
  equal(
    update(stage, [quota('a', '', 'cpus:2')]),
    "Invalid QuotaConfig: Role 'a' is already consuming 'cpus:3'; this is more than the " +
      "requested limits 'cpus:2' (use 'force' flag to bypass this check)",
  );
});

test('what a framework reserves is consumed as well', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1', 'cpus:4');
  const framework = stage.subscribe('f', { roles: ['a'], principal: 'p' });
  const { offerId } = stage.offer(framework, agent, 'cpus:4', 'a');
  const [one] = parseResources('cpus:3');
  assert(one?.type === 'scalar', 'a scalar');
  const reservations = [{ type: 'dynamic', role: 'a', principal: 'p' }] as const;
  stage.say(framework.address, {
    type: 'accept',
    frameworkId: framework.frameworkId,
    offerIds: [offerId],
    operations: [
      { type: 'change', change: { type: 'reserve', resources: [{ ...one, reservations }] } },
    ],
    filters: { refuseMs: 0 },
  });
  equal(
    update(stage, [quota('a', '', 'cpus:2')]),
    "Invalid QuotaConfig: Role 'a' is already consuming 'cpus:3'; this is more than the " +
      "requested limits 'cpus:2' (use 'force' flag to bypass this check)",
  );
});

test('each update is checked when those before it are kept', () => {
  const stage = scene({ registrarAnswers: false });
  const agent = stage.say.bind(stage);
  agent(operator, {
    type: 'updateQuota',
    configs: [quota('a', '', 'cpus:1')],
    force: false,
    replyTo: operator,
  });
  for (const role of ['a', 'a', 'b']) stage.say(api, { type: 'removeQuota', role, replyTo: api });
  stage.answerRegistrar();
  stage.answerRegistrar();
  deepEqual(
    stage.heard(api).map((answer) => (answer.type === 'operatorAnswer' ? answer.refused : answer)),
    [
      undefined,
      "Failed to remove quota: Role 'a' has no quota set",
      "Failed to remove quota: Role 'b' has no quota set",
    ],
  );
});

test('the old way sets guarantee and limit at once, where there is no quota yet', () => {
  const stage = scene();
  stage.registerAgent('h:1', 'cpus:2');
  const set = (config: ReturnType<typeof quota>, force = false) => {
    stage.say(api, { type: 'setQuota', config, force, replyTo: api });
    return stage.heardOne(api, 'operatorAnswer');
  };
  const { type: _, ...tooMuch } = set(quota('a', 'cpus:3', 'cpus:3'));
  deepEqual(tooMuch, {
    refused:
      "Quota guarantees overcommit the cluster (use 'force' to bypass this check): Total quota " +
      "guarantees 'cpus:3' exceed cluster capacity 'cpus:2'",
    fault: 'conflict',
  });
  deepEqual(set(quota('a', 'cpus:3', 'cpus:3'), true), { type: 'operatorAnswer' });
  deepEqual(set(quota('a', 'cpus:1', 'cpus:1')), {
    type: 'operatorAnswer',
    refused:
      "Failed to validate set quota request: Cannot set quota for role 'a' which already has quota",
  });
});

test('a quota that guarantees below it need is not removed', () => {
  const stage = scene();
  stage.registerAgent('h:1', 'cpus:2');
  equal(update(stage, [quota('a', 'cpus:1'), quota('a/b', 'cpus:1')]), undefined);
  stage.say(api, { type: 'removeQuota', role: 'a', path: '/master/quota/a', replyTo: api });
  deepEqual(stage.heardOne(api, 'operatorAnswer'), {
    type: 'operatorAnswer',
    refused:
      "Failed to remove quota for path '/master/quota/a': Invalid quota configuration. Parent role " +
      "'a' with guarantees ({}) does not contain the sum of its children's guarantees (cpus:1)",
  });
});

test('offers are rescinded until the role and those below it are under the limit', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1', 'cpus:9;mem:9000');
  const one = stage.subscribe('f', { roles: ['a', 'a/x', 'b'] });
  stage.offer(one, agent, 'mem:100', 'a');
  stage.offer(one, agent, 'cpus:1', 'a');
  stage.offer(one, agent, 'cpus:1', 'a/x');
  stage.offer(one, agent, 'cpus:1', 'b');
  stage.offer(one, agent, 'cpus:1', 'a/x');
  toAllocator(stage);
  update(stage, [quota('a', '', 'cpus:2')]);
  deepEqual(
    offered(stage),
    ['a', 'a/x', 'b', 'a/x'],
    'one was enough, and not that of memory alone',
  );
  deepEqual(toAllocator(stage), ['updateQuota', 'recoverResources'], 'the quota first');
});

test('offers that were under way when the allocator heard of the limit are rescinded as they come', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1', 'cpus:9');
  const framework = stage.subscribe('f', { roles: ['a', 'b'] });
  stage.offer(framework, agent, 'cpus:1', 'a');
  update(stage, [quota('a', '', 'cpus:1')]);
  stage.offer(framework, agent, 'cpus:1', 'a');
  stage.offer(framework, agent, 'cpus:1', 'b');
  stage.say(stage.toAllocator, { type: 'quotaTaken' });
  deepEqual(offered(stage), ['a', 'b']);
  // What no quota is about stays, however often the allocator says so.
  stage.say(stage.toAllocator, { type: 'quotaTaken' });
  deepEqual(offered(stage), ['a', 'b']);
});

test('offers of others are rescinded until what is guaranteed could be met', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1', 'cpus:9;mem:100');
  const framework = stage.subscribe('f', { roles: ['a', 'b'] });
  stage.offer(framework, agent, 'cpus:1', 'a');
  stage.offer(framework, agent, 'mem:100', 'b');
  stage.offer(framework, agent, 'cpus:3', 'b');
  stage.offer(framework, agent, 'cpus:3', 'b');
  update(stage, [quota('a', 'cpus:4')]);
  deepEqual(offered(stage), ['a', 'b', 'b']);
});

test('the old way rescinds all of one agent after the other, one for each framework of the role', () => {
  const stage = scene();
  const [one, other] = [
    stage.subscribe('f', { roles: ['a'] }),
    stage.subscribe('g', { roles: ['a'] }),
  ];
  const user = stage.subscribe('h', { roles: ['b'] });
  for (const host of ['x:1', 'y:1', 'z:1']) {
    const agent = stage.registerAgent(host, 'cpus:4;mem:100');
    stage.offer(user, agent, 'cpus:2', 'b');
    stage.offer(user, agent, 'mem:100', 'b');
  }
  stage.say(api, {
    type: 'setQuota',
    config: quota('a', 'cpus:1', 'cpus:1'),
    force: false,
    replyTo: api,
  });
  equal(stage.state.offers.size, 2, `two agents for ${one.frameworkId} and ${other.frameworkId}`);
});

test('offers of what is reserved are no reason to rescind: reserved, it counts anyhow', () => {
  const stage = scene();
  const agent = stage.registerAgent('h:1', 'cpus(a):4;cpus:4');
  const framework = stage.subscribe('f', { roles: ['a'], capabilities: ['reservationRefinement'] });
  stage.offer(framework, agent, 'cpus(a):4', 'a');
  stage.offer(framework, agent, 'cpus:1', 'a');
  update(stage, [quota('a', '', 'cpus:5')]);
  equal(stage.state.offers.size, 2);
  update(stage, [quota('a', '', 'cpus:4')]);
  deepEqual(
    [...stage.state.offers.values()].map(({ offer }) => offer.resources),
    [parseResources('cpus(a):4')],
  );
});

test('a new leader has the quotas of the registry, and its allocator before it hears of agents', () => {
  const registry = emptyRegistry();
  registry.quotas.set('a', quota('a', 'cpus:1', 'cpus:2'));
  const stage = scene({ registry });
  const [first] = stage.heard(stage.toAllocator);
  deepEqual(first?.type === 'updateQuota' && first.configs, [quota('a', 'cpus:1', 'cpus:2')]);
  stage.say(api, { type: 'removeQuota', role: 'a', replyTo: api });
  deepEqual(stage.heardOne(api, 'operatorAnswer'), { type: 'operatorAnswer' });
  deepEqual([stage.registry.quotas.size, stage.state.quotas.size], [0, 0]);
});

test('so many updates wait at the most', () => {
  const stage = scene({ registrarAnswers: false });
  for (let index = 0; index < 1000; index++) ask(stage, [quota('a', '', 'cpus:1')]);
  deepEqual(stage.heard(operator), []);
  equal(
    update(stage, [quota('a', '', 'cpus:1')]),
    'Cannot update quotas: 1000 updates wait already; ask again',
  );
});
