/** What the tests of reservations and volumes speak of: a role, some of a disk, and a volume of that. */
import type { OperationUuid } from '../../../../actors/protocol/ids.ts';
import type { OperationRecord } from '../../../../actors/protocol/operation.ts';
import type { Disk, Reservation } from '../../../../actors/protocol/resource-kinds.ts';
import type { ResourceOperation } from '../../../../actors/protocol/resource-operations.ts';
import {
  parseResources,
  plus,
  type Resources,
  type ScalarResource,
} from '../../../../actors/protocol/resources.ts';

export const flags = parseResources('cpus:4;mem:1024;disk:100');

const reservations: readonly Reservation[] = [{ type: 'dynamic', role: 'ads', principal: 'p' }];

export function reservedDisk(mib: number, source?: Disk['source']): ScalarResource {
  const disk = source === undefined ? {} : { disk: { source } };
  return { name: 'disk', type: 'scalar', milli: mib * 1000, reservations, ...disk };
}

export function volume(id: string, mib = 10, but: Partial<ScalarResource> = {}): ScalarResource {
  const { disk = {}, ...rest } = but;
  return {
    ...{ name: 'disk', type: 'scalar', milli: mib * 1000, reservations },
    ...rest,
    disk: { persistence: { id }, volume: { containerPath: 'data', mode: 'rw' }, ...disk },
  };
}

export const reserve: ResourceOperation = { type: 'reserve', resources: [reservedDisk(64)] };

export function create(...volumes: readonly ScalarResource[]): ResourceOperation {
  return { type: 'createVolumes', volumes: canonical(volumes) };
}

export function destroy(...volumes: readonly ScalarResource[]): ResourceOperation {
  return { type: 'destroyVolumes', volumes: canonical(volumes) };
}

export function operationRecord(uuid: string, operation: ResourceOperation): OperationRecord {
  return { operationUuid: uuid as OperationUuid, operation };
}

function canonical(resources: readonly ScalarResource[]): Resources {
  return resources.reduce<Resources>((sum, one) => plus(sum, [one]), []);
}
