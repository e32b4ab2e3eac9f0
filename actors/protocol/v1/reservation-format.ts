/**
 * The two forms of a resource. Before reservation refinement: `role` (`*` for unreserved) and
 * `reservation`; after: the stack `reservations`, empty for unreserved. Inside only the second is
 * known; frameworks without RESERVATION_REFINEMENT speak the first; the old endpoints show both.
 * Source: Mesos, src/common/resources_utils.cpp, convertResourceFormat.
 */
import type { V1 } from './dictionary.ts';

type Resource = V1<'Resource'>;

/** From either form. */
export function refinedFormat(resource: Resource): Resource {
  const { role = '*', reservation, ...rest } = resource;
  if ((resource.reservations?.length ?? 0) > 0 || role === '*') return rest;
  const type = reservation === undefined ? 'STATIC' : 'DYNAMIC';
  return { ...rest, reservations: [{ ...reservation, type, role }] };
}

/** @returns undefined for a resource whose reservation is refined: the old form cannot say that */
export function unrefinedFormat(resource: Resource): Resource | undefined {
  const endpoint = endpointFormat(resource);
  if (endpoint.role === undefined) return undefined;
  const { reservations: _, ...rest } = endpoint;
  return rest;
}

/** Both forms at once, as far as the old one goes. */
export function endpointFormat(resource: Resource): Resource {
  const { reservations = [] } = resource;
  const [only] = reservations;
  if (reservations.length > 1) return resource;
  if (only === undefined) return { ...resource, role: '*' };
  const { type, principal, labels, role = '*' } = only;
  const reservation = {
    ...(principal === undefined ? {} : { principal }),
    ...(labels === undefined ? {} : { labels }),
  };
  return { ...resource, role, ...(type === 'DYNAMIC' ? { reservation } : {}) };
}
