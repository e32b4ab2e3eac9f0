/** The actor that runs a command task, started: for a new task, or for one of an earlier life. */
import { type CommandExecutorOptions, commandExecutor } from './command-executor.ts';
import type { AgentContext, AgentExecutor, AgentFramework, AgentState } from './state.ts';

/** @param recovered what it did in an earlier life of the agent */
export function startCommandExecutor(
  { agentId, launcher }: AgentState,
  framework: AgentFramework,
  executor: AgentExecutor,
  recovered: CommandExecutorOptions['recovered'],
  context: AgentContext,
): void {
  if (agentId === undefined || launcher === undefined) return;
  const { frameworkId, info } = framework;
  const { executorId, containerId } = executor;
  const { workDirectory, killGracePeriodMs, executorShutdownGracePeriodMs } = context.options;
  const options = {
    agent: context.self,
    launcher,
    workDirectory,
    sandbox: { agentId, frameworkId, executorId, containerId },
    killGracePeriodMs,
    shutdownGracePeriodMs: executorShutdownGracePeriodMs,
    reportsKilling: info.capabilities.includes('taskKillingState'),
    ...(recovered && { recovered }),
  };
  executor.address = context.spawn(commandExecutor, options, { light: true });
  context.link(executor.address);
}
