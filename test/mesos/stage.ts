/**
 * What the cases of Mesos' own suites have in common: a virtual cluster that speaks HTTP, its schedulers,
 * agents that are cut off, and the endpoints that show what the master thinks.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { decodeV1, encodeV1, parseJson, readV1 } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../actors/protocol/v1/dictionary.ts';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import type { ClusterOptions } from '../kit/cluster.ts';
import { type ExecutorClient, subscribeExecutor } from '../kit/executor-client.ts';
import { type HttpCluster, startHttpCluster } from '../kit/http-cluster.ts';
import type { Answered } from '../kit/http-routes.ts';
import { commandTask, MEDIA_TYPE, type SchedulerClient } from '../kit/scheduler-client.ts';
import type { VirtualNode } from '../kit/virtual-world.ts';

export const SLEEP = 'sleep 600; exit 0';
export const AGENT = 'agent-1:5051';

/** A framework that is told of partitions; it goes on for a minute without a scheduler. */
export const AWARE: Partial<V1<'FrameworkInfo'>> = {
  failover_timeout: 60,
  checkpoint: true,
  capabilities: [{ type: 'PARTITION_AWARE' }],
};
export const UNAWARE: Partial<V1<'FrameworkInfo'>> = { failover_timeout: 60, checkpoint: true };

/** Begun, with its agents registered; closed when the test is over. */
export async function mesosCluster(
  test: { after(undo: () => Promise<void>): void },
  options: Partial<ClusterOptions> = {},
): Promise<HttpCluster> {
  const cluster = startHttpCluster({ seed: 1, agentCount: 1, ...options });
  test.after(() => cluster.close());
  await cluster.world.runFor((options.masterCount ?? 1) > 1 ? 8000 : 2000);
  return cluster;
}

/** Runs a task; that it starts and runs is acknowledged, and the agent knows so. */
export async function run(
  { world }: HttpCluster,
  client: SchedulerClient,
  id: string,
  { script = SLEEP, from = 0, more = {} }: RunOptions = {},
): Promise<V1<'TaskStatus'>> {
  const offer = await client.offer(from);
  await client.launch(offer, [commandTask(id, offer, script, more)]);
  await client.acknowledge(await client.untilTask(id, 'TASK_STARTING'));
  const running = await client.untilTask(id, 'TASK_RUNNING');
  await client.acknowledge(running);
  await world.runFor(100);
  return running;
}

/** Runs a task in an executor of its scheduler's, that speaks HTTP. */
export async function runInExecutor(
  cluster: HttpCluster,
  client: SchedulerClient,
  id: string,
  { executorId = 'executor', more = {} }: { executorId?: string; more?: object } = {},
): Promise<ExecutorClient> {
  const offer = await client.offer();
  await client.launch(offer, [customTask(id, offer, executorId, more)]);
  const { frameworkId } = client;
  const executor = await subscribeExecutor(cluster, { frameworkId, executorId });
  await executor.until('LAUNCH');
  await executor.update(id, 'TASK_RUNNING');
  await client.acknowledge(await client.untilTask(id, 'TASK_RUNNING'));
  await cluster.world.runFor(100);
  return executor;
}

/** A task whose executor's program only goes on: the test speaks for it. */
export function customTask(
  id: string,
  offer: V1<'Offer'>,
  executorId = 'executor',
  more: Partial<V1<'TaskInfo'>> = {},
): V1<'TaskInfo'> {
  const { command: _, ...task } = commandTask(id, offer, '');
  const executor_id = { value: executorId };
  return { ...task, executor: { executor_id, command: { value: SLEEP } }, ...more };
}

interface RunOptions {
  readonly script?: string;
  /** Events of offers that are passed over. */
  readonly from?: number;
  readonly more?: Partial<V1<'TaskInfo'>>;
}

/** Asks what has become of tasks. @returns the answers */
export async function reconcile(
  { world }: HttpCluster,
  client: SchedulerClient,
  tasks: readonly (readonly [taskId: string, agentId?: string])[] = [],
): Promise<readonly V1<'TaskStatus'>[]> {
  const seen = client.statuses.length;
  await client.accepted({
    type: 'RECONCILE',
    reconcile: {
      tasks: tasks.map(([task, agent]) => ({
        task_id: { value: task },
        ...(agent === undefined ? {} : { agent_id: { value: agent } }),
      })),
    },
  });
  await world.runFor(20);
  const answers = client.statuses
    .slice(seen)
    .filter(({ reason }) => reason === 'REASON_RECONCILIATION');
  for (const { uuid, source } of answers) deepEqual([uuid, source], [undefined, 'SOURCE_MASTER']);
  return answers;
}

/** Neither hears the other until the partition is healed. */
export function cutOff({ world, masters }: HttpCluster, agents: readonly string[] = [AGENT]) {
  return world.network.partition(
    masters.map(({ name }) => name),
    agents,
  );
}

/** As a master shows it at `/state`. */
export interface State {
  readonly activated_slaves: number;
  readonly deactivated_slaves: number;
  readonly unreachable_slaves: number;
  readonly frameworks: readonly FrameworkState[];
  readonly completed_frameworks: readonly FrameworkState[];
}

export interface FrameworkState {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly connected: boolean;
  readonly recovered: boolean;
  readonly failover_timeout: number;
  readonly checkpoint: boolean;
  readonly webui_url?: string;
  readonly hostname: string;
  readonly user: string;
  readonly capabilities: readonly string[];
  readonly labels?: readonly { readonly key: string; readonly value: string }[];
  readonly registered_time: number;
  readonly reregistered_time?: number;
  readonly tasks: readonly TaskState[];
  readonly unreachable_tasks: readonly TaskState[];
  readonly completed_tasks: readonly TaskState[];
}

