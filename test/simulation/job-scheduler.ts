/**
 * A scheduler for simulations: launches short scripted tasks on whatever it is offered, some of them
 * in groups, kills a few, and writes down in a ledger what it launched and what it heard.
 *
 * The ledger stands for its disk: it outlives the scheduler's node. A task is written down before it
 * is launched, so that the next life knows what to ask for.
 */
import {
  defaultExecutor,
  defineScheduler,
  type SchedulerCalls,
} from '../../actors/framework/index.ts';
import type { FrameworkInfo } from '../../actors/protocol/framework.ts';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../actors/protocol/ids.ts';
import type { Offer } from '../../actors/protocol/offer.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import { contains, minus, type Resources } from '../../actors/protocol/resources.ts';
import {
  type CommandInfo,
  type ExecutorInfo,
  isTerminal,
  type TaskInfo,
  type TaskState,
} from '../../actors/protocol/task.ts';
import { TASK_VARIABLE } from '../kit/scripted-launcher.ts';

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
  /** All that it was launched with, itself included, when it was launched in a group. */
  readonly group: readonly TaskId[] | undefined;
  /** The life of the scheduler that launched it, or last heard of it. */
  life: number;
  /** Every state it heard of, in order, repetitions left out. */
  readonly heard: TaskState[];
  /** The last state, once it is terminal. */
  ended: TaskState | undefined;
}

export interface JobLedger {
  readonly name: string;
  frameworkId: FrameworkId | undefined;
  /** When it was subscribed for the first time. */
  openedMs: number | undefined;
  /** When it had an offer last. */
  offeredMs: number | undefined;
  /** Of its schedulers, the newest; the one before may still be there. */
  life: number;
  readonly jobs: Map<TaskId, JobRecord>;
  /** Why the master ended the framework for good, if it did. */
  over: string | undefined;
  /** From now on nothing is launched. */
  closed: boolean;
}

export function jobLedger(name: string): JobLedger {
  return {
    name,
    frameworkId: undefined,
    openedMs: undefined,
    offeredMs: undefined,
    life: 0,
    jobs: new Map(),
    over: undefined,
    closed: false,
  };
}

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
  /** Tasks run in an executor of the framework's own, one on each agent. */
  readonly customExecutor: boolean;
  /** Of what is launched on one offer, that it is launched as a group. */
  readonly groupProbability: number;
  /** How often jobs of former lives are asked for until they are heard of. */
  readonly askIntervalMs: number;
}

type Own =
  /** From ourselves: this one is not wanted any more. */
  | { readonly type: 'killDue'; readonly taskId: TaskId }
  /** From ourselves: time to ask for jobs of former lives. */
  | { readonly type: 'askDue' }
  /** From ourselves: there may be work again. */
  | { readonly type: 'moreDue' }
  /** From the simulation: everything is done, the framework ends. */
  | { readonly type: 'leave' };

interface JobState {
  asking: boolean;
}

export const jobScheduler = defineScheduler<JobOptions, JobState, Own>({
  name: 'jobs',
  info: ({ ledger, info }) => ({ name: ledger.name, user: 'simulation', ...info }),
  initialState: () => ({ asking: false }),
  on: {
    subscribed(state, { frameworkId }, driver, context) {
      const { ledger } = context.options;
      ledger.frameworkId = frameworkId;
      ledger.openedMs ??= context.nowMs();
      if (state.asking) return;
      state.asking = true;
      askForOldJobs(context.options, driver);
      context.sendSelfAfter(context.options.askIntervalMs, { type: 'askDue' });
    },

    offers(_state, { offers }, driver, context) {
      const { options } = context;
      options.ledger.offeredMs = context.nowMs();
      for (const offer of offers) {
        const executor = chooseExecutor(options, () => context.random());
        const chosen = chooseJobs(
          offer,
          options,
          executor,
          () => context.random(),
          context.nowMs(),
        );
        if (chosen.length === 0) continue;
        for (const job of chosen) {
          options.ledger.jobs.set(job.taskId, job);
          if (context.random() < options.killProbability) {
            const delayMs = context.random() * options.sleepMsMax;
            context.sendSelfAfter(delayMs, { type: 'killDue', taskId: job.taskId });
          }
        }
        const tasks = chosen.map(
          ({ taskId, resources, script, wishes: { uris = [], ...wishes } }) => ({
            taskId,
            name: taskId,
            resources,
            ...(options.customExecutor
              ? { data: script }
              : { command: { ...command(script, taskId), uris }, ...wishes }),
          }),
        );
        const filters = { refuseMs: 1000 };
        if (executor === undefined) {
          const own = options.customExecutor ? { executor: JOB_EXECUTOR } : {};
          const whole = tasks.map((task) => ({ ...task, ...own }));
          driver.launch(offer, whole, filters);
        } else {
          driver.launchGroup(offer, { executor, tasks }, filters);
        }
      }
      const { closed, jobs } = options.ledger;
      if (!closed && jobs.size < jobCountBy(context.nowMs(), options)) return;
      driver.suppress();
      const waitMs = closed ? 10_000 : 1000;
      context.sendSelfAfter(waitMs * (1 + context.random()), { type: 'moreDue' });
    },

    update(_state, { status }, _driver, context) {
      const { ledger, life } = context.options;
      const job = ledger.jobs.get(status.taskId);
      if (job === undefined) return;
      job.life = life;
      if (job.heard.at(-1) !== status.state) job.heard.push(status.state);
      if (isTerminal(status.state)) job.ended = status.state;
      // An answer that the master knows nothing (any more) does not bring it back to life.
      else if (status.state !== 'unknown') job.ended = undefined;
    },

    ended(_state, { message }, _driver, context) {
      const { ledger, life } = context.options;
      // Otherwise it is only that another one has taken over.
      if (ledger.life === life) ledger.over = message;
    },
  },

  handlers: {
    killDue(_state, { taskId }, driver, context) {
      if (context.options.ledger.jobs.get(taskId)?.ended === undefined) driver.kill(taskId);
    },

    askDue(_state, _message, driver, context) {
      askForOldJobs(context.options, driver);
      context.sendSelfAfter(context.options.askIntervalMs, { type: 'askDue' });
    },

    moreDue: (_state, _message, driver) => driver.revive(),

    leave(_state, message, driver, context) {
      if (driver.connected) driver.teardown();
      else context.sendSelfAfter(500, message);
    },
  },
});

