/** What launches have in common, of single tasks and of groups: their ground, their booking, their refusal. */
import type { OfferId } from '../protocol/ids.ts';
import type { Resources } from '../protocol/resources.ts';
import type { ExecutorInfo, Task, TaskInfo, TaskReason } from '../protocol/task.ts';
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

/** @returns whether it is new on this agent, so that it has to be started and is paid for */
export function bookExecutor(
  agent: AgentRecord,
  framework: FrameworkRecord,
  info: ExecutorInfo,
  role: string,
): boolean {
  const { frameworkId } = framework;
  if (agent.executors.get(frameworkId)?.has(info.executorId)) return false;
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
  const { executor, taskId, name, resources, healthCheck, discovery, labels } = info;
  const task: Task = {
    taskId,
    frameworkId: framework.frameworkId,
    agentId: agent.agentId,
    ...(executor === undefined ? {} : { executorId: executor.executorId }),
    role,
    name,
    resources,
    ...(healthCheck && { healthCheck }),
    ...(discovery && { discovery }),
    ...(labels === undefined ? {} : { labels }),
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
