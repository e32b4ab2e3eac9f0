/** How much there is of a resource, of whatever kind: ranges and sets by how many are in them. Pure. */
import type { Resource, Resources } from '../../protocol/resources.ts';

/** Whether there is as much of each name. */
export function holdsQuantities(resources: Resources, wanted: Resources): boolean {
  return wanted.every(({ name }) => quantityMilli(resources, name) >= quantityMilli(wanted, name));
}

function quantityMilli(resources: Resources, name: string): number {
  let milli = 0;
  for (const resource of resources) if (resource.name === name) milli += milliOf(resource);
  return milli;
}

function milliOf(resource: Resource): number {
  if (resource.type === 'scalar') return resource.milli;
  if (resource.type === 'set') return 1000 * resource.items.length;
  return resource.ranges.reduce((sum, { begin, end }) => sum + 1000 * (end - begin + 1), 0);
}
