/**
 * Parts of resources: those that a role may have, those that a framework can deal with, and what
 * becomes of them when they are reserved.
 * Source: Mesos 1.11, src/common/resources.cpp (allocatableTo, pushReservation, popReservation).
 */
import { type Reservation, roleOf } from './resource-kinds.ts';
import { plus, type Resource, type Resources } from './resources.ts';
import { isWithin } from './roles.ts';

/** Nobody's. */
export function unreserved(resources: Resources): Resources {
  return part(resources, ({ reservations }) => reservations === undefined);
}

/** Somebody's. */
export function reserved(resources: Resources): Resources {
  return part(resources, ({ reservations }) => reservations !== undefined);
}

/** Nobody's, and what is reserved for the role or one above it. */
export function allocatableTo(resources: Resources, role: string): Resources {
  return part(resources, (resource) => {
    const owner = roleOf(resource);
    return owner === undefined || isWithin(role, owner);
  });
}

/** All of one kind of resource, or another. @returns the same list where that is all of it */
export function part(resources: Resources, wanted: (resource: Resource) => boolean): Resources {
  return resources.every(wanted) ? resources : resources.filter(wanted);
}

/** The same, with one more reservation on top of each. */
export function pushReservation(resources: Resources, reservation: Reservation): Resources {
  return changed(resources, (resource) => ({
    ...resource,
    reservations: [...(resource.reservations ?? []), reservation],
  }));
}

/** The same, without the reservation on top of each. */
export function popReservation(resources: Resources): Resources {
  return changed(resources, (resource) => {
    const { reservations = [], ...rest } = resource;
    const left = reservations.slice(0, -1);
    return left.length === 0 ? rest : { ...rest, reservations: left };
  });
}

/** Another kind stands elsewhere in the canonical order. */
function changed(resources: Resources, change: (resource: Resource) => Resource): Resources {
  return resources.reduce<Resources>((sum, resource) => plus(sum, [change(resource)]), []);
}
