/**
 * What a row of checkpoint records amounts to, and the shortest row that amounts to the same. Pure.
 *
 * The same rules hold here as in the agent's own tables: a built-in executor is over with its last
 * task, a task with the acknowledgement of its terminal update. With one of a group that did not
 * finish the others of it are to end.
 */
import { assert } from '../../../runtime/assert.ts';
import type { AgentInfo } from '../../protocol/agent.ts';
import type { FrameworkInfo } from '../../protocol/framework.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  TaskId,
  UpdateId,
} from '../../protocol/ids.ts';
import { isTerminal, type TaskInfo, type TaskState, type TaskStatus } from '../../protocol/task.ts';
import { typeDescribed } from '../executor-kinds.ts';
import { type CustomExecutor, type Drain, RECEIVED_IDS_MAX, STATUSES_KEPT_MAX } from '../state.ts';
import type { ReportedUpdate } from '../status-updates.ts';
import type { CheckpointRecord, FrameworkRecord } from './records.ts';

export interface KeptTask {
  readonly info: TaskInfo;
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
  readonly role: string | undefined;
  readonly group: readonly TaskId[] | undefined;
  waits: boolean;
  /** Somebody asked for its end. */
  killed: boolean;
  readonly statuses: TaskStatus[];
  /** Not acknowledged, oldest first. */
  readonly pending: ReportedUpdate[];
  /** Of the updates that its executor sent. */
  readonly receivedIds: UpdateId[];
}

export interface KeptExecutor {
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
  readonly custom: CustomExecutor | undefined;
  ending: boolean;
}

export interface KeptFramework {
  readonly frameworkId: FrameworkId;
  info: FrameworkInfo;
  readonly executors: Map<ExecutorId, KeptExecutor>;
  readonly tasks: Map<TaskId, KeptTask>;
}

export interface KeptAgent {
  readonly agentId: AgentId;
  info: AgentInfo;
  /** Of the machine's life in which this was written last. */
  bootId: string;
  drain?: Drain | undefined;
  readonly frameworks: Map<FrameworkId, KeptFramework>;
}

/** Of one task; what is over it was not taken by the status updates actor either. */
const PENDING_KEPT_MAX = 1000;

/** @returns what is kept then; `kept` itself is changed, and undefined only before the first record */
export function keep(kept: KeptAgent | undefined, record: CheckpointRecord): KeptAgent {
  if (record.type === 'agent') {
    const { agentId, info, bootId } = record;
    // One that could not go on as it was is another agent.
    if (kept?.agentId !== agentId) return newAgent(record);
    kept.info = info;
    kept.bootId = bootId;
    return kept;
  }
  assert(kept !== undefined, 'a checkpoint begins with the agent');
  if (record.type === 'drain') {
    kept.drain = record.drain;
    return kept;
  }
  for (const one of record.type === 'together' ? record.records : [record]) change(kept, one);
  return kept;
}

function newAgent({ agentId, info, bootId }: Pick<KeptAgent, 'agentId' | 'info' | 'bootId'>) {
  return { agentId, info, bootId, frameworks: new Map() };
}

export function stateOf({ statuses }: KeptTask): TaskState {
  return statuses.at(-1)?.state ?? 'staging';
}

/** The shortest row of records that amounts to this. */
export function recordsOf(kept: KeptAgent): CheckpointRecord[] {
  const { agentId, info, bootId, drain, frameworks } = kept;
  const records: CheckpointRecord[] = [{ type: 'agent', agentId, info, bootId }];
  if (drain !== undefined) records.push({ type: 'drain', drain });
  for (const { frameworkId, info: framework, executors, tasks } of frameworks.values()) {
    records.push({ type: 'framework', frameworkId, info: framework });
    for (const { executorId, containerId, custom, ending } of executors.values()) {
      const program = custom === undefined ? {} : { custom };
      records.push({ type: 'executor', frameworkId, executorId, containerId, ...program });
      if (ending) records.push({ type: 'ending', frameworkId, executorId });
    }
    for (const task of tasks.values()) {
      const { info: taskInfo, executorId, containerId, role, group, waits, killed } = task;
      const { statuses, pending, receivedIds } = task;
      records.push({
        type: 'task',
        frameworkId,
        executorId,
        containerId,
        info: taskInfo,
        ...(role === undefined ? {} : { role }),
        ...(group === undefined ? {} : { group }),
        waits,
        story: { statuses, pending, receivedIds },
      });
      if (killed) records.push({ type: 'killing', frameworkId, taskId: taskInfo.taskId });
    }
  }
  return records;
}

