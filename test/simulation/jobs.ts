/**
 * The work of simulated frameworks, whatever their schedulers speak: a ledger of what was launched and
 * heard of, and what is launched on an offer.
 *
 * The ledger stands for a scheduler's disk: it outlives the scheduler's node. A task is written down
 * before it is launched, so that the next life knows what to ask for.
 */
import { defaultExecutor } from '../../actors/framework/index.ts';
import type { FrameworkInfo } from '../../actors/protocol/framework.ts';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../actors/protocol/ids.ts';
import type { Offer } from '../../actors/protocol/offer.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import {
  contains,
  minus,
  type Resources,
  type ScalarResource,
} from '../../actors/protocol/resources.ts';
import {
  type CommandInfo,
  type ExecutorInfo,
  isTerminal,
  type TaskInfo,
  type TaskReason,
  type TaskState,
  type TaskStatus,
} from '../../actors/protocol/task.ts';
import { TASK_VARIABLE } from '../kit/scripted-launcher.ts';

import type { Kept } from './keeping.ts';

/** What a job asks for beside what it runs and needs. */
type Wishes = Pick<TaskInfo, 'healthCheck' | 'check' | 'maxCompletionTimeMs'> & {
  readonly uris?: NonNullable<CommandInfo['uris']>;
};

export interface JobRecord {
  readonly taskId: TaskId;
  readonly agentId: AgentId;
  readonly resources: Resources;
  readonly script: string;
  readonly wishes: Wishes;
  readonly launchedMs: number;
  /** A volume that it writes into, which may have been there before it. */
  volume: ScalarResource | undefined;
  /** All that it was launched with, itself included, when it was launched in a group. */
  readonly group: readonly TaskId[] | undefined;
  /** The life of the scheduler that launched it, or last heard of it. */
  life: number;
  /** Every state it heard of, in order, repetitions left out. */
  readonly heard: TaskState[];
  /** Why, where it was said. */
  readonly reasons: Set<TaskReason>;
  /** The last state, once it is terminal. */
  ended: TaskState | undefined;
}

export interface JobLedger {
  readonly name: string;
  /** Its tasks outlive the processes of their agents. */
  readonly isCheckpointed: boolean;
  frameworkId: FrameworkId | undefined;
  /** When it was subscribed for the first time. */
  openedMs: number | undefined;
  /** When it had an offer last. */
  offeredMs: number | undefined;
  /** Of its schedulers, the newest; the one before may still be there. */
  life: number;
  readonly jobs: Map<TaskId, JobRecord>;
  readonly kept: Kept;
  /** How often one subscribed, by HTTP, was sent to the leader, and lost its stream. */
  subscribedCount: number;
  redirectCount: number;
  lostStreamCount: number;
  /** Why the master ended the framework for good, if it did. */
  over: string | undefined;
  /** From now on nothing is launched. */
  closed: boolean;
}

export function jobLedger(name: string, isCheckpointed: boolean): JobLedger {
  return {
    name,
    isCheckpointed,
    frameworkId: undefined,
    openedMs: undefined,
    offeredMs: undefined,
    life: 0,
    jobs: new Map(),
    kept: {
      operations: new Map(),
      volumeCount: 0,
      launchedCount: 0,
      reusedCount: 0,
      resizedCount: 0,
    },
    subscribedCount: 0,
    redirectCount: 0,
    lostStreamCount: 0,
    over: undefined,
    closed: false,
  };
}

export type CustomExecutor = 'none' | 'sdk' | 'http';

export interface JobOptions {
  readonly ledger: JobLedger;
  readonly life: number;
  readonly info: Omit<FrameworkInfo, 'name' | 'user'>;
  readonly jobCountMax: number;
  /** Work comes in over time, so that there is some at every moment of the chaos. */
  readonly jobsPerSecond: number;
  /** Each as likely as the others. */
  readonly shapes: readonly Resources[];
  /** Tasks sleep a chance time between these. */
  readonly sleepMsMin: number;
  readonly sleepMsMax: number;
  readonly failProbability: number;
  /** Of each task that it is killed some time after its launch. */
  readonly killProbability: number;
  /** Tasks run in an executor of the framework's own, one on each agent, which speaks as it says. */
  readonly customExecutor: CustomExecutor;
  /** Of what is launched on one offer, that it is launched as a group. */
  readonly groupProbability: number;
  /** Of a launch on an offer, that it is on resources that are reserved for it, and a volume. */
  readonly keepProbability: number;
  /** How often jobs of former lives are asked for until they are heard of. */
  readonly askIntervalMs: number;
}

