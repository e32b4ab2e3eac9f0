/** Launches of task groups. Source: Mesos 1.11, src/master/validation.cpp, task::group. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { groupFault } from '../../../actors/master/group-validation.ts';
import type { MasterSettings } from '../../../actors/master/options.ts';
import type { LaunchGround } from '../../../actors/master/validation.ts';
import type { AgentId, ExecutorId, OfferId, TaskId } from '../../../actors/protocol/ids.ts';
import type { Offer } from '../../../actors/protocol/offer.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { ExecutorInfo, TaskInfo } from '../../../actors/protocol/task.ts';
import { type PlayedFramework, type Scene, scene, taskInfo } from './scene.ts';

const EXECUTOR_RESOURCES = 'cpus:0.1;mem:32;disk:10';
const command = { shell: true, value: 'serve', arguments: [], environment: [] };

function executor(
  change: Partial<ExecutorInfo> = {},
  resources = EXECUTOR_RESOURCES,
): ExecutorInfo {
  const executorId = 'pod' as ExecutorId;
  return { executorId, type: 'default', name: '', resources: parseResources(resources), ...change };
}

// ----------------------------------------------------------------------------------- validation

const agent = { agentId: 'a' as AgentId };
const member = (id: string, resources = 'cpus:1', change: Partial<TaskInfo> = {}): TaskInfo => ({
  ...taskInfo(id, agent, resources),
  executor: executor(),
  ...change,
});
const two = [member('t1'), member('t2')];

const ground: LaunchGround = {
  agentId: agent.agentId,
  resources: parseResources('cpus:4;mem:1024;disk:100;ports:[1-9]'),
  hasTask: (taskId) => taskId === 'old',
  hasUnreachableTask: (taskId) => taskId === 'away',
  executor: () => undefined,
};

const faults: [string, ExecutorInfo, readonly TaskInfo[], string][] = [
  [
    'an invalid task id',
    executor(),
    [member('a/b')],
    'Task \'a/b\' is invalid: Task id "a/b" is invalid: an id must not contain control characters, "/" or "\\"',
  ],
  [
    'a task id twice',
    executor(),
    [member('t'), member('t')],
    "Task 't' is invalid: Task has duplicate ID: t",
  ],
  [
    'the id of a known task',
    executor(),
    [member('t'), member('old')],
    "Task 'old' is invalid: Task has duplicate ID: old",
  ],
  [
    'a task without resources',
    executor(),
    [member('t', '')],
    "Task 't' is invalid: Task uses no resources",
  ],
  [
    'a default executor with a command',
    executor({ command }),
    two,
    "'ExecutorInfo.command' must not be set for 'DEFAULT' executor",
  ],
  [
    'a custom executor without one',
    executor({ type: 'custom' }),
    two,
    "'ExecutorInfo.command' must be set for 'CUSTOM' executor",
  ],
  [
    'an invalid executor id',
    executor({ executorId: '.' as ExecutorId }),
    two,
    'Executor id "." is invalid: "." is not allowed as an id',
  ],
  [
    'a negative grace period',
    executor({ shutdownGracePeriodMs: -1 }),
    two,
    "ExecutorInfo's 'shutdown_grace_period' must be non-negative: it is -1 ms",
  ],
  ['an executor of no type', without(executor()), two, "'ExecutorInfo.type' must be set"],
  [
    'a task of another executor',
    executor(),
    [member('t', 'cpus:1', { executor: executor({ name: 'other' }) })],
    "The `ExecutorInfo` of task 't' is different from executor 'pod'",
  ],
  [
    'an executor without cpus',
    executor({}, 'mem:32;disk:1'),
    [],
    "Executor 'pod' uses less CPUs (None) than the minimum required (0.01)",
  ],
  [
    'an executor with few cpus',
    executor({}, 'cpus:0.009;mem:32;disk:1'),
    [],
    "Executor 'pod' uses less CPUs (0.009) than the minimum required (0.01)",
  ],
  [
    'an executor with little memory',
    executor({}, 'cpus:0.01;mem:31;disk:1'),
    [],
    "Executor 'pod' uses less memory (31MB) than the minimum required (32MB)",
  ],
  [
    'an executor without memory',
    executor({}, 'cpus:1;disk:1'),
    [],
    "Executor 'pod' uses less memory (None) than the minimum required (32MB)",
  ],
  ['an executor without disk', executor({}, 'cpus:0.01;mem:32'), [], "Executor 'pod' uses no disk"],
  [
    'tasks with the same ports',
    executor(),
    [member('t1', 'ports:[1-2]'), member('t2', 'ports:[2-3]')],
    "There are overlapping resources in the task group's task resources and/or executor resources: those of task 't2' are used by another one of them",
  ],
  [
    'more than the offers have',
    executor(),
    [member('t1', 'cpus:2'), member('t2', 'cpus:2')],
    'Total resources cpus:4.1;disk:10;mem:32 required by task group and its executor are more than available cpus:4;disk:100;mem:1024;ports:[1-9]',
  ],
];

for (const [what, by, tasks, sentence] of faults) {
  test(`a group with ${what} is refused, and it is said why`, () => {
    equal(groupFault(by, tasks, ground), sentence);
  });
}

test('what is wrong with a task is said before what is wrong with its executor', () => {
  const fault = groupFault(executor({}, 'cpus:1'), [member('t1'), member('away')], ground);
  equal(fault, "Task 'away' is invalid: Task reuses the ID of an unreachable task: away");
});

test('a group that is in order has no fault, in a default and in a custom executor', () => {
  equal(groupFault(executor(), two, ground), undefined);
  const own = executor({ type: 'custom', command });
  equal(
    groupFault(
      own,
      two.map((task) => ({ ...task, executor: own })),
      ground,
    ),
    undefined,
  );
});

test('an executor that is there already costs nothing, and must not be described differently', () => {
  const there = { ...ground, resources: parseResources('cpus:2'), executor: () => executor() };
  equal(groupFault(executor(), two, there), undefined);
  equal(
    groupFault(executor({ name: 'other' }), [], there),
    "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID: 'pod'",
  );
});

function without({ type: _, ...rest }: ExecutorInfo): ExecutorInfo {
  return rest;
}

// ------------------------------------------------------------------------------------- launches

test('the tasks of a group are sent in one message, and their executor is charged once', () => {
  const { agent, framework, launchGroup, groups, givenBack, used } = begin();
  launchGroup('cpus:4;mem:128;disk:30', ['t1', 't2']);
  deepEqual(groups(), ['t1 t2 in pod, new']);
  deepEqual(givenBack(), ['cpus:1.9;disk:20;mem:96 refused 5000 ms']);
  launchGroup('cpus:1', ['t3']);
  deepEqual(groups(), ['t3 in pod']);
  equal(used(agent), 3100);
  equal(framework.info.name, 'f');
});

test('its tasks are recorded as tasks of the executor, which is taken off them on the way', () => {
  const { agent, launchGroup, heard, state } = begin();
  launchGroup('cpus:4;mem:128;disk:30', ['t1', 't2']);
  const sent = heard(agent.address).find((message) => message.type === 'runTaskGroup');
  equal(
    sent?.tasks.some((task) => 'executor' in task),
    false,
  );
  const records = [...(state.agents.registered.get(agent.agentId)?.tasks.values() ?? [])];
  deepEqual(
    records.flatMap((tasks) => [...tasks.values()].map(({ task }) => task.executorId)),
    ['pod', 'pod'],
  );
});

test('one invalid task fails the whole group, and what it would have taken goes back', () => {
  const { framework, agent, launchGroup, updates, groups, givenBack } = begin();
  launchGroup('cpus:4;mem:128;disk:30', ['t1', 'a/b', 't3']);
  deepEqual(updates(framework), [
    't1 error (taskGroupInvalid)',
    'a/b error (taskGroupInvalid)',
    't3 error (taskGroupInvalid)',
  ]);
  deepEqual(groups(), []);
  deepEqual(givenBack(), ['cpus:4;disk:30;mem:128 refused 5000 ms']);
  equal(agent.info.port, 1);
});

test('a group that does not fit is refused, and what comes after it in the accept is launched', () => {
  const { agent, framework, offer, say, updates, groups } = begin();
  const made = offer(framework, agent, 'cpus:3;mem:128;disk:30');
  const group = (ids: readonly string[], resources: string) => ({
    type: 'launchGroup' as const,
    executor: executor(),
    tasks: ids.map((id) => taskInfo(id, agent, resources)),
  });
  say(framework.address, {
    ...acceptOf(framework, made),
    operations: [group(['t1', 't2'], 'cpus:2'), group(['t3'], 'cpus:1'), group([], 'cpus:1')],
  });
  deepEqual(updates(framework), ['t1 error (taskGroupInvalid)', 't2 error (taskGroupInvalid)']);
  deepEqual(groups(), ['t3 in pod, new']);
});

test('a group launched from invalid offers is dropped as a whole', () => {
  const { agent, framework, offer, say, updates, groups } = begin();
  const made = { ...offer(framework, agent, 'cpus:3'), offerId: 'm-O9' as OfferId };
  const tasks = [taskInfo('t1', agent), taskInfo('t2', agent)];
  updates(framework);
  say(framework.address, {
    ...acceptOf(framework, made),
    operations: [{ type: 'launchGroup', executor: executor(), tasks }],
  });
  deepEqual(updates(framework), ['t1 dropped (invalidOffers)', 't2 dropped (invalidOffers)']);
  deepEqual(groups(), []);
});

test('a group for which a framework has no room for all its tasks is refused', () => {
  const { framework, launchGroup, updates } = begin({ taskCountMax: 2 });
  launchGroup('cpus:4;mem:128;disk:30', ['t1', 't2', 't3']);
  deepEqual(
    new Set(updates(framework)),
    new Set(['t1', 't2', 't3'].map((id) => `${id} error (taskGroupInvalid)`)),
  );
});

test('when the executor has ended what it held is given back, the tasks by their own ends', () => {
  const { agent, framework, launchGroup, update, say, givenBack, used } = begin();
  launchGroup('cpus:2.1;mem:32;disk:10', ['t1', 't2']);
  for (const id of ['t1', 't2']) update(framework, agent, id as TaskId, 'finished');
  deepEqual(givenBack(), ['cpus:1', 'cpus:1']);
  const { agentId } = agent;
  const { frameworkId } = framework;
  const executorId = 'pod' as ExecutorId;
  say(agent.address, { type: 'executorExited', agentId, frameworkId, executorId, status: 0 });
  deepEqual(givenBack(), ['cpus:0.1;disk:10;mem:32']);
  equal(used(agent), 0);
});

test('a single task cannot be launched in a default executor', () => {
  const { agent, framework, offer, accept, updates } = begin();
  const task = taskInfo('t', agent, 'cpus:1', { executor: executor() });
  accept(framework, [offer(framework, agent, 'cpus:2;mem:64;disk:30')], [task]);
  deepEqual(updates(framework), ['t error (taskInvalid)']);
});

function begin(settings: Partial<MasterSettings> = {}) {
  const stage = scene({ settings });
  const agent = stage.registerAgent('a:1', 'cpus:8;mem:1024;disk:100');
  const framework = stage.subscribe('f');
  stage.heard(agent.address);
  return {
    ...stage,
    agent,
    framework,
    launchGroup(resources: string, ids: readonly string[]) {
      const made = stage.offer(framework, agent, resources);
      const tasks = ids.map((id) => taskInfo(id, agent));
      stage.say(framework.address, {
        ...acceptOf(framework, made),
        operations: [{ type: 'launchGroup', executor: executor(), tasks }],
      });
    },
    /** Those that the agent was sent since the last call. */
    groups: () =>
      stage.heard(agent.address).flatMap((message) => {
        if (message.type !== 'runTaskGroup') return [];
        const ids = message.tasks.map(({ taskId }) => taskId).join(' ');
        return [`${ids} in ${message.executor.executorId}${message.launchExecutor ? ', new' : ''}`];
      }),
    used: (one: typeof agent) => usedMilli(stage, one),
  };
}

function acceptOf({ frameworkId }: PlayedFramework, { offerId }: Offer) {
  const filters = { refuseMs: 5000 };
  return { type: 'accept', frameworkId, offerIds: [offerId], filters } as const;
}

function usedMilli({ state }: Scene, { agentId }: { readonly agentId: AgentId }): number {
  const cpus = state.agents.registered.get(agentId)?.used.find(({ name }) => name === 'cpus');
  return cpus?.type === 'scalar' ? cpus.milli : 0;
}
