/**
 * A job: so many copies of one command, and what became of each. Pure.
 *
 *     waiting ──launched──▶ active ──▶ finished | failed | killed
 *        ▲                    └──lost──▶ (again, as another task) waiting
 *        └─────────────────────────────────┘   or, when it was lost too often, lost
 *
 * Only what is lost is tried again, also what was killed because its agent drains or its resources were
 * taken back; what failed by itself would fail again. A try that was given up and turns
 * out to be alive is killed, so that a copy runs once; if it had finished already, that counts.
 */
import { ID_LENGTH_MAX, idFault, type TaskId } from '../../protocol/ids.ts';
import type { Resources } from '../../protocol/resources.ts';
import type { CommandInfo, TaskInfo, TaskState, TaskStatus } from '../../protocol/task.ts';
import { launchFault } from '../launch-limits.ts';
import { LIVE_TASK_COUNT_MAX } from '../task-book.ts';

export interface BatchJob {
  /** Of the framework; tasks are called `name-<run>-<index>`. */
  readonly name: string;
  readonly command: CommandInfo;
  /** Copies. Each finds its number, from 0, in `MESSOR_COPY_INDEX`, and this in `MESSOR_COPY_COUNT`. */
  readonly count: number;
  /** Of each copy. */
  readonly resources: Resources;
  /** Default `*`. */
  readonly role?: string;
  /** Whose rights it asks for. Default `nobody`. */
  readonly user?: string;
  /** How often a lost copy is started again. Default 10. */
  readonly retryCountMax?: number;
  /** From SIGTERM to SIGKILL when a copy is killed. Default: the agent's. */
  readonly killGracePeriodMs?: number;
  /** How long copies live on without us. Default 10 000. */
  readonly failoverTimeoutMs?: number;
}

/** Copies of one job; more are refused. */
export const COPY_COUNT_MAX = LIVE_TASK_COUNT_MAX;
/** Room for what is added to the name to make ids of tasks. */
const NAME_LENGTH_MAX = ID_LENGTH_MAX - 40;
const RETRY_COUNT_DEFAULT = 10;

/** @returns what is wrong with the job, as a sentence, or undefined */
export function jobFault({ name, count, resources, command }: BatchJob): string | undefined {
  if (command.value.trim() === '') {
    return 'Cannot run an empty command: name a program, as in echo hello';
  }
  const fault = idFault(name);
  if (fault !== undefined) return `Cannot run a job called "${name}": ${fault}`;
  if (name.length > NAME_LENGTH_MAX) {
    return `Cannot run a job with a name of ${name.length} characters: at most ${NAME_LENGTH_MAX} are allowed`;
  }
  if (!Number.isSafeInteger(count) || count < 1 || count > COPY_COUNT_MAX) {
    return `Cannot run ${count} copies: give a whole number from 1 to ${COPY_COUNT_MAX}`;
  }
  if (resources.length === 0) {
    return 'Cannot run copies that need no resources: ask for some, as in cpus:0.1;mem:32';
  }
  const unsound = launchFault({ ...ANY_TASK, resources, command });
  return unsound === undefined ? undefined : `Cannot run the command: ${unsound}`;
}

/** What all tasks have besides. */
const ANY_TASK = { taskId: '-' as TaskId, name: '-', agentId: '-' as TaskInfo['agentId'] };

export type Verdict = 'finished' | 'failed' | 'lost' | 'killed';

/** How many copies are where; together all of them. */
export interface BatchCounts {
  readonly waiting: number;
  /** Launched, not running yet. */
  readonly launched: number;
  readonly running: number;
  readonly finished: number;
  readonly failed: number;
  readonly killed: number;
  /** Lost too often. */
  readonly lost: number;
}

type CopyPhase = keyof BatchCounts;

interface Copy {
  readonly index: number;
  phase: CopyPhase;
  /** Of the newest try; undefined before the first. */
  taskId: TaskId | undefined;
  /** Tries that were lost. */
  lostCount: number;
}

export interface JobState {
  readonly run: string;
  readonly copies: readonly Copy[];
  readonly copyOf: Map<TaskId, Copy>;
  readonly waiting: Set<number>;
  readonly counts: { -readonly [Phase in CopyPhase]: number };
  readonly retryCountMax: number;
  readonly prefix: string;
  killing: boolean;
}

/** @param run tells the tasks of this run from those of all others */
export function startJob(job: BatchJob, run: string): JobState {
  const copies = Array.from({ length: job.count }, (_, index): Copy => {
    return { index, phase: 'waiting', taskId: undefined, lostCount: 0 };
  });
  return {
    run,
    copies,
    copyOf: new Map(),
    waiting: new Set(copies.keys()),
    counts: {
      waiting: job.count,
      launched: 0,
      running: 0,
      finished: 0,
      failed: 0,
      killed: 0,
      lost: 0,
    },
    retryCountMax: job.retryCountMax ?? RETRY_COUNT_DEFAULT,
    prefix: `${job.name}-${run}`,
    killing: false,
  };
}

