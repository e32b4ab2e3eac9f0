/**
 * How default executors begin and end, seen from the agent: it starts one with the first task group
 * that needs it, and ends it when its last task is over, so that none is on its way to it then. What
 * the executor holds is held until then.
 * Source: Mesos 1.11, src/slave/slave.cpp, executorTerminated.
 */
import type { ExitReason } from '../../../runtime/actor.ts';
import type { ExecutorId, FrameworkId } from '../../protocol/ids.ts';
import { vacate } from '../admission.ts';
import { letter } from '../checkpoint/checkpointer.ts';
import { keepThen } from '../keeping.ts';
import type { ContainerEnd } from '../launcher/launcher.ts';
import { ipOf } from '../node-address.ts';
import type { AgentContext, AgentExecutor, AgentFramework, AgentState } from '../state.ts';
import { defaultExecutor } from './default-executor.ts';
import type { RecoveredExecutor } from './executor-state.ts';

/** @param recovered what became of its tasks in an earlier life of the agent */
export function startDefaultExecutor(
  { agentId, launcher, fetcher }: AgentState,
  { frameworkId, info }: AgentFramework,
  executor: AgentExecutor,
  recovered: RecoveredExecutor | undefined,
  context: AgentContext,
): void {
  if (agentId === undefined || launcher === undefined) return;
  const { executorId, containerId } = executor;
  const sandbox = { agentId, frameworkId, executorId, containerId };
  const { workDirectory, killGracePeriodMs, executorShutdownGracePeriodMs, runsAs, probes } =
    context.options;
  const ownGraceMs = executor.custom?.info.shutdownGracePeriodMs;
  const containerIp = ipOf(context.self.node);
  const options = {
    agent: context.self,
    launcher,
    fetcher,
    runsAs,
    probes,
    workDirectory,
    sandbox,
    resources: executor.custom?.info.resources ?? [],
    killGracePeriodMs,
    shutdownGracePeriodMs: ownGraceMs ?? executorShutdownGracePeriodMs,
    reportsKilling: info.capabilities.includes('taskKillingState'),
    common: context.options.executorEnvironment,
    ...(containerIp === undefined ? {} : { containerIp }),
    ...(recovered && { recovered }),
  };
  executor.address = context.spawn(defaultExecutor, options, { light: true });
  context.link(executor.address);
}

/** Its last task is over, and the agent has taken it off its books. */
export function retireDefaultExecutor(
  state: AgentState,
  framework: AgentFramework,
  { address, custom, executorId }: AgentExecutor,
  context: AgentContext,
): void {
  if (address !== undefined) context.send(address, { type: 'shutdown' });
  if (custom !== undefined) vacate(state, custom.info.resources);
  const { frameworkId } = framework;
  const retired = letter(context.self, { type: 'executorRetired', frameworkId, executorId });
  keepThen(state, framework, [], [retired], context);
}

/**
 * It has stopped although it has tasks: it was told to, before they came to it; or it crashed, and
 * left its containers behind.
 */
export function defaultExecutorEnd(
  { launcher }: AgentState,
  { tasks }: AgentFramework,
  { taskIds }: AgentExecutor,
  reason: ExitReason,
  context: AgentContext,
): ContainerEnd {
  for (const taskId of taskIds) {
    const containerId = tasks.get(taskId)?.containerId;
    if (launcher === undefined || containerId === undefined) continue;
    context.send(launcher, { type: 'kill', containerId, gracePeriodMs: 0 });
  }
  if (reason === 'stopped') return { kind: 'exited', exitCode: 0 };
  return { kind: 'unknown', cause: `the default executor failed (${reason})` };
}

/** @param status exit code, or 128 + signal number */
export function tellExecutorExited(
  { agentId, master }: AgentState,
  frameworkId: FrameworkId,
  executorId: ExecutorId,
  status: number,
  context: AgentContext,
): void {
  if (agentId === undefined || master === undefined) return;
  context.send(master, { type: 'executorExited', agentId, frameworkId, executorId, status });
}
