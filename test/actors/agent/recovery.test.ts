/**
 * An agent is killed at any moment of a task's life and started again, in a whole virtual cluster:
 * the task runs once, its updates come once and in order, and it ends in the way that is true.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Fetching } from '../../../actors/agent/fetcher/fetching.ts';
import type { AgentState } from '../../../actors/agent/state.ts';
import { parseExecutorEnvironment } from '../../../actors/framework/executor-environment.ts';
import {
  defineScheduler,
  type FrameworkDescription,
  shellCommand,
} from '../../../actors/framework/index.ts';
import type { ExecutorId, TaskId } from '../../../actors/protocol/ids.ts';
import { AGENT_NAME, type AgentMessage } from '../../../actors/protocol/messages.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { CommandUri, TaskInfo, TaskStatus } from '../../../actors/protocol/task.ts';
import { address } from '../../../runtime/address.ts';
import { type ClusterAgent, startCluster } from '../../kit/cluster.ts';
import { lookInside } from '../../kit/look-inside.ts';
import { playedFetching } from '../../kit/played-fetching.ts';
import { bootMachine } from '../../kit/scripted-launcher.ts';
import { jobExecutor } from '../../simulation/job-executor.ts';

const resources = parseResources('cpus:1;mem:128');
const taskId = 'task-1' as TaskId;

interface RunnerOptions {
  readonly info: Partial<FrameworkDescription>;
  readonly script: string;
  readonly custom: boolean;
  readonly but: Partial<TaskInfo>;
  readonly files: readonly CommandUri[];
  readonly heard: TaskStatus[];
}

const runner = defineScheduler<RunnerOptions, { launched: boolean }, { readonly type: 'kill' }>({
  name: 'runner',
  info: ({ info }) => ({
    name: 'runner',
    failoverTimeoutMs: 60_000,
    capabilities: ['partitionAware'],
    ...info,
  }),
  initialState: () => ({ launched: false }),
  on: {
    offers(state, { offers: [offer] }, driver, { options }) {
      if (state.launched || offer === undefined) return;
      state.launched = true;
      const { script, custom, but, files: uris } = options;
      const executor = {
        executorId: 'executor-1' as ExecutorId,
        name: 'executor-1',
        command: { ...shellCommand('program job-executor'), uris },
        resources: [],
      };
      const what = custom
        ? { executor, data: script }
        : { command: { ...shellCommand(script), uris } };
      driver.launch(offer, [{ taskId, name: taskId, resources, ...what, ...but }]);
    },
    update(_state, { status }, _driver, { options }) {
      options.heard.push(status);
    },
  },
  handlers: {
    kill: (_state, _message, driver) => driver.kill(taskId),
  },
});

for (const custom of [false, true]) {
  const kind = custom ? 'custom executor' : 'command';
  test(`${kind}: killed at any moment, its task runs once and is told of once`, async () => {
    const ends = new Set<string>();
    for (let crashMs = 0; crashMs < 80; crashMs += 4) {
      const { world, states, startedCount, crash, close } = start({ custom, crashMs });
      await world.runUntil(() => states().includes('starting') || states().includes('running'));
      await world.runFor(crashMs);
      await crash(300);
      await world.runUntil(() => isOver(states()));
      await world.runFor(3000);
      const told = `${crashMs} ms: ${states().join(' ')}`;
      equal(new Set(states()).size, states().length, told);
      match(states().join(' '), /^(starting )?(running )?(finished|dropped)$/, told);
      equal(startedCount(), states().includes('dropped') ? 0 : 1, told);
      ends.add(states().at(-1) ?? '');
      await close();
    }
    ok(ends.has('finished'));
  });
}

test('killed right after its launch, a task is launched at most once', async () => {
  for (let crashMs = 0; crashMs < 30; crashMs += 2) {
    const { world, states, startedCount, crash, close, agents } = start({ crashMs });
    const has = () => knows(agents[0] as ClusterAgent);
    await world.runUntil(has);
    await world.runFor(crashMs / 4);
    await crash(1000);
    await world.runUntil(() => isOver(states()), 100_000);
    const told = `${crashMs} ms: ${states().join(' ')}`;
    ok(startedCount() <= 1, told);
    // Gone: it had not written down yet who it was, and came back as another agent.
    const isLost = states().includes('dropped') || states().includes('gone');
    equal(isLost, startedCount() === 0, told);
    await close();
  }
});

test('what ended while the agent was away is told as it was, also long after', async () => {
  const { world, heard, states, crash, close } = start({ script: 'sleep 1; exit 3' });
  await world.runUntil(() => states().includes('running'));
  await crash(10_000);
  await world.runUntil(() => isOver(states()));
  deepEqual([heard.at(-1)?.state, heard.at(-1)?.exitCode], ['failed', 3]);
  await close();
});

test('an agent that goes on keeps its id, and what it has forgets nothing when all is over', async () => {
  const { world, states, crash, close, agents } = start({ script: 'sleep 3; exit 0' });
  const [home] = agents as [ClusterAgent];
  await world.runUntil(() => states().includes('running'));
  const { agentId } = insideAgent(home);
  await crash(500);
  await crash(500);
  await world.runUntil(() => isOver(states()));
  await world.runFor(3000);
  const state = insideAgent(home);
  equal(state.agentId, agentId);
  deepEqual([state.frameworks.size, state.containers.size, state.occupied.length], [0, 0, 0]);
  equal(home.machine.containers.size, 0);
  await close();
});

test('a kill that was on its way when the agent died is finished by its next life', async () => {
  const { world, heard, states, crash, kill, close } = start({
    script: "trap '' TERM; sleep 3600; exit 0",
  });
  await world.runUntil(() => states().includes('running'));
  kill();
  await world.runFor(500);
  await crash(500);
  await world.runUntil(() => isOver(states()), 60_000);
  deepEqual([heard.at(-1)?.state, heard.at(-1)?.signal], ['killed', 'SIGKILL']);
  await close();
});

test('after a boot of the machine a task is gone, or lost, because the agent was restarted', async () => {
  for (const [capabilities, state] of [
    [['partitionAware'], 'gone'],
    [[], 'lost'],
  ] as const) {
    const { world, heard, states, crash, close, agents } = start({
      script: 'sleep 3600; exit 0',
      info: { capabilities },
    });
    const [home] = agents as [ClusterAgent];
    await world.runUntil(() => states().includes('running'));
    const { agentId } = insideAgent(home);
    await crash(500, () => bootMachine(home.machine));
    await world.runUntil(() => isOver(states()));
    deepEqual([heard.at(-1)?.state, heard.at(-1)?.reason], [state, 'agentRestarted']);
    equal(heard.at(-1)?.message, 'The machine was booted');
    equal(insideAgent(home).agentId, agentId);
    await close();
  }
});

test('without a checkpoint a task ends with the agent, and is lost at once', async () => {
  const { world, states, crash, close, agents } = start({
    script: 'sleep 3600; exit 0',
    info: { checkpoint: false },
  });
  const [home] = agents as [ClusterAgent];
  await world.runUntil(() => states().includes('running'));
  await crash(500);
  equal(states().at(-1), 'lost', 'its scheduler need not wait for the agent');
  await world.runUntil(() => home.machine.running.size === 0);
  await close();
});

test('an executor that does not come back in time is killed, and its task is gone for that reason', async () => {
  const { world, heard, states, crash, close, agents } = start({
    custom: true,
    script: 'sleep 3600; exit 0',
  });
  const [home] = agents as [ClusterAgent];
  await world.runUntil(() => states().includes('running'));
  const program = [...world.nodes.values()].find(
    ({ name }) => name.endsWith(':0') && name.includes('/'),
  );
  await crash(100, () => program?.freeze(5000));
  await world.runUntil(() => isOver(states()));
  deepEqual([heard.at(-1)?.state, heard.at(-1)?.reason], ['gone', 'executorReregistrationTimeout']);
  equal(home.machine.programs.size, 0);
  await close();
});

test('told to shut down while it waits for executors to come back, an agent ends after that', async () => {
  const { world, states, crash, close, agents } = start({
    custom: true,
    script: 'sleep 3600; exit 0',
  });
  const [home] = agents as [ClusterAgent];
  await world.runUntil(() => states().includes('running'));
  const program = [...world.nodes.values()].find(
    ({ name }) => name.endsWith(':0') && name.includes('/'),
  );
  await crash(100, () => program?.freeze(5000));
  await world.runFor(300);
  equal(insideAgent(home).recovery.awaited.size, 1);
  const { system } = home.node;
  const self = address<AgentMessage>(AGENT_NAME, home.node.name);
  let ended: string | undefined;
  void system.exited(self).then((reason) => {
    ended = reason;
  });
  system.send(self, { type: 'shutdownAgent', reason: 'maintenance' });
  await world.runUntil(() => ended !== undefined, 30_000);
  equal(ended, 'stopped');
  equal(home.machine.programs.size, 0);
  await close();
});

for (const custom of [false, true]) {
  const program = custom ? 'executor' : 'command';
  test(`${program}: what was being fetched for when the agent died has never started`, async () => {
    const { fetching, underWay } = playedFetching();
    const { world, heard, crash, close, agents, startedCount } = start({
      ...{ custom, fetching, files: [{ value: 'http://host/file' }] },
    });
    const [home] = agents as [ClusterAgent];
    await world.runUntil(() => underWay.length === 1);
    await world.runFor(100);
    await crash(500);
    await world.runUntil(() => heard.length > 0);
    const message = `The agent was restarted before it could start the ${program}`;
    deepEqual(
      heard.map((status) => [status.state, status.reason, status.message]),
      [['dropped', 'agentRestarted', message]],
    );
    await world.runFor(3000);
    deepEqual([startedCount(), home.machine.containers.size], [0, 0]);
    deepEqual([insideAgent(home).occupied, insideAgent(home).frameworks.size], [[], 0]);
    await close();
  });
}

test('checks look at a task again in the next life, and what was looking is ended', async () => {
  const looking = shellCommand('sleep 3600; exit 0');
  const { world, states, crash, close, agents } = start({
    script: 'sleep 30; exit 0',
    but: { check: { type: 'command', command: looking, delayMs: 0, timeoutMs: 7_200_000 } },
  });
  const [home] = agents as [ClusterAgent];
  const lookers = () =>
    [...home.machine.containers].flatMap(([id, { isTask }]) => (isTask ? [] : [id]));
  await world.runUntil(() => lookers().length === 1);
  await world.runFor(1000);
  const [before] = lookers();
  await crash(500);
  await world.runUntil(() => lookers().length === 1 && lookers()[0] !== before);
  await world.runUntil(() => isOver(states()));
  await world.runFor(3000);
  deepEqual([states().at(-1), home.machine.containers.size], ['finished', 0]);
  await close();
});

test('the time that a task may take goes on while the agent is away', async () => {
  for (const [downMs, limitMs] of [
    [2000, 8000],
    [9000, 8000],
  ] as const) {
    const { world, heard, states, crash, close } = start({
      script: 'sleep 3600; exit 0',
      but: { maxCompletionTimeMs: limitMs },
    });
    await world.runUntil(() => states().includes('running'));
    await world.runFor(1000);
    await crash(downMs);
    await world.runUntil(() => isOver(states()));
    const [first, last] = [heard[0], heard.at(-1)];
    deepEqual([last?.state, last?.reason], ['failed', 'maxCompletionTimeReached']);
    const tookMs = (last?.timestampMs ?? 0) - (first?.timestampMs ?? 0);
    const expectedMs = Math.max(limitMs, downMs + 1000);
    ok(tookMs >= expectedMs && tookMs < expectedMs + 500, `${tookMs} ms`);
    await close();
  }
});

test('on a full disk it is still told how tasks end, and none begins', async () => {
  const { world, states, close, agents } = start({ script: 'sleep 1; exit 0' });
  const [home] = agents as [ClusterAgent];
  await world.runUntil(() => states().includes('running'));
  home.checkpointDisk.setFull(true);
  await world.runUntil(() => isOver(states()));
  deepEqual(states(), ['starting', 'running', 'finished']);
  await close();
});

test('where nothing can be written any more, updates wait and none is lost', async () => {
  const { world, states, close, agents } = start({ script: 'sleep 1; exit 0' });
  const [home] = agents as [ClusterAgent];
  await world.runUntil(() => states().includes('running'));
  home.checkpointDisk.setFull(true, 0);
  await world.runFor(5000);
  equal(isOver(states()), false);
  home.checkpointDisk.setFull(false);
  await world.runUntil(() => isOver(states()));
  deepEqual(states(), ['starting', 'running', 'finished']);
  await close();
});

test('damage ends the agent with what to do, and leaves what runs alone', async () => {
  const { world, states, crash, close, agents } = start({ script: 'sleep 3600; exit 0' });
  const [home] = agents as [ClusterAgent];
  await world.runUntil(() => states().includes('running'));
  await world.runFor(1000);
  await crash(100, () => home.checkpointDisk.damage((text) => text.replace('"cpus"', '"gpus"')));
  await world.runFor(1000);
  const error = world.logged.find(({ level }) => level === 'error');
  match(
    error?.text ?? '',
    /^Cannot read the checkpoint ".*": line \d+ is not.*; look after|Look after/,
  );
  equal(home.machine.running.size, 1);
  await close();
});

function isOver(states: readonly string[]): boolean {
  const last = states.at(-1) ?? '';
  return ['finished', 'failed', 'killed', 'dropped', 'gone', 'lost'].includes(last);
}

function insideAgent({ node }: ClusterAgent): AgentState {
  const state = lookInside<AgentState>(node.system, { name: AGENT_NAME })?.state;
  if (state === undefined) throw new Error('The agent is not there');
  return state;
}

function knows(home: ClusterAgent): boolean {
  const inside = lookInside<AgentState>(home.node.system, { name: AGENT_NAME });
  return (inside?.state.activeTaskCount ?? 0) > 0;
}

function start({
  crashMs = 0,
  custom = false,
  script = 'sleep 0.05; exit 0',
  info = {},
  but = {},
  files = [],
  fetching,
}: {
  crashMs?: number;
  custom?: boolean;
  script?: string;
  info?: Partial<FrameworkDescription>;
  but?: Partial<TaskInfo>;
  files?: readonly CommandUri[];
  fetching?: Fetching;
}) {
  const heard: TaskStatus[] = [];
  let startedCount = 0;
  const cluster = startCluster({
    seed: `recovery ${custom} ${crashMs}`,
    agentCount: 1,
    ...(fetching && { fetching }),
    onStarted: (_agent, task) => {
      if (!custom || task === taskId) startedCount++;
    },
    programs: {
      'job-executor': ({ system, environment, machine, containerId }) =>
        system.spawn(jobExecutor, {
          ...parseExecutorEnvironment(environment),
          timings: { registerDelayMsMin: 50, registerDelayMsMax: 1500, reregisterDelayMsMax: 200 },
          machine,
          containerId,
        }),
    },
  });
  let kill = () => {};
  cluster.startScheduler('runner:0', ({ system, masters, timings }) => {
    const scheduler = system.spawn(runner, {
      masters,
      timings,
      info,
      script,
      custom,
      but,
      files,
      heard,
    });
    kill = () => system.send(scheduler, { type: 'kill' });
  });
  const { world, agents, close } = cluster;
  return {
    world,
    agents,
    close,
    heard,
    states: () => heard.map(({ state }) => state as string),
    startedCount: () => startedCount,
    kill: () => kill(),
    /** Down for so long; `meanwhile` happens to what is left of it. */
    async crash(downMs: number, meanwhile = () => {}) {
      const [home] = agents as [ClusterAgent];
      home.node.crash();
      meanwhile();
      await world.runFor(downMs);
      home.node.restart();
    },
  };
}
