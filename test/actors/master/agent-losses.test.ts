/** How agents are lost: disconnected, unreachable, replaced, gone; and what becomes of their tasks. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { invariants } from '../../../actors/master/invariants.ts';
import type { AgentMessage } from '../../../actors/protocol/messages.ts';
import { address } from '../../../runtime/address.ts';
import { agentInfo, scene, taskInfo } from './scene.ts';

const MINUTE_MS = 60_000;
/** So that pings alone don't decide. */
const patient = { settings: { pingMissCountMax: 1000 } };

test('a disconnected agent is deactivated and its offers are rescinded, its tasks go on', () => {
  const { registerAgent, subscribe, launch, offer, breakLink, heard, ...rest } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  launch(framework, agent, 't');
  const { offerId } = offer(framework, agent, 'cpus:2');
  heard(rest.toAllocator);
  breakLink(agent);
  deepEqual(heard(framework.address), [{ type: 'offerRescinded', offerId }]);
  deepEqual(
    heard(rest.toAllocator).map(({ type }) => type),
    ['deactivateAgent', 'recoverResources'],
  );
  equal(rest.state.agents.registered.get(agent.agentId)?.tasks.size, 1);
});

test('what has no checkpoint is lost when the link breaks, for those that are partition aware too', () => {
  const { registerAgent, subscribe, launch, breakLink, updates, heard, state, ...rest } = scene();
  const agent = registerAgent('a:1');
  const kept = subscribe('kept', { checkpoint: true });
  const aware = subscribe('aware', { checkpoint: false });
  const unaware = subscribe('unaware', { checkpoint: false, capabilities: [] });
  launch(kept, agent, 't1');
  launch(aware, agent, 't2');
  launch(unaware, agent, 't3');
  for (const framework of [kept, aware, unaware]) updates(framework);
  heard(rest.toAllocator);
  breakLink(agent);
  deepEqual(updates(kept), []);
  deepEqual(updates(aware), ['t2 lost (agentDisconnected)']);
  deepEqual(updates(unaware), ['t3 lost (agentDisconnected)']);
  const types = heard(rest.toAllocator).map(({ type }) => type);
  deepEqual(types, ['deactivateAgent', 'recoverResources', 'recoverResources']);
  deepEqual(
    [...(state.agents.registered.get(agent.agentId)?.tasks.keys() ?? [])],
    [kept.frameworkId],
  );
  deepEqual(invariants(state), []);
});

test('an agent has ten minutes to come back, then it is unreachable', () => {
  const { registerAgent, subscribe, launch, breakLink, advance, updates, state, registry } =
    scene(patient);
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  launch(framework, agent, 't');
  breakLink(agent);
  updates(framework);
  advance(10 * MINUTE_MS - 1);
  deepEqual(updates(framework), []);
  advance(1);
  deepEqual(updates(framework), ['t unreachable (agentRemoved)']);
  equal(state.agents.registered.size, 0);
  equal(registry.unreachable.has(agent.agentId), true);
});

test('an agent is lost when the registry has it as unreachable, not before', () => {
  const { say, breakLink, advance, answerRegistrar, state, heard } = scene({
    ...patient,
    registrarAnswers: false,
  });
  const at = address<AgentMessage>('agent', 'a:1', 1);
  say(at, { type: 'registerAgent', agent: at, info: agentInfo('a:1') });
  answerRegistrar();
  breakLink({ address: at });
  advance(11 * MINUTE_MS);
  equal(state.agents.registered.size, 1);
  heard(at);
  const { agents } = state;
  const [agentId] = agents.registered.keys();
  if (agentId === undefined) throw new Error('There is no agent');
  // Too late now; it asks again.
  const empty = { frameworks: [], executors: [], tasks: [] };
  say(at, { type: 'reregisterAgent', agent: at, agentId, info: agentInfo('a:1'), ...empty });
  deepEqual(heard(at), []);
  answerRegistrar();
  equal(agents.registered.size, 0);
  equal(agents.unreachable.size, 1);
});

test('partition aware frameworks hear unreachable and since when, others lost', () => {
  const { registerAgent, subscribe, launch, breakLink, advance, heard } = scene(patient);
  const agent = registerAgent('a:1');
  const aware = subscribe('aware');
  const unaware = subscribe('unaware', { capabilities: [] });
  launch(aware, agent, 't1');
  launch(unaware, agent, 't2');
  breakLink(agent);
  advance(10 * MINUTE_MS);
  const heardOf = [aware, unaware].map(({ address }) =>
    heard(address).flatMap((message) => (message.type === 'taskUpdated' ? [message.update] : [])),
  );
  deepEqual(
    heardOf.map(([update]) => [update?.id, update?.status.state, update?.status.unreachableTimeMs]),
    [
      [undefined, 'unreachable', 10 * MINUTE_MS],
      [undefined, 'lost', 10 * MINUTE_MS],
    ],
  );
});

