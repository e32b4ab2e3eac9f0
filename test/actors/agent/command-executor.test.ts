/** One command for one task. Source: Mesos 1.11, src/launcher/executor.cpp. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckerNews } from '../../../actors/agent/checks/checker.ts';
import { commandExecutor, type RecoveredCommand } from '../../../actors/agent/command-executor.ts';
import type { FetcherMessage } from '../../../actors/agent/fetcher/fetcher-state.ts';
import type { ContainerEnd, LauncherMessage } from '../../../actors/agent/launcher/launcher.ts';
import { orderLost } from '../../../actors/agent/verdicts.ts';
import type { WorkDirectory } from '../../../actors/agent/work-directory.ts';
import type { FromExecutorToAgent } from '../../../actors/protocol/executor-to-agent.ts';
import type { TaskInfo } from '../../../actors/protocol/task.ts';
import { address, probe } from '../../kit/probe.ts';
import { command, framework, played, sandbox, task } from './nouns.ts';

const agent = address<FromExecutorToAgent>('agent');
const launcher = address<LauncherMessage>('launcher');
const fetcher = address<FetcherMessage>('fetcher');
const { containerId } = sandbox;
const fetching = { ...task, command: { ...command, uris: [{ value: '/opt/tool' }] } };
const started = { type: 'containerStarted', containerId, processId: 7 } as const;
const ended = (end: ContainerEnd) => ({ type: 'containerEnded', containerId, end }) as const;
const success = ended({ kind: 'exited', exitCode: 0 });

test('a command is prepared, launched, and reported as starting, running, finished', async () => {
  const { receive, states, launched } = await running();
  receive(success);
  deepEqual(states(), ['starting', 'running', 'finished']);
  deepEqual(
    launched().map(({ type }) => type),
    ['launch'],
  );
});

test('its environment tells the sandbox, and has the mark that its processes are found by', async () => {
  const { launched } = await running();
  const [launch] = launched();
  const environment = new Map(
    launch?.type === 'launch' ? launch.environment.map(({ name, value }) => [name, value]) : [],
  );
  equal(environment.get('MESSOR_CONTAINER_ID'), containerId);
  equal(environment.get('MESOS_SANDBOX'), '/sandboxes/container-1');
  equal(environment.get('OWN'), 'variable');
  equal(environment.get('LANG'), 'C');
});

test('a kill asks for the grace period of the kill, else of the task, else of the agent', async () => {
  const own = await running({ ...task, killGracePeriodMs: 700 });
  own.receive({ type: 'kill', taskId: task.taskId, killGracePeriodMs: 100 });
  const plain = await running();
  plain.receive({ type: 'kill', taskId: task.taskId });
  const withPolicy = await running({ ...task, killGracePeriodMs: 700 });
  withPolicy.receive({ type: 'kill', taskId: task.taskId });
  deepEqual([graces(own), graces(withPolicy), graces(plain)], [[100], [700], [3000]]);
});

test('another kill can only shorten the grace period, which began with the first', async () => {
  const one = await running({ ...task, killGracePeriodMs: 20_000 });
  const kill = (killGracePeriodMs: number) =>
    one.receive({ type: 'kill', taskId: task.taskId, killGracePeriodMs });
  kill(20_000);
  one.advance(3000);
  kill(30_000);
  kill(20_000);
  deepEqual(graces(one), [20_000]);
  kill(5000);
  kill(1000);
  deepEqual(graces(one), [20_000, 2000, 0]);
});

test('a command that takes longer than it may is killed without grace, and has failed', async () => {
  const one = await running({ ...task, maxCompletionTimeMs: 5000 }, true);
  one.advance(4999);
  deepEqual(graces(one), []);
  one.advance(1);
  deepEqual(graces(one), [0]);
  one.receive(ended({ kind: 'signalled', signal: 'SIGKILL' }));
  deepEqual(one.states(), ['starting', 'running', 'failed']);
  equal(one.statuses().at(-1)?.reason, 'maxCompletionTimeReached');
});

test('one that is killed or ends before has no time limit any more', async () => {
  const killed = await running({ ...task, maxCompletionTimeMs: 5000 });
  killed.receive({ type: 'kill', taskId: task.taskId, killGracePeriodMs: 60_000 });
  killed.advance(10_000);
  deepEqual(graces(killed), [60_000]);
  const over = await running({ ...task, maxCompletionTimeMs: 5000 });
  over.receive(success);
  over.advance(10_000);
  deepEqual([graces(over), over.states()], [[], ['starting', 'running', 'finished']]);
});

const checked: TaskInfo = {
  ...task,
  check: { type: 'tcp', port: 7 },
  healthCheck: { type: 'http', port: 8 },
};
const unhealthy = (hopeless: boolean) =>
  ({ type: 'healthFound', containerId, healthy: false, hopeless, message: 'It is ill' }) as const;

test('what checks find is told in updates of the running task', async () => {
  const one = await running(checked);
  const { spawned } = one;
  deepEqual(
    spawned.map(({ definition }) => definition),
    ['checker', 'checker'],
  );
  const found = { type: 'checkFound', containerId, checkStatus: { type: 'tcp', succeeded: true } };
  one.receive(found as CheckerNews, unhealthy(false));
  deepEqual(
    one
      .statuses()
      .map(({ state, reason, healthy, checkStatus }) => [...[state, reason, healthy, checkStatus]]),
    [
      ['starting', undefined, undefined, { type: 'tcp' }],
      ['running', undefined, undefined, { type: 'tcp' }],
      ['running', 'taskCheckStatusUpdated', undefined, { type: 'tcp', succeeded: true }],
      ['running', 'taskHealthCheckStatusUpdated', false, { type: 'tcp', succeeded: true }],
    ],
  );
});

test('a hopelessly unhealthy task is killed, and was unhealthy to the last', async () => {
  const one = await running(checked);
  one.receive(unhealthy(true));
  deepEqual(graces(one), [3000]);
  // Checks are paused from then on; what crossed that on its way is not told.
  one.receive(unhealthy(true));
  one.receive(ended({ kind: 'exited', exitCode: 0 }));
  const last = one.statuses().at(-1);
  deepEqual([last?.state, last?.healthy, last?.reason], ['killed', false, undefined]);
  deepEqual(one.states(), ['starting', 'running', 'running', 'killed']);
  const [first] = one.spawned;
  const told = first === undefined ? [] : one.sentTo(first.address).map(({ message }) => message);
  deepEqual(told, [{ type: 'pauseChecks' }]);
  equal(one.stopped.length, 2);
});

function graces({ launched }: Pick<Awaited<ReturnType<typeof running>>, 'launched'>) {
  return launched().flatMap((message) => (message.type === 'kill' ? [message.gracePeriodMs] : []));
}

test('a killed command is reported as killed, and as killing to those who understand it', async () => {
  const plain = await running();
  plain.receive({ type: 'kill', taskId: task.taskId });
  plain.receive(ended({ kind: 'signalled', signal: 'SIGTERM' }));
  deepEqual(plain.states(), ['starting', 'running', 'killed']);
  const telling = await running(task, true);
  telling.receive({ type: 'kill', taskId: task.taskId }, { type: 'kill', taskId: task.taskId });
  telling.receive(ended({ kind: 'signalled', signal: 'SIGTERM' }));
  deepEqual(telling.states(), ['starting', 'running', 'killing', 'killed']);
});

test('killed while its sandbox is made, a command never runs', async () => {
  const { receive, settle, states, launched } = start();
  receive({ type: 'launch', task }, { type: 'kill', taskId: task.taskId });
  await settle();
  deepEqual(states(), ['killed']);
  deepEqual(launched(), []);
});

test('a sandbox that can not be made fails the task with a sentence that says so', async () => {
  const broken = played({ makeSandbox: () => Promise.reject(new Error('No space is left')) });
  const { receive, settle, states, statuses } = start(task, false, broken);
  receive({ type: 'launch', task });
  await settle();
  deepEqual(states(), ['failed']);
  const last = statuses().at(-1);
  equal(last?.reason, 'containerLaunchFailed');
  match(last?.message ?? '', /No space is left/);
});

test('what a command asks for is fetched before it starts', async () => {
  const { receive, settle, states, launched, sentTo } = start();
  receive({ type: 'launch', task: fetching });
  await settle();
  deepEqual(sentTo(fetcher)[0]?.message, {
    type: 'fetch',
    containerId,
    uris: [{ value: '/opt/tool' }],
    user: undefined,
    sandbox: '/sandboxes/container-1',
    owner: address('command-executor'),
  });
  // As long as that takes the task is staging.
  deepEqual([launched(), states()], [[], []]);
  receive({ type: 'fetched', containerId }, started, success);
  deepEqual(states(), ['starting', 'running', 'finished']);
});

test('when that can not be fetched the task has failed, for the reason that is given', async () => {
  const { receive, settle, statuses, launched } = start();
  receive({ type: 'launch', task: fetching });
  await settle();
  receive({ type: 'notFetched', containerId, sentence: 'Cannot fetch "/opt/tool": no such file' });
  const last = statuses().at(-1);
  deepEqual(
    [last?.state, last?.reason, last?.message],
    ['failed', 'containerLaunchFailed', 'Cannot fetch "/opt/tool": no such file'],
  );
  deepEqual(launched(), []);
});

test('killed while it is fetched for, a command never runs', async () => {
  const { receive, settle, states, launched, sentTo } = start();
  receive({ type: 'launch', task: fetching });
  await settle();
  receive({ type: 'kill', taskId: task.taskId });
  deepEqual(sentTo(fetcher).at(-1)?.message, { type: 'cancelFetch', containerId });
  receive({ type: 'notFetched', containerId, sentence: 'it was cancelled' });
  deepEqual([states(), launched()], [['killed'], []]);
});

test('a command that is to run as somebody else than the agent fails', async () => {
  const { receive, settle, statuses, sentTo, self } = start();
  receive({ type: 'launch', task: { ...task, command: { ...command, user: 'nobody' } } });
  await settle();
  receive(...sentTo(self).map(({ message }) => message));
  equal(
    statuses().at(-1)?.message,
    'Cannot run as user "nobody": this agent runs everything as "me"',
  );
});

test('a second launch and what comes after the end change nothing', async () => {
  const { receive, states } = await running();
  receive({ type: 'launch', task }, success, success, started);
  receive({ type: 'kill', taskId: task.taskId });
  deepEqual(states(), ['starting', 'running', 'finished']);
});

test('a shutdown kills within what the agent allows', async () => {
  const { receive, launched } = await running({ ...task, killGracePeriodMs: 3_600_000 });
  receive({ type: 'shutdown' });
  const kill = launched().at(-1);
  equal(kill?.type === 'kill' && kill.gracePeriodMs, 5000);
});

test('it ends when the agent has its last word', async () => {
  const { receive, updates, stopped, self } = await running();
  receive(success);
  const ids = updates().map(({ id }) => id);
  for (const updateId of ids.slice(0, 2)) {
    receive({ type: 'updateReceived', taskId: task.taskId, updateId });
  }
  deepEqual(stopped, []);
  for (const updateId of ids.slice(2)) {
    receive({ type: 'updateReceived', taskId: task.taskId, updateId });
  }
  deepEqual(stopped, [self]);
});

test('one of an earlier life goes on where it was, with its checks and with the time it has left', () => {
  const one = again(
    { maxCompletionTimeMs: 10_000, check: { type: 'tcp', port: 80 } },
    { beganMs: -4000 },
  );
  const checkers = () => one.spawned.filter(({ definition }) => definition === 'checker').length;
  equal(checkers(), 0);
  one.receive(started);
  one.receive(started);
  equal(checkers(), 1);
  deepEqual(one.states(), []);
  one.receive({ type: 'healthFound', containerId, healthy: false, hopeless: false, message: '' });
  deepEqual(one.statuses().at(-1)?.checkStatus, { type: 'tcp', succeeded: true });
  one.advance(5999);
  deepEqual(one.launched(), []);
  one.advance(1);
  deepEqual(graces(one), [0]);
  one.receive(ended({ kind: 'signalled', signal: 'SIGKILL' }));
  equal(one.statuses().at(-1)?.reason, 'maxCompletionTimeReached');
});

test('what ended while the agent was away did so in its time, as far as is known', () => {
  const one = again({ maxCompletionTimeMs: 1000 }, { beganMs: -4000 });
  one.receive(started);
  one.receive(success);
  one.advance(1000);
  deepEqual(one.states(), ['finished']);
});

test('the order to start one was lost with the agent: it is dropped, or was killed', () => {
  const lost = ended({ kind: 'notStarted', cause: 'because', orderLost: true });
  const dropped = again({}, { running: false });
  dropped.receive(lost);
  const killed = again({}, { running: false, killed: true });
  killed.receive(lost);
  deepEqual(
    [dropped, killed].map((one) => one.statuses().map(({ state, reason }) => [state, reason])),
    [[['dropped', 'agentRestarted']], [['killed', 'taskKilledDuringLaunch']]],
  );
});

test('a kill is given to the launcher again, which lost it with the agent, and with its grace period', () => {
  const one = again({ killGracePeriodMs: 700 }, { killed: true });
  one.receive(started);
  one.receive(started);
  deepEqual(graces(one), [700]);
  equal(one.spawned.length, 0);
});

function again(but: Partial<TaskInfo>, recovered: Partial<RecoveredCommand>) {
  const neverStarted = orderLost({ ...framework, capabilities: ['partitionAware'] }, 'command');
  return start(task, false, played(), {
    ...{ task: { ...task, ...but }, running: true, killed: false, beganMs: undefined },
    ...{ found: { checkStatus: { type: 'tcp', succeeded: true } as const }, neverStarted },
    ...recovered,
  });
}

function start(
  one: TaskInfo = task,
  reportsKilling = false,
  workDirectory: WorkDirectory = played(),
  recovered?: RecoveredCommand,
) {
  const actor = probe(commandExecutor, {
    agent,
    launcher,
    fetcher,
    runsAs: 'me',
    workDirectory,
    sandbox,
    killGracePeriodMs: 3000,
    shutdownGracePeriodMs: 5000,
    reportsKilling,
    common: [
      { name: 'LANG', value: 'C' },
      { name: 'OWN', value: 'of all' },
    ],
    ...(recovered && { recovered }),
  });
  const updates = () =>
    actor
      .sentTo(agent)
      .flatMap(({ message }) => (message.type === 'executorUpdate' ? [message.update] : []));
  const statuses = () => updates().map(({ status }) => status);
  return {
    ...actor,
    one,
    updates,
    statuses,
    states: () => statuses().map(({ state }) => state),
    launched: () => actor.sentTo(launcher).map(({ message }) => message),
  };
}

async function running(one: TaskInfo = task, reportsKilling = false) {
  const actor = start(one, reportsKilling);
  actor.receive({ type: 'launch', task: one });
  await actor.settle();
  actor.receive(started);
  return actor;
}

test('the command it is told is the command that is launched', async () => {
  const { launched } = await running();
  const [launch] = launched();
  deepEqual(launch?.type === 'launch' && launch.command, command);
});
