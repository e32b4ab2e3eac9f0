/** Task groups in whole clusters on a virtual clock: from their scheduler to their containers, and back. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { shellCommand } from '../../../actors/framework/describe.ts';
import { defaultExecutor, defineScheduler, isTerminal } from '../../../actors/framework/index.ts';
import type { ExecutorId, TaskId } from '../../../actors/protocol/ids.ts';
import { formatResources, parseResources } from '../../../actors/protocol/resource-text.ts';
import type { CommandUri, TaskInfo } from '../../../actors/protocol/task.ts';
import { type ClusterAgent, startCluster } from '../../kit/cluster.ts';
import { playedFetching } from '../../kit/played-fetching.ts';
import { TASK_VARIABLE } from '../../kit/scripted-launcher.ts';
import type { VirtualWorld } from '../../kit/virtual-world.ts';

/** Each is launched with an offer of its own: the scripts of a group by executor. */
type Pods = readonly (readonly [executorId: string, ...scripts: readonly string[]])[];

interface Options {
  readonly pods: Pods;
  /** Of each task. */
  readonly but: Partial<TaskInfo> & { readonly files?: readonly CommandUri[] };
  readonly tell: (text: string) => void;
}

interface State {
  launchedCount: number;
}

const resources = parseResources('cpus:0.5;mem:64');

const pods = defineScheduler<Options, State, { readonly type: 'leave' }>({
  name: 'pods',
  info: () => ({ name: 'pods', capabilities: ['partitionAware'], failoverTimeoutMs: 60_000 }),
  initialState: () => ({ launchedCount: 0 }),
  on: {
    offers(state, { offers }, driver, context) {
      for (const offer of offers) {
        const next = context.options.pods[state.launchedCount];
        if (next === undefined) break;
        const [executorId, ...scripts] = next;
        const number = state.launchedCount++;
        driver.launchGroup(
          offer,
          {
            executor: defaultExecutor(executorId as ExecutorId),
            tasks: scripts.map((script, index) => {
              const { files: uris = [], ...but } = context.options.but;
              const taskId = `${number}-${index}` as TaskId;
              const plain = shellCommand(script, { [TASK_VARIABLE]: taskId });
              return { taskId, name: taskId, resources, command: { ...plain, uris }, ...but };
            }),
          },
          { refuseMs: 0 },
        );
      }
    },
    update(_state, { status }, _driver, context) {
      if (isTerminal(status.state)) context.options.tell(`${status.taskId} ${status.state}`);
      else if (status.state === 'running') context.options.tell(`${status.taskId} running`);
    },
    executorLost(_state, { executorId, status }, _driver, context) {
      context.options.tell(`${executorId} ended with ${status}`);
    },
  },
  handlers: { leave: (_state, _message, driver) => driver.teardown() },
});

test('one group ends with its failing task, the other goes on, and their executor outlives both', async () => {
  const { world, told, used, close } = start([
    ['pod', 'sleep 5; exit 3', 'sleep 60; exit 0'],
    ['pod', 'sleep 9; exit 0', 'sleep 12; exit 0'],
  ]);
  await world.runUntil(() => told.includes('0-1 killed'));
  equal(told.includes('pod ended with 0'), false);
  await world.runUntil(() => told.includes('1-0 finished'));
  equal(used(), 'cpus:0.6;disk:32;mem:96');
  await world.runUntil(() => told.includes('pod ended with 0'));
  deepEqual(
    told.filter((line) => !line.endsWith('running')),
    ['0-0 failed', '0-1 killed', '1-0 finished', '1-1 finished', 'pod ended with 0'],
  );
  equal(used(), '');
  await close();
});

test('a task that is deaf to the polite kill of its group has its grace period', async () => {
  const { world, told, close } = start([
    ['pod', 'sleep 1; exit 1', "trap '' TERM; sleep 60; exit 0"],
  ]);
  await world.runUntil(() => told.includes('0-0 failed'));
  const failedMs = world.nowMs();
  await world.runUntil(() => told.includes('0-1 killed'));
  ok(world.nowMs() - failedMs >= 2900 && world.nowMs() - failedMs < 4000);
  await close();
});

