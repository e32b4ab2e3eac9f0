/** What launches have in common, of single tasks and of groups: their ground, their booking, their refusal. */
import type { OfferId } from '../protocol/ids.ts';
import type { Resources } from '../protocol/resources.ts';
import {
  type ExecutorInfo,
  shownOf,
  type Task,
  type TaskInfo,
  type TaskReason,
} from '../protocol/task.ts';
import { countEnd } from './counters.ts';
import { addExecutor } from './executor-records.ts';
import type { MasterContext } from './messages.ts';
import { noteEvent } from './reads.ts';
import type { AgentRecord, FrameworkRecord } from './state.ts';
import { addTask, forwardUpdate, masterUpdate } from './task-records.ts';
import type { LaunchGround } from './validation.ts';

/** What a launch on this agent is checked against. */
export function launchGround(
  agent: AgentRecord,
  framework: FrameworkRecord,
  resources: Resources,
): LaunchGround {
  const executors = agent.executors.get(framework.frameworkId);
  return {
    agentId: agent.agentId,
    resources,
    hasTask: (taskId) => framework.tasks.has(taskId),
    hasUnreachableTask: (taskId) => framework.unreachableTasks.has(taskId),
    executor: (executorId) => executors?.get(executorId)?.info,
  };
}

/** @param addedCount of the tasks that are to come */
export function isFull(
  { tasks }: FrameworkRecord,
  { options }: MasterContext,
  addedCount = 1,
): string | undefined {
  const { taskCountMax } = options.settings;
  if (tasks.size + addedCount <= taskCountMax) return undefined;
  return `The framework has ${taskCountMax} tasks already: acknowledge those that have ended`;
}

/** @returns whether the agent is to start it, where it does not run: it is new, or may have ended */
export function bookExecutor(
  agent: AgentRecord,
  framework: FrameworkRecord,
  info: ExecutorInfo,
  role: string,
): boolean {
  const { frameworkId } = framework;
  const record = agent.executors.get(frameworkId)?.get(info.executorId);
  if (record !== undefined) {
    const mayHaveEnded = record.mayHaveEnded === true;
    record.mayHaveEnded = false;
    return mayHaveEnded;
  }
  addExecutor(agent, framework, { frameworkId, agentId: agent.agentId, role, info });
  return true;
}

export function bookTask(
  agent: AgentRecord,
  framework: FrameworkRecord,
  info: TaskInfo,
  { role, offerId }: { readonly role: string; readonly offerId: OfferId },
  context: MasterContext,
): void {
  const { executor, taskId, name, resources } = info;
  const task: Task = {
    taskId,
    frameworkId: framework.frameworkId,
    agentId: agent.agentId,
    ...(executor === undefined ? {} : { executorId: executor.executorId }),
    role,
    name,
    resources,
    ...shownOf(info),
    state: 'staging',
    statuses: [],
  };
  addTask(agent, framework, { task, role, holding: false, launchedMs: context.nowMs(), offerId });
  noteEvent({ type: 'taskAdded', task }, context);
}

export function tellError(
  framework: FrameworkRecord,
  { taskId, agentId }: TaskInfo,
  why: { readonly reason: TaskReason; readonly message: string },
  context: MasterContext,
): void {
  const { frameworkId } = framework;
  const said = { taskId, agentId, state: 'error', ...why } as const;
  const update = masterUpdate(frameworkId, said, context);
  countEnd('error', frameworkId, update.status, context);
  forwardUpdate(framework, update, context);
}
