/** Subscription, failover and end of frameworks. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameworkInfo } from '../../../actors/protocol/framework.ts';
import type { FrameworkId } from '../../../actors/protocol/ids.ts';
import type { NotLeader, SchedulerMessage } from '../../../actors/protocol/messages.ts';
import type { OperatorAnswer } from '../../../actors/protocol/operator-to-master.ts';
import { parseResources } from '../../../actors/protocol/resources.ts';
import { address } from '../../../runtime/address.ts';
import { frameworkInfo, type PlayedFramework, type Scene, scene } from './scene.ts';

const at = address<SchedulerMessage>('scheduler', 'f:1', 1);
const failover = { failoverTimeoutMs: 60_000 };

function subscribeAgain(
  { say }: Scene,
  { info, frameworkId }: PlayedFramework,
  scheduler = at,
  change: Partial<FrameworkInfo> = {},
): void {
  const message = { type: 'subscribe', scheduler, frameworkId, suppressedRoles: [] } as const;
  say(scheduler, { ...message, info: { ...info, ...change } });
}

function types({ heard }: Scene, scheduler = at): string[] {
  return heard(scheduler).map(({ type }) => type);
}

test('a framework gets an id, a subscription and a heartbeat, then one every fifteen seconds', () => {
  const stage = scene();
  const info = frameworkInfo('f');
  stage.say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles: [] });
  const [subscribed, heartbeat] = stage.heard(at);
  deepEqual(subscribed, {
    type: 'subscribed',
    frameworkId: 'm-0000',
    master: stage.self,
    epoch: 1,
    masters: [],
    heartbeatIntervalMs: 15_000,
  });
  deepEqual(heartbeat, { type: 'heartbeat' });
  stage.advance(45_000);
  deepEqual(types(stage), ['heartbeat', 'heartbeat', 'heartbeat']);
});

test('a subscription repeated by the same scheduler gets the same id, and its offers are void', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  stage.offer(framework, agent, 'cpus:1');
  const { info } = framework;
  stage.say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles: [] });
  deepEqual(types(stage), ['offerRescinded', 'subscribed']);
  equal(stage.state.frameworks.size, 1);
  deepEqual(stage.givenBack(), ['cpus:1']);
});

test('the newest scheduler wins: the one before is told, and its offers are discarded', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', failover);
  stage.offer(framework, agent, 'cpus:1');
  const next = address<SchedulerMessage>('scheduler', 'g:1', 1);
  subscribeAgain(stage, framework, next);
  deepEqual(stage.heard(at), [{ type: 'subscriptionEnded', message: 'Framework failed over' }]);
  equal(stage.heardOne(next, 'subscribed').frameworkId, framework.frameworkId);
  deepEqual(stage.givenBack(), ['cpus:1']);
  equal(stage.linked(at), false);
});

test('what the former scheduler still sends is dropped, also a subscription', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', failover);
  const taskId = stage.launch(framework, agent, 't');
  const next = address<SchedulerMessage>('scheduler', 'g:1', 1);
  subscribeAgain(stage, framework, next);
  stage.heard(agent.address);
  stage.heard(at);
  const { frameworkId } = framework;
  stage.say(at, { type: 'kill', frameworkId, taskId });
  stage.say(at, { type: 'teardown', frameworkId });
  deepEqual(stage.heard(agent.address), []);
  subscribeAgain(stage, framework);
  deepEqual(stage.heard(at), [{ type: 'subscriptionEnded', message: 'Framework failed over' }]);
  deepEqual(stage.state.frameworks.get(frameworkId)?.scheduler, next);
});

test('a scheduler that comes back in time finds its framework and its tasks', () => {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', failover);
  stage.launch(framework, agent, 't');
  stage.breakLink(framework);
  stage.advance(59_999);
  const next = address<SchedulerMessage>('scheduler', 'f:1', 2);
  subscribeAgain(stage, framework, next);
  stage.advance(120_000);
  equal(stage.state.frameworks.get(framework.frameworkId)?.tasks.size, 1);
});

test('without its scheduler a framework is offered nothing, and what it was offered is discarded', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', failover);
  stage.offer(framework, agent, 'cpus:1');
  stage.breakLink(framework);
  deepEqual(stage.givenBack(), ['cpus:1']);
  deepEqual(stage.allocate(framework, agent, 'cpus:2'), []);
  deepEqual(stage.givenBack(), ['cpus:2']);
});

test('after the failover timeout a framework ends: tasks are killed, agents told, the id is spent', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', failover);
  const taskId = stage.launch(framework, agent, 't');
  stage.breakLink(framework);
  stage.heard(agent.address);
  stage.heard(at);
  stage.advance(60_000);
  const { frameworkId } = framework;
  const shutdowns = stage.heard(agent.address).filter(({ type }) => type === 'shutdownFramework');
  deepEqual(shutdowns.slice(0, 1), [{ type: 'shutdownFramework', frameworkId }]);
  deepEqual(stage.givenBack(), ['cpus:1']);
  const { completedTasks } = stage.state.completedFrameworks.get(frameworkId) ?? {};
  equal(completedTasks?.get(taskId)?.task.state, 'killed');
  const next = address<SchedulerMessage>('scheduler', 'f:1', 2);
  subscribeAgain(stage, framework, next);
  deepEqual(stage.heard(next), [
    { type: 'subscriptionEnded', message: 'Framework has been removed' },
  ]);
});

test('without a failover timeout a framework ends as soon as its scheduler is gone', () => {
  const stage = scene();
  const framework = stage.subscribe('f');
  stage.breakLink(framework);
  stage.advance(0);
  equal(stage.state.frameworks.size, 0);
});

test('a framework that ends itself hears no more of it', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  stage.launch(framework, agent, 't');
  stage.heard(at);
  stage.say(at, { type: 'teardown', frameworkId: framework.frameworkId });
  deepEqual(stage.heard(at), []);
  equal(stage.state.frameworks.size, 0);
  stage.advance(60_000);
  deepEqual(stage.heard(at), []);
});

test('the allocator hears that a framework is inactive before anything of it is given back', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  stage.launch(framework, agent, 't');
  stage.offer(framework, agent, 'cpus:2');
  stage.heard(stage.toAllocator);
  stage.say(at, { type: 'teardown', frameworkId: framework.frameworkId });
  deepEqual(
    stage.heard(stage.toAllocator).map(({ type }) => type),
    ['deactivateFramework', 'recoverResources', 'recoverResources', 'removeFramework'],
  );
});

test('an id that this master has never heard is taken as it is', () => {
  const stage = scene();
  const frameworkId = 'other-master-0007' as FrameworkId;
  subscribeAgain(stage, { address: at, frameworkId, info: frameworkInfo('f') });
  equal(stage.heardOne(at, 'subscribed').frameworkId, frameworkId);
});

test('the last fifty ended frameworks are remembered', () => {
  const stage = scene({ settings: { completedFrameworkCountMax: 2 } });
  for (const name of ['f1', 'f2', 'f3']) {
    const framework = stage.subscribe(name);
    stage.say(framework.address, { type: 'teardown', frameworkId: framework.frameworkId });
  }
  deepEqual([...stage.state.completedFrameworks.keys()], ['m-0001', 'm-0002']);
});

const refusals: [string, Partial<FrameworkInfo>, readonly string[], RegExp][] = [
  ['a role twice', { roles: ['a', 'a'] }, [], /twice/],
  ['a role with a blank', { roles: ['a b'] }, [], /"a b" is invalid: it must not contain white/],
  ['a role that starts with a slash', { roles: ['/a'] }, [], /must not start with "\/"/],
  ['a role with an empty part', { roles: ['a//b'] }, [], /must not contain "\/\/"/],
  ['a role with a part ..', { roles: ['a/..'] }, [], /must not contain "\.\."/],
  ['a role with a part *', { roles: ['a/*'] }, [], /must not contain "\*"/],
  ['a role that starts with a dash', { roles: ['-a'] }, [], /starts with "-"/],
  [
    'a role that is not on the list',
    { roles: ['secret'] },
    [],
    /^Roles \{ secret \} are not present in the master's --roles$/,
  ],
  ['a suppressed role it does not have', { roles: ['a'] }, ['b'], /"b" is not one of/],
  ['no name', { name: '' }, [], /name of a framework must not be empty/],
  ['a user with a line break', { user: 'a\nb' }, [], /user of a framework must not contain/],
  ['a negative failover timeout', { failoverTimeoutMs: -1 }, [], /failover timeout must be/],
];

for (const [what, change, suppressedRoles, sentence] of refusals) {
  test(`a framework with ${what} is refused with a sentence`, () => {
    const { say, heardOne, state } = scene({ rolesAllowed: ['*', 'a', 'b', 'a b'] });
    const info = frameworkInfo('f', change);
    say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles });
    match(heardOne(at, 'subscriptionEnded').message, sentence);
    equal(state.frameworks.size, 0);
  });
}

test('root may be kept from running frameworks, by the sentence of Mesos', () => {
  const closed = scene({ rootSubmissions: false });
  const info = frameworkInfo('f', { user: 'root' });
  closed.say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles: [] });
  equal(
    closed.heardOne(at, 'subscriptionEnded').message,
    "User 'root' is not allowed to run frameworks without --root_submissions set",
  );
  const open = scene();
  open.say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles: [] });
  equal(open.state.frameworks.size, 1);
});

test('the principal of a framework may not change', () => {
  const stage = scene();
  const framework = stage.subscribe('f', { ...failover, principal: 'p' });
  const next = address<SchedulerMessage>('scheduler', 'g:1', 1);
  subscribeAgain(stage, framework, next, { principal: 'q' });
  match(stage.heardOne(next, 'subscriptionEnded').message, /principal is not allowed/);
  deepEqual(stage.state.frameworks.get(framework.frameworkId)?.scheduler, at);
});

test('no more frameworks are taken than the maximum', () => {
  const stage = scene({ settings: { frameworkCountMax: 1 } });
  stage.subscribe('g');
  stage.say(at, {
    type: 'subscribe',
    scheduler: at,
    info: frameworkInfo('f'),
    suppressedRoles: [],
  });
  match(stage.heardOne(at, 'subscriptionEnded').message, /has 1 frameworks already/);
});

test('suppressing and reviving goes to the allocator, but not for roles that it does not have', () => {
  const { subscribe, say, heard, toAllocator } = scene();
  const { frameworkId } = subscribe('f', { roles: ['a', 'b'] });
  heard(toAllocator);
  say(at, { type: 'suppress', frameworkId, roles: ['a'] });
  say(at, { type: 'revive', frameworkId, roles: [] });
  say(at, { type: 'revive', frameworkId, roles: ['c'] });
  deepEqual(heard(toAllocator), [
    { type: 'suppress', frameworkId, roles: ['a'] },
    { type: 'revive', frameworkId, roles: [] },
  ]);
});

test('offers say which wish was heard last, and one that comes later than a newer one is dropped', () => {
  const stage = scene();
  const { say, heard, heardOne, toAllocator } = stage;
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', { roles: ['a'] });
  const { frameworkId, info } = framework;
  const wish = { frameworkId, roles: ['a'] };
  const { agentId } = agent;
  const agentEpoch = stage.state.agents.registered.get(agentId)?.epoch ?? 0;
  const allocation = { frameworkId, role: 'a', agentId, agentEpoch };
  const heardLast = () => {
    heard(at);
    const resources = parseResources('cpus:1');
    say(toAllocator, { type: 'allocated', allocations: [{ ...allocation, resources }] });
    return heardOne(at, 'offersMade').demandNumber;
  };
  equal(heardLast(), undefined);
  say(at, { type: 'revive', ...wish, demandNumber: 2 });
  equal(heardLast(), 2);
  heard(toAllocator);
  say(at, { type: 'suppress', ...wish, demandNumber: 1 });
  const late = { type: 'subscribe', scheduler: at, info, suppressedRoles: ['a'] } as const;
  say(at, { ...late, demandNumber: 1 });
  deepEqual(heard(toAllocator), []);
  equal(heardLast(), 2);
  say(at, { type: 'suppress', ...wish, demandNumber: 3 });
  deepEqual(heard(toAllocator).at(-1), { type: 'suppress', ...wish });
  // Another scheduler counts anew.
  const other = address<SchedulerMessage>('scheduler', 'f:2', 2);
  subscribeAgain(stage, framework, other);
  say(other, { type: 'revive', ...wish, demandNumber: 1 });
  deepEqual(heard(toAllocator).at(-1), { type: 'revive', ...wish });
});

test('an operator ends a framework: its scheduler is told', () => {
  const stage = scene();
  const replyTo = address<OperatorAnswer | NotLeader>('operator', 'o:1');
  const { frameworkId } = stage.subscribe('f');
  stage.heard(at);
  stage.say(replyTo, { type: 'teardownFramework', frameworkId, replyTo });
  match(stage.heardOne(at, 'subscriptionEnded').message, /operator/);
  deepEqual(stage.heard(replyTo), [{ type: 'operatorAnswer' }]);
  stage.say(replyTo, { type: 'teardownFramework', frameworkId, replyTo });
  match(stage.heardOne(replyTo, 'operatorAnswer').refused ?? '', /it has ended already/);
});