function change(kept: KeptAgent, record: FrameworkRecord) {
  const { frameworks } = kept;
  if (record.type === 'update') {
    noteUpdate(frameworks.get(record.update.frameworkId), record.update);
    return;
  }
  const { frameworkId } = record;
  if (record.type === 'framework') {
    const { info } = record;
    const known = frameworks.get(frameworkId);
    if (known !== undefined) known.info = info;
    else {
      frameworks.set(frameworkId, { frameworkId, info, executors: new Map(), tasks: new Map() });
    }
    return;
  }
  if (record.type === 'frameworkEnded') {
    frameworks.delete(frameworkId);
    return;
  }
  const framework = frameworks.get(frameworkId);
  // The master has shut it down meanwhile.
  if (framework === undefined) return;
  switch (record.type) {
    case 'executor': {
      const { executorId, containerId, custom } = record;
      framework.executors.set(executorId, { executorId, containerId, custom, ending: false });
      break;
    }
    case 'task': {
      const { info, executorId, containerId, role, group, waits, story } = record;
      framework.tasks.set(info.taskId, {
        info,
        executorId,
        containerId,
        role,
        group,
        waits,
        killed: false,
        statuses: [...(story?.statuses ?? [])],
        pending: [...(story?.pending ?? [])],
        receivedIds: [...(story?.receivedIds ?? [])],
      });
      break;
    }
    case 'admitted': {
      const task = framework.tasks.get(record.taskId);
      if (task !== undefined) task.waits = false;
      break;
    }
    case 'acknowledged': {
      const { taskId, updateId } = record;
      const task = framework.tasks.get(taskId);
      const head = task?.pending[0];
      if (task === undefined || head?.id !== updateId) break;
      task.pending.shift();
      if (isTerminal(head.status.state)) framework.tasks.delete(taskId);
      break;
    }
    case 'killing': {
      const task = framework.tasks.get(record.taskId);
      if (task !== undefined) task.killed = true;
      break;
    }
    case 'ending': {
      const executor = framework.executors.get(record.executorId);
      if (executor !== undefined) executor.ending = true;
      break;
    }
    case 'executorEnded':
      framework.executors.delete(record.executorId);
  }
}

function noteUpdate(framework: KeptFramework | undefined, update: ReportedUpdate): void {
  const task = framework?.tasks.get(update.status.taskId);
  if (framework === undefined || task === undefined) return;
  const { statuses, pending, receivedIds } = task;
  const { status } = update;
  if (isTerminal(stateOf(task))) return;
  if (stateOf(task) === status.state) statuses.pop();
  statuses.push(status);
  if (statuses.length > STATUSES_KEPT_MAX) statuses.shift();
  if (pending.length < PENDING_KEPT_MAX) pending.push(update);
  if (status.source === 'executor') {
    receivedIds.push(update.id);
    if (receivedIds.length > RECEIVED_IDS_MAX) receivedIds.shift();
  }
  if (!isTerminal(status.state)) return;
  task.waits = false;
  if (status.state !== 'finished') endGroup(framework, task);
  const { executorId } = task;
  const executor = framework.executors.get(executorId);
  const type = typeDescribed(executor?.custom?.info);
  if (executor === undefined || type === 'custom') return;
  for (const other of type === 'default' ? framework.tasks.values() : []) {
    if (other.executorId === executorId && !isTerminal(stateOf(other))) return;
  }
  framework.executors.delete(executorId);
}

/** What the default executor does by itself; custom ones do as they like, and know of it. */
function endGroup({ tasks }: KeptFramework, { group = [] }: KeptTask): void {
  for (const taskId of group) {
    const other = tasks.get(taskId);
    if (other !== undefined && !isTerminal(stateOf(other))) other.killed = true;
  }
}
