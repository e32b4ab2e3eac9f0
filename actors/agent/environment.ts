/**
 * What programs find in their environment: nothing of the agent's own, only what is listed here and
 * what the command asks for. Pure. Source of the names: Mesos 1.11, docs/executor-http-api.md; each
 * is there with `MESSOR_` and, for programs written for Mesos, with `MESOS_`.
 */
import type { CommandInfo, EnvironmentVariable } from '../protocol/task.ts';
import { CONTAINER_MARK } from './launcher/processes.ts';
import type { SandboxName } from './work-directory.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The command's own variables win over ours, except for the mark by which its processes are found.
 * @param common what the operator of the agent gives to all programs
 */
export function programEnvironment(
  command: CommandInfo,
  { agentId, frameworkId, executorId, containerId }: SandboxName,
  sandbox: string,
  common: readonly EnvironmentVariable[] = [],
): readonly EnvironmentVariable[] {
  return lastOfEach([
    { name: 'PATH', value: PATH },
    ...common,
    ...twice('SANDBOX', sandbox),
    ...twice('AGENT_ID', agentId),
    ...twice('FRAMEWORK_ID', frameworkId),
    ...twice('EXECUTOR_ID', executorId),
    ...command.environment,
    { name: CONTAINER_MARK, value: containerId },
  ]);
}

export interface ExecutorSettings {
  readonly cluster: string;
  /** `host:port` of the agent's node. */
  readonly agentEndpoint: string;
  /** Proves that it is the program that registers. */
  readonly secret: string;
  readonly shutdownGracePeriodMs: number;
  /** How it waits for an agent that is away; absent: it ends with the agent. */
  readonly comingBack?: ComingBack;
  /** What the operator of the agent gives to all programs. */
  readonly common?: readonly EnvironmentVariable[];
}

export interface ComingBack {
  /** Until it gives the agent up, and ends. */
  readonly recoveryTimeoutMs: number;
  /** From the agent's return until it has to have registered. */
  readonly reregistrationMs: number;
}

/** A custom executor learns besides whom to speak to. */
export function executorEnvironment(
  command: CommandInfo,
  name: SandboxName,
  sandbox: string,
  settings: ExecutorSettings,
): readonly EnvironmentVariable[] {
  const { cluster, agentEndpoint, secret, shutdownGracePeriodMs, comingBack, common } = settings;
  return lastOfEach([
    ...programEnvironment(command, name, sandbox, common),
    { name: 'MESSOR_CLUSTER', value: cluster },
    ...twice('AGENT_ENDPOINT', agentEndpoint),
    { name: 'MESSOR_EXECUTOR_SECRET', value: secret },
    { name: 'MESSOR_EXECUTOR_SHUTDOWN_GRACE_PERIOD_MS', value: String(shutdownGracePeriodMs) },
    {
      name: 'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD',
      value: `${shutdownGracePeriodMs / 1000}secs`,
    },
    ...twice('CHECKPOINT', comingBack === undefined ? '0' : '1'),
    ...(comingBack === undefined
      ? []
      : [
          ...twice('RECOVERY_TIMEOUT', `${comingBack.recoveryTimeoutMs / 1000}secs`),
          ...twice('SUBSCRIPTION_BACKOFF_MAX', `${comingBack.reregistrationMs / 1000}secs`),
        ]),
  ]);
}

/** Under Messor's and under Mesos' name. */
export function twice(name: string, value: string): readonly EnvironmentVariable[] {
  return [
    { name: `MESSOR_${name}`, value },
    { name: `MESOS_${name}`, value },
  ];
}

function lastOfEach(variables: readonly EnvironmentVariable[]): readonly EnvironmentVariable[] {
  return [...new Map(variables.map((variable) => [variable.name, variable])).values()];
}
