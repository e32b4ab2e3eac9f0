/** An executor is there and listens: it learns who it is, and gets the tasks that wait for it. */
import type { Address } from '../../runtime/actor.ts';
import type { ExecutorMessage } from '../protocol/messages.ts';
import { launchStaging } from './admission.ts';
import type { AgentContext, AgentExecutor, AgentFramework, AgentState } from './state.ts';

/** Also when it registers again, by the same address or, over HTTP, by another. */
export function welcome(
  state: AgentState,
  framework: AgentFramework,
  executor: AgentExecutor,
  address: Address<ExecutorMessage>,
  context: AgentContext,
): void {
  const { agentId } = state;
  if (executor.custom === undefined || agentId === undefined) return;
  if (executor.address === undefined && executor.timer !== undefined) {
    context.cancel(executor.timer);
    executor.timer = undefined;
  }
  executor.address = address;
  context.send(address, {
    type: 'executorRegistered',
    frameworkId: framework.frameworkId,
    framework: framework.info,
    executor: executor.custom.info,
    agent: { ...context.options.info, agentId, node: context.self.node },
  });
  launchStaging(state, framework, executor, context);
}
