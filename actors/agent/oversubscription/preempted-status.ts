/**
 * What schedulers are told of tasks whose resources were taken back. Pure.
 * Source: Mesos 1.11, src/slave/slave.cpp, _qosCorrections.
 */
import type { TaskStatus } from '../../protocol/task.ts';
import type { AgentFramework, AgentTask } from '../state.ts';

export function preemptedStatus(
  framework: AgentFramework,
  { isPreempted = false }: AgentTask,
  status: TaskStatus,
): TaskStatus {
  if (!isPreempted || status.state !== 'killed') return status;
  return { ...status, ...preemption(framework), source: 'agent' };
}

/** Of all tasks in a container that was taken back. */
export function preemption({ info: { capabilities } }: AgentFramework) {
  return {
    state: capabilities.includes('partitionAware') ? 'gone' : 'lost',
    reason: 'containerPreempted',
    message: 'Container preempted by QoS correction',
  } as const;
}
