/** Task groups on the agent. Source: Mesos 1.11, src/slave/slave.cpp, runTaskGroup, killPendingTask. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskId } from '../../../actors/protocol/ids.ts';
import { formatResources, parseResources } from '../../../actors/protocol/resources.ts';
import type { TaskInfo } from '../../../actors/protocol/task.ts';
import { address } from '../../kit/probe.ts';
import { executor, frameworkId, pod, podTask, task } from './nouns.ts';
import { executorAddress, launcher, playedAgent } from './played-agent.ts';

const { executorId } = pod;
const kill = (id: string) => ({ type: 'killTask', frameworkId, taskId: id as TaskId }) as const;
const confirm = {
  ...{ type: 'confirmTasks' as const, tasks: [] },
  executors: [{ frameworkId, executorId }],
} as const;
const killedBefore = 'A task within the task group was killed before delivery to the executor';

test('a group is handed to one default executor, each task with a container inside its own', () => {
  const { runGroup, sentTo, defaultExecutor, state, occupied } = registered();
  runGroup([podTask('a'), podTask('b')]);
  const [launch] = sentTo(defaultExecutor()).map(({ message }) => message);
  if (launch?.type !== 'launchGroup') throw new Error('Nothing was launched');
  deepEqual(launch.tasks, [podTask('a'), podTask('b')]);
  const own = [...state.containers.keys()];
  equal(own.length, 1);
  for (const id of launch.containerIds ?? []) match(id, new RegExp(`^${own[0]}\\.[0-9a-f-]+$`));
  equal(occupied(), 'cpus:2.1;disk:10;mem:96');
});

test('another group of the same executor goes to the one that runs, and costs no executor', () => {
  const { runGroup, sentTo, defaultExecutor, spawned, occupied } = registered();
  runGroup([podTask('a')]);
  runGroup([podTask('b')], { launchExecutor: false });
  equal(sentTo(defaultExecutor()).length, 2);
  equal(spawned.filter(({ definition }) => definition === 'default-executor').length, 1);
  equal(occupied(), 'cpus:2.1;disk:10;mem:96');
});

test('statuses of its tasks name their own containers', () => {
  const { runGroup, update, defaultExecutor, reports } = registered();
  runGroup([podTask('a')]);
  update(defaultExecutor(), 'a' as TaskId, executorId, 'running');
  const status = reports()[0]?.status;
  match(status?.containerId ?? '', /^[0-9a-f-]+\.[0-9a-f-]+$/);
  equal(status?.executorId, executorId);
});

test('when its last task is over the executor ends, and only then is what it holds free', () => {
  const { runGroup, update, defaultExecutor, sentTo, occupied, told, state, advance } =
    registered();
  runGroup([podTask('a'), podTask('b')]);
  const pods = defaultExecutor();
  update(pods, 'a' as TaskId, executorId, 'finished');
  equal(occupied(), 'cpus:1.1;disk:10;mem:64');
  update(pods, 'b' as TaskId, executorId, 'finished');
  equal(occupied(), '');
  equal(sentTo(pods).at(-1)?.message.type, 'shutdown');
  advance(0);
  const exited = told().find(({ type }) => type === 'executorExited');
  equal(exited?.type === 'executorExited' && exited.status, 0);
  equal(state.containers.size, 0);
});

test('a group for an executor that has ended meanwhile is dropped as a whole', () => {
  const { runGroup, reports } = registered();
  runGroup([podTask('a'), podTask('b')], { launchExecutor: false });
  const heard = reports().map(({ status }) => [status.taskId, status.state, status.reason]);
  deepEqual(heard, [
    ['a', 'dropped', 'executorTerminated'],
    ['b', 'dropped', 'executorTerminated'],
  ]);
});

test('a second copy of a group changes nothing, also after its end', () => {
  const { runGroup, update, defaultExecutor, sentTo, receive, spawned } = registered();
  runGroup([podTask('a')]);
  runGroup([podTask('a')]);
  const pods = defaultExecutor();
  equal(sentTo(pods).length, 1);
  update(pods, 'a' as TaskId, executorId, 'finished');
  receive({ type: 'taskSettled', frameworkId, taskId: 'a' as TaskId });
  runGroup([podTask('a')]);
  equal(spawned.filter(({ definition }) => definition === 'default-executor').length, 1);
});

test('a group that does not fit waits as a whole, though some of it would fit', () => {
  const { runGroup, run, update, commandExecutor, sentTo, defaultExecutor } = registered();
  const wide = { ...task, resources: parseResources('cpus:3') };
  run(wide);
  runGroup([podTask('a'), podTask('b')]);
  const pods = defaultExecutor();
  equal(sentTo(pods).length, 0);
  update(commandExecutor(), task.taskId, task.taskId, 'finished');
  deepEqual(
    sentTo(pods).map(({ message }) => message.type),
    ['launchGroup'],
  );
});

test('a kill of one task of a group that waits kills all of it, and ends its executor', () => {
  const { runGroup, run, receive, states, reports, sentTo, defaultExecutor, state } = registered();
  run({ ...task, resources: parseResources('cpus:3') });
  runGroup([podTask('a'), podTask('b'), podTask('c')]);
  receive(kill('b'));
  deepEqual(states(), ['a killed', 'b killed', 'c killed']);
  for (const { status } of reports()) {
    equal(status.reason, 'taskKilledDuringLaunch');
    equal(status.message, killedBefore);
  }
  deepEqual(
    sentTo(defaultExecutor()).map(({ message }) => message.type),
    ['shutdown'],
  );
  equal(state.waiting.size, 0);
});

test('a group of which a task was killed before it came is never run', () => {
  const { runGroup, run, receive, states, spawned } = registered();
  run(task);
  receive(kill('b'));
  runGroup([podTask('a'), podTask('b')]);
  deepEqual(states(), ['b dropped', 'a killed']);
  equal(
    spawned.some(({ definition }) => definition === 'default-executor'),
    false,
  );
});

test('a kill of a task that was handed over goes to the executor', () => {
  const { runGroup, receive, sentTo, defaultExecutor, states } = registered();
  runGroup([podTask('a'), podTask('b')]);
  receive(kill('a'));
  equal(sentTo(defaultExecutor()).at(-1)?.message.type, 'kill');
  deepEqual(states(), []);
});

test('a custom executor is handed its group when it has registered, without containers', async () => {
  const { runGroup, settle, receive, sentTo, secret, advance } = registered();
  const own = { ...executor, type: 'custom' } as const;
  const members: TaskInfo[] = [podTask('a'), podTask('b')].map((one) => ({
    ...one,
    executor: own,
  }));
  runGroup(members);
  await settle();
  receive({
    ...{ type: 'registerExecutor', executor: executorAddress, frameworkId },
    ...{ executorId: own.executorId, secret: secret() },
  });
  const launches = () =>
    sentTo(executorAddress).flatMap(({ message }) =>
      message.type === 'launchGroup' ? [message] : [],
    );
  deepEqual(launches(), [{ type: 'launchGroup', tasks: members }]);
  // It is handed again what it says nothing of.
  advance(10_000);
  equal(launches().length, 2);
});

test('a kill before a custom executor has registered kills the whole group', async () => {
  const { runGroup, settle, receive, states } = registered();
  const own = { ...executor, type: 'custom' } as const;
  runGroup([podTask('a'), podTask('b')].map((one) => ({ ...one, executor: own })));
  await settle();
  receive(kill('a'));
  deepEqual(states(), ['a killed', 'b killed']);
});

test('an executor id that is used by another kind of executor is refused', () => {
  const { run, runGroup, states } = registered();
  run(task);
  const other = { ...pod, executorId: task.taskId as unknown as typeof executorId };
  runGroup([{ ...podTask('a'), executor: other }]);
  deepEqual(states(), ['a dropped']);
});

test('when the default executor crashes its containers are killed and its tasks fail', () => {
  const { runGroup, receive, defaultExecutor, sentTo, states, occupied, told } = registered();
  runGroup([podTask('a'), podTask('b')]);
  receive({ type: 'exited', address: defaultExecutor(), reason: 'crashed' });
  const killed = sentTo(launcher).filter(({ message }) => message.type === 'kill');
  equal(killed.length, 2);
  deepEqual(states(), ['a failed', 'b failed']);
  equal(occupied(), '');
  equal(told().at(-1)?.type, 'executorExited');
});

test('it is reported to the master as long as it lives, and said to be gone afterwards', () => {
  const { runGroup, update, receive, told, defaultExecutor, sentTo, advance } = registered();
  const asker = address('asker');
  runGroup([podTask('a')]);
  receive(confirm);
  equal(
    told().some(({ type }) => type === 'executorExited'),
    false,
  );
  receive({ type: 'describeAgent', replyTo: asker as never });
  const described = sentTo(asker as never).at(-1) as unknown as {
    readonly message: { readonly executors: readonly unknown[] };
  };
  deepEqual(described.message.executors, [{ frameworkId, info: pod }]);
  update(defaultExecutor(), 'a' as TaskId, executorId, 'failed');
  advance(0);
  receive(confirm);
  equal(told().filter(({ type }) => type === 'executorExited').length, 2);
});

function registered() {
  const agent = playedAgent();
  agent.register();
  return { ...agent, occupied: () => formatResources(agent.state.occupied) };
}
