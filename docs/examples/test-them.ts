/**
 * How a framework is tested with `messor/testkit`: the scheduler on a played cluster, where a minute
 * takes a moment, and the executor alone, beside a probe.
 *
 *     node --import tsx --test docs/examples/test-them.ts
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, AgentMessage, ExecutorId, FrameworkId, TaskId } from 'messor';
import { address, parseExecutorEnvironment, probe, startCluster } from 'messor/testkit';
import { hello } from './hello.ts';
import { ledger, openLedger } from './ledger.ts';
import { pod } from './pod.ts';
import { shouting } from './shouting-executor.ts';
import { watched } from './watched.ts';

test('the scheduler prints the fate of each command, and ends', async () => {
  const cluster = startCluster({ seed: 1, agentCount: 2 });
  const printed: string[] = [];
  let ended: Promise<unknown> = Promise.resolve();
  cluster.startScheduler('hello:0', ({ system, masters }) => {
    const lines = ['sleep 1; exit 0', 'sleep 2; exit 3'];
    const print = (text: string) => void printed.push(text);
    ended = system.exited(system.spawn(hello, { masters, lines, print }));
  });
  await cluster.world.settle(ended);
  equal(printed.filter((line) => line.startsWith('1 launched on agent-')).length, 2);
  ok(printed.includes('hello-0 running'));
  ok(printed.includes('hello-0 finished exit code 0'));
  ok(printed.includes('hello-1 failed exit code 3'));
  await cluster.close();
});

test('the commands of a pod start together, and end with the one that fails', async () => {
  const cluster = startCluster({ seed: 3, agentCount: 2 });
  const printed: string[] = [];
  let ended: Promise<unknown> = Promise.resolve();
  cluster.startScheduler('pod:0', ({ system, masters }) => {
    const lines = ['sleep 1; exit 3', 'sleep 60; exit 0'];
    const print = (text: string) => void printed.push(text);
    ended = system.exited(system.spawn(pod, { masters, lines, print }));
  });
  await cluster.world.settle(ended);
  const fatesOf = (id: string) => printed.filter((line) => line.startsWith(id)).join(', ');
  equal(fatesOf('pod-0'), 'pod-0 starting, pod-0 running, pod-0 failed');
  equal(fatesOf('pod-1'), 'pod-1 starting, pod-1 running, pod-1 killing, pod-1 killed');
  await cluster.close();
});

test('the ledger goes on where the scheduler before it was stopped', async () => {
  let startedCount = 0;
  const onStarted = () => void startedCount++;
  const cluster = startCluster({ seed: 2, agentCount: 1, masterCount: 3, onStarted });
  const lines = ['sleep 1; exit 0', 'sleep 2; exit 0', 'sleep 3; exit 0'];
  const run = (name: string) => {
    let ended: Promise<unknown> = Promise.resolve();
    const node = cluster.startScheduler(name, (life) => {
      ended = (async () => {
        const options = { ...(await openLedger(life)), ...life, lines };
        await life.system.exited(life.system.spawn(ledger, options, { onCrash: 'stop' }));
      })();
    });
    return { node, ended };
  };
  const first = run('first:0');
  await cluster.world.runUntil(() => startedCount === 2);
  first.node.crash();
  await cluster.world.settle(run('second:0').ended);
  // The second line, which had not finished, once more.
  equal(startedCount, lines.length + 1);
  await cluster.close();
});

test('the server is told to be healthy, then not, and is killed for it', async () => {
  const answers = [503, 200, 200, 503];
  const http = () => answers.shift() ?? 503;
  const cluster = startCluster({ seed: 3, agentCount: 1, ports: { http } });
  const printed: string[] = [];
  let ended: Promise<unknown> = Promise.resolve();
  cluster.startScheduler('watched:0', ({ system, masters }) => {
    const print = (text: string) => void printed.push(text);
    const server = { uri: '/opt/server.mjs', port: 8080, line: 'sleep 60; exit 0' };
    ended = system.exited(system.spawn(watched, { masters, ...server, print }));
  });
  await cluster.world.settle(ended);
  deepEqual(printed, [
    'starting',
    'running',
    'running, healthy Health check passed',
    'running, unhealthy Health check failed once: the server answered 503',
    'running, unhealthy Health check failed 2 times in a row: the server answered 503',
    'killed, unhealthy Command terminated by signal SIGTERM',
  ]);
  await cluster.close();
});

test('the executor says its sentences, a word a second, as loudly as it is told', () => {
  const printed: string[] = [];
  const agent = address<AgentMessage>('agent', 'agent-1:5051');
  const executor = probe(shouting, {
    ...parseExecutorEnvironment({
      MESSOR_CLUSTER: 'messor',
      MESSOR_AGENT_ENDPOINT: 'agent-1:5051',
      MESSOR_FRAMEWORK_ID: 'framework-1',
      MESSOR_EXECUTOR_ID: 'shouting',
      MESSOR_EXECUTOR_SECRET: 'secret',
    }),
    print: (text: string) => void printed.push(text),
  });
  const states = () =>
    executor
      .sentTo(agent)
      .flatMap(({ message }) =>
        message.type === 'executorUpdate' ? [message.update.status.state] : [],
      );
  const task = (id: string, data: string) => {
    const taskId = id as TaskId;
    const agentId = 'agent-1' as AgentId;
    return { type: 'launch', task: { taskId, name: id, agentId, resources: [], data } } as const;
  };

  executor.receive(registered, task('t1', 'to be or'), task('t2', 'not'));
  executor.advance(1500);
  executor.receive({ type: 'schedulerMessage', data: '!!!' });
  executor.advance(2500);
  deepEqual(printed, ['TO!', 'NOT!', 'BE!', 'OR!!!']);
  deepEqual(new Set(states()), new Set(['running', 'finished']));
  executor.receive(task('t3', 'silence'), { type: 'kill', taskId: 't3' as TaskId });
  equal(states().at(-1), 'killed');
});

/** What an agent says first. */
const registered = {
  type: 'executorRegistered',
  frameworkId: 'framework-1' as FrameworkId,
  framework: { name: 'f', user: 'u', roles: ['*'], failoverTimeoutMs: 0, capabilities: [] },
  executor: {
    executorId: 'shouting' as ExecutorId,
    name: 'shouting',
    command: { shell: true, value: 'true', arguments: [], environment: [] },
    resources: [],
  },
  agent: {
    agentId: 'agent-1' as AgentId,
    node: 'agent-1:5051',
    hostname: 'agent-1',
    port: 5051,
    resources: [],
    attributes: [],
    version: '0.1.0',
  },
} as const;
