/** What an agent tells an executor's program by its environment: where to register, and as whom. */

import { type ExecutorId, type FrameworkId, idFault } from './ids.ts';
import type { EnvironmentVariable } from './task.ts';

export interface ExecutorEnvironment {
  /** `host:port` of the agent's node. */
  readonly agentNode: string;
  readonly cluster: string;
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
}

const NAMES = {
  agentNode: 'MESSOR_AGENT',
  cluster: 'MESSOR_CLUSTER',
  frameworkId: 'MESSOR_FRAMEWORK_ID',
  executorId: 'MESSOR_EXECUTOR_ID',
} as const satisfies Record<keyof ExecutorEnvironment, string>;

export function formatExecutorEnvironment(told: ExecutorEnvironment): EnvironmentVariable[] {
  return (Object.keys(NAMES) as (keyof ExecutorEnvironment)[]).map((key) => ({
    name: NAMES[key],
    value: told[key],
  }));
}

/** @throws when a variable is missing or is not what it should be */
export function parseExecutorEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ExecutorEnvironment {
  const agentNode = read(NAMES.agentNode);
  if (!/^[^@#\s]+:\d+$/.test(agentNode)) {
    throw new Error(
      `Cannot find the agent at "${agentNode}": ${NAMES.agentNode} must be host:port`,
    );
  }
  return {
    agentNode,
    cluster: read(NAMES.cluster),
    frameworkId: readId(NAMES.frameworkId) as FrameworkId,
    executorId: readId(NAMES.executorId) as ExecutorId,
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
    if (fault !== undefined)
      throw new Error(`Cannot run as the executor of ${name}="${id}": ${fault}`);
    return id;
  }
}