export const EXECUTOR_TASK = 'executor';
export const EXECUTOR_RESOURCES = parseResources('cpus:0.1;mem:64;disk:8');

const CUSTOM_EXECUTORS: Readonly<Record<CustomExecutor, ExecutorInfo | undefined>> = {
  none: undefined,
  sdk: customExecutor('program job-executor'),
  http: customExecutor('program http-job-executor'),
};

function customExecutor(program: string): ExecutorInfo {
  return {
    executorId: 'jobs' as ExecutorId,
    type: 'custom',
    name: 'runs the jobs of simulations',
    command: command(program, EXECUTOR_TASK),
    resources: EXECUTOR_RESOURCES,
  };
}

function command(value: string, task: string): CommandInfo {
  return {
    shell: true,
    value,
    arguments: [],
    environment: [{ name: TASK_VARIABLE, value: task }],
  };
}

/** What of an offer decides what is launched on it. */
export type Offered = Pick<Offer, 'agentId' | 'role' | 'resources' | 'executorIds'>;

/** What is launched on an offer; it is in the ledger by then. */
export interface Launch {
  readonly jobs: readonly JobRecord[];
  readonly tasks: readonly Omit<TaskInfo, 'agentId'>[];
  /** Set: the tasks are launched as a group of it. */
  readonly groupExecutor: ExecutorInfo | undefined;
}

/** @returns undefined: nothing is */
export function takeOffer(
  offer: Offered,
  options: JobOptions,
  random: () => number,
  nowMs: number,
): Launch | undefined {
  const own = CUSTOM_EXECUTORS[options.customExecutor];
  const groupExecutor = chooseExecutor(options, own, random);
  const jobs = chooseJobs(offer, options, groupExecutor, random, nowMs);
  return jobs.length === 0 ? undefined : launchOf(jobs, options, groupExecutor);
}

/** One job on what is offered of these, whatever it is kept for. @returns undefined: there is no work */
export function takeFor(
  offer: Offered,
  resources: Resources,
  options: JobOptions,
  random: () => number,
  nowMs: number,
): Launch | undefined {
  const { ledger, customExecutor } = options;
  const isOpen = !ledger.closed && ledger.jobs.size < jobCountBy(nowMs, options);
  if (!isOpen || customExecutor !== 'none') return undefined;
  return launchOf([newJob(offer, resources, options, 0, random, nowMs)], options, undefined);
}

/** They are in the ledger from now on. */
function launchOf(
  jobs: readonly JobRecord[],
  options: JobOptions,
  groupExecutor: ExecutorInfo | undefined,
): Launch {
  const own = CUSTOM_EXECUTORS[options.customExecutor];
  for (const job of jobs) options.ledger.jobs.set(job.taskId, job);
  const tasks = jobs.map(({ taskId, resources, script, wishes: { uris = [], ...wishes } }) => ({
    taskId,
    name: taskId,
    resources,
    ...(own === undefined
      ? { command: { ...command(script, taskId), uris }, ...wishes }
      : { data: script }),
    ...(own !== undefined && groupExecutor === undefined ? { executor: own } : {}),
  }));
  return { jobs, tasks, groupExecutor };
}

/** Writes down what a scheduler heard of a task. */
export function hear({ ledger, life }: JobOptions, { taskId, state, reason }: TaskStatus): void {
  const job = ledger.jobs.get(taskId);
  if (job === undefined) return;
  job.life = life;
  if (job.heard.at(-1) !== state) job.heard.push(state);
  if (reason !== undefined) job.reasons.add(reason);
  if (isTerminal(state)) job.ended = state;
  // An answer that the master knows nothing (any more) does not bring it back to life.
  else if (state !== 'unknown') job.ended = undefined;
}

/** Whether there is nothing to be launched now, and in how many milliseconds there may be again. */
export function restMs(
  options: JobOptions,
  random: () => number,
  nowMs: number,
): number | undefined {
  const { closed, jobs } = options.ledger;
  if (!closed && jobs.size < jobCountBy(nowMs, options)) return undefined;
  return (closed ? 10_000 : 1000) * (1 + random());
}

/** What this life has not heard of and is not over. */
export function openJobsOf({ ledger, life }: JobOptions): readonly JobRecord[] {
  return [...ledger.jobs.values()].filter((job) => job.life < life && job.ended === undefined);
}

