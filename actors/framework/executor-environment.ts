/**
 * What an executor's program reads in the environment that the agent gave it: where to register,
 * as whom, and how long it has at the end. Pure; the agent writes it in `environment.ts`.
 */
import type { Address } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { type ExecutorId, type FrameworkId, idFault } from '../protocol/ids.ts';
import { AGENT_NAME, type AgentMessage } from '../protocol/messages.ts';

/** What a program that registers has no more need of, and should not hand on to those it starts. */
export const SECRET_VARIABLE = 'MESSOR_EXECUTOR_SECRET';

export interface ExecutorEnvironment {
  readonly cluster: string;
  readonly agent: Address<AgentMessage>;
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  /** By which the agent knows that it is us. */
  readonly secret: string;
  /** Absent when the agent said nothing that could be used. */
  readonly gracePeriodMs?: number;
  /** How often at least it should try to come back to its agent; absent as above. */
  readonly reregisterDelayMsMax?: number;
}

/** @throws when a variable is missing or is not what it should be */
export function parseExecutorEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ExecutorEnvironment {
  const node = read('MESSOR_AGENT_ENDPOINT');
  if (!/^[^@#\s]+:\d+$/.test(node)) {
    throw new Error(
      `Cannot find the agent at "${node}": MESSOR_AGENT_ENDPOINT must be of the form host:port`,
    );
  }
  const { MESSOR_EXECUTOR_SHUTDOWN_GRACE_PERIOD_MS: grace = 'none' } = environment;
  const gracePeriodMs = Number(grace);
  const [, backoffSeconds] =
    /^([0-9.]+)secs$/.exec(environment['MESSOR_SUBSCRIPTION_BACKOFF_MAX'] ?? '') ?? [];
  return {
    cluster: read('MESSOR_CLUSTER'),
    agent: address(AGENT_NAME, node),
    frameworkId: readId('MESSOR_FRAMEWORK_ID') as FrameworkId,
    executorId: readId('MESSOR_EXECUTOR_ID') as ExecutorId,
    secret: read(SECRET_VARIABLE),
    ...(gracePeriodMs >= 0 ? { gracePeriodMs } : {}),
    // Half of it, so that a try that gets lost is not the last.
    ...(backoffSeconds === undefined ? {} : { reregisterDelayMsMax: Number(backoffSeconds) * 500 }),
  };

  function read(name: string): string {
    const value = environment[name];
    if (value === undefined || value === '') {
      throw new Error(
        `Cannot run as an executor: ${name} is not set; an agent sets it when it starts the program`,
      );
    }
    return value;
  }

  function readId(name: string): string {
    const id = read(name);
    const fault = idFault(id);
    if (fault !== undefined) throw new Error(`Cannot run as an executor: ${name}: ${fault}`);
    return id;
  }
}