/** The copy leaves the queue as a new task. */
export function launchCopy(job: JobState, index: number): TaskId {
  const copy = job.copies[index];
  if (copy === undefined) throw new RangeError(`Cannot launch copy ${index}: there is none`);
  const again = copy.lostCount === 0 ? '' : `-again${copy.lostCount}`;
  const taskId = `${job.prefix}-${index}${again}` as TaskId;
  copy.taskId = taskId;
  job.copyOf.set(taskId, copy);
  move(job, copy, 'launched');
  return taskId;
}

export interface UpdateOutcome {
  /** The copy that the update was about, when that changed anything. */
  readonly changedIndex?: number;
  /** A task that is not wanted any more. */
  readonly kill?: TaskId;
}

/** Draws the consequences of an update, whatever came before it. */
export function noteStatus(job: JobState, status: TaskStatus): UpdateOutcome {
  const { taskId } = status;
  const copy = job.copyOf.get(taskId);
  const fate = fateOf(status);
  // A task that somebody before us left behind, or one that we gave up: it is not to run.
  if (copy === undefined) return isAlive(fate) ? { kill: taskId } : {};
  if (isOver(copy.phase)) return noteAfterEnd(job, copy, taskId, fate);
  if (copy.taskId !== taskId || copy.phase === 'waiting')
    return noteGivenUp(job, copy, taskId, fate);

  const before = copy.phase;
  if (fate === 'lost') lose(job, copy);
  else move(job, copy, fate);
  return copy.phase === before ? {} : { changedIndex: copy.index };
}

/** No copy is to be started any more. @returns the tasks that are to be killed */
export function killJob(job: JobState): readonly TaskId[] {
  job.killing = true;
  for (const index of [...job.waiting]) {
    const copy = job.copies[index];
    if (copy !== undefined) move(job, copy, 'killed');
  }
  return job.copies.flatMap(({ phase, taskId }) =>
    isOver(phase) || taskId === undefined ? [] : [taskId],
  );
}

/** @returns undefined while any copy is not over */
export function verdictOf({ counts }: JobState): Verdict | undefined {
  if (counts.waiting + counts.launched + counts.running > 0) return undefined;
  if (counts.failed > 0) return 'failed';
  if (counts.lost > 0) return 'lost';
  return counts.killed > 0 ? 'killed' : 'finished';
}

/** Who killed it to have the agent, or what it used, for something else did not mean the job. */
function fateOf({ state, reason }: TaskStatus): Exclude<CopyPhase, 'waiting'> {
  const isEvicted = reason === 'agentDraining' || reason === 'containerPreempted';
  return isEvicted && (state === 'killed' || state === 'failed') ? 'lost' : FATES[state];
}

/** What a state means for a try. `unreachable`: it may come back, but nobody waits for that. */
const FATES: Readonly<Record<TaskState, Exclude<CopyPhase, 'waiting'>>> = {
  staging: 'launched',
  starting: 'launched',
  running: 'running',
  killing: 'running',
  finished: 'finished',
  failed: 'failed',
  error: 'failed',
  killed: 'killed',
  lost: 'lost',
  dropped: 'lost',
  unreachable: 'lost',
  gone: 'lost',
  goneByOperator: 'lost',
  unknown: 'lost',
};

/** An update after the copy's end: the end stands, unless it was only the end of our patience. */
function noteAfterEnd(job: JobState, copy: Copy, taskId: TaskId, fate: CopyPhase): UpdateOutcome {
  if (copy.phase === 'lost' && fate === 'finished') {
    move(job, copy, 'finished');
    return { changedIndex: copy.index };
  }
  const stale = copy.taskId === taskId && copy.phase !== 'lost' && copy.phase !== 'killed';
  return isAlive(fate) && !stale ? { kill: taskId } : {};
}

/** An update of a try after which another was, or is to be, started. */
function noteGivenUp(job: JobState, copy: Copy, taskId: TaskId, fate: CopyPhase): UpdateOutcome {
  if (fate === 'finished') {
    const newer = copy.phase !== 'waiting' ? copy.taskId : undefined;
    move(job, copy, 'finished');
    return { changedIndex: copy.index, ...(newer === undefined ? {} : { kill: newer }) };
  }
  return isAlive(fate) ? { kill: taskId } : {};
}

function lose(job: JobState, copy: Copy): void {
  copy.lostCount += 1;
  if (job.killing) move(job, copy, 'killed');
  else move(job, copy, copy.lostCount > job.retryCountMax ? 'lost' : 'waiting');
}

function move(job: JobState, copy: Copy, phase: CopyPhase): void {
  job.counts[copy.phase] -= 1;
  job.counts[phase] += 1;
  copy.phase = phase;
  if (phase === 'waiting') job.waiting.add(copy.index);
  else job.waiting.delete(copy.index);
}

function isAlive(phase: CopyPhase): boolean {
  return phase === 'launched' || phase === 'running';
}

function isOver(phase: CopyPhase): boolean {
  return phase !== 'waiting' && !isAlive(phase);
}