/** Of a group: shared by groups on an agent, or for this one alone. @returns undefined: no group */
function chooseExecutor(
  { ledger, groupProbability }: JobOptions,
  own: ExecutorInfo | undefined,
  random: () => number,
): ExecutorInfo | undefined {
  if (random() >= groupProbability) return undefined;
  if (own !== undefined) return own;
  const executorId = random() < 0.5 ? 'shared' : `own-${ledger.name}-${ledger.jobs.size}`;
  return defaultExecutor(executorId as ExecutorId, EXECUTOR_RESOURCES);
}

/** Up to four jobs that fit into the offer together, as far as there is work by now. */
function chooseJobs(
  offer: Offered,
  options: JobOptions,
  groupExecutor: ExecutorInfo | undefined,
  random: () => number,
  nowMs: number,
): JobRecord[] {
  const { ledger, shapes } = options;
  const jobCountNow = jobCountBy(nowMs, options);
  const chosen: JobRecord[] = [];
  const group: TaskId[] = [];
  let free = offer.resources;
  const executor = groupExecutor ?? CUSTOM_EXECUTORS[options.customExecutor];
  if (executor !== undefined && !offer.executorIds.includes(executor.executorId)) {
    if (!contains(free, EXECUTOR_RESOURCES)) return [];
    free = minus(free, EXECUTOR_RESOURCES);
  }
  for (let count = Math.floor(random() * 5); count > 0; count--) {
    const number = ledger.jobs.size + chosen.length;
    const resources = shapes[Math.floor(random() * shapes.length)];
    if (ledger.closed || number >= jobCountNow || resources === undefined) break;
    const wanted = fitting(free, resources, executor === undefined);
    if (wanted === undefined) continue;
    free = minus(free, wanted);
    const job = newJob(offer, wanted, options, chosen.length, random, nowMs);
    group.push(job.taskId);
    chosen.push(groupExecutor === undefined ? job : { ...job, group });
  }
  return chosen;
}

/** With processors that are offered a second time, where there are some. @returns undefined: there is no room */
function fitting(
  free: Resources,
  resources: Resources,
  mayBeTaken: boolean,
): Resources | undefined {
  const revocable = resources.map((one) =>
    one.name === 'cpus' ? { ...one, revocable: true as const } : one,
  );
  if (mayBeTaken && contains(free, revocable)) return revocable;
  return contains(free, resources) ? resources : undefined;
}

/** @param index among those that are chosen together */
function newJob(
  { agentId }: Offered,
  resources: Resources,
  options: JobOptions,
  index: number,
  random: () => number,
  nowMs: number,
): JobRecord {
  const { ledger, life, sleepMsMin, sleepMsMax, failProbability, customExecutor } = options;
  const sleepSeconds = (sleepMsMin + random() * (sleepMsMax - sleepMsMin)) / 1000;
  const exitCode = random() < failProbability ? 1 : 0;
  const deaf = random() < 0.1 ? "trap '' TERM; " : '';
  return {
    taskId: `${ledger.name}-${ledger.jobs.size + index}` as TaskId,
    agentId,
    resources,
    volume: undefined,
    // A custom executor gets a text and nothing else.
    wishes: customExecutor === 'none' ? chooseWishes(sleepSeconds * 1000, random) : {},
    script: `${deaf}sleep ${sleepSeconds.toFixed(3)}; exit ${exitCode}`,
    launchedMs: nowMs,
    group: undefined,
    life,
    heard: [],
    reasons: new Set(),
    ended: undefined,
  };
}

/** Most jobs have none. */
function chooseWishes(sleepMs: number, random: () => number): Wishes {
  const times = { delayMs: 200, intervalMs: 1000, timeoutMs: 500 };
  const kind = Math.floor(random() * 20);
  switch (kind) {
    case 0:
      return { uris: [{ value: '/shared', cache: true }, { value: 'http://files/own' }] };
    case 1:
      return { check: { type: 'command', command: command('exit 0', ''), ...times } };
    case 2:
    case 3:
      return {
        healthCheck: { type: 'tcp', port: 7, ...times, gracePeriodMs: 0, consecutiveFailures: 2 },
      };
    case 4:
      return { maxCompletionTimeMs: Math.max(1, sleepMs * random() * 2) };
    default:
      return {};
  }
}

/** Work comes in steadily from the first subscription on. */
function jobCountBy(nowMs: number, { ledger, jobCountMax, jobsPerSecond }: JobOptions): number {
  const openMs = nowMs - (ledger.openedMs ?? nowMs);
  return Math.min(jobCountMax, 5 + (jobsPerSecond * openMs) / 1000);
}
