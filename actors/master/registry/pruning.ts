/**
 * What the registry may forget: agents and frameworks that are long gone, and the oldest of too many.
 * Who leads asks for it now and then; the registry itself has no clock.
 * Source: Mesos 1.11, src/master/master.cpp, doRegistryGc.
 */

import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import { NAMES_PER_OPERATION_MAX } from './operation-text.ts';
import type { RegistryOperation } from './operations.ts';

export interface PruningLimits {
  /** For unreachable agents, those that are gone, and frameworks that have ended; each by itself. */
  readonly countMax: number;
  /** What is older is forgotten. */
  readonly bornBeforeMs: number;
}

/** What a registry says of them, or who leads; oldest first. */
export interface Prunable {
  readonly unreachable: ReadonlyMap<AgentId, { readonly sinceMs: number }>;
  readonly gone: ReadonlyMap<AgentId, { readonly sinceMs: number }>;
  readonly completedFrameworks: ReadonlyMap<FrameworkId, { readonly endedMs: number }>;
}

/** @returns the operations that are needed; oldest first, at most one of each kind */
export function pruningOf(
  { unreachable, gone, completedFrameworks }: Prunable,
  limits: PruningLimits,
): readonly RegistryOperation[] {
  const operations: RegistryOperation[] = [];
  const lost = oldest(unreachable, ({ sinceMs }) => sinceMs, limits);
  if (lost.length > 0) operations.push({ type: 'forgetAgents', agentIds: lost });
  const agentIds = oldest(gone, ({ sinceMs }) => sinceMs, limits);
  if (agentIds.length > 0) operations.push({ type: 'forgetGoneAgents', agentIds });
  const frameworkIds = oldest(completedFrameworks, ({ endedMs }) => endedMs, limits);
  if (frameworkIds.length > 0) operations.push({ type: 'forgetFrameworks', frameworkIds });
  return operations;
}

/** As many as one operation may name: what is left over is found the next time. */
function oldest<Id, Value>(
  entries: ReadonlyMap<Id, Value>,
  bornMs: (value: Value) => number,
  { countMax, bornBeforeMs }: PruningLimits,
): readonly Id[] {
  const ids: Id[] = [];
  let tooManyCount = entries.size - countMax;
  for (const [id, value] of entries) {
    if (bornMs(value) >= bornBeforeMs && tooManyCount <= 0) break;
    if (ids.length === NAMES_PER_OPERATION_MAX) break;
    tooManyCount--;
    ids.push(id);
  }
  return ids;
}
