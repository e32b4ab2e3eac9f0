/**
 * What programs find in their environment: nothing of the agent's own, only what is listed here and
 * what the command asks for. Pure. Source of the names: Mesos 1.11, docs/executor-http-api.md; each
 * is there with `MESSOR_` and, for programs written for Mesos, with `MESOS_`.
 */
import type { CommandInfo, EnvironmentVariable } from '../protocol/task.ts';
import { CONTAINER_MARK } from './launcher/processes.ts';
import type { SandboxName } from './work-directory.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The command's own variables win over ours, except for the mark by which its processes are found. */
export function programEnvironment(
  command: CommandInfo,
  { agentId, frameworkId, executorId, containerId }: SandboxName,
  sandbox: string,
): readonly EnvironmentVariable[] {
  return lastOfEach([
    { name: 'PATH', value: PATH },
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
  /** Present: it may outlive the agent, and how to come back to it. */
  readonly recovery?: {
    /** How long it tries to. */
    readonly timeoutMs: number;
    /** Between two attempts. */
    readonly backoffMsMax: number;
  };
  /** Proves over HTTP that it is the program that subscribes, where that is asked for. */
  readonly token?: string | undefined;
}

/**
 * A custom executor learns besides whom to speak to, in words of this cluster's nodes and of HTTP: which
 * of them it speaks is its own choice. Source: Mesos 1.11, src/slave/slave.cpp, executorEnvironment.
 */
export function executorEnvironment(
  command: CommandInfo,
  name: SandboxName,
  sandbox: string,
  settings: ExecutorSettings,
): readonly EnvironmentVariable[] {
  const { agentEndpoint, shutdownGracePeriodMs, recovery, token } = settings;
  return lastOfEach([
    // Whoever binds a port with Mesos' library takes a free one.
    { name: 'LIBPROCESS_PORT', value: '0' },
    ...programEnvironment(command, name, sandbox),
    { name: 'MESSOR_CLUSTER', value: settings.cluster },
    ...twice('AGENT_ENDPOINT', agentEndpoint),
    { name: 'MESOS_SLAVE_ID', value: name.agentId },
    { name: 'MESOS_SLAVE_PID', value: `slave(1)@${agentEndpoint}` },
    ...twice('DIRECTORY', sandbox),
    { name: 'MESOS_CHECKPOINT', value: recovery === undefined ? '0' : '1' },
    { name: 'MESOS_HTTP_COMMAND_EXECUTOR', value: '0' },
    { name: 'MESSOR_EXECUTOR_SECRET', value: settings.secret },
    { name: 'MESSOR_EXECUTOR_SHUTDOWN_GRACE_PERIOD_MS', value: String(shutdownGracePeriodMs) },
    { name: 'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD', value: secondsText(shutdownGracePeriodMs) },
    ...(recovery === undefined
      ? []
      : [
          { name: 'MESOS_RECOVERY_TIMEOUT', value: secondsText(recovery.timeoutMs) },
          { name: 'MESOS_SUBSCRIPTION_BACKOFF_MAX', value: secondsText(recovery.backoffMsMax) },
        ]),
    ...(token === undefined ? [] : [{ name: 'MESOS_EXECUTOR_AUTHENTICATION_TOKEN', value: token }]),
  ]);
}

/** A duration as Mesos' library reads it. */
function secondsText(ms: number): string {
  return `${ms / 1000}secs`;
}

function twice(name: string, value: string): readonly EnvironmentVariable[] {
  return [
    { name: `MESSOR_${name}`, value },
    { name: `MESOS_${name}`, value },
  ];
}

function lastOfEach(variables: readonly EnvironmentVariable[]): readonly EnvironmentVariable[] {
  return [...new Map(variables.map((variable) => [variable.name, variable])).values()];
}
