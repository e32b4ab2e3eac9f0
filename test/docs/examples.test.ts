/** The examples do what they say, in a virtual cluster and beside a probe. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../actors/protocol/ids.ts';
import type { AgentMessage } from '../../actors/protocol/messages.ts';
import { hello } from '../../docs/examples/hello.ts';
import { shouting } from '../../docs/examples/shouting-executor.ts';
import { startCluster } from '../kit/cluster.ts';
import { address, probe } from '../kit/probe.ts';

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
    hostname: 'h',
    port: 1,
    resources: [],
    attributes: [],
    version: '0.1.0',
  },
} as const;

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

test('the executor says its sentences, a word a second, as loudly as it is told', () => {
  const printed: string[] = [];
  const agent = address<AgentMessage>('agent');
  const executor = probe(shouting, {
    agent,
    frameworkId: 'framework-1' as FrameworkId,
    executorId: 'shouting' as ExecutorId,
    secret: 'secret',
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
