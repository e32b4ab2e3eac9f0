/**
 * The registry: what a cluster must not forget about its agents, and the operations on it.
 *
 * Each operation is a function of the registry alone, so that every master that applies the same
 * ones in the same order has the same registry. It changes what it is given (50 000 agents are not
 * copied for one), and only when it succeeds.
 * Source: Mesos 1.11, src/master/registry.proto, registry_operations.cpp.
 */
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import type { AgentId } from '../protocol/ids.ts';

export interface Registry {
  readonly admitted: Map<AgentId, RegisteredAgentInfo>;
  /** Since when, in milliseconds since 1970. */
  readonly unreachable: Map<AgentId, number>;
}

export type RegistryOperation =
  /** A new agent. Fails when the id is taken. */
  | { readonly type: 'admitAgent'; readonly info: RegisteredAgentInfo }
  /** What it has or is called changed. Fails when it isn't admitted. */
  | { readonly type: 'updateAgent'; readonly info: RegisteredAgentInfo }
  /** Fails when it isn't admitted. */
  | { readonly type: 'markAgentUnreachable'; readonly agentId: AgentId; readonly sinceMs: number }
  /** Also admits one that nobody knows any more: it may have been forgotten. */
  | { readonly type: 'markAgentReachable'; readonly info: RegisteredAgentInfo }
  /** It left for good. Fails when it isn't admitted. */
  | { readonly type: 'removeAgent'; readonly agentId: AgentId }
  /**
   * Unreachable ones are forgotten; who is not unreachable any more stays. `replaced`: another agent
   * is where they were, so they don't come back.
   */
  | {
      readonly type: 'forgetAgents';
      readonly agentIds: readonly AgentId[];
      readonly replaced: boolean;
    };

/** @returns why it cannot be applied, as a sentence; undefined when it has been */
export function applyToRegistry(
  registry: Registry,
  operation: RegistryOperation,
): string | undefined {
  const { admitted, unreachable } = registry;
  switch (operation.type) {
    case 'admitAgent': {
      const { agentId } = operation.info;
      if (admitted.has(agentId)) return `Cannot admit agent "${agentId}": it is admitted already`;
      if (unreachable.has(agentId)) return `Cannot admit agent "${agentId}": it is unreachable`;
      admitted.set(agentId, operation.info);
      return undefined;
    }
    case 'updateAgent': {
      const { agentId } = operation.info;
      if (!admitted.has(agentId)) return `Cannot update agent "${agentId}": it is not admitted`;
      admitted.set(agentId, operation.info);
      return undefined;
    }
    case 'markAgentUnreachable': {
      const { agentId, sinceMs } = operation;
      if (!admitted.delete(agentId)) {
        return `Cannot mark agent "${agentId}" unreachable: it is not admitted`;
      }
      unreachable.set(agentId, sinceMs);
      return undefined;
    }
    case 'markAgentReachable': {
      const { agentId } = operation.info;
      unreachable.delete(agentId);
      admitted.set(agentId, operation.info);
      return undefined;
    }
    case 'removeAgent': {
      const { agentId } = operation;
      if (!admitted.delete(agentId)) return `Cannot remove agent "${agentId}": it is not admitted`;
      return undefined;
    }
    case 'forgetAgents': {
      for (const agentId of operation.agentIds) unreachable.delete(agentId);
      return undefined;
    }
  }
}
