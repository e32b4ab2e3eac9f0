/** Which executor a container is, as long as it is that of its executor. */
import type { ContainerId } from '../protocol/ids.ts';
import type { AgentState } from './state.ts';
import type { SandboxName } from './work-directory.ts';

export function findExecutor(state: AgentState, containerId: ContainerId) {
  const where = state.containers.get(containerId);
  const framework = where === undefined ? undefined : state.frameworks.get(where.frameworkId);
  const executor = where === undefined ? undefined : framework?.executors.get(where.executorId);
  if (where === undefined || state.agentId === undefined || executor?.containerId !== containerId) {
    return {};
  }
  const name: SandboxName = { agentId: state.agentId, containerId, ...where };
  return { framework, executor, name };
}
