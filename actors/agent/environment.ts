/**
 * What programs find in their environment: nothing of the agent's own, only what is listed here and
 * what the command asks for. Pure. Source of the names: Mesos 1.11, docs/executor-http-api.md; each
 * is there with `MESSOR_` and, for programs written for Mesos, with `MESOS_`.
 */
import type { CommandInfo, EnvironmentVariable } from '../protocol/task.ts';
import { CONTAINER_MARK } from './launcher/processes.ts';
import type { SandboxName } from './work-directory.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Without an agent for so long an executor ends by itself. */
const RECOVERY_MS = 900_000;

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
  /** How soon it has to come back to an agent that was restarted; absent: it ends with the agent. */
  readonly reregistrationMs?: number;
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
  const { agentEndpoint, shutdownGracePeriodMs, reregistrationMs, token } = settings;
  return lastOfEach([
    // Whoever binds a port with Mesos' library takes a free one.
    { name: 'LIBPROCESS_PORT', value: '0' },
    ...programEnvironment(command, name, sandbox),
    { name: 'MESSOR_CLUSTER', value: settings.cluster },
    ...twice('AGENT_ENDPOINT', agentEndpoint),
    { name: 'MESOS_SLAVE_ID', value: name.agentId },
    { name: 'MESOS_SLAVE_PID', value: `slave(1)@${agentEndpoint}` },
    ...twice('DIRECTORY', sandbox),
    { name: 'MESOS_HTTP_COMMAND_EXECUTOR', value: '0' },
    { name: 'MESSOR_EXECUTOR_SECRET', value: settings.secret },
    { name: 'MESSOR_EXECUTOR_SHUTDOWN_GRACE_PERIOD_MS', value: String(shutdownGracePeriodMs) },
    { name: 'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD', value: secondsText(shutdownGracePeriodMs) },
    ...twice('CHECKPOINT', reregistrationMs === undefined ? '0' : '1'),
    ...(reregistrationMs === undefined
      ? []
      : [
          ...twice('RECOVERY_TIMEOUT', secondsText(RECOVERY_MS)),
          ...twice('SUBSCRIPTION_BACKOFF_MAX', secondsText(reregistrationMs)),
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
