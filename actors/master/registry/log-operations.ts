/**
 * Which replicated logs there are. What is in them is not the registry's: each is a log of its own,
 * kept by the same masters (see `replicated-logs/`).
 *
 *     (none) ──createLog──▶ there ──removeLog──▶ (none; one of the same name is another log)
 */
import { LOGS_MAX } from '../../protocol/replicated-logs.ts';
import { MUTATED, type OperationHandlers, UNCHANGED } from './registry.ts';

/** A master by its place in the registry's log, and where it is. */
export interface LogFounder {
  readonly memberId: number;
  /** `host:port` */
  readonly node: string;
}

export interface ReplicatedLog {
  /** `role/name`; a log outlives the frameworks that use it. */
  readonly name: string;
  /** A UUID: no two logs have the same, also not one after the other. */
  readonly logId: string;
  /** In other clusters, made from a copy of this registry, these are not the founders. */
  readonly clusterId: string;
  /** The masters that voted when it was created: each of them begins it with the same words. */
  readonly founders: readonly LogFounder[];
}

export type LogOperation =
  /** Without effect when there is one of this name. Refused when there are too many. */
  | { readonly type: 'createLog'; readonly log: ReplicatedLog }
  | { readonly type: 'removeLog'; readonly logId: string };

export const logOperations: OperationHandlers<LogOperation> = {
  createLog(registry, { log }) {
    const { logs } = registry;
    if (logs.some(({ name }) => name === log.name)) return UNCHANGED;
    if (logs.length >= LOGS_MAX) {
      const refused = `Cannot create log "${log.name}": there are ${logs.length}, and may be at most ${LOGS_MAX}`;
      return { refused };
    }
    registry.logs = [...logs, log];
    return MUTATED;
  },

  removeLog(registry, { logId }) {
    const rest = registry.logs.filter((log) => log.logId !== logId);
    if (rest.length === registry.logs.length) return UNCHANGED;
    registry.logs = rest;
    return MUTATED;
  },
};
