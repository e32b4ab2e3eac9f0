/** Pings, and the questions that go with them. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type PlayedAgent, type Scene, scene, taskInfo } from './scene.ts';

function pong({ say }: Scene, { address, agentId }: PlayedAgent): void {
  say(address, { type: 'pong', agentId });
}

test('an agent is pinged when it registers, and every fifteen seconds', () => {
  const { registerAgent, heard, advance, ...rest } = scene();
  const agent = registerAgent('a:1');
  pong({ registerAgent, heard, advance, ...rest }, agent);
  advance(14_999);
  deepEqual(heard(agent.address), []);
  advance(1);
  deepEqual(
    heard(agent.address).map(({ type }) => type),
    ['ping'],
  );
});

test('five pings without a pong make an agent unreachable, 75 seconds after the first', () => {
  const { registerAgent, advance, state } = scene();
  const agent = registerAgent('a:1');
  advance(74_999);
  equal(state.agents.registered.has(agent.agentId), true);
  advance(1);
  equal(state.agents.registered.has(agent.agentId), false);
  equal(state.agents.unreachable.has(agent.agentId), true);
});

test('a pong starts the count anew', () => {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  stage.advance(74_000);
  pong(stage, agent);
  stage.advance(74_000);
  equal(stage.state.agents.registered.has(agent.agentId), true);
  stage.advance(2000);
  equal(stage.state.agents.registered.has(agent.agentId), false);
});

test('a disconnected agent is pinged on, and told that it is taken for disconnected', () => {
  const { registerAgent, breakLink, advance, heard } = scene();
  const agent = registerAgent('a:1');
  breakLink(agent);
  advance(15_000);
  const connected = heard(agent.address).flatMap((message) =>
    message.type === 'ping' ? [message.connected] : [],
  );
  deepEqual(connected, [false]);
});

test('a launch not heard of for half a minute is asked for, until something is heard of it', () => {
  const stage = scene();
  const { registerAgent, subscribe, launch, update, advance, heard } = stage;
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  const { frameworkId } = framework;
  const taskId = launch(framework, agent, 't');
  const asked = () => heard(agent.address).filter(({ type }) => type === 'confirmTasks');
  advance(15_000);
  deepEqual(asked(), []);
  advance(15_000);
  const tasks = [{ frameworkId, taskId, partitionAware: true, launchId: 'm-O0' }];
  deepEqual(asked(), [{ type: 'confirmTasks', tasks, executors: [] }]);
  update(framework, agent, taskId, 'starting');
  advance(15_000);
  deepEqual(asked(), []);
});

test('executors without tasks are asked for: their end may have been lost', () => {
  const stage = scene();
  const { registerAgent, subscribe, accept, offer, update, acknowledge, advance, heard } = stage;
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  const { frameworkId } = framework;
  const command = { shell: true, value: 'serve', arguments: [], environment: [] };
  const executor = { executorId: 'e' as never, name: 'e', command, resources: [] };
  const task = taskInfo('t', agent, 'cpus:1', { executor });
  accept(framework, [offer(framework, agent, 'cpus:1')], [task]);
  const asked = () => heard(agent.address).filter(({ type }) => type === 'confirmTasks');
  const finished = update(framework, agent, task.taskId, 'finished');
  advance(15_000);
  deepEqual(asked(), []);
  acknowledge(framework, agent, task.taskId, finished);
  advance(15_000);
  const executors = [{ frameworkId, executorId: 'e' }];
  deepEqual(asked(), [{ type: 'confirmTasks', tasks: [], executors }]);
});

test('a disconnected agent is not asked: it reports when it is back', () => {
  const { registerAgent, subscribe, launch, breakLink, advance, heard } = scene();
  const agent = registerAgent('a:1');
  launch(subscribe('f'), agent, 't');
  breakLink(agent);
  advance(45_000);
  deepEqual(
    heard(agent.address).filter(({ type }) => type === 'confirmTasks'),
    [],
  );
});

test('an agent is told of an ended framework until it has heard', () => {
  const { registerAgent, subscribe, launch, advance, heard, say } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  const { frameworkId } = framework;
  launch(framework, agent, 't');
  const told = () => heard(agent.address).filter(({ type }) => type === 'shutdownFramework');
  say(framework.address, { type: 'teardown', frameworkId });
  equal(told().length, 1);
  advance(15_000);
  equal(told().length, 1);
  const { agentId } = agent;
  say(agent.address, { type: 'frameworkShutDown', agentId, frameworkId });
  advance(15_000);
  equal(told().length, 0);
});
