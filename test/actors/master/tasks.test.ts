/** Status updates and their acknowledgements. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameworkId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type { StatusUpdate } from '../../../actors/protocol/task.ts';
import { address } from '../../../runtime/address.ts';
import { type PlayedAgent, type PlayedFramework, type Scene, scene } from './scene.ts';

function begin(change: Parameters<Scene['subscribe']>[1] = {}) {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f', change);
  const taskId = stage.launch(framework, agent, 't');
  stage.heard(agent.address);
  stage.updates(framework);
  const record = () => stage.state.frameworks.get(framework.frameworkId)?.tasks.get(taskId);
  return { ...stage, agent, framework, taskId, record };
}

test('resources are given back when the agent knows of the end, the scheduler may hear later', () => {
  const { agent, framework, taskId, update, updates, givenBack, record } = begin();
  update(framework, agent, taskId, 'running', 'finished');
  deepEqual(updates(framework), ['t running']);
  deepEqual(givenBack(), ['cpus:1']);
  equal(record()?.task.state, 'finished');
  equal(record()?.task.updateState, 'running');
  update(framework, agent, taskId, 'finished');
  deepEqual(givenBack(), []);
});

test('once ended, a task stays so', () => {
  const { agent, framework, taskId, update, record } = begin();
  update(framework, agent, taskId, 'finished');
  update(framework, agent, taskId, 'running');
  equal(record()?.task.state, 'finished');
});

test('a task is completed by the acknowledgement of its end, not by one of an older update', () => {
  const { agent, framework, taskId, update, acknowledge, record } = begin();
  const running = update(framework, agent, taskId, 'running');
  const finished = update(framework, agent, taskId, 'finished');
  acknowledge(framework, agent, taskId, running);
  equal(record()?.task.state, 'finished');
  acknowledge(framework, agent, taskId, finished);
  equal(record(), undefined);
});

test('updates of one state in a row are kept as one, without data, the last twenty', () => {
  const { agent, framework, taskId, update, record } = begin();
  update(framework, agent, taskId, 'running');
  update(framework, agent, taskId, 'running');
  deepEqual(
    record()?.task.statuses.map(({ state }) => state),
    ['running'],
  );
  for (let count = 0; count < 15; count++) {
    update(framework, agent, taskId, 'starting');
    update(framework, agent, taskId, 'running');
  }
  equal(record()?.task.statuses.length, 20);
});

test('while the scheduler is away updates are dropped, but known', () => {
  const { agent, framework, taskId, update, updates, breakLink, record } = begin({
    failoverTimeoutMs: 60_000,
  });
  breakLink(framework);
  update(framework, agent, taskId, 'running');
  deepEqual(updates(framework), []);
  equal(record()?.task.state, 'running');
});

test('an update of a task that nobody knows is passed on, and so is its acknowledgement', () => {
  const { agent, framework, update, updates, acknowledge, heard } = begin();
  const taskId = 'mystery' as TaskId;
  const updateId = update(framework, agent, taskId, 'finished');
  deepEqual(updates(framework), ['mystery finished']);
  acknowledge(framework, agent, taskId, updateId);
  const { frameworkId } = framework;
  deepEqual(heard(agent.address), [{ type: 'acknowledgeUpdate', frameworkId, taskId, updateId }]);
});

test('an agent that runs what the master does not know of is asked to register again', () => {
  const { agent, update, heard, subscribe } = begin();
  const other = subscribe('other');
  heard(agent.address);
  update(other, agent, 'mystery' as TaskId, 'running');
  update(other, agent, 'mystery' as TaskId, 'running');
  deepEqual(
    heard(agent.address).map((message) => message.type === 'ping' && message.connected),
    [false],
    'once: it would say the same',
  );
});

test('late news of a task whose id runs elsewhere by now is acknowledged by the master itself', () => {
  const { agent, framework, taskId, update, acknowledge, updates, heard, ...stage } = begin();
  const finished = update(framework, agent, taskId, 'finished');
  acknowledge(framework, agent, taskId, finished);
  const other = stage.registerAgent('b:1');
  stage.launch(framework, other, 't');
  updates(framework);
  heard(agent.address);
  const updateId = update(framework, agent, taskId, 'finished');
  deepEqual(updates(framework), []);
  const { frameworkId } = framework;
  deepEqual(heard(agent.address), [{ type: 'acknowledgeUpdate', frameworkId, taskId, updateId }]);
});

test('an acknowledgement for a disconnected agent is dropped: the update comes again', () => {
  const { agent, framework, taskId, update, acknowledge, breakLink, heard, record } = begin();
  const finished = update(framework, agent, taskId, 'finished');
  breakLink(agent);
  heard(agent.address);
  acknowledge(framework, agent, taskId, finished);
  deepEqual(heard(agent.address), []);
  equal(record()?.task.state, 'finished');
});

test('an agent that is not registered and does not know it is told so', () => {
  const { agent, framework, taskId, update, updates, heard, say } = begin();
  say(agent.address, { type: 'unregisterAgent', agentId: agent.agentId });
  updates(framework);
  heard(agent.address);
  update(framework, agent, taskId, 'running');
  deepEqual(updates(framework), []);
  deepEqual(
    heard(agent.address).map((message) => message.type === 'ping' && message.connected),
    [false],
  );
});

test('an agent that still has tasks of a framework that ended is told again', () => {
  const { agent, framework, taskId, update, heard, say } = begin();
  const { frameworkId } = framework;
  say(framework.address, { type: 'teardown', frameworkId });
  heard(agent.address);
  update(framework, agent, taskId, 'running');
  deepEqual(heard(agent.address), [{ type: 'shutdownFramework', frameworkId }]);
});

test('an agent is believed only from where it registered, and in what it can know', () => {
  const { agent, framework, taskId, say, updates, record } = begin();
  const impostor = address<never>('agent', 'evil:1', 1);
  const report = (
    from: typeof impostor | PlayedAgent['address'],
    state: 'running' | 'unreachable',
  ) => say(from, { ...statusUpdate(agent, framework, taskId, state), agent: agent.address });
  report(impostor, 'running');
  report(agent.address, 'unreachable');
  deepEqual(updates(framework), []);
  equal(record()?.task.state, 'staging');
});

function statusUpdate(
  { agentId, address: agent }: PlayedAgent,
  { frameworkId }: { readonly frameworkId: FrameworkId } | PlayedFramework,
  taskId: TaskId,
  state: 'running' | 'unreachable',
) {
  const status = { taskId, state, source: 'agent', timestampMs: 0 } as const;
  const update: StatusUpdate = { id: 'u' as UpdateId, frameworkId, status };
  return { type: 'statusUpdate', agentId, agent, update, latestState: state } as const;
}

test('the last thousand completed tasks of a framework are remembered', () => {
  const stage = scene({ settings: { completedTaskCountMax: 2 } });
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  for (const id of ['t1', 't2', 't3']) {
    const taskId = stage.launch(framework, agent, id);
    const updateId = stage.update(framework, agent, taskId, 'finished');
    stage.acknowledge(framework, agent, taskId, updateId);
  }
  const { completedTasks } = stage.state.frameworks.get(framework.frameworkId) ?? {};
  deepEqual([...(completedTasks?.keys() ?? [])], ['t2', 't3']);
});
