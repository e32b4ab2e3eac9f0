/** When a task is looked at, and what is told. Source: Mesos 1.11, src/tests/check_tests.cpp. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  CHECK_INTERVAL_MS_MIN,
  type CheckerNews,
  type CheckerOptions,
  checker,
} from '../../../../actors/agent/checks/checker.ts';
import type { ContainerEnd, LauncherMessage } from '../../../../actors/agent/launcher/launcher.ts';
import type { ContainerId } from '../../../../actors/protocol/ids.ts';
import { type PlayedPorts, playedProbes } from '../../../kit/played-probes.ts';
import { address, probe } from '../../../kit/probe.ts';
import { command } from '../nouns.ts';

const owner = address<CheckerNews>('owner');
const launcher = address<LauncherMessage>('launcher');
const containerId = 'task' as ContainerId;
const times = { delayMs: 1000, intervalMs: 500, timeoutMs: 300 };
const http: CheckerOptions['watch'] = {
  kind: 'check',
  check: { type: 'http', port: 80, ...times },
};

test('it looks after the delay, and again an interval after the look before has ended', async () => {
  const asked: number[] = [];
  const one = start(http, { http: () => asked.push(one.nowMs()) });
  await one.pass(999);
  deepEqual(asked, []);
  await one.pass(1);
  await one.pass(1000);
  deepEqual(asked, [1000, 1500, 2000]);
});

test('without an interval it looks as often as is good for the agent', async () => {
  let count = 0;
  const check = { type: 'http', port: 80, ...times, intervalMs: 0 } as const;
  await start({ kind: 'check', check }, { http: () => ++count }).pass(2000);
  equal(count, 1 + 1000 / CHECK_INTERVAL_MS_MIN);
});

test('what a check finds is told when it is something else than before', async () => {
  const answers = [200, 200, 503, 503, new Error('ECONNREFUSED'), 200];
  const one = start(http, { http: () => answers.shift() ?? 200 });
  await one.pass(5000);
  deepEqual(one.statuses(), [
    { type: 'http', statusCode: 200 },
    { type: 'http', statusCode: 503 },
    { type: 'http' },
    { type: 'http', statusCode: 200 },
  ]);
});

test('a look that takes too long has found nothing, and is given up', async () => {
  const answers: (number | 'late')[] = [200, 'late'];
  const one = start(http, { http: () => answers.shift() ?? 204 });
  await one.pass(1500);
  equal(one.cancelled.count, 0);
  await one.pass(300);
  equal(one.cancelled.count, 1);
  await one.pass(500);
  deepEqual(one.statuses(), [
    { type: 'http', statusCode: 200 },
    { type: 'http' },
    { type: 'http', statusCode: 204 },
  ]);
});

test('it looks at this machine, by the address that the protocol asks for', async () => {
  const targets: object[] = [];
  const note = (target: object) => {
    targets.push(target);
    return true;
  };
  const health = { kind: 'health', check: { type: 'tcp', port: 7, protocol: 'ipv6' } } as const;
  await start(health, { tcp: note }).pass(15_000);
  const check = { kind: 'check', check: { type: 'http', port: 8, path: '/up' } } as const;
  const ask = (target: object) => (note(target) ? 200 : 0);
  await start(check, { http: ask }).pass(15_000);
  deepEqual(targets, [
    { host: '::1', port: 7 },
    { scheme: 'http', host: '127.0.0.1', port: 8, path: '/up' },
  ]);
});

test('a command runs in the sandbox, with the variables of the task and its own', async () => {
  const one = start({ kind: 'check', check: { type: 'command', command, ...times } });
  await one.pass(1000);
  const [launch] = one.launched();
  if (launch?.type !== 'launch') throw new Error('Nothing was launched');
  deepEqual([launch.sandbox, launch.output], ['/sandbox', 'stderr']);
  deepEqual(
    launch.environment.map(({ name }) => name),
    ['TASK', 'OWN', 'MESSOR_CONTAINER_ID'],
  );
  one.end({ kind: 'exited', exitCode: 3 });
  deepEqual(one.statuses(), [{ type: 'command', exitCode: 3 }]);
  await one.pass(500);
  equal(one.launched().length, 2);
  one.end({ kind: 'signalled', signal: 'SIGSEGV' });
  deepEqual(one.statuses().at(-1), { type: 'command' });
});

test('a command that takes too long is killed, and its end is not heard', async () => {
  const one = start({ kind: 'check', check: { type: 'command', command, ...times } });
  await one.pass(1000);
  one.end({ kind: 'exited', exitCode: 0 });
  await one.pass(500 + 300);
  const [, second, kill] = one.launched();
  deepEqual(kill, { type: 'kill', containerId: second?.containerId, gracePeriodMs: 0 });
  one.end({ kind: 'exited', exitCode: 0 });
  deepEqual(one.statuses(), [{ type: 'command', exitCode: 0 }, { type: 'command' }]);
});

test('while paused it looks at nothing, and what was under way is not told', async () => {
  const one = start({ kind: 'check', check: { type: 'command', command, ...times } });
  await one.pass(1000);
  one.receive({ type: 'pauseChecks' });
  equal(one.launched().at(-1)?.type, 'kill');
  one.end({ kind: 'exited', exitCode: 0 });
  await one.pass(10_000);
  deepEqual([one.statuses(), one.launched().length], [[], 2]);
  one.receive({ type: 'resumeChecks' });
  await one.pass(0);
  equal(one.launched().at(-1)?.type, 'launch');
});

test('an unhealthy task is told of at each failure, until it is hopeless', async () => {
  const check = { type: 'http', port: 80, ...times, gracePeriodMs: 0 } as const;
  const one = start({ kind: 'health', check }, { http: () => 500 });
  await one.pass(2000);
  const told = one.heard().map((news) => (news.type === 'healthFound' ? news : undefined));
  deepEqual(
    told.map((news) => [news?.message, news?.hopeless]),
    [
      ['Health check failed once: the server answered 500', false],
      ['Health check failed 2 times in a row: the server answered 500', false],
      ['Health check failed 3 times in a row: the server answered 500', true],
    ],
  );
});

function start(watch: CheckerOptions['watch'], ports: Partial<PlayedPorts> = {}) {
  const probes = playedProbes(ports);
  const actor = probe(checker, {
    owner,
    containerId,
    watch,
    launcher,
    sandbox: '/sandbox',
    environment: [{ name: 'TASK', value: 'variable' }],
    probes,
  });
  const heard = () => actor.sentTo(owner).map(({ message }) => message);
  const launched = () =>
    actor.sentTo(launcher).flatMap(({ message }) => (message.type === 'recover' ? [] : [message]));
  return {
    ...actor,
    cancelled: probes.cancelled,
    heard,
    launched,
    statuses: () =>
      heard().flatMap((news) => (news.type === 'checkFound' ? [news.checkStatus] : [])),
    /** In steps, so that what is found at once is heard at once. */
    async pass(durationMs: number) {
      for (let passed = 0; passed < durationMs; passed += 100) {
        actor.advance(Math.min(100, durationMs - passed));
        await turn();
      }
      if (durationMs === 0) actor.advance(0);
      await turn();
    },
    /** Of the command that was launched last. */
    end(end: ContainerEnd) {
      const last = launched().findLast(({ type }) => type === 'launch');
      if (last === undefined) throw new Error('Nothing was launched');
      actor.receive({ type: 'containerEnded', containerId: last.containerId, end });
    },
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
