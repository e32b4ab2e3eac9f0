/**
 * Operations on resources by what became of them, for all and for each type. How many are pending is
 * looked up when somebody asks; what they ended as is counted, and so is the loss of their agents.
 * Source: Mesos 1.11, src/master/metrics.cpp, OperationStates; master.cpp, removeOperation.
 */
import type { OperationState } from '../../protocol/operation.ts';
import { OPERATION_NAMES, type ResourceOperation } from '../../protocol/resource-operations.ts';
import type { MasterState } from '../state.ts';

type ChangeType = ResourceOperation['type'];

/** Those that are counted; an agent that has left for good has taken its operations with it. */
const COUNTED: Readonly<Partial<Record<OperationState, string>>> = {
  finished: 'finished',
  failed: 'failed',
  error: 'error',
  dropped: 'dropped',
  unreachable: 'unreachable',
  goneByOperator: 'gone_by_operator',
  unknown: 'gone_by_operator',
};

const prefixesOf = (type: string) => ['', `${type.toLowerCase()}/`] as const;

/** @returns the counters of an operation that has come to this; none where that is not counted */
export function operationCounters(type: ChangeType, state: OperationState): readonly string[] {
  const what = COUNTED[state];
  if (what === undefined) return [];
  return prefixesOf(OPERATION_NAMES[type]).map((prefix) => `master/operations/${prefix}${what}`);
}

/** @returns the counters of one more operation */
export function newOperationCounters(type: ChangeType): readonly string[] {
  return prefixesOf(OPERATION_NAMES[type]).map((prefix) => `master/operations/${prefix}total`);
}

/** Those of providers of storage are in the list: there are none here. */
const TYPES = [...Object.values(OPERATION_NAMES), 'CREATE_DISK', 'DESTROY_DISK'] as const;
const PREFIXES = [...new Set(TYPES.flatMap((type) => prefixesOf(type)))];

export const OPERATION_COUNTERS: readonly string[] = PREFIXES.flatMap((prefix) =>
  ['total', ...new Set(Object.values(COUNTED))].map((what) => `master/operations/${prefix}${what}`),
);

export function operationGauges({ agents }: MasterState): Iterable<readonly [string, number]> {
  const gauges = new Map<string, number>(
    PREFIXES.flatMap((prefix) =>
      ['pending', 'recovering'].map((what) => [`master/operations/${prefix}${what}`, 0] as const),
    ),
  );
  for (const { operations } of agents.registered.values()) {
    for (const { record, status } of operations.values()) {
      if (status.state !== 'pending') continue;
      for (const prefix of prefixesOf(OPERATION_NAMES[record.operation.type])) {
        const name = `master/operations/${prefix}pending`;
        gauges.set(name, (gauges.get(name) ?? 0) + 1);
      }
    }
  }
  return gauges;
}
