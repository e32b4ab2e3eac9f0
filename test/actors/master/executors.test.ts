/** Executors that frameworks bring along. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecutorId } from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { scene, taskInfo } from './scene.ts';

const executorId = 'e' as ExecutorId;

/** A task in an executor of its own, running. */
function begin() {
  const stage = scene();
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  const command = { shell: true, value: 'serve', arguments: [], environment: [] };
  const resources = parseResources('cpus:0.5');
  const executor = { executorId, name: 'e', command, resources };
  const launch = (id: string) => {
    const task = taskInfo(id, agent, 'cpus:1', { executor });
    stage.accept(framework, [stage.offer(framework, agent, 'cpus:1.5')], [task]);
    return task.taskId;
  };
  const taskId = launch('t1');
  stage.update(framework, agent, taskId, 'running');
  const exited = () =>
    stage.say(agent.address, {
      type: 'executorExited',
      agentId: agent.agentId,
      frameworkId: framework.frameworkId,
      executorId,
      status: 143,
    });
  stage.heard(agent.address);
  stage.heard(framework.address);
  stage.givenBack();
  return { ...stage, agent, framework, taskId, launch, exited };
}

test('when an executor ends its resources are given back, once, and its scheduler is told', () => {
  const { agent, framework, exited, givenBack, heard } = begin();
  exited();
  deepEqual(givenBack(), ['cpus:0.5']);
  const { agentId } = agent;
  deepEqual(heard(framework.address), [{ type: 'failed', agentId, executorId, status: 143 }]);
  exited();
  deepEqual(givenBack(), []);
});

test('while a task for it is on its way, the end may be that of a predecessor', () => {
  const { agent, framework, launch, exited, update, givenBack, state } = begin();
  const second = launch('t2');
  givenBack();
  exited();
  deepEqual(givenBack(), []);
  update(framework, agent, second, 'running');
  exited();
  deepEqual(givenBack(), ['cpus:0.5']);
  equal(state.agents.registered.get(agent.agentId)?.executors.size, 0);
});

test('a task whose executor had ended before it came is lost, and the next one starts it again', () => {
  const { agent, framework, launch, exited, update, heard } = begin();
  const second = launch('t2');
  exited();
  update(framework, agent, second, 'lost');
  heard(agent.address);
  const launchedWith = () =>
    heard(agent.address).flatMap((message) =>
      message.type === 'runTask' ? [message.launchExecutor] : [],
    );
  launch('t3');
  deepEqual(launchedWith(), [true]);
  launch('t4');
  deepEqual(launchedWith(), [false]);
});

test('an executor outlives its tasks, and ends with its framework', () => {
  const { agent, framework, taskId, update, acknowledge, givenBack, say } = begin();
  acknowledge(framework, agent, taskId, update(framework, agent, taskId, 'finished'));
  deepEqual(givenBack(), ['cpus:1']);
  say(framework.address, { type: 'teardown', frameworkId: framework.frameworkId });
  deepEqual(givenBack(), ['cpus:0.5']);
});

test('schedulers and executors speak through the master', () => {
  const { agent, framework, say, heard } = begin();
  const { agentId } = agent;
  const { frameworkId } = framework;
  const message = { frameworkId, agentId, executorId, data: 'hello' };
  say(framework.address, { type: 'schedulerMessage', ...message });
  say(framework.address, { type: 'shutdownExecutor', frameworkId, agentId, executorId });
  deepEqual(heard(agent.address), [
    { type: 'schedulerMessage', frameworkId, executorId, data: 'hello' },
    { type: 'shutdownExecutor', frameworkId, executorId },
  ]);
  say(agent.address, { type: 'executorMessage', ...message });
  deepEqual(heard(framework.address), [
    { type: 'executorMessage', agentId, executorId, data: 'hello' },
  ]);
});

test('what is for a disconnected agent is dropped', () => {
  const { agent, framework, say, heard, breakLink } = begin();
  breakLink(agent);
  const { agentId } = agent;
  const { frameworkId } = framework;
  say(framework.address, {
    type: 'schedulerMessage',
    frameworkId,
    agentId,
    executorId,
    data: 'x',
  });
  say(framework.address, { type: 'shutdownExecutor', frameworkId, agentId, executorId });
  deepEqual(heard(agent.address), []);
});
