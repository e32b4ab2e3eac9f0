/**
 * In which form a framework sees offers and resources: its capabilities say so, and what was written
 * in our form is changed at the door.
 * Source: Mesos, src/master/master.cpp, where offers are sent.
 */
import type { V1, V1Name } from './dictionary.ts';
import { mapResources } from './each-resource.ts';
import { unrefinedFormat } from './reservation-format.ts';

export interface FrameworkForm {
  /** Resources and offers say for which role they are allocated. */
  readonly multiRole: boolean;
  /** Reservations are a stack. */
  readonly reservationRefinement: boolean;
}

export function formOf({ capabilities = [] }: V1<'FrameworkInfo'>): FrameworkForm {
  const types = capabilities.map(({ type }) => type);
  return {
    multiRole: types.includes('MULTI_ROLE'),
    reservationRefinement: types.includes('RESERVATION_REFINEMENT'),
  };
}

/** What has refined reservations is not sent to a framework without refinement; here it stays. */
export function inForm<Name extends V1Name>(
  name: Name,
  object: V1<Name>,
  { multiRole, reservationRefinement }: FrameworkForm,
): V1<Name> {
  if (multiRole && reservationRefinement) return object;
  return mapResources(name, object, (resource) => {
    const { allocation_info: _, ...bare } = resource;
    const known = multiRole ? resource : bare;
    return reservationRefinement ? known : (unrefinedFormat(known) ?? known);
  });
}
