/**
 * What is wrong with an operation on resources, in the words of Mesos; the first fault counts. Pure.
 *
 * Who reserves and creates by a framework does it for a role of that framework, with what was offered
 * to that role; an operator does it with what nobody has.
 * Source: Mesos 1.11, src/master/validation.cpp, namespace operation.
 */
import type { FrameworkInfo } from '../protocol/framework.ts';
import type { FrameworkId } from '../protocol/ids.ts';
import { isPersistentVolume, roleOf } from '../protocol/resource-kinds.ts';
import { type ResourceOperation, spaceOf } from '../protocol/resource-operations.ts';
import { part, withoutReservations } from '../protocol/resource-selection.ts';
import {
  compareResources,
  contains,
  equalResources,
  formatResources,
  plus,
  type Resource,
  type Resources,
  type ScalarResource,
} from '../protocol/resources.ts';

export interface OperationGround {
  /** Who acts, where that is known. */
  readonly principal: string | undefined;
  /** Absent: an operator acts. */
  readonly framework:
    | {
        readonly frameworkId: FrameworkId;
        readonly info: FrameworkInfo;
        /** That the resources were offered to. */
        readonly role: string;
      }
    | undefined;
  /** All that the agent has, and what tasks and executors use of it. */
  readonly total: Resources;
  readonly used: Resources;
}

/** @returns a sentence, or undefined */
export function resourceOperationFault(
  operation: ResourceOperation,
  ground: OperationGround,
): string | undefined {
  switch (operation.type) {
    case 'reserve':
      return (
        sourceFault(operation) ??
        firstFault(operation.resources, (resource) => reserveFault(resource, ground))
      );
    case 'unreserve':
      return firstFault(operation.resources, unreserveFault);
    case 'createVolumes':
      return createFault(operation.volumes, ground);
    case 'destroyVolumes':
      return destroyFault(operation.volumes, ground);
    case 'growVolume':
      return growFault(operation.volume, operation.addition);
    case 'shrinkVolume':
      return shrinkFault(operation.volume, operation.subtractMilli);
  }
}

