/**
 * The batch framework: runs copies of one command to their end and tells whoever asked for them.
 * It is what stands behind `messor run`, and an ordinary scheduler like anybody's.
 *
 *     offers ──▶ launch waiting copies ──▶ updates ──▶ (lost: wait again) ──▶ verdict, teardown
 *
 * While no copy waits it wants no offers. See job.ts for what becomes of a copy.
 */
import type { Address, Context } from '../../../runtime/actor.ts';
import { type AgentId, type FrameworkId, ID_LENGTH_MAX, type TaskId } from '../../protocol/ids.ts';
import type { Filters, Offer } from '../../protocol/offer.ts';
import type { Resources } from '../../protocol/resources.ts';
import type { CommandInfo, TaskStatus } from '../../protocol/task.ts';
import { LAUNCH_WEIGHT_MAX, launchWeight } from '../launch-limits.ts';
import { type Demand, matchTasks } from '../matching.ts';
import { defineScheduler } from '../scheduler.ts';
import type { SchedulerCalls } from '../scheduler-logic.ts';
import {
  type BatchCounts,
  type BatchJob,
  type JobState,
  jobFault,
  killJob,
  launchCopy,
  noteStatus,
  startJob,
  type Verdict,
  verdictOf,
} from './job.ts';

/**
 * Copies launched in answer to one message of offers, so that no turn of the master takes long; more
 * follow with the next, which comes at once because what is left over is not refused.
 */
export const LAUNCH_COUNT_MAX = 500;
/** How long agents without room for a copy are left alone; when something ends there, they offer anew. */
const REFUSE_MS = 5000;

export type BatchCommand =
  /** From whoever runs it: kill what runs, start nothing more; it ends when all have ended. */
  | { readonly type: 'killBatch' }
  /** From whoever runs it: end at once, without waiting for what becomes of the copies. */
  | { readonly type: 'abandonBatch' };

/** What whoever runs it hears, in order. */
export type BatchEvent =
  | { readonly type: 'batchSubscribed'; readonly frameworkId: FrameworkId; readonly again: boolean }
  | { readonly type: 'batchDisconnected'; readonly reason: string }
  | {
      readonly type: 'batchLaunched';
      readonly tasks: readonly BatchLaunch[];
      readonly counts: BatchCounts;
    }
  /** Something new about a copy; `again`: it was lost and will be started again. */
  | {
      readonly type: 'batchUpdated';
      readonly index: number;
      readonly status: TaskStatus;
      readonly again: boolean;
      readonly counts: BatchCounts;
    }
  /** Copies wait, none is active, and none fits into what was offered just now. */
  | {
      readonly type: 'batchStarved';
      readonly needed: Resources;
      readonly offered: readonly { readonly hostname: string; readonly resources: Resources }[];
    }
  /** The last one. `refused`: the master ended it, and `message` says why. */
  | {
      readonly type: 'batchEnded';
      readonly verdict: Verdict | 'refused';
      readonly counts: BatchCounts;
      readonly message?: string;
    };

export interface BatchLaunch {
  readonly taskId: TaskId;
  readonly index: number;
  readonly agentId: AgentId;
  readonly hostname: string;
}

export interface BatchOptions {
  /** Looked at with `jobFault` before. */
  readonly job: BatchJob;
  readonly reportTo: Address<BatchEvent>;
}

interface BatchState {
  /** Undefined until the first subscription. */
  job: JobState | undefined;
  wantsOffers: boolean;
}

type BatchContext = Context<BatchOptions, BatchCommand>;

interface CopyDemand extends Demand {
  readonly index: number;
}

/** Spawn it with a job, `masters`, and whom to tell (`reportTo`); it stops after `batchEnded`. */
export const batch = defineScheduler<BatchOptions, BatchState, BatchCommand>({
  name: 'batch',
  info: ({ job }) => ({
    name: job.name,
    user: job.user ?? 'nobody',
    roles: [job.role ?? '*'],
    failoverTimeoutMs: job.failoverTimeoutMs ?? 10_000,
    capabilities: ['partitionAware', 'taskKillingState'],
  }),
  initialState: ({ job }) => {
    const fault = jobFault(job);
    if (fault !== undefined) throw new Error(fault);
    return { job: undefined, wantsOffers: true };
  },
  on: {
    subscribed(state, { frameworkId, again }, _driver, context) {
      jobOf(state, context);
      context.send(context.options.reportTo, { type: 'batchSubscribed', frameworkId, again });
    },

    disconnected(_state, { reason }, _driver, context) {
      context.send(context.options.reportTo, { type: 'batchDisconnected', reason });
    },

    offers(state, { offers }, driver, context) {
      const job = jobOf(state, context);
      if (job.waiting.size > 0) launchWaiting(job, offers, driver, context);
      balanceDemand(state, job, driver);
    },

    update(state, { status }, driver, context) {
      const job = jobOf(state, context);
      const { changedIndex, kill } = noteStatus(job, status);
      if (kill !== undefined) driver.kill(kill);
      if (changedIndex !== undefined) {
        context.send(context.options.reportTo, {
          type: 'batchUpdated',
          index: changedIndex,
          status,
          again: job.waiting.has(changedIndex),
          counts: { ...job.counts },
        });
      }
      balanceDemand(state, job, driver);
      endIfOver(job, driver, context);
    },

    ended(state, { message }, _driver, context) {
      const { counts } = jobOf(state, context);
      context.send(context.options.reportTo, {
        type: 'batchEnded',
        verdict: 'refused',
        counts: { ...counts },
        message,
      });
    },
  },
  handlers: {
    killBatch(state, _command, driver, context) {
      const job = jobOf(state, context);
      for (const taskId of killJob(job)) {
        driver.kill(taskId, context.options.job.killGracePeriodMs);
      }
      balanceDemand(state, job, driver);
      endIfOver(job, driver, context);
    },

    abandonBatch(state, _command, driver, context) {
      const job = jobOf(state, context);
      killJob(job);
      end('killed', job, driver, context);
    },
  },
});

