/**
 * What a program finds in its environment besides (`environment.ts`), so that an executor written for Mesos
 * finds its way over HTTP. One program may be either kind of executor: both kinds' words are there. Pure.
 * Source: Mesos 1.11, src/slave/slave.cpp, executorEnvironment.
 */
import type { EnvironmentVariable } from '../protocol/task.ts';
import type { SandboxName } from './work-directory.ts';

export interface HttpSettings {
  /** `host:port` of the agent's node. */
  readonly agentEndpoint: string;
  readonly sandbox: string;
  /** Proves that it is the program that subscribes, where that is asked for. */
  readonly token: string | undefined;
}

/** @param environment what is in it already, which wins */
export function withHttpVariables(
  { agentId }: Pick<SandboxName, 'agentId'>,
  { agentEndpoint, sandbox, token }: HttpSettings,
  environment: readonly EnvironmentVariable[],
): readonly EnvironmentVariable[] {
  const given = new Set(environment.map(({ name }) => name));
  const ours: Readonly<Record<string, string>> = {
    // Whoever binds a port with Mesos' library takes a free one.
    LIBPROCESS_PORT: '0',
    MESOS_SLAVE_ID: agentId,
    MESOS_SLAVE_PID: `slave(1)@${agentEndpoint}`,
    MESOS_DIRECTORY: sandbox,
    // Unless it is said otherwise, an executor ends with its agent.
    MESOS_CHECKPOINT: '0',
    MESOS_HTTP_COMMAND_EXECUTOR: '0',
    ...(token !== undefined && { MESOS_EXECUTOR_AUTHENTICATION_TOKEN: token }),
  };
  const added = Object.entries(ours).filter(([name]) => !given.has(name));
  return [...added.map(([name, value]) => ({ name, value })), ...environment];
}
