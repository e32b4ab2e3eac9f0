/**
 * Records of tasks: how they come and go, and what is said about them.
 *
 *     staging ──▶ starting ──▶ running ──▶ killing ──▶ terminal ──acknowledged──▶ completed
 *        └────────────┴───────────┴─agent unreachable──▶ unreachable ──agent back──▶ as reported
 *
 * A record has two states. `task.state` is the newest one the agent knows: it decides about the
 * resources, and once terminal it never changes. `task.updateState` is the last one that was
 * forwarded to the scheduler, which may lag behind: it decides about acknowledgement and
 * reconciliation. Source: Mesos 1.11, src/master/master.cpp, Master::updateTask, removeTask.
 */
import type { AgentId, FrameworkId, TaskId, UpdateId } from '../protocol/ids.ts';
import type { StatusUpdate, Task, TaskReason, TaskState, TaskStatus } from '../protocol/task.ts';
import { holdsResources, isTerminal } from '../protocol/task.ts';
import { countEvent } from './counters.ts';
import { checkDrained } from './drains.ts';
import { giveBack, holdForTask, releaseTask } from './ledger.ts';
import type { MasterContext } from './messages.ts';
import { noteTaskStatus } from './reads.ts';
import {
  type AgentRecord,
  deleteNested,
  type FrameworkRecord,
  type MasterState,
  remember,
  setNested,
  type TaskRecord,
} from './state.ts';

/** Statuses that are kept of one task; the youngest stay. */
const STATUS_COUNT_MAX = 20;

/**
 * Books a task. When the framework has the id on another agent already (it launched it again while
 * this agent was away), the new record is known to its agent only: the older one keeps the id.
 */
export function addTask(agent: AgentRecord, framework: FrameworkRecord, record: TaskRecord): void {
  const { frameworkId, taskId, state } = record.task;
  setNested(agent.tasks, frameworkId, taskId, record);
  if (!framework.tasks.has(taskId)) framework.tasks.set(taskId, record);
  framework.agentIds.add(agent.agentId);
  if (state === 'staging') agent.unconfirmed.add(record);
  if (holdsResources(state)) holdForTask(agent, framework, record);
}

/** Its agent says something newer about it; what it doesn't need any more is given back. */
export function changeTaskState(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
  taskState: TaskState,
  context: MasterContext,
): void {
  agent.unconfirmed.delete(record);
  if (isTerminal(record.task.state) || record.task.state === taskState) return;
  record.task = { ...record.task, state: taskState };
  if (holdsResources(taskState)) return;
  giveBackTask(state, agent, framework, record, context);
}

/**
 * Remembers what was said, and what follows from it. Of several in a row with one state only the last
 * is kept. One copy of the task for all: this is done for each update that comes.
 */
export function noteStatus(
  record: TaskRecord,
  status: TaskStatus,
  { updateId, ...states }: NotedStates,
): void {
  const { task } = record;
  const statuses = statusesWith(task.statuses, status);
  if (updateId !== undefined) {
    record.task = { ...task, ...states, statuses, updateId };
    return;
  }
  const { updateId: _before, ...rest } = task;
  record.task = { ...rest, ...states, statuses };
}

interface NotedStates extends Partial<Pick<Task, 'state'>> {
  readonly updateState: TaskState;
  /** None: nobody is to acknowledge it. */
  readonly updateId: UpdateId | undefined;
}

function statusesWith(statuses: readonly TaskStatus[], status: TaskStatus): readonly TaskStatus[] {
  const kept = status.data === undefined ? status : withoutData(status);
  const last = statuses.at(-1);
  if (last === undefined) return [kept];
  if (last.state === kept.state) return [...statuses.slice(0, -1), kept];
  const from = statuses.length < STATUS_COUNT_MAX ? 0 : statuses.length - STATUS_COUNT_MAX + 1;
  return [...(from === 0 ? statuses : statuses.slice(from)), kept];
}

function withoutData({ data: _data, ...kept }: TaskStatus): TaskStatus {
  return kept;
}

/** Gives back what the task still holds, and forgets it but for the list of completed ones. */
export function completeTask(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
  context: MasterContext,
): void {
  giveBackTask(state, agent, framework, record, context);
  const known = unlistTask(agent, framework, record);
  if (known) rememberCompleted(framework, record, context);
  checkDrained(state, agent, context);
}

/**
 * Takes the task off agent and framework.
 * @returns false when the framework knows another one by this id
 */
export function unlistTask(
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
): boolean {
  const { frameworkId, taskId } = record.task;
  deleteNested(agent.tasks, frameworkId, taskId);
  agent.unconfirmed.delete(record);
  agent.pendingKills.delete(record);
  if (framework.tasks.get(taskId) !== record) return false;
  framework.tasks.delete(taskId);
  return true;
}

export function rememberCompleted(
  framework: FrameworkRecord,
  record: TaskRecord,
  context: MasterContext,
): void {
  const { completedTaskCountMax } = context.options.settings;
  remember(framework.completedTasks, record.task.taskId, record, completedTaskCountMax);
}

/** Schedulers that are away miss it: agents send theirs again, the master's own are lost. */
export function forwardUpdate(
  framework: FrameworkRecord,
  update: StatusUpdate,
  context: MasterContext,
): void {
  if (framework.status !== 'active' || framework.scheduler === undefined) return;
  context.send(framework.scheduler, { type: 'taskUpdated', update });
  countEvent(framework.frameworkId, 'UPDATE', context);
}

interface Said {
  readonly taskId: TaskId;
  readonly agentId?: AgentId;
  readonly state: TaskState;
  readonly reason: TaskReason;
  readonly message: string;
  readonly unreachableTimeMs?: number;
}

/** What the master says by itself: without an id, so nobody acknowledges it. */
export function masterUpdate(
  frameworkId: FrameworkId,
  said: Said,
  context: MasterContext,
): StatusUpdate {
  return {
    frameworkId,
    status: { ...said, source: 'master', timestampMs: context.nowMs() },
  };
}

/**
 * The agent's own updates won't come any more. Of a task that had ended already the scheduler may
 * not have heard: it is told how it ended.
 */
export function tellLast(
  framework: FrameworkRecord,
  record: TaskRecord,
  last: {
    readonly state: TaskState;
    readonly reason?: TaskReason;
    readonly message: string;
    readonly unreachableTimeMs?: number;
  },
  context: MasterContext,
): void {
  const { taskId, frameworkId, agentId } = record.task;
  const said = { taskId, agentId, reason: 'agentRemoved', ...last } as const;
  const update = masterUpdate(frameworkId, said, context);
  const { task: before } = record;
  const { state } = last;
  noteStatus(record, update.status, { state, updateState: state, updateId: undefined });
  noteTaskStatus({ task: before }, record, update.status, context);
  forwardUpdate(framework, update, context);
}

/** The last word about a task, as it is answered to whoever asks for it. */
export function currentState(task: Task): TaskState {
  return task.updateState ?? task.state;
}

function giveBackTask(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
  context: MasterContext,
): void {
  const { frameworkId, agentId } = record.task;
  const resources = releaseTask(agent, framework, record);
  giveBack(state, { frameworkId, role: record.role, agentId, resources }, context);
}
