/**
 * What of an agent's resources a role may be allocated under the quotas there are. Pure.
 *
 * Only what is nobody's, scalar and not to be taken back is cut down; the rest is always in. A disk
 * that is given only as a whole is in as a whole, or not at all.
 * Source: Mesos 1.11, hierarchical.cpp, __generateOffers, shrinkResources.
 */
import { isWhole } from '../../protocol/resource-kinds.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import {
  allowedOf,
  governorOf,
  isMetered,
  type QuotaBook,
  standingOf,
  tightestLimit,
} from './quota-book.ts';

/** @returns the same list where it may have all of it */
export function withinQuota(book: QuotaBook, role: string, resources: Resources): Resources {
  const governor = governorOf(book, role);
  let shrunk: Resource[] | undefined;
  let leftOf: number[] | undefined;
  for (let index = 0; index < resources.length; index++) {
    const resource = resources[index];
    if (resource === undefined) continue;
    const kind = isMetered(resource) ? book.kinds.get(resource.name) : undefined;
    if (kind === undefined || resource.type !== 'scalar') {
      shrunk?.push(resource);
      continue;
    }
    leftOf ??= [];
    const left = leftOf[kind] ?? allowedOf(standingOf(book, governor, kind));
    const fits = resource.milli <= left;
    const milli = fits ? resource.milli : isWhole(resource) ? 0 : left;
    leftOf[kind] = left - milli;
    if (!fits) shrunk ??= resources.slice(0, index);
    if (milli > 0) shrunk?.push(fits ? resource : { ...resource, milli });
  }
  return shrunk ?? resources;
}

/**
 * What keeps the role from having all of it: a limit, by the role that has it, or, undefined, what
 * others need for their guarantees.
 */
export function limitOn(book: QuotaBook, role: string, resources: Resources): string | undefined {
  const governor = governorOf(book, role);
  for (const resource of resources) {
    const kind = isMetered(resource) ? book.kinds.get(resource.name) : undefined;
    if (kind === undefined || resource.type !== 'scalar') continue;
    const { unmet, left, spare } = standingOf(book, governor, kind);
    const limited = left < resource.milli && left <= Math.max(unmet, spare);
    if (limited) return tightestLimit(governor, kind)?.role;
  }
  return undefined;
}

/** Whether some guarantee is not met that this could be for. */
export function couldServe({ kinds, required }: QuotaBook, resources: Resources): boolean {
  return resources.some((resource) => {
    const kind = isMetered(resource) ? kinds.get(resource.name) : undefined;
    return kind !== undefined && (required[kind] ?? 0) > 0;
  });
}

/** Whether it is nearer to its guarantee, or that of a role above it, with it. */
export function servesGuarantee(book: QuotaBook, role: string, resources: Resources): boolean {
  const governor = governorOf(book, role);
  if (governor === undefined) return false;
  for (const resource of resources) {
    if (resource.type !== 'scalar' || !isMetered(resource)) continue;
    const kind = book.kinds.get(resource.name);
    if (kind === undefined) continue;
    const { unmet } = standingOf(book, governor, kind);
    if (unmet > 0 && (!isWhole(resource) || resource.milli <= unmet)) return true;
  }
  return false;
}