function firstFault(
  resources: Resources,
  faultOf: (resource: Resource) => string | undefined,
): string | undefined {
  for (const resource of resources) {
    const fault = faultOf(resource);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

// ------------------------------------------------------------------------------ reservations

function sourceFault({
  resources,
  source,
}: Extract<ResourceOperation, { type: 'reserve' }>): string | undefined {
  if (source === undefined) return undefined;
  const mixed = mixedFault(source);
  if (mixed !== undefined) return `Invalid source: ${mixed}`;
  const mixedTarget = mixedFault(resources);
  if (mixedTarget !== undefined) return `Invalid resources: ${mixedTarget}`;
  const [from, to] = [withoutReservations(source), withoutReservations(resources)];
  if (equalResources(from, to)) return undefined;
  return `Source and target resources should refer to identical resource quantities: ${formatResources(from)} vs. ${formatResources(to)}`;
}

/** All are to be reserved in the same way. */
function mixedFault(resources: Resources): string | undefined {
  const [first] = resources;
  if (first === undefined) return 'Resource cannot be empty';
  const asFirst = ({ reservations }: Resource) =>
    compareResources(withReservations(reservations), withReservations(first.reservations)) === 0;
  if (resources.every(asFirst)) return undefined;
  return `Mixed reservations are not supported: ${formatResources(resources)}`;
}

function withReservations(reservations: Resource['reservations']): Resource {
  return { name: '', type: 'scalar', milli: 1, ...(reservations && { reservations }) };
}

function reserveFault(
  resource: Resource,
  { principal, framework }: OperationGround,
): string | undefined {
  const top = resource.reservations?.at(-1);
  if (top?.type !== 'dynamic') return notDynamic(resource);
  return (
    principalFault(principal, top.principal) ??
    (framework && reserveRoleFault(top.role, framework.role, framework.info.roles))
  );
}

function notDynamic(resource: Resource): string {
  return `Resource ${formatResources([resource])} is not dynamically reserved`;
}

function principalFault(acting: string | undefined, said: string | undefined): string | undefined {
  if (acting === undefined || acting === said) return undefined;
  if (said === undefined) {
    return `A reserve operation was attempted by principal '${acting}', but there is a reserved resource in the request with no principal set`;
  }
  return `A reserve operation was attempted by authenticated principal '${acting}', which does not match a reserved resource in the request with principal '${said}'`;
}

function reserveRoleFault(
  role: string,
  allocationRole: string,
  roles: readonly string[],
): string | undefined {
  if (role !== allocationRole) {
    return `A reserve operation was attempted for a resource with role '${role}', but the resource was allocated to role '${allocationRole}'`;
  }
  if (roles.includes(role)) return undefined;
  return `A reserve operation was attempted for a resource allocated to role '${role}', but the framework only has roles '${roles.join(', ')}'`;
}

function unreserveFault(resource: Resource): string | undefined {
  if (resource.reservations?.at(-1)?.type !== 'dynamic') return notDynamic(resource);
  if (!isPersistentVolume(resource)) return undefined;
  return `A dynamically reserved persistent volume ${formatResources([resource])} cannot be unreserved directly. Please destroy the persistent volume first then unreserve the resource`;
}

// ----------------------------------------------------------------------------------- volumes

function createFault(
  volumes: Resources,
  { principal, framework, total }: OperationGround,
): string | undefined {
  const notVolume = firstFault(volumes, volumeFault);
  if (notVolume !== undefined) return `Not a persistent volume: ${notVolume}`;
  const twice = uniqueFault(volumes, part(total, isPersistentVolume));
  if (twice !== undefined) return twice;
  return firstFault(volumes, (volume) => {
    if (volume.shared && framework && !framework.info.capabilities.includes('sharedResources')) {
      return `Create volume operation for '${formatResources([volume])}' has been attempted by framework '${framework.frameworkId}' with no SHARED_RESOURCES capability`;
    }
    return creatorFault(principal, volume.disk?.persistence?.principal);
  });
}

function volumeFault(volume: Resource): string | undefined {
  const { disk } = volume;
  if (disk === undefined) return `Resource ${formatResources([volume])} does not have DiskInfo`;
  if (disk.persistence === undefined) return "'persistence' is not set in DiskInfo";
  if (disk.volume === undefined) return "Expecting 'volume' to be set for persistent volume";
  if (disk.volume.mode === 'ro') return 'Read-only persistent volume not supported';
  if (volume.reservations === undefined) {
    return `Resource ${formatResources([volume])} is not reserved`;
  }
  return undefined;
}

/** An id is of one volume within its role on its agent. */
function uniqueFault(volumes: Resources, others: Resources): string | undefined {
  const idOf = (volume: Resource) => `${roleOf(volume)}\n${volume.disk?.persistence?.id}`;
  const known = new Set(others.map(idOf));
  return firstFault(volumes, (volume) => {
    const id = idOf(volume);
    if (known.has(id)) return `Persistence ID '${volume.disk?.persistence?.id}' is not unique`;
    known.add(id);
    return undefined;
  });
}

function creatorFault(acting: string | undefined, said: string | undefined): string | undefined {
  if (acting === undefined || acting === said) return undefined;
  if (said === undefined) {
    return `Create volume operation attempted by principal '${acting}', but there is a volume in the operation with no principal set in 'disk.persistence'`;
  }
  return `Create volume operation attempted by authenticated principal '${acting}', which does not match a volume in the operation with principal '${said}' set in 'disk.persistence'`;
}

function destroyFault(volumes: Resources, { total, used }: OperationGround): string | undefined {
  const notVolume = firstFault(volumes, volumeFault);
  if (notVolume !== undefined) return `Not a persistent volume: ${notVolume}`;
  return firstFault(volumes, (volume) => {
    if (!contains(total, [volume])) return 'Persistent volumes not found';
    return contains(used, [volume]) ? 'Persistent volumes in use' : undefined;
  });
}

function growFault(volume: ScalarResource, addition: ScalarResource): string | undefined {
  if (addition.milli <= 0) {
    return "The size of 'GrowVolume.addition' field must be greater than zero";
  }
  const fault = volumeFault(volume);
  if (fault !== undefined) {
    return `Invalid persistent volume in the 'GrowVolume.volume' field: ${fault}`;
  }
  if (volume.shared) return 'Growing a shared persistent volume is not supported';
  // What is given as a whole does not add up, so a volume that fills such a disk cannot grow.
  if (plus([spaceOf(volume)], [addition]).length === 1 && !isGivenWhole(addition)) return undefined;
  return "Incompatible resources in the 'GrowVolume.volume' and 'GrowVolume.addition' fields";
}

function isGivenWhole({ disk }: ScalarResource): boolean {
  return disk?.source?.type === 'mount';
}

function shrinkFault(volume: ScalarResource, subtractMilli: number): string | undefined {
  if (subtractMilli <= 0) return "Value of 'ShrinkVolume.subtract' must be greater than zero";
  if (volume.milli <= subtractMilli) {
    return "Value of 'ShrinkVolume.subtract' must be smaller than the size of 'ShrinkVolume.volume'";
  }
  if (volume.disk?.source?.type === 'mount') {
    return 'Shrinking a volume on a MOUNT disk is not supported';
  }
  const fault = volumeFault(volume);
  if (fault !== undefined) {
    return `Invalid persistent volume in the 'ShrinkVolume.volume' field: ${fault}`;
  }
  return volume.shared ? 'Shrinking a shared persistent volume is not supported' : undefined;
}
