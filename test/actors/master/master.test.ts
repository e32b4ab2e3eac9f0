/** The whole way of a task through the master. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { scene } from './scene.ts';

test('from registration to acknowledgement: one direction out, one back', () => {
  const { registerAgent, subscribe, launch, heardOne, heard, update, acknowledge, ...rest } =
    scene();
  const agent = registerAgent('a:1');
  equal(agent.agentId, 'm-S0');
  const framework = subscribe('f');
  equal(framework.frameworkId, 'm-0000');
  rest.givenBack();

  const taskId = launch(framework, agent, 't', 'cpus:1;mem:64');
  const { task, role } = heardOne(agent.address, 'runTask');
  deepEqual([task.taskId, role], ['t', '*']);

  const running = update(framework, agent, taskId, 'running');
  acknowledge(framework, agent, taskId, running);
  const finished = update(framework, agent, taskId, 'finished');
  deepEqual(rest.updates(framework), ['t running', 't finished']);
  deepEqual(rest.givenBack(), ['cpus:1;mem:64']);
  acknowledge(framework, agent, taskId, finished);
  deepEqual(
    heard(agent.address).map(({ type }) => type),
    ['acknowledgeUpdate', 'acknowledgeUpdate'],
  );
  const state = rest.state.frameworks.get(framework.frameworkId);
  equal(state?.tasks.size, 0);
  equal(state?.completedTasks.get(taskId)?.task.state, 'finished');
});
