/**
 * Parts of resources: those that a role may have, those that a framework can deal with, and what
 * becomes of them when they are reserved.
 * Source: Mesos 1.11, src/common/resources.cpp (allocatableTo, pushReservation, popReservation).
 */
import { isPlain, type Reservation, roleOf } from './resource-kinds.ts';
import { contains, minus, plus, type Resource, type Resources } from './resources.ts';
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

/**
 * Takes what is wanted, of whatever reservation where it does not say, what is reserved first: nobody
 * else may have that. Only ordinary amounts are taken so, no volumes and nothing that may be taken
 * back; what is wanted of a certain kind is taken of that kind.
 * @returns what it comes to, or undefined where there is not enough
 */
export function claim(free: Resources, wanted: Resources): Resources | undefined {
  // Nearly always: there is nothing to choose from.
  if (free.every(isPlain)) return contains(free, wanted) ? wanted : undefined;
  const certain = wanted.filter((resource) => !isPlain(resource));
  if (!contains(free, certain)) return undefined;
  let claimed: Resources = certain;
  let rest = minus(free, certain);
  for (const resource of wanted.filter(isPlain)) {
    let missing: Resources = [resource];
    for (const source of rest.toReversed()) {
      if (!isOrdinary(source, resource) || missing.length === 0) continue;
      const { reservations } = source;
      const of = (amount: Resources): Resources =>
        amount.map((one) => (reservations === undefined ? one : { ...one, reservations }));
      const taken = common(of(missing), [source]);
      claimed = plus(claimed, taken);
      missing = minus(missing, withoutReservations(taken));
    }
    if (missing.length > 0) return undefined;
    rest = minus(free, claimed);
  }
  return claimed;
}

/** Of the same name and type, and nothing but reserved, if that. */
function isOrdinary(source: Resource, { name, type }: Resource): boolean {
  const { reservations: _, ...others } = source;
  return source.name === name && source.type === type && isPlain(others);
}

/** What is in both. */
function common(one: Resources, other: Resources): Resources {
  return minus(one, minus(one, other));
}

/** What several share is on its agent once, however many have it. */
export function onceEach(resources: Resources): Resources {
  if (resources.every(({ shared }) => shared === undefined)) return resources;
  return resources.map((resource) => {
    if (resource.type !== 'scalar') return resource;
    const { copies: _, ...once } = resource;
    return once;
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

/** The same amounts, nobody's. */
export function withoutReservations(resources: Resources): Resources {
  return changed(resources, ({ reservations: _, ...rest }) => rest);
}

/** Another kind stands elsewhere in the canonical order. */
function changed(resources: Resources, change: (resource: Resource) => Resource): Resources {
  return resources.reduce<Resources>((sum, resource) => plus(sum, [change(resource)]), []);
}
