/** The actor that runs a command task, started: for a new task, or for one of an earlier life. */
import { commandExecutor, type RecoveredCommand } from './command-executor.ts';
import { twice } from './environment.ts';
import type { AgentContext, AgentExecutor, AgentFramework, AgentState } from './state.ts';

/** Whom the task belongs to, and what its executor did in an earlier life of the agent. */
export interface CommandStart {
  readonly role: string | undefined;
  readonly recovered?: RecoveredCommand;
}

export function startCommandExecutor(
  { agentId, launcher, fetcher }: AgentState,
  framework: AgentFramework,
  executor: AgentExecutor,
  { role, recovered }: CommandStart,
  context: AgentContext,
): void {
  if (agentId === undefined || launcher === undefined) return;
  const { frameworkId, info } = framework;
  const { executorId, containerId } = executor;
  const { workDirectory, killGracePeriodMs, executorShutdownGracePeriodMs, runsAs, probes } =
    context.options;
  const options = {
    agent: context.self,
    launcher,
    fetcher,
    runsAs,
    probes,
    workDirectory,
    sandbox: { agentId, frameworkId, executorId, containerId },
    killGracePeriodMs,
    shutdownGracePeriodMs: executorShutdownGracePeriodMs,
    reportsKilling: info.capabilities.includes('taskKillingState'),
    common: [
      ...context.options.executorEnvironment,
      ...(role === undefined ? [] : twice('ALLOCATION_ROLE', role)),
    ],
    ...(recovered && { recovered }),
  };
  executor.address = context.spawn(commandExecutor, options, { light: true });
  context.link(executor.address);
}
