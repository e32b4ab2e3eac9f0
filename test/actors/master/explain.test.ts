/** Why: what a master says itself, before the allocator adds its part. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentOrder } from '../../../actors/protocol/agent-orders.ts';
import type { Explanation } from '../../../actors/protocol/explanation.ts';
import type { FrameworkId, TaskId } from '../../../actors/protocol/ids.ts';
import type { MaintenanceOrder } from '../../../actors/protocol/maintenance-orders.ts';
import type { NotLeader, SchedulerMessage } from '../../../actors/protocol/messages.ts';
import type { OperatorAnswer } from '../../../actors/protocol/operator-to-master.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { address } from '../../../runtime/address.ts';
import type { ToAsk } from '../../simulation/operator-desk.ts';
import { frameworkInfo, type Scene, scene } from './scene.ts';

const replyTo = address<Explanation | NotLeader>('operator', 'o:1');

/** What is answered at once: the allocator is not asked. */
function answered(stage: Scene, about: About): Explanation {
  stage.say(replyTo, { type: 'explain', ...about, replyTo });
  return stage.heardOne(replyTo, 'explanation');
}

/** What the allocator is told to add to. */
function said(stage: Scene, about: About) {
  stage.heard(stage.toAllocator);
  stage.say(replyTo, { type: 'explain', ...about, replyTo });
  return stage.heardOne(stage.toAllocator, 'explain');
}

interface About {
  readonly frameworkId?: FrameworkId;
  readonly taskId?: TaskId;
}

const codes = ({ reasons }: Pick<Explanation, 'reasons'>) => reasons.map(({ code }) => code);

test('a framework that nobody knows, and one that has ended, are told so', () => {
  const stage = scene();
  const unknown = answered(stage, { frameworkId: 'x' as FrameworkId });
  deepEqual(codes(unknown), ['unknownFramework']);
  const { address: at, frameworkId } = stage.subscribe('f');
  stage.say(at, { type: 'teardown', frameworkId });
  deepEqual(codes(answered(stage, { frameworkId })), ['frameworkEnded']);
  deepEqual(codes(answered(stage, {})), ['unknownFramework']);
});

test('a framework that was not let in is found by its name or id, with what it was told', () => {
  const stage = scene({ rolesAllowed: ['a'] });
  const at = address<SchedulerMessage>('scheduler', 's:1', 1);
  const info = frameworkInfo('shy', { roles: ['b'] });
  const frameworkId = 'f-1' as FrameworkId;
  stage.say(at, { type: 'subscribe', scheduler: at, info, suppressedRoles: [], frameworkId });
  stage.advance(7000);
  for (const wanted of ['shy', 'f-1'] as FrameworkId[]) {
    const { reasons } = answered(stage, { frameworkId: wanted });
    deepEqual(codes({ reasons }), ['subscriptionRefused']);
    match(reasons[0]?.text ?? '', /was not let in 7 s ago: Roles \{ b \} are not present in/);
  }
  for (let index = 0; index < 150; index++) {
    const other = { ...info, name: `other-${index}` };
    stage.say(at, { type: 'subscribe', scheduler: at, info: other, suppressedRoles: [] });
  }
  equal(stage.state.refusedSubscriptions.size, 100);
  deepEqual(codes(answered(stage, { frameworkId })), ['unknownFramework']);
});

test('a framework without a scheduler, without agents, or with offers is told so', () => {
  const stage = scene();
  const framework = stage.subscribe('f', { failoverTimeoutMs: 60_000 });
  const { frameworkId } = framework;
  deepEqual(codes(said(stage, { frameworkId }).said), ['noAgents']);
  const agent = stage.registerAgent('a:1');
  deepEqual(codes(said(stage, { frameworkId }).said), []);
  stage.offer(framework, agent, 'cpus:1');
  stage.advance(12_000);
  const withOffer = said(stage, { frameworkId }).said;
  deepEqual(codes(withOffer), ['offersOutstanding']);
  match(
    withOffer.reasons[0]?.text ?? '',
    /an offer that it has not answered, the oldest for 12 s$/,
  );
  stage.breakLink(framework);
  const away = said(stage, { frameworkId }).said;
  deepEqual(codes(away), ['frameworkDisconnected']);
  match(away.reasons[0]?.text ?? '', /60 s after it was lost the framework ends/);
});