export const EXECUTOR_TASK = 'executor';
export const EXECUTOR_RESOURCES = parseResources('cpus:0.1;mem:64;disk:8');

const JOB_EXECUTOR: ExecutorInfo = {
  executorId: 'jobs' as ExecutorId,
  type: 'custom',
  name: 'runs the jobs of simulations',
  command: command('program job-executor', EXECUTOR_TASK),
  resources: EXECUTOR_RESOURCES,
};

function command(value: string, task: string): CommandInfo {
  return {
    shell: true,
    value,
    arguments: [],
    environment: [{ name: TASK_VARIABLE, value: task }],
  };
}

/** What this life has not heard of and is not over. */
function askForOldJobs({ ledger, life }: JobOptions, driver: SchedulerCalls): void {
  const open = [...ledger.jobs.values()].filter(
    (job) => job.life < life && job.ended === undefined,
  );
  driver.reconcile(open.map(({ taskId, agentId }) => ({ taskId, agentId })));
}

/** Of a group: shared by groups on an agent, or for this one alone. @returns undefined: no group */
function chooseExecutor(
  { ledger, customExecutor, groupProbability }: JobOptions,
  random: () => number,
): ExecutorInfo | undefined {
  if (random() >= groupProbability) return undefined;
  if (customExecutor) return JOB_EXECUTOR;
  const executorId = random() < 0.5 ? 'shared' : `own-${ledger.name}-${ledger.jobs.size}`;
  return defaultExecutor(executorId as ExecutorId, EXECUTOR_RESOURCES);
}

/** Up to four jobs that fit into the offer together, as far as there is work by now. */
function chooseJobs(
  offer: Offer,
  options: JobOptions,
  groupExecutor: ExecutorInfo | undefined,
  random: () => number,
  nowMs: number,
): JobRecord[] {
  const { ledger, life, shapes } = options;
  const jobCountNow = jobCountBy(nowMs, options);
  const chosen: JobRecord[] = [];
  const group: TaskId[] = [];
  let free = offer.resources;
  const executor = groupExecutor ?? (options.customExecutor ? JOB_EXECUTOR : undefined);
  if (executor !== undefined && !offer.executorIds.includes(executor.executorId)) {
    if (!contains(free, EXECUTOR_RESOURCES)) return [];
    free = minus(free, EXECUTOR_RESOURCES);
  }
  for (let count = Math.floor(random() * 5); count > 0; count--) {
    const number = ledger.jobs.size + chosen.length;
    const resources = shapes[Math.floor(random() * shapes.length)];
    if (ledger.closed || number >= jobCountNow || resources === undefined) break;
    if (!contains(free, resources)) continue;
    free = minus(free, resources);
    const { sleepMsMin, sleepMsMax, failProbability } = options;
    const sleepSeconds = (sleepMsMin + random() * (sleepMsMax - sleepMsMin)) / 1000;
    const exitCode = random() < failProbability ? 1 : 0;
    const deaf = random() < 0.1 ? "trap '' TERM; " : '';
    const taskId = `${ledger.name}-${number}` as TaskId;
    group.push(taskId);
    chosen.push({
      taskId,
      agentId: offer.agentId,
      resources,
      wishes: chooseWishes(sleepSeconds * 1000, random),
      script: `${deaf}sleep ${sleepSeconds.toFixed(3)}; exit ${exitCode}`,
      launchedMs: nowMs,
      group: groupExecutor === undefined ? undefined : group,
      life,
      heard: [],
      ended: undefined,
    });
  }
  return chosen;
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
