/**
 * One change to every resource in a message, wherever the schema has one: offers and calls change
 * the form of all their resources at the door.
 */
import { linkedMessage, type V1, type V1Name } from './dictionary.ts';
import type { LinkedMessage } from './linked.ts';

type Change = (resource: V1<'Resource'>) => V1<'Resource'>;
type Given = Readonly<Record<string, unknown>>;

const holders = new Map<LinkedMessage, boolean>();

/** @returns the message itself when nothing in it changed */
export function mapResources<Name extends V1Name>(
  name: Name,
  object: V1<Name>,
  change: Change,
): V1<Name> {
  return changed(linkedMessage(name), object, change) as V1<Name>;
}

function changed(message: LinkedMessage, object: Given, change: Change): Given {
  if (message.name === 'Resource') return change(object as V1<'Resource'>);
  let result = object;
  for (const { name, type, label } of message.fields) {
    const value = object[name];
    if (value === undefined || type.kind !== 'message' || !holdsResources(type)) continue;
    const next =
      label === 'repeated'
        ? changedItems(type, value as readonly Given[], change)
        : changed(type, value as Given, change);
    if (next !== value) result = { ...result, [name]: next };
  }
  return result;
}

function changedItems(
  message: LinkedMessage,
  items: readonly Given[],
  change: Change,
): readonly Given[] {
  const next = items.map((item) => changed(message, item, change));
  return next.some((item, index) => item !== items[index]) ? next : items;
}

/** No map of the schema has resources in it. */
function holdsResources(message: LinkedMessage): boolean {
  const known = holders.get(message);
  if (known !== undefined) return known;
  // Against going round in circles.
  holders.set(message, false);
  const holds =
    message.name === 'Resource' ||
    message.fields.some(
      ({ type, label }) => type.kind === 'message' && label !== 'map' && holdsResources(type),
    );
  holders.set(message, holds);
  return holds;
}
