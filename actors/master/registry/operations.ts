/**
 * The operations on the registry, and how they are applied.
 *
 * Each is a function of the registry and of itself alone: no clock, no chance, so that all masters
 * that apply the same ones in the same order have the same registry. Moments are written in them by
 * who asks. What one does must never change once it has been released: it may be in a log, and old
 * and new masters apply it side by side while a cluster is upgraded. What is to be done otherwise is
 * another operation, or an optional field, of which older masters say that they don't know it.
 * Source: Mesos 1.11, src/master/registry_operations.cpp, quota.cpp, maintenance.cpp, weights.cpp.
 */
import { type AgentMarkOperation, agentMarkOperations } from './agent-mark-operations.ts';
import { type AgentOperation, agentOperations } from './agent-operations.ts';
import { type FrameworkOperation, frameworkOperations } from './framework-operations.ts';
import { type LeaderOperation, leaderOperations } from './leader-operations.ts';
import { type LogOperation, logOperations } from './log-operations.ts';
import { type MachineOperation, machineOperations } from './machine-operations.ts';
import { type QuotaOperation, quotaOperations } from './quota-operations.ts';
import type { OperationHandlers, OperationResult, Registry } from './registry.ts';

export type RegistryOperation =
  | LeaderOperation
  | AgentOperation
  | AgentMarkOperation
  | FrameworkOperation
  | MachineOperation
  | QuotaOperation
  | LogOperation;

const HANDLERS: OperationHandlers<RegistryOperation> = {
  ...leaderOperations,
  ...agentOperations,
  ...agentMarkOperations,
  ...frameworkOperations,
  ...machineOperations,
  ...quotaOperations,
  ...logOperations,
};

export function applyToRegistry(registry: Registry, operation: RegistryOperation): OperationResult {
  const apply = HANDLERS[operation.type] as (
    registry: Registry,
    operation: RegistryOperation,
  ) => OperationResult;
  return apply(registry, operation);
}

/** One after the other: what is refused stands in nobody's way. @returns one result for each */
export function applyAll(
  registry: Registry,
  operations: readonly RegistryOperation[],
): readonly OperationResult[] {
  return operations.map((operation) => applyToRegistry(registry, operation));
}

/** @returns why it was refused, as a sentence; undefined when it was applied */
export function refusalOf(result: OperationResult): string | undefined {
  return 'refused' in result ? result.refused : undefined;
}
