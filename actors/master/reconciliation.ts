/**
 * Reconciliation: a scheduler asks what has become of its tasks, and is told what the master knows.
 *
 * | the task                                   | partition aware | others               |
 * |---|---|---|
 * | is known (also ended, not acknowledged)    | its last forwarded state | the same    |
 * | is not, and its agent is registered        | gone            | lost                 |
 * | is not, and its agent is unreachable       | unreachable     | lost, and since when |
 * | is not, and an operator gave up its agent  | goneByOperator  | lost                 |
 * | is not, and its agent is gone otherwise    | gone            | lost                 |
 * | is not, and the agent is unknown or unsaid | unknown         | lost                 |
 *
 * While an agent's registration is changing nothing is answered for its tasks: the answer would be
 * wrong in a moment. Nor is anything said of the tasks of an agent that an earlier master admitted,
 * as long as it may still be on its way back: after a restart the schedulers are here first. Which
 * those are is in the registry; where that is lost with each master, any that is not known may be.
 * Answers carry no id: they are not acknowledged, and who misses one asks again.
 * (Mesos answers `unknown` for agents that left, or that were replaced.)
 * Source: Mesos 1.11, src/master/master.cpp, reconcileTasks.
 */
import type { AgentId, TaskId } from '../protocol/ids.ts';
import type { Task, TaskState } from '../protocol/task.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { activeSender } from './senders.ts';
import { type FrameworkRecord, isPartitionAware, type MasterState } from './state.ts';
import { currentState, forwardUpdate, masterUpdate } from './task-records.ts';

interface Asked {
  readonly taskId: TaskId;
  readonly agentId?: AgentId;
}

export const reconciliationHandlers: MasterHandlers<'reconcile'> = {
  reconcile(state, { frameworkId, tasks }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined) return;
    if (tasks.length > 0) {
      for (const asked of tasks) reconcileTask(state, framework, asked, context);
    } else {
      for (const { task } of framework.tasks.values()) tellCurrent(framework, task, context);
    }
  },
};

export function reconcileTask(
  state: MasterState,
  framework: FrameworkRecord,
  asked: Asked,
  context: MasterContext,
): void {
  const record = framework.tasks.get(asked.taskId);
  if (record !== undefined) {
    tellCurrent(framework, record.task, context);
    return;
  }
  if (isChanging(state, asked.agentId)) return;
  if (mayComeBack(state, asked.agentId, context)) return;
  const said = {
    ...asked,
    reason: 'reconciliation',
    ...judgement(state, framework, asked),
  } as const;
  forwardUpdate(framework, masterUpdate(framework.frameworkId, said, context), context);
}

/** Says again what the scheduler has been told last. */
export function tellCurrent(framework: FrameworkRecord, task: Task, context: MasterContext): void {
  const { frameworkId, taskId, agentId, executorId } = task;
  const taskState = currentState(task);
  const last = task.statuses.findLast(({ state }) => state === taskState);
  const update = masterUpdate(
    frameworkId,
    {
      ...(last?.containerId === undefined ? {} : { containerId: last.containerId }),
      ...(last?.networks && { networks: last.networks }),
      ...(last?.containerIp === undefined ? {} : { containerIp: last.containerIp }),
      ...(last?.healthy === undefined ? {} : { healthy: last.healthy }),
      ...(last?.checkStatus && { checkStatus: last.checkStatus }),
      ...(executorId === undefined ? {} : { executorId }),
      taskId,
      agentId,
      state: taskState,
      reason: 'reconciliation',
      message: 'Reconciliation: Latest task state',
    },
    context,
  );
  forwardUpdate(framework, update, context);
}

function judgement(state: MasterState, framework: FrameworkRecord, { agentId }: Asked) {
  const { registered, unreachable, gone } = state.agents;
  const judge = (aware: TaskState, message: string) => ({
    state: isPartitionAware(framework) ? aware : ('lost' as const),
    message: `Reconciliation: ${message}`,
  });
  if (agentId !== undefined && registered.has(agentId)) {
    return judge('gone', 'Task is unknown to the agent');
  }
  const unreachableTimeMs = agentId === undefined ? undefined : unreachable.get(agentId)?.sinceMs;
  if (unreachableTimeMs !== undefined) {
    return { ...judge('unreachable', 'Task was on an unreachable agent'), unreachableTimeMs };
  }
  const left = agentId === undefined ? undefined : gone.get(agentId);
  if (left !== undefined) {
    return left.byOperator === true
      ? judge('goneByOperator', 'Task was on an agent that an operator gave up')
      : judge('gone', 'Task was on an agent that is gone');
  }
  return judge('unknown', 'Task is unknown');
}

function isChanging({ agents }: MasterState, agentId: AgentId | undefined): boolean {
  if (agentId === undefined) return agents.reregistering.size > 0;
  return agents.leaving.has(agentId) || agents.reregistering.has(agentId);
}

/** An earlier master admitted it, and it has had less than the time to register here. */
export function mayComeBack(
  { agents, startedMs }: MasterState,
  agentId: AgentId | undefined,
  context: MasterContext,
): boolean {
  const { masterId, settings, registryIsDurable } = context.options;
  if (agentId === undefined) return agents.recovered.size > 0;
  if (agents.recovered.has(agentId)) return true;
  if (registryIsDurable || agentId.startsWith(`${masterId}-S`)) return false;
  const { registered, unreachable, gone } = agents;
  if (registered.has(agentId) || unreachable.has(agentId) || gone.has(agentId)) return false;
  return context.nowMs() - startedMs < settings.agentReregisterTimeoutMs;
}
