/** What becomes of a message that goes through JSON: the defaults that Mesos shows are then set. */
import { linkedMessage, type V1, type V1Name } from '../../../../actors/protocol/v1/dictionary.ts';
import type { LinkedMessage } from '../../../../actors/protocol/v1/linked.ts';

export function withDefaultsShown<Name extends V1Name>(name: Name, message: V1<Name>): V1<Name> {
  return shown(linkedMessage(name), message) as V1<Name>;
}

function shown(message: LinkedMessage, object: unknown): unknown {
  const given = object as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const { name, label, type, shownUnset, unset } of message.fields) {
    const value = given[name] ?? (shownUnset ? unset : undefined);
    if (value === undefined) continue;
    const one = (item: unknown): unknown => (type.kind === 'message' ? shown(type, item) : item);
    if (label === 'repeated') result[name] = (value as readonly unknown[]).map(one);
    else if (label === 'map') result[name] = shownEntries(value, one);
    else result[name] = one(value);
  }
  return result;
}

function shownEntries(value: unknown, one: (item: unknown) => unknown): unknown {
  return new Map(
    [...(value as ReadonlyMap<string, unknown>)].map(([key, item]) => [key, one(item)]),
  );
}
