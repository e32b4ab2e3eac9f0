/**
 * Amounts of resources by name, in thousandths: compared as guarantees and limits are, and written as
 * Mesos writes them. Pure. Source: Mesos 1.11, src/common/resource_quantities.cpp.
 */
type Amounts = ReadonlyMap<string, number>;

export function amountsOf(record: Readonly<Record<string, number>>): Map<string, number> {
  return new Map(Object.entries(record));
}

/** Whether there is at least as much of everything: what is not named is nothing. */
export function hasAll(amounts: Amounts, wanted: Amounts): boolean {
  for (const [name, milli] of wanted) if ((amounts.get(name) ?? 0) < milli) return false;
  return true;
}

/** Whether nothing is over its limit: what is not named has none. */
export function isUnder(limits: Amounts, amounts: Amounts): boolean {
  for (const [name, milli] of limits) if ((amounts.get(name) ?? 0) > milli) return false;
  return true;
}

/** `cpus:2; mem:512`, or `{}`. */
export function quantitiesText(amounts: Amounts): string {
  const texts = inOrder(amounts).map(([name, milli]) => `${name}:${milli / 1000}`);
  return texts.length === 0 ? '{}' : texts.join('; ');
}

/** `{ cpus: 2, mem: 512 }`. */
export function amountsText(amounts: Amounts): string {
  const texts = inOrder(amounts).map(([name, milli]) => `${name}: ${milli / 1000}`);
  return texts.length === 0 ? '{  }' : `{ ${texts.join(', ')} }`;
}

function inOrder(amounts: Amounts): readonly (readonly [string, number])[] {
  return [...amounts].sort(([one], [other]) => (one < other ? -1 : 1));
}
