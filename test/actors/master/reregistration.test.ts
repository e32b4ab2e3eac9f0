/** Agents that come back, and what they bring. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ReportedExecutor,
  ReportedFramework,
} from '../../../actors/protocol/agent-to-master.ts';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../../actors/protocol/ids.ts';
import type { AgentMessage, SchedulerMessage } from '../../../actors/protocol/messages.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { Task, TaskState } from '../../../actors/protocol/task.ts';
import type { Address } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import { agentInfo, frameworkInfo, type PlayedAgent, type Scene, scene } from './scene.ts';

const TEN_MINUTES_MS = 600_000;

interface Report {
  readonly at?: Address<AgentMessage>;
  readonly resources?: string;
  readonly frameworks?: readonly ReportedFramework[];
  readonly executors?: readonly ReportedExecutor[];
  readonly tasks?: readonly Task[];
}

function comeBack({ say }: Scene, { agentId, address: before, info }: PlayedAgent, what: Report) {
  const { at = before, resources, frameworks = [], executors = [], tasks = [] } = what;
  say(at, {
    type: 'reregisterAgent',
    agent: at,
    agentId,
    info: resources === undefined ? info : { ...info, resources: parseResources(resources) },
    frameworks,
    executors,
    tasks,
  });
}

function task(
  id: string,
  frameworkId: FrameworkId,
  agentId: AgentId,
  state: TaskState = 'running',
): Task {
  const taskId = id as TaskId;
  const resources = parseResources('cpus:1');
  return { taskId, frameworkId, agentId, name: id, resources, state, statuses: [] };
}

function begin() {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', { failoverTimeoutMs: 86_400_000 });
  const { frameworkId, info } = framework;
  const frameworks = [{ frameworkId, info }];
  return { ...stage, agent, framework, frameworks };
}

test('an agent that comes back is connected again, and told its id', () => {
  const stage = begin();
  const { agent, framework, state, heardOne } = stage;
  stage.offer(framework, agent, 'cpus:1');
  stage.breakLink(agent);
  const at = address<AgentMessage>('agent', 'a:2', 2);
  comeBack(stage, agent, { at });
  equal(heardOne(at, 'agentReregistered').agentId, agent.agentId);
  const record = state.agents.registered.get(agent.agentId);
  deepEqual([record?.connected, record?.address], [true, at]);
  stage.advance(TEN_MINUTES_MS);
  equal(state.agents.registered.size, 1);
  equal(stage.linked(at), true);
  equal(stage.linked(agent.address), false);
});

test('an agent that asks twice stays on offer as it is, unless it says something new', () => {
  const stage = begin();
  const { agent, framework, frameworks, state, heardOne, heard } = stage;
  const { offerId } = stage.offer(framework, agent, 'cpus:1');
  comeBack(stage, agent, { frameworks });
  equal(heardOne(agent.address, 'agentReregistered').agentId, agent.agentId);
  deepEqual(heard(framework.address), []);
  deepEqual([...state.offers.keys()], [offerId]);
  const tasks = [task('new', framework.frameworkId, agent.agentId)];
  comeBack(stage, agent, { frameworks, tasks });
  equal(state.offers.size, 0);
});

test('what was lost with the link and is there all the same comes back, and its framework hears of it', () => {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', { checkpoint: false });
  const { frameworkId, info } = framework;
  stage.launch(framework, agent, 'lives');
  stage.launch(framework, agent, 'ended');
  stage.breakLink(agent);
  deepEqual(stage.updates(framework).slice(-2), [
    'lives lost (agentDisconnected)',
    'ended lost (agentDisconnected)',
  ]);
  comeBack(stage, agent, {
    frameworks: [{ frameworkId, info }],
    tasks: [
      task('lives', frameworkId, agent.agentId),
      task('ended', frameworkId, agent.agentId, 'finished'),
    ],
  });
  deepEqual(stage.updates(framework), ['lives running (agentReregistered)']);
  const records = stage.state.agents.registered.get(agent.agentId)?.tasks.get(frameworkId);
  deepEqual([...(records?.keys() ?? [])], ['lives']);
});

test('tasks that the agent lacks are named to it', () => {
  const stage = begin();
  const { agent, framework, frameworks } = stage;
  stage.launch(framework, agent, 'there');
  const taskId = stage.launch(framework, agent, 'missing');
  stage.breakLink(agent);
  stage.heard(agent.address);
  const { frameworkId } = framework;
  const tasks = [task('there', frameworkId, agent.agentId)];
  comeBack(stage, agent, { frameworks, tasks });
  const { unknownTasks } = stage.heardOne(agent.address, 'agentReregistered');
  deepEqual(unknownTasks, [{ frameworkId, taskId, partitionAware: true, launchId: 'm-O1' }]);
});

test('what the agent knows better counts: ends are heard of by the report', () => {
  const stage = begin();
  const { agent, framework, frameworks } = stage;
  stage.launch(framework, agent, 't');
  stage.breakLink(agent);
  stage.givenBack();
  const tasks = [task('t', framework.frameworkId, agent.agentId, 'finished')];
  comeBack(stage, agent, { frameworks, tasks });
  deepEqual(stage.givenBack(), ['cpus:1']);
});

test('tasks and executors that the master lacks are adopted, and told to the allocator as used', () => {
  const stage = begin();
  const { agent, framework, frameworks, state } = stage;
  const { frameworkId } = framework;
  stage.heard(stage.toAllocator);
  const command = { shell: true, value: 'serve', arguments: [], environment: [] };
  const resources = parseResources('cpus:0.5');
  const info = { executorId: 'e' as ExecutorId, name: 'e', command, resources };
  comeBack(stage, agent, {
    frameworks,
    executors: [{ frameworkId, info }],
    tasks: [task('t', frameworkId, agent.agentId)],
  });
  const added = stage.heardOne(stage.toAllocator, 'addAgent');
  deepEqual(added.used, [
    { frameworkId, role: '*', resources: parseResources('cpus:1') },
    { frameworkId, role: '*', resources },
  ]);
  deepEqual(state.agents.registered.get(agent.agentId)?.used, parseResources('cpus:1.5'));
});

test('executors that the agent lacks have ended, but for those on their way', () => {
  const stage = begin();
  const { agent, framework, frameworks, state } = stage;
  const { frameworkId } = framework;
  const command = { shell: true, value: 'serve', arguments: [], environment: [] };
  const resources = parseResources('cpus:0.5');
  const info = { executorId: 'e' as ExecutorId, name: 'e', command, resources };
  const launched = { ...task('t', frameworkId, agent.agentId), executor: info };
  const { statuses: _statuses, state: _state, frameworkId: _of, ...wish } = launched;
  stage.accept(framework, [stage.offer(framework, agent, 'cpus:1.5')], [wish]);
  comeBack(stage, agent, { frameworks });
  const record = state.agents.registered.get(agent.agentId);
  equal(record?.executors.size, 1);
  stage.update(framework, agent, 't' as TaskId, 'running');
  comeBack(stage, agent, { frameworks, tasks: [{ ...launched, executorId: info.executorId }] });
  equal(record?.executors.size, 0);
});

test('a framework that ended meanwhile is shut down on the agent, its tasks are not adopted', () => {
  const stage = begin();
  const { agent, framework, frameworks, state } = stage;
  const { frameworkId } = framework;
  stage.launch(framework, agent, 't');
  stage.breakLink(agent);
  stage.say(framework.address, { type: 'teardown', frameworkId });
  stage.heard(agent.address);
  comeBack(stage, agent, { frameworks, tasks: [task('t', frameworkId, agent.agentId)] });
  deepEqual(
    stage.heard(agent.address).map(({ type }) => type),
    ['agentReregistered', 'shutdownFramework'],
  );
  equal(state.agents.registered.get(agent.agentId)?.tasks.size, 0);
});

test('changed resources are in the registry first, then on offer', () => {
  const stage = scene({ registrarAnswers: false });
  const at = address<AgentMessage>('agent', 'a:1', 1);
  stage.say(at, { type: 'registerAgent', agent: at, info: agentInfo('a:1') });
  stage.answerRegistrar();
  const { agentId } = stage.heardOne(at, 'agentRegistered');
  stage.heard(stage.toAllocator);
  comeBack(stage, { address: at, agentId, info: agentInfo('a:1') }, { resources: 'cpus:8' });
  deepEqual(stage.heard(stage.toAllocator), []);
  stage.answerRegistrar();
  deepEqual(stage.registry.admitted.get(agentId)?.info.resources, parseResources('cpus:8'));
  deepEqual(stage.heardOne(stage.toAllocator, 'addAgent').total, parseResources('cpus:8'));
});

test('of several reports while the registrar is asked the newest counts', () => {
  const stage = scene({ registrarAnswers: false });
  const agentId = 'other-S0' as AgentId;
  const frameworkId = 'other-0000' as FrameworkId;
  const agent = {
    address: address<AgentMessage>('agent', 'a:1', 1),
    agentId,
    info: agentInfo('a:1'),
  };
  const frameworks = [{ frameworkId, info: frameworkInfo('f') }];
  comeBack(stage, agent, { frameworks, tasks: [task('t', frameworkId, agentId)] });
  comeBack(stage, agent, { frameworks });
  stage.answerRegistrar();
  equal(stage.heard(agent.address).filter(({ type }) => type === 'agentReregistered').length, 1);
  equal(stage.state.frameworks.get(frameworkId)?.tasks.size, 0);
});

test('an agent on another host is shut down: somebody copied its work directory', () => {
  const stage = begin();
  const { agent } = stage;
  const at = address<AgentMessage>('agent', 'elsewhere:1', 1);
  comeBack(stage, agent, { at });
  match(stage.heardOne(at, 'shutdownAgent').reason, /cannot register from .*elsewhere:1/);
  equal(stage.state.agents.registered.get(agent.agentId)?.address, agent.address);
});

test('an unreachable agent comes back with its tasks, and frameworks are told', () => {
  const stage = begin();
  const { agent, framework, frameworks, state, registry } = stage;
  const { frameworkId } = framework;
  const unaware = stage.subscribe('g', { capabilities: [] });
  stage.launch(framework, agent, 't');
  stage.launch(unaware, agent, 'u');
  stage.breakLink(agent);
  stage.advance(TEN_MINUTES_MS);
  for (const of of [framework, unaware]) stage.updates(of);
  comeBack(stage, agent, {
    frameworks: [...frameworks, { frameworkId: unaware.frameworkId, info: unaware.info }],
    tasks: [
      task('t', frameworkId, agent.agentId),
      task('u', unaware.frameworkId, agent.agentId, 'killing'),
    ],
  });
  deepEqual(stage.updates(framework), ['t running (agentReregistered)']);
  deepEqual(stage.updates(unaware), ['u killing (agentReregistered)']);
  const record = state.frameworks.get(frameworkId);
  deepEqual([record?.tasks.size, record?.unreachableTasks.size], [1, 0]);
  deepEqual(
    [state.agents.unreachable.size, registry.unreachable.size, registry.admitted.size],
    [0, 0, 1],
  );
});

test('an agent that this master has never heard of brings tasks and frameworks with it', () => {
  const stage = scene();
  const { state, say, heardOne } = stage;
  const agentId = 'other-S0' as AgentId;
  const frameworkId = 'other-0000' as FrameworkId;
  const agent = {
    address: address<AgentMessage>('agent', 'a:1', 1),
    agentId,
    info: agentInfo('a:1'),
  };
  const info = frameworkInfo('f', { roles: ['r'], failoverTimeoutMs: 60_000 });
  comeBack(stage, agent, {
    frameworks: [{ frameworkId, info }],
    tasks: [task('t', frameworkId, agentId)],
  });
  equal(state.frameworks.get(frameworkId)?.status, 'recovered');
  const scheduler = address<SchedulerMessage>('scheduler', 'f:1', 1);
  say(scheduler, { type: 'subscribe', scheduler, info, frameworkId, suppressedRoles: [] });
  equal(heardOne(scheduler, 'subscribed').frameworkId, frameworkId);
  equal(state.frameworks.get(frameworkId)?.status, 'active');
  equal(state.frameworks.get(frameworkId)?.tasks.size, 1);
});

test('a framework known from agents only ends when nobody subscribes for it', () => {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const agentId = 'other-S0' as AgentId;
  const frameworkId = 'other-0000' as FrameworkId;
  const at = address<AgentMessage>('agent', 'a:1', 1);
  const agent = { address: at, agentId, info: agentInfo('a:1') };
  comeBack(stage, agent, { frameworks: [{ frameworkId, info: frameworkInfo('f') }] });
  stage.advance(TEN_MINUTES_MS - 1);
  stage.heard(at);
  stage.advance(1);
  deepEqual(
    stage.heard(at).find(({ type }) => type !== 'ping'),
    { type: 'shutdownFramework', frameworkId },
  );
});

test('an end that was acknowledged is not adopted again: the agent has not heard of that yet', () => {
  const stage = begin();
  const { agent, framework, frameworks, state } = stage;
  const { frameworkId } = framework;
  const taskId = stage.launch(framework, agent, 't');
  const finished = stage.update(framework, agent, taskId, 'finished');
  stage.acknowledge(framework, agent, taskId, finished);
  comeBack(stage, agent, {
    frameworks,
    tasks: [task('t', frameworkId, agent.agentId, 'finished')],
  });
  equal(state.frameworks.get(frameworkId)?.tasks.size, 0);
});

test('an agent that is gone does not come back under its id: its tasks were given up', () => {
  const stage = begin();
  const { agent, framework, frameworks, state } = stage;
  const { agentId } = agent;
  stage.launch(framework, agent, 't');
  stage.say(agent.address, { type: 'unregisterAgent', agentId });
  stage.heard(agent.address);
  comeBack(stage, agent, { frameworks, tasks: [task('t', framework.frameworkId, agentId)] });
  const [answer] = stage.heard(agent.address);
  ok(answer?.type === 'shutdownAgent');
  match(answer.reason, /cannot register again: it left.*start it again/);
  deepEqual([...state.agents.registered], []);
});

test('a task whose id runs elsewhere is killed where it came back', () => {
  const stage = begin();
  const { agent, framework, frameworks, state } = stage;
  const { frameworkId } = framework;
  const other = stage.registerAgent('b:1');
  const taskId = stage.launch(framework, other, 't');
  stage.heard(agent.address);
  comeBack(stage, agent, { frameworks, tasks: [task('t', frameworkId, agent.agentId)] });
  deepEqual(
    stage.heard(agent.address).filter(({ type }) => type === 'killTask'),
    [{ type: 'killTask', frameworkId, taskId }],
  );
  equal(state.frameworks.get(frameworkId)?.tasks.get(taskId)?.task.agentId, other.agentId);
  stage.updates(framework);
  stage.givenBack();
  stage.update(framework, agent, taskId, 'killed');
  deepEqual(stage.updates(framework), []);
  deepEqual(stage.givenBack(), ['cpus:1']);
});

test('more tasks than an agent has room for are booked, and it is not offered meanwhile', () => {
  const stage = begin();
  const { agent, framework, frameworks, state } = stage;
  const { frameworkId } = framework;
  stage.launch(framework, agent, 't', 'cpus:4');
  const big = { ...task('t', frameworkId, agent.agentId), resources: parseResources('cpus:4') };
  comeBack(stage, agent, { resources: 'cpus:2', frameworks, tasks: [big] });
  equal(state.agents.registered.get(agent.agentId)?.overcommitted, true);
});
