/**
 * The program of a custom executor, from the making of its sandbox to its launch.
 *
 *     sandbox ─▶ (files are fetched) ─▶ handed to the launcher
 *        └───────────────┴─ failed, or told to end meanwhile ─▶ ended
 */
import { letter } from './checkpoint/checkpointer.ts';
import { executorEnvironment } from './environment.ts';
import { executorToken } from './executor-tokens.ts';
import { executorEnded, gracePeriodMs } from './executors.ts';
import { findExecutor } from './find-executor.ts';
import { withHttpVariables } from './http-environment.ts';
import { keepThen } from './keeping.ts';
import type { ContainerEnd } from './launcher/launcher.ts';
import { isPrepared } from './preparation.ts';
import type { AgentContext, AgentExecutor, AgentHandlers, AgentState } from './state.ts';
import type { SandboxName } from './work-directory.ts';

const TOLD_TO_END: ContainerEnd = { kind: 'notStarted', cause: 'it was told to end before' };

export const executorPreparationHandlers: AgentHandlers<
  'executorSandboxMade' | 'executorSandboxFailed' | 'fetched' | 'notFetched'
> = {
  executorSandboxMade(state, { containerId }, context) {
    const { framework, executor, name } = findExecutor(state, containerId);
    if (executor?.custom === undefined || framework === undefined || name === undefined) return;
    if (executor.ending) {
      executorEnded(state, framework, executor, TOLD_TO_END, context);
      return;
    }
    const { workDirectory, runsAs } = context.options;
    const { command } = executor.custom.info;
    if (command === undefined) {
      const cause = 'it has no command';
      executorEnded(state, framework, executor, { kind: 'notStarted', cause }, context);
      return;
    }
    const order = { containerId, command, sandbox: workDirectory.sandboxPath(name) };
    const means = { fetcher: state.fetcher, runsAs };
    if (isPrepared(order, means, context)) launchProgram(state, executor, name, context);
  },

  fetched(state, { containerId }, context) {
    const { executor, name } = findExecutor(state, containerId);
    // One that is to end has been cancelled, and hears `notFetched` unless this came before.
    if (executor === undefined || name === undefined) return;
    if (!executor.ending) launchProgram(state, executor, name, context);
    else context.send(context.self, { type: 'notFetched', containerId, sentence: '' });
  },

  notFetched(state, { containerId, sentence }, context) {
    const { framework, executor } = findExecutor(state, containerId);
    if (framework === undefined || executor === undefined) return;
    if (executor.ending) {
      executorEnded(state, framework, executor, TOLD_TO_END, context);
      return;
    }
    executor.endReason ??= { reason: 'containerLaunchFailed', message: sentence };
    executorEnded(state, framework, executor, { kind: 'notStarted', cause: sentence }, context);
  },

  executorSandboxFailed(state, { containerId, sentence }, context) {
    const { framework, executor } = findExecutor(state, containerId);
    if (framework === undefined || executor === undefined) return;
    executor.endReason ??= { reason: 'containerLaunchFailed', message: sentence };
    executorEnded(state, framework, executor, { kind: 'notStarted', cause: sentence }, context);
  },
};

/** Its sandbox has all that it needs. */
function launchProgram(
  state: AgentState,
  executor: AgentExecutor,
  name: SandboxName,
  context: AgentContext,
): void {
  const { workDirectory, cluster, executorTokenKey, executorEnvironment: common } = context.options;
  const { executorReregistrationTimeoutMs: reregistrationMs, recoveryTimeoutMs } = context.options;
  const { containerId, custom } = executor;
  const command = custom?.info.command;
  if (state.launcher === undefined || custom === undefined || command === undefined) return;
  const agentEndpoint = context.self.node;
  const sandbox = workDirectory.sandboxPath(name);
  executor.launched = true;
  const launch = letter(state.launcher, {
    type: 'launch',
    containerId,
    command,
    environment: withHttpVariables(
      name,
      {
        agentEndpoint,
        sandbox,
        token: executorTokenKey && executorToken(name, executorTokenKey),
      },
      executorEnvironment(command, name, sandbox, {
        cluster,
        agentEndpoint,
        secret: custom.secret,
        shutdownGracePeriodMs: gracePeriodMs(executor, context),
        ...(executor.checkpointed && { comingBack: { recoveryTimeoutMs, reregistrationMs } }),
        common,
      }),
    ),
    sandbox,
    owner: context.self,
  });
  keepThen(state, executor, [], [launch], context);
}