test('both keep the task as unreachable, and its id is not free again', () => {
  const { registerAgent, subscribe, launch, breakLink, advance, accept, offer, updates } =
    scene(patient);
  const lost = registerAgent('a:1');
  const framework = subscribe('f', { capabilities: [] });
  launch(framework, lost, 't');
  breakLink(lost);
  advance(10 * MINUTE_MS);
  updates(framework);
  const other = registerAgent('b:1');
  accept(framework, [offer(framework, other, 'cpus:1')], [taskInfo('t', other)]);
  deepEqual(updates(framework), ['t error (taskInvalid)']);
});

test('of a task that had ended the scheduler hears how, though the agent is lost', () => {
  const { registerAgent, subscribe, launch, update, breakLink, advance, updates, state } =
    scene(patient);
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  const taskId = launch(framework, agent, 't');
  update(framework, agent, taskId, 'running', 'finished');
  updates(framework);
  breakLink(agent);
  advance(10 * MINUTE_MS);
  deepEqual(updates(framework), ['t finished (agentRemoved)']);
  const record = state.frameworks.get(framework.frameworkId);
  equal(record?.completedTasks.has(taskId), true);
  equal(record?.unreachableTasks.size, 0);
});

test('all subscribed frameworks hear that an agent was lost', () => {
  const { registerAgent, subscribe, breakLink, advance, heard } = scene(patient);
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  breakLink(agent);
  advance(10 * MINUTE_MS);
  const failures = heard(framework.address).filter(({ type }) => type === 'failed');
  deepEqual(failures, [{ type: 'failed', agentId: agent.agentId }]);
});

test('with the agent the allocator forgets all that is allocated on it: nothing is given back', () => {
  const { registerAgent, subscribe, launch, say, givenBack, heard, toAllocator } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  launch(framework, agent, 't');
  givenBack();
  say(agent.address, { type: 'unregisterAgent', agentId: agent.agentId });
  deepEqual(
    heard(toAllocator).map(({ type }) => type),
    ['removeAgent'],
  );
});

test('an agent that leaves takes its tasks with it', () => {
  const { registerAgent, subscribe, launch, say, updates, state, registry, linked } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  launch(framework, agent, 't');
  updates(framework);
  say(agent.address, { type: 'unregisterAgent', agentId: agent.agentId });
  deepEqual(updates(framework), ['t gone (agentRemoved)']);
  equal(state.agents.unreachable.size, 0);
  equal(registry.admitted.size, 0);
  equal(linked(agent.address), false);
});

test('no more unreachable tasks of a framework are remembered than the maximum', () => {
  const { registerAgent, subscribe, launch, breakLink, advance, state } = scene({
    settings: { pingMissCountMax: 1000, unreachableTaskCountMax: 2 },
  });
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  for (const id of ['t1', 't2', 't3']) launch(framework, agent, id, 'cpus:1');
  breakLink(agent);
  advance(10 * MINUTE_MS);
  const { unreachableTasks } = state.frameworks.get(framework.frameworkId) ?? {};
  deepEqual([...(unreachableTasks?.keys() ?? [])], ['t2', 't3']);
});

test('the registry forgets agents after two weeks', () => {
  const { registerAgent, breakLink, advance, state, registry } = scene(patient);
  const agent = registerAgent('a:1');
  breakLink(agent);
  advance(13 * 24 * 60 * MINUTE_MS);
  equal(registry.unreachable.size, 1);
  advance(2 * 24 * 60 * MINUTE_MS);
  equal(registry.unreachable.size, 0);
  equal(state.agents.unreachable.size, 0);
});

test('tasks of a lost agent are gone once another agent is where it was', () => {
  const { registerAgent, subscribe, launch, breakLink, advance, updates, state, ...rest } =
    scene(patient);
  const lost = registerAgent('a:1');
  const aware = subscribe('aware');
  const unaware = subscribe('unaware', { capabilities: [] });
  const taskId = launch(aware, lost, 't1');
  launch(unaware, lost, 't2');
  breakLink(lost);
  advance(10 * MINUTE_MS);
  updates(aware);
  updates(unaware);
  registerAgent('b:1');
  deepEqual(updates(aware), []);
  registerAgent('a:1', 'cpus:4;mem:1024', 2);
  rest.answerRegistrar();
  deepEqual(updates(aware), ['t1 gone (agentRemoved)']);
  deepEqual(updates(unaware), []);
  equal(state.agents.unreachable.size, 0);
  equal(rest.registry.unreachable.size, 0);
  const record = state.frameworks.get(aware.frameworkId);
  equal(record?.unreachableTasks.size, 0);
  equal(record?.completedTasks.has(taskId), true);
});

test('who missed that hears it when it asks', () => {
  const { registerAgent, subscribe, launch, breakLink, advance, say, updates, ...rest } =
    scene(patient);
  const lost = registerAgent('a:1');
  const framework = subscribe('f');
  const taskId = launch(framework, lost, 't');
  breakLink(lost);
  advance(10 * MINUTE_MS);
  registerAgent('a:1', 'cpus:4;mem:1024', 2);
  rest.answerRegistrar();
  updates(framework);
  const { frameworkId } = framework;
  const tasks = [{ taskId, agentId: lost.agentId }];
  say(framework.address, { type: 'reconcile', frameworkId, tasks });
  deepEqual(updates(framework), ['t gone (reconciliation)']);
});
