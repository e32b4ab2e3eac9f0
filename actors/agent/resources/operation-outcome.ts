/** What an operation makes of an agent's resources, and what is to be done on its disks. Pure. */
import type { OperationRecord } from '../../protocol/operation.ts';
import { compareKinds, isPersistentVolume } from '../../protocol/resource-kinds.ts';
import {
  conversionOf,
  converted,
  type ResourceOperation,
} from '../../protocol/resource-operations.ts';
import { formatResources } from '../../protocol/resource-text.ts';
import type { Resources } from '../../protocol/resources.ts';
import { volumeFault } from './volume-paths.ts';

/** What an operation wants of the file system; those that only change the books want nothing. */
export type Deed =
  | { readonly type: 'create'; readonly volumes: Resources }
  | { readonly type: 'destroy'; readonly volumes: Resources };

export type Outcome = { readonly total: Resources } | { readonly refused: string };

/**
 * @param inUse by tasks and executors: their volumes are not changed. What else they have may become
 *   somebody's: it is given to nobody before they are out.
 */
export function outcomeOf(
  total: Resources,
  operation: ResourceOperation,
  inUse: Resources,
): Outcome {
  const deed = deedOf(operation);
  for (const volume of deed?.volumes ?? []) {
    const fault = volumeFault(volume);
    if (fault === undefined) continue;
    return { refused: `Cannot make or remove ${formatResources([volume])}: ${fault}` };
  }
  const conversion = conversionOf(operation);
  const { consumed } = conversion;
  const used = consumed.find(
    (resource) =>
      isPersistentVolume(resource) && inUse.some((other) => compareKinds(resource, other) === 0),
  );
  if (used !== undefined) return { refused: `${formatResources([used])} is in use` };
  const after = converted(total, conversion);
  const isSound = conversion.converted.every((one) => one.type !== 'scalar' || one.milli > 0);
  if (after !== undefined && isSound) return { total: after };
  return { refused: `The agent does not have ${formatResources(consumed)}` };
}

export function deedOf(operation: ResourceOperation): Deed | undefined {
  const { type } = operation;
  if (type === 'createVolumes') return { type: 'create', volumes: operation.volumes };
  if (type === 'destroyVolumes') return { type: 'destroy', volumes: operation.volumes };
  return undefined;
}

/** What the agent has when all of these have succeeded: so the master counts, which books at once. */
export function foreseen(total: Resources, pending: Iterable<OperationRecord>): Resources {
  let seen = total;
  for (const { operation } of pending) seen = converted(seen, conversionOf(operation)) ?? seen;
  return seen;
}
