/**
 * What schedulers are told of tasks that a drain ends. Pure.
 *
 * Of those that are killed it is said that the drain is the reason; when the agent is to be gone after
 * it, their end is the operator's doing. (Mesos says that of tasks that are only being killed, too,
 * and then ends the agent before their grace period is over.) What ended otherwise is told as it is.
 * Source: Mesos 1.11, src/slave/slave.cpp, statusUpdate.
 */
import type { TaskStatus } from '../protocol/task.ts';
import type { AgentFramework, AgentState, AgentTask } from './state.ts';

export function drainedStatus(
  { drain }: AgentState,
  { info: { capabilities } }: AgentFramework,
  { isDrained = false }: AgentTask,
  status: TaskStatus,
): TaskStatus {
  const { state } = status;
  const isKill = state === 'killing' || state === 'killed';
  if (!isKill || (drain === undefined && !isDrained)) return status;
  const told = { ...status, reason: 'agentDraining' } as const;
  const isGone = drain?.words.markGone === true && capabilities.includes('partitionAware');
  return isGone && state === 'killed' ? { ...told, state: 'goneByOperator' } : told;
}