test('what operators want of agents and machines is told; a broken connection counts before that', () => {
  const stage = scene();
  const { frameworkId } = stage.subscribe('f');
  const agents = ['a:1', 'b:1', 'c:1', 'd:1'].map((node) => stage.registerAgent(node));
  const [drained, deactivated, away] = agents.map(({ agentId }) => agentId);
  if (drained === undefined || deactivated === undefined || away === undefined) {
    throw new Error('Not all agents are registered');
  }
  const operator = address<OperatorAnswer | NotLeader>('operator', 'o:1');
  const order = (message: ToAsk<AgentOrder | MaintenanceOrder>) => {
    stage.say(operator, { ...message, replyTo: operator } as AgentOrder | MaintenanceOrder);
    equal(stage.heardOne(operator, 'operatorAnswer').refused, undefined);
  };
  order({ type: 'drainAgent', agentId: drained, markGone: false });
  order({ type: 'deactivateAgent', agentId: deactivated });
  order({ type: 'deactivateAgent', agentId: away });
  for (const agent of agents.slice(2, 3)) stage.breakLink(agent);
  const { withheld, said: before } = said(stage, { frameworkId });
  deepEqual(
    [...withheld],
    [
      [drained, 'agentsDraining'],
      [deactivated, 'agentsDeactivated'],
    ],
  );
  deepEqual(codes(before), []);
  const machineIds = [{ hostname: stage.state.agents.registered.get(away)?.info.hostname ?? '' }];
  const spare = { hostname: 'spare' };
  order({
    type: 'updateMaintenanceSchedule',
    windows: [{ machineIds: [...machineIds, spare], startMs: 0 }],
  });
  order({ type: 'startMaintenance', machineIds: [spare] });
  const { said: after } = said(stage, { frameworkId });
  deepEqual(codes(after), ['machinesDown', 'maintenanceScheduled']);
});

test('the allocator is handed what is asked about, and whom to answer', () => {
  const stage = scene();
  const { frameworkId } = stage.subscribe('f');
  const needs = parseResources('cpus:1');
  stage.say(replyTo, { type: 'explain', frameworkId, needs, replyTo });
  const handed = stage.heardOne(stage.toAllocator, 'explain');
  deepEqual([handed.frameworkId, handed.needs, handed.replyTo], [frameworkId, needs, replyTo]);
});

test('a task is followed: not confirmed, staging, running, over and not acknowledged, over', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  const taskId = stage.launch(framework, agent, 't');
  const { frameworkId } = framework;
  stage.advance(5000);
  const first = answered(stage, { taskId });
  deepEqual([first.frameworkId, codes(first)], [frameworkId, ['taskUnconfirmed']]);
  match(
    first.reasons[0]?.text ?? '',
    /^It was launched 5 s ago, and its agent .* has not said yet/,
  );
  const staging = stage.update(framework, agent, taskId, 'staging');
  stage.acknowledge(framework, agent, taskId, staging);
  deepEqual(codes(answered(stage, { taskId })), ['taskStaging']);
  const running = stage.update(framework, agent, taskId, 'running');
  stage.acknowledge(framework, agent, taskId, running);
  deepEqual(codes(answered(stage, { taskId })), ['taskRuns']);
  stage.update(framework, agent, taskId, 'running', 'failed');
  deepEqual(codes(answered(stage, { taskId })), ['taskEnded', 'updateUnacknowledged']);
  const last = stage.update(framework, agent, taskId, 'failed');
  deepEqual(codes(answered(stage, { taskId })), ['taskEnded', 'updateUnacknowledged']);
  stage.acknowledge(framework, agent, taskId, last);
  const over = answered(stage, { taskId });
  deepEqual(codes(over), ['taskEnded']);
  match(over.reasons[0]?.text ?? '', /^It is over, FAILED/);
});

test('a task whose agent is away is told so, with a kill that waits; then it is unreachable', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', { capabilities: ['partitionAware'] });
  const taskId = stage.launch(framework, agent, 't');
  stage.update(framework, agent, taskId, 'running');
  stage.breakLink(agent);
  const { frameworkId } = framework;
  stage.say(framework.address, { type: 'kill', frameworkId, taskId });
  stage.advance(60_000);
  const away = answered(stage, { taskId });
  deepEqual(codes(away), ['agentAway', 'killPending', 'taskRuns']);
  match(away.reasons[0]?.text ?? '', /has 540 s left$/);
  stage.advance(600_000);
  deepEqual(codes(answered(stage, { taskId })), ['taskUnreachable']);
});

test('a task that two frameworks have is told with both; with the framework there is one', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const frameworks = ['f', 'g'].map((name) => stage.subscribe(name));
  const [taskId] = frameworks.map((framework) => stage.launch(framework, agent, 't'));
  const [one, other] = frameworks.map(({ frameworkId }) => frameworkId);
  if (taskId === undefined || one === undefined) throw new Error('Nothing was launched');
  const both = answered(stage, { taskId });
  deepEqual(codes(both), ['severalTasks']);
  match(both.reasons[0]?.text ?? '', new RegExp(`${one}, ${other}$`));
  equal(answered(stage, { taskId, frameworkId: one }).frameworkId, one);
});

test('of a task that was never launched its framework is explained, where that is named', () => {
  const stage = scene();
  const { frameworkId } = stage.subscribe('f');
  const taskId = 'never' as TaskId;
  deepEqual(codes(answered(stage, { taskId })), ['unknownTask']);
  const handed = said(stage, { taskId, frameworkId });
  deepEqual([codes(handed.said), handed.said.taskId], [['unknownTask', 'noAgents'], taskId]);
});