/** The run's name is drawn at the first use: options alone can't tell two runs apart. */
function jobOf(state: BatchState, context: BatchContext): JobState {
  state.job ??= startJob(context.options.job, context.uuid().slice(0, 8));
  return state.job;
}

function launchWaiting(
  job: JobState,
  offers: readonly Offer[],
  driver: SchedulerCalls,
  context: BatchContext,
): void {
  const { resources } = context.options.job;
  const countMax = launchCountMax(context.options.job);
  const demands: CopyDemand[] = [];
  for (const index of job.waiting) {
    if (demands.length >= countMax) break;
    demands.push({ index, resources });
  }
  const { launches, unusedOffers, unplacedTasks } = matchTasks(offers, demands, 'spread');
  // What is left over has room for more, or not.
  const more = unplacedTasks.length === 0 && job.waiting.size > demands.length;
  const filters: Filters = { refuseMs: more ? 0 : REFUSE_MS };
  driver.decline(unusedOffers, filters);
  const launched: BatchLaunch[] = [];
  for (const { offers: used, placed } of launches) {
    const [offer] = used;
    if (offer === undefined) continue;
    const tasks = placed.map(({ task: { index }, resources: given }) => {
      const taskId = launchCopy(job, index);
      launched.push({ taskId, index, agentId: offer.agentId, hostname: offer.hostname });
      return { ...copyTask(context.options.job, taskId, index), resources: given };
    });
    driver.launch(used, tasks, filters);
  }
  const { reportTo } = context.options;
  if (launched.length > 0) {
    context.send(reportTo, { type: 'batchLaunched', tasks: launched, counts: { ...job.counts } });
  } else if (job.counts.launched + job.counts.running === 0) {
    context.send(reportTo, {
      type: 'batchStarved',
      needed: resources,
      offered: offers.map(({ hostname, resources: offered }) => ({ hostname, resources: offered })),
    });
  }
}

/** One always goes: `jobFault` has looked at it. */
function launchCountMax(job: BatchJob): number {
  const one = copyTask(job, 'x'.repeat(ID_LENGTH_MAX) as TaskId, job.count);
  const fitting = Math.floor(LAUNCH_WEIGHT_MAX / launchWeight({ ...one, agentId: one.taskId }));
  return Math.max(1, Math.min(LAUNCH_COUNT_MAX, fitting));
}

function copyTask(job: BatchJob, taskId: TaskId, index: number) {
  const command: CommandInfo = {
    ...job.command,
    environment: [
      ...job.command.environment,
      { name: 'MESSOR_COPY_INDEX', value: String(index) },
      { name: 'MESSOR_COPY_COUNT', value: String(job.count) },
    ],
  };
  const grace =
    job.killGracePeriodMs === undefined ? {} : { killGracePeriodMs: job.killGracePeriodMs };
  return { taskId, name: `${job.name}-${index}`, resources: job.resources, command, ...grace };
}

/** Offers are wanted exactly while copies wait. */
function balanceDemand(state: BatchState, job: JobState, driver: SchedulerCalls): void {
  const wantsOffers = job.waiting.size > 0;
  if (wantsOffers === state.wantsOffers) return;
  state.wantsOffers = wantsOffers;
  if (wantsOffers) driver.revive();
  else driver.suppress();
}

function endIfOver(job: JobState, driver: SchedulerCalls, context: BatchContext): void {
  const verdict = verdictOf(job);
  if (verdict !== undefined) end(verdict, job, driver, context);
}

function end(verdict: Verdict, job: JobState, driver: SchedulerCalls, context: BatchContext): void {
  context.send(context.options.reportTo, {
    type: 'batchEnded',
    verdict,
    counts: { ...job.counts },
  });
  driver.teardown();
}