test('a master that comes back takes executor and tasks over, and gives all back at their end', async () => {
  const { world, told, used, master, insideMaster, close } = start([
    ['pod', 'sleep 20; exit 0', 'sleep 25; exit 0'],
  ]);
  await world.runUntil(() => told.includes('0-0 running') && told.includes('0-1 running'));
  const before = used();
  equal(before, 'cpus:1.1;disk:32;mem:160');
  master.crash();
  master.restart();
  await world.runUntil(() => insideMaster()?.state.agents.registered.size === 1);
  equal(used(), before);
  await world.runUntil(() => told.includes('pod ended with 0'));
  ok(told.includes('0-0 finished') && told.includes('0-1 finished'));
  equal(used(), '');
  await close();
});

test('with its framework all of a group ends, and nothing of it is left', async () => {
  const { world, told, used, agents, leave, close } = start([
    ['pod', 'sleep 60; exit 0', "trap '' TERM; sleep 60; exit 0"],
    ['other', 'sleep 60; exit 0'],
  ]);
  await world.runUntil(() => ['0-0', '0-1', '1-0'].every((id) => told.includes(`${id} running`)));
  leave();
  await world.runUntil(() => agents[0]?.machine.running.size === 0);
  await world.runFor(1000);
  equal(used(), '');
  await close();
});

test('a group on an agent that crashes goes on with its next life, and ends as it would have', async () => {
  const { world, told, agents, close } = start([['pod', 'sleep 20; exit 0', 'sleep 40; exit 0']]);
  await world.runUntil(() => told.includes('0-0 running') && told.includes('0-1 running'));
  await crash(world, agents[0], 1000);
  await world.runUntil(() => told.length === 5);
  deepEqual(told.slice(2), ['0-0 finished', '0-1 finished', 'pod ended with 0']);
  equal(agents[0]?.machine.containers.size, 0);
  await close();
});

test('killed at any moment, an agent starts a group together or not at all, and keeps nothing of it', async () => {
  for (let crashMs = 0; crashMs < 80; crashMs += 4) {
    const started = new Set<string>();
    const { world, told, used, agents, close } = start(
      [['pod', 'sleep 0.05; exit 0', 'sleep 0.05; exit 0']],
      { onStarted: (_agent: unknown, task: string) => void started.add(task) },
    );
    await world.runUntil(() => used() !== '');
    await world.runFor(crashMs);
    await crash(world, agents[0], 300);
    const ended = ['0-0', '0-1'].map(
      (id) => () => told.find((each) => each.startsWith(`${id} `) && !each.includes('running')),
    );
    await world.runUntil(() => ended.every((end) => end() !== undefined), 60_000);
    await world.runUntil(() => used() === '' && agents[0]?.machine.containers.size === 0);
    const sort = `${crashMs} ms: ${told.join(', ')}`;
    equal(started.size === 0 || started.size === 2, true, sort);
    for (const end of ended) {
      match(end() ?? '', started.size === 0 ? / (dropped|gone)$/ : / finished$/, sort);
    }
    await close();
  }
});

test('what ends one of a group while the agent is away is the end of the others', async () => {
  const { world, told, agents, close } = start([['pod', 'sleep 1; exit 3', 'sleep 3600; exit 0']]);
  await world.runUntil(() => told.includes('0-0 running') && told.includes('0-1 running'));
  await crash(world, agents[0], 5000);
  await world.runUntil(() => told.length === 5, 60_000);
  deepEqual(told.slice(2), ['0-0 failed', '0-1 killed', 'pod ended with 0']);
  await close();
});

