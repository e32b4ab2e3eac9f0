/** Custom executors. Source: Mesos 1.11, src/slave/slave.cpp, registerExecutor, executorTerminated. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerEnd } from '../../../actors/agent/launcher/launcher.ts';
import type { ContainerId, TaskId } from '../../../actors/protocol/ids.ts';
import type { ExecutorMessage } from '../../../actors/protocol/messages.ts';
import { address } from '../../kit/probe.ts';
import { customTask, executor, frameworkId, played, task } from './nouns.ts';
import { executorAddress, playedAgent } from './played-agent.ts';

const { executorId } = executor;
const taskId = 'task-1' as TaskId;
const registrationWith = (secret: string) =>
  ({
    type: 'registerExecutor',
    executor: executorAddress,
    frameworkId,
    executorId,
    secret,
  }) as const;

test('its program is started with what it needs to find the agent', async () => {
  const { launched } = await launchedExecutor();
  const [launch] = launched();
  if (launch?.type !== 'launch') throw new Error('Nothing was launched');
  const environment = new Map(launch.environment.map(({ name, value }) => [name, value]));
  equal(environment.get('MESSOR_AGENT_ENDPOINT'), 'probe:1');
  equal(environment.get('MESSOR_FRAMEWORK_ID'), frameworkId);
  equal(environment.get('MESSOR_EXECUTOR_ID'), executorId);
  equal(environment.get('MESSOR_CLUSTER'), 'messor');
  equal(environment.get('MESSOR_EXECUTOR_SHUTDOWN_GRACE_PERIOD_MS'), '5000');
});

test('tasks wait until it has registered, and come in order', async () => {
  const { run, receive, heard, registration } = await launchedExecutor();
  run(customTask('task-2'));
  deepEqual(heard(), []);
  receive(registration);
  run(customTask('task-3'));
  deepEqual(heard(), ['executorRegistered', 'launch task-1', 'launch task-2', 'launch task-3']);
});

test('registering again it is told again what it may not have heard of', async () => {
  const { receive, update, heard, run, registration } = await launchedExecutor();
  run(customTask('task-2'));
  receive(registration);
  update(executorAddress, taskId, executorId, 'running');
  receive(registration);
  deepEqual(heard().slice(3), ['updateReceived', 'executorRegistered', 'launch task-2']);
});

test('who knows its ids but not its secret is refused, and its program can still register', async () => {
  const { receiveFrom, receive, sentTo, heard, logged, secret, registration } =
    await launchedExecutor();
  const stranger = address<ExecutorMessage>('executor', 'stranger:1');
  for (const guess of ['', 'guess', secret().replaceAll(/./g, '0')]) {
    receiveFrom(stranger, { ...registration, executor: stranger, secret: guess });
  }
  const answers = sentTo(stranger).map(({ message }) => message);
  deepEqual(new Set(answers.map(({ type }) => type)), new Set(['registrationRefused']));
  equal(answers.length, 3);
  const [refusal] = answers;
  equal(refusal?.type === 'registrationRefused' && refusal.code, 'executorSecretWrong');
  match(
    refusal?.type === 'registrationRefused' ? refusal.message : '',
    /^Cannot register as executor "executor-1": the secret is not its program's; register as/,
  );
  equal(JSON.stringify(logged).includes(secret()), false);
  receive(registration);
  deepEqual(heard(), ['executorRegistered', 'launch task-1']);
});

test('each launch has a secret of its own', async () => {
  const { run, receive, settle, launched, registration, ends, secret } = await launchedExecutor();
  const first = secret();
  match(first, /^[0-9a-f-]{36}$/);
  ends({ kind: 'exited', exitCode: 1 });
  run(customTask('task-2'));
  await settle();
  equal(launched().length, 2);
  notEqual(secret(), first);
  receive(registration);
  equal(
    launched().some(({ type }) => type === 'kill'),
    false,
  );
});

test('a task that its executor says nothing of is handed to it again', async () => {
  const { receive, update, heard, advance, registration } = await launchedExecutor();
  receive(registration);
  advance(25_000);
  update(executorAddress, taskId, executorId, 'running');
  advance(60_000);
  const launches = heard().filter((line) => line.startsWith('launch'));
  deepEqual(launches, ['launch task-1', 'launch task-1', 'launch task-1']);
});

test('an executor that nobody knows is told to shut down', () => {
  const { register, receive, sentTo } = playedAgent();
  register();
  receive(registrationWith('any'));
  deepEqual(sentTo(executorAddress)[0]?.message, { type: 'shutdown' });
});

test('one that does not register in time is killed, and its tasks fail for that reason', async () => {
  const { advance, launched, ends, reports } = await launchedExecutor();
  advance(60_000);
  equal(launched().at(-1)?.type, 'kill');
  ends({ kind: 'signalled', signal: 'SIGKILL' });
  deepEqual(
    [reports()[0]?.status.state, reports()[0]?.status.reason],
    ['failed', 'executorRegistrationTimeout'],
  );
});

test('when its program ends, what it had not brought to an end fails, and the master hears', async () => {
  const { receive, run, update, ends, states, reports, told, state, registration } =
    await launchedExecutor();
  receive(registration);
  run(customTask('task-2'));
  update(executorAddress, taskId, executorId, 'finished');
  ends({ kind: 'exited', exitCode: 3 });
  deepEqual(states(), ['task-1 finished', 'task-2 failed']);
  match(reports()[1]?.status.message ?? '', /Executor exited with status 3/);
  equal(reports()[1]?.status.reason, 'executorTerminated');
  const last = told().at(-1);
  equal(last?.type === 'executorExited' && last.status, 3);
  equal(state.frameworks.get(frameworkId)?.executors.size, 0);
});

test('a sandbox that can not be made is told to all who waited for the executor', async () => {
  const makeSandbox = () => Promise.reject(new Error('No space is left'));
  const { reports } = await launchedExecutor({ workDirectory: played({ makeSandbox }) });
  equal(reports()[0]?.status.reason, 'containerLaunchFailed');
  match(reports()[0]?.status.message ?? '', /No space is left/);
});

test('told to shut down it has its grace period, and is killed after it', async () => {
  const { receive, advance, heard, launched, registration } = await launchedExecutor();
  receive(registration);
  receive({ type: 'shutdownExecutor', frameworkId, executorId });
  equal(heard().at(-1), 'shutdown');
  advance(4999);
  equal(launched().length, 1);
  advance(1);
  deepEqual(launched().at(-1)?.type, 'kill');
});

test('told to end while its sandbox is made, it is never started', async () => {
  const actor = playedAgent();
  actor.register();
  actor.run(customTask('task-1'));
  actor.receive({ type: 'shutdownExecutor', frameworkId, executorId });
  await actor.settle();
  deepEqual(actor.launched(), []);
  deepEqual(actor.states(), ['task-1 failed']);
});

test('an executor that ends takes no new tasks', async () => {
  const { receive, run, states, registration } = await launchedExecutor();
  receive(registration);
  receive({ type: 'shutdownExecutor', frameworkId, executorId });
  run(customTask('task-2'));
  deepEqual(states(), ['task-2 dropped']);
});

test('messages pass between a scheduler and its executor', async () => {
  const { receive, sentTo, told, registration } = await launchedExecutor();
  receive(registration);
  receive({ type: 'schedulerMessage', frameworkId, executorId, data: 'down' });
  deepEqual(sentTo(executorAddress).at(-1)?.message, { type: 'schedulerMessage', data: 'down' });
  receive({ type: 'executorMessage', frameworkId, executorId, data: 'up' });
  const last = told().at(-1);
  equal(last?.type === 'executorMessage' && last.data, 'up');
});

test('a command task can not have the executor id of a custom executor', async () => {
  const { run, reports } = await launchedExecutor();
  run({ ...task, taskId: 'executor-1' as TaskId });
  equal(reports()[0]?.status.reason, 'taskInvalid');
});

async function launchedExecutor(but: Parameters<typeof playedAgent>[0] = {}) {
  const actor = playedAgent(but);
  actor.register();
  actor.run(customTask('task-1'));
  await actor.settle();
  const [launch] = actor.launched();
  const containerId = launch?.type === 'launch' ? launch.containerId : ('none' as ContainerId);
  return {
    ...actor,
    registration: registrationWith(actor.secret()),
    ends: (end: ContainerEnd) => actor.receive({ type: 'containerEnded', containerId, end }),
    heard: () =>
      actor
        .sentTo(executorAddress)
        .map(({ message }) =>
          message.type === 'launch' ? `launch ${message.task.taskId}` : message.type,
        ),
  };
}
