/** Which sandboxes are in use is told to the garbage collector: from an executor's begin to its end. */
import type { FrameworkId } from '../protocol/ids.ts';
import type { AgentContext, AgentExecutor, AgentState } from './state.ts';

/** Its container is listed (`state.containers`) from now on. */
export function listContainer(
  state: AgentState,
  frameworkId: FrameworkId,
  executor: Pick<AgentExecutor, 'executorId' | 'containerId'>,
  context: AgentContext,
): void {
  const { executorId, containerId } = executor;
  state.containers.set(containerId, { frameworkId, executorId });
  tell(state, executor, 'sandboxInUse', context);
}

export function unlistContainer(
  state: AgentState,
  executor: Pick<AgentExecutor, 'executorId' | 'containerId'>,
  context: AgentContext,
): void {
  tell(state, executor, 'sandboxOver', context);
  state.containers.delete(executor.containerId);
}

function tell(
  { agentId, containers, garbageCollector }: AgentState,
  { containerId }: Pick<AgentExecutor, 'containerId'>,
  type: 'sandboxInUse' | 'sandboxOver',
  context: AgentContext,
): void {
  const where = containers.get(containerId);
  if (agentId === undefined || where === undefined || garbageCollector === undefined) return;
  const path = context.options.workDirectory.sandboxPath({ agentId, containerId, ...where });
  context.send(garbageCollector, { type, path });
}