interface TaskState {
  readonly id: string;
  readonly state: string;
}

export function statesOf(tasks: readonly TaskState[] = []): readonly string[] {
  return tasks.map(({ id, state }) => `${id} ${state}`);
}

/** Where the first framework's tasks are listed. */
export async function tasksShown(cluster: HttpCluster) {
  // An answer is at most half a second old.
  await cluster.world.runFor(600);
  const { frameworks } = await cluster.get<State>('/state');
  const [framework] = frameworks;
  ok(framework !== undefined);
  return {
    running: statesOf(framework.tasks),
    unreachable: statesOf(framework.unreachable_tasks),
    completed: statesOf(framework.completed_tasks),
  };
}

/** The master that leads, of several. */
export async function leaderOf(cluster: HttpCluster): Promise<VirtualNode> {
  const { world, masters } = cluster;
  for (const asked of masters.filter(({ running }) => running)) {
    const { headers } = await world.settle(cluster.ask(asked)('GET', '/redirect'));
    const leader = masters.find(({ name }) => headers['location'] === `//${name}`);
    if (leader?.running) return leader;
  }
  throw new Error('No master leads');
}

/** The only master ends, and another one begins where it was; it knows nothing but what it is told. */
export async function replaceMaster({ master, world }: HttpCluster): Promise<VirtualNode> {
  master.crash();
  master.restart();
  await world.runFor(500);
  return master;
}

/** The leader's process is lost; the others elect another one. @returns that one */
export async function failOver(cluster: HttpCluster): Promise<VirtualNode> {
  const leader = await leaderOf(cluster);
  leader.crash();
  const before = cluster.insideMaster()?.state.epoch ?? 0;
  await cluster.world.runUntil(() => (cluster.insideMaster()?.state.epoch ?? 0) > before, 60_000);
  await cluster.world.runFor(500);
  return leaderOf(cluster);
}

export type Encoding = keyof typeof MEDIA_TYPE;

interface OperateOptions {
  readonly encoding?: Encoding;
  readonly of?: 'master' | 'agent';
  readonly principal?: string;
}

/** What operators ask a master, or the agent. */
export async function operate(
  { world, ask, askAgent }: HttpCluster,
  call: object,
  { encoding = 'json', of = 'master', principal }: OperateOptions = {},
): Promise<Answered> {
  const type = MEDIA_TYPE[encoding];
  const name = `${of}.Call` as const;
  const read = readV1(name, parseJson(new TextEncoder().encode(JSON.stringify(call))));
  const asking = {
    headers: { 'content-type': type, accept: type },
    body: encodeV1(name, encoding, read),
    ...(principal !== undefined && { principal: { value: principal, claims: {} } }),
  };
  return world.settle((of === 'master' ? ask() : askAgent())('POST', '/api/v1', asking));
}

/** The answer of a master to a call without a part; it is at most half a second old. */
export async function told(
  cluster: HttpCluster,
  type: V1Enum<'master.Call.Type'>,
  encoding: Encoding = 'json',
): Promise<V1<'master.Response'>> {
  await cluster.world.runFor(600);
  const answer = await operate(cluster, { type }, { encoding });
  equal(answer.status, 200, answer.text);
  return decodeV1('master.Response', encoding, answer.bytes);
}

/** The events of a master from now on, without heartbeats. */
export async function watch(cluster: HttpCluster, encoding: Encoding = 'json') {
  const { stream } = await operate(cluster, { type: 'SUBSCRIBE' }, { encoding });
  ok(stream !== undefined);
  await cluster.world.runFor(10);
  return () =>
    stream.records
      .flatMap((chunk) => new RecordDecoder({ recordBytesMax: 2 ** 24 }).push(chunk))
      .map((record) => decodeV1('master.Event', encoding, record))
      .filter(({ type }) => type !== 'HEARTBEAT');
}

const scalar = (name: string, value: number): V1<'Resource'> => ({
  ...{ name, type: 'SCALAR' },
  scalar: { value },
});

/** In a default executor. */
export async function launchGroup(
  client: SchedulerClient,
  offer: V1<'Offer'>,
  tasks: readonly V1<'TaskInfo'>[],
  executorId = 'pod',
): Promise<void> {
  const executor: V1<'ExecutorInfo'> = {
    type: 'DEFAULT',
    executor_id: { value: executorId },
    framework_id: { value: client.frameworkId },
    resources: [scalar('cpus', 0.1), scalar('mem', 32), scalar('disk', 32)],
  };
  const launch_group = { executor, task_group: { tasks } };
  await client.accepted({
    type: 'ACCEPT',
    accept: {
      offer_ids: [offer.id],
      operations: [{ type: 'LAUNCH_GROUP', launch_group }],
      filters: { refuse_seconds: 0 },
    },
  });
}

/** Acknowledges whatever comes, as soon as it comes, until the condition holds. @returns the states of each task */
export async function follow(
  { world }: HttpCluster,
  client: SchedulerClient,
  condition: () => boolean,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const states = new Map<string, string[]>();
  let seen = 0;
  const acknowledge = async () => {
    for (const status of client.statuses.slice(seen)) {
      seen++;
      if (status.uuid === undefined) continue;
      const id = status.task_id.value;
      states.set(id, [...(states.get(id) ?? []), status.state]);
      await client.acknowledge(status);
    }
  };
  while (!condition()) {
    await world.runUntil(() => condition() || client.statuses.length > seen, 120_000);
    await acknowledge();
  }
  await acknowledge();
  return states;
}
