/**
 * The task book: what a scheduler driver remembers of each task, so that it can tell news from
 * repetitions and knows whom to ask about.
 *
 *     (none) ──launched──▶ live ──terminal update──▶ ended ──(oldest first)──▶ forgotten
 *                            ▲                          │
 *                            └──── it lives after all ──┘  (an agent came back from a partition)
 *
 * Pure: times come in, dues come out. Source: Mesos 1.11, docs/reconciliation.md, the algorithm.
 */
import { type BackoffLimits, jitteredBackoffMs } from '../../runtime/backoff.ts';
import type { AgentId, TaskId, UpdateId } from '../protocol/ids.ts';
import { isTerminal, type StatusUpdate, type TaskState } from '../protocol/task.ts';

/** Live tasks that are remembered; further launches are refused. */
export const LIVE_TASK_COUNT_MAX = 100_000;
/** Ended tasks that are remembered, only to know their updates again; then the oldest is forgotten. */
export const ENDED_TASK_COUNT_MAX = 10_000;
/** Ids of updates remembered for each task; an agent repeats only the newest. */
const UPDATE_ID_COUNT_MAX = 8;

/** One thing that is repeated until answered: when next, and how often it was done. */
interface Repetition {
  readonly dueMs: number;
  readonly count: number;
}

export interface TaskRecord {
  readonly taskId: TaskId;
  agentId: AgentId | undefined;
  state: TaskState;
  /** Oldest first. */
  readonly updates: { readonly id: UpdateId; acknowledged: boolean }[];
  /** Set while the master is to be asked what became of it. */
  ask: Repetition | undefined;
  /** The scheduler asked by itself: even an answer that is no news is for it. */
  askedByLogic: boolean;
  /** Set from the wish to kill it until it has ended. */
  kill: (Repetition & { readonly killGracePeriodMs: number | undefined }) | undefined;
}

export interface TaskBook {
  readonly live: Map<TaskId, TaskRecord>;
  readonly ended: Map<TaskId, TaskRecord>;
}

export function emptyTaskBook(): TaskBook {
  return { live: new Map(), ended: new Map() };
}

export function findTask(book: TaskBook, taskId: TaskId): TaskRecord | undefined {
  return book.live.get(taskId) ?? book.ended.get(taskId);
}

/** @returns false when there is no room */
export function noteLaunch(
  book: TaskBook,
  taskId: TaskId,
  agentId: AgentId,
  askDueMs: number,
): boolean {
  if (book.live.size >= LIVE_TASK_COUNT_MAX) return false;
  book.ended.delete(taskId);
  book.live.set(taskId, newRecord(taskId, agentId, 'staging', { dueMs: askDueMs, count: 0 }));
  return true;
}

/**
 * `news`: to be shown. `repeated`: seen before, by its id. `known`: an answer to a question of ours
 * that tells nothing new.
 */
export type UpdateKind = 'news' | 'repeated' | 'known';

/** Writes down what an update says. A task nobody knows is remembered while there is room. */
export function noteUpdate(
  book: TaskBook,
  { id, status }: Pick<StatusUpdate, 'id' | 'status'>,
): UpdateKind {
  const { taskId, agentId, state } = status;
  const found = findTask(book, taskId);
  const record = found ?? newRecord(taskId, agentId, state, undefined);
  record.ask = undefined;
  if (id !== undefined && record.updates.some((update) => update.id === id)) return 'repeated';

  const asked = record.askedByLogic;
  record.askedByLogic = false;
  if (found !== undefined && id === undefined && found.state === state && !asked) return 'known';

  // That the master has forgotten what is over is no sign of life.
  if (state === 'unknown' && isTerminal(record.state)) return asked ? 'news' : 'known';

  record.state = state;
  record.agentId = agentId ?? record.agentId;
  if (id !== undefined) {
    record.updates.push({ id, acknowledged: false });
    if (record.updates.length > UPDATE_ID_COUNT_MAX) record.updates.shift();
  }
  if (isTerminal(state)) end(book, record);
  else revive(book, record);
  return 'news';
}

/** Whether the acknowledgement is one that should be sent: the update is known. */
export function noteAcknowledgement(book: TaskBook, taskId: TaskId, updateId: UpdateId): void {
  const update = findTask(book, taskId)?.updates.find(({ id }) => id === updateId);
  if (update !== undefined) update.acknowledged = true;
}

export function isAcknowledged(book: TaskBook, taskId: TaskId, updateId: UpdateId): boolean {
  return findTask(book, taskId)?.updates.find(({ id }) => id === updateId)?.acknowledged ?? false;
}

/** Every live task is to be asked about, now. */
export function askForAll(book: TaskBook, nowMs: number): void {
  for (const record of book.live.values()) record.ask = { dueMs: nowMs, count: 0 };
}

/** The live tasks of this agent are to be asked about. */
export function askForAgent(book: TaskBook, agentId: AgentId, dueMs: number): void {
  for (const record of book.live.values()) {
    if (record.agentId === agentId) record.ask ??= { dueMs, count: 0 };
  }
}

/** What is due now; each of them is due again, later, unless something is heard of it. */
export function takeDue(
  book: TaskBook,
  nowMs: number,
  backoff: BackoffLimits,
  random: () => number,
): { readonly ask: TaskRecord[]; readonly kill: TaskRecord[] } {
  const ask: TaskRecord[] = [];
  const kill: TaskRecord[] = [];
  const later = ({ count }: Repetition): Repetition => ({
    dueMs: nowMs + jitteredBackoffMs(count, backoff, random),
    count: count + 1,
  });
  for (const record of book.live.values()) {
    if (record.kill !== undefined && record.kill.dueMs <= nowMs) {
      kill.push(record);
      record.kill = { ...later(record.kill), killGracePeriodMs: record.kill.killGracePeriodMs };
    }
    if (record.ask !== undefined && record.ask.dueMs <= nowMs) {
      ask.push(record);
      record.ask = later(record.ask);
    }
  }
  return { ask, kill };
}

function newRecord(
  taskId: TaskId,
  agentId: AgentId | undefined,
  state: TaskState,
  ask: Repetition | undefined,
): TaskRecord {
  return { taskId, agentId, state, updates: [], ask, askedByLogic: false, kill: undefined };
}

function end(book: TaskBook, record: TaskRecord): void {
  book.live.delete(record.taskId);
  book.ended.delete(record.taskId);
  record.kill = undefined;
  book.ended.set(record.taskId, record);
  if (book.ended.size <= ENDED_TASK_COUNT_MAX) return;
  for (const oldest of book.ended.keys()) {
    book.ended.delete(oldest);
    break;
  }
}

function revive(book: TaskBook, record: TaskRecord): void {
  if (book.live.has(record.taskId)) return;
  if (book.live.size >= LIVE_TASK_COUNT_MAX) return;
  book.ended.delete(record.taskId);
  book.live.set(record.taskId, record);
}