test('a group that is being killed when its agent dies is killed by its next life', async () => {
  const deaf = "trap '' TERM; sleep 3600; exit 0";
  const { world, told, agents, close } = start([['pod', 'sleep 1; exit 3', deaf]]);
  await world.runUntil(() => told.includes('0-0 failed'));
  await crash(world, agents[0], 500);
  await world.runUntil(() => told.length === 5, 60_000);
  deepEqual(told.slice(2), ['0-0 failed', '0-1 killed', 'pod ended with 0']);
  equal(agents[0]?.machine.running.size, 0);
  await close();
});

test('a group whose files were on their way when the agent died has never started', async () => {
  const { fetching, underWay } = playedFetching();
  const started: string[] = [];
  const { world, told, used, agents, close } = start(
    [['pod', 'sleep 1; exit 0', 'sleep 1; exit 0']],
    { fetching, onStarted: (_agent: unknown, task: string) => void started.push(task) },
    { files: [{ value: 'http://host/file' }] },
  );
  await world.runUntil(() => underWay.length > 0);
  await world.runFor(100);
  await crash(world, agents[0], 500);
  await world.runUntil(() => told.length === 3, 60_000);
  deepEqual(new Set(told), new Set(['0-0 dropped', '0-1 dropped', 'pod ended with 0']));
  await world.runFor(1000);
  deepEqual([started, used(), agents[0]?.machine.containers.size], [[], '', 0]);
  await close();
});

test('checks look at the tasks of a group again in the next life, and their time goes on', async () => {
  const looking = shellCommand('sleep 3600; exit 0');
  const check = { type: 'command', command: looking, delayMs: 0, timeoutMs: 7_200_000 } as const;
  const { world, told, agents, close } = start(
    [['pod', 'sleep 3600; exit 0', 'sleep 3600; exit 0']],
    {},
    { check, maxCompletionTimeMs: 8000 },
  );
  const lookers = () =>
    [...(agents[0]?.machine.containers ?? [])].flatMap(([id, { isTask }]) => (isTask ? [] : [id]));
  await world.runUntil(() => lookers().length === 2);
  const [before] = lookers();
  const beganMs = world.nowMs();
  await crash(world, agents[0], 2000);
  await world.runUntil(() => lookers().length === 2 && lookers()[0] !== before);
  await world.runUntil(() => told.length === 5, 60_000);
  deepEqual(told.slice(2), ['0-0 failed', '0-1 failed', 'pod ended with 0']);
  ok(world.nowMs() - beganMs < 9500, `${world.nowMs() - beganMs} ms`);
  await world.runFor(3000);
  equal(agents[0]?.machine.containers.size, 0);
  await close();
});

test('a sandbox that cannot be made keeps the whole group from starting', async () => {
  const started: string[] = [];
  const { world, told, close } = start([['pod', 'sleep 1; exit 0', 'sleep 1; exit 0']], {
    diskFaultProbability: 1,
    onStarted: (_agent: unknown, task: string) => void started.push(task),
  });
  await world.runUntil(() => told.length === 3);
  deepEqual(new Set(told), new Set(['0-0 failed', '0-1 failed', 'pod ended with 0']));
  deepEqual(started, []);
  await close();
});

async function crash(
  world: VirtualWorld,
  home: ClusterAgent | undefined,
  downMs: number,
): Promise<void> {
  home?.node.crash();
  await world.runFor(downMs);
  home?.node.restart();
}

function start(
  wanted: Pods,
  more: Pick<
    Parameters<typeof startCluster>[0],
    'diskFaultProbability' | 'onStarted' | 'fetching'
  > = {},
  but: Options['but'] = {},
) {
  const told: string[] = [];
  const cluster = startCluster({ seed: 'pods', agentCount: 1, ...more });
  let leave = () => {};
  cluster.startScheduler('pods:0', ({ system, masters, timings }) => {
    const tell = (text: string) => void told.push(text);
    const self = system.spawn(pods, { masters, timings, pods: wanted, but, tell });
    leave = () => system.send(self, { type: 'leave' });
  });
  const used = () => {
    const [agent] = cluster.insideMaster()?.state.agents.registered.values() ?? [];
    return formatResources(agent?.used ?? []);
  };
  return { ...cluster, told, used, leave: () => leave() };
}
