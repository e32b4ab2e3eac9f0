/** Scalars as lists of thousandths, for the sums in the tree of shares. */
import type { Resources } from '../../protocol/resources.ts';

/** Scalars that count in shares; those of further names are handed out but count nothing. */
const SCALAR_KINDS_MAX = 256;

/** Thousandths by kind; a shorter list has nothing of what is missing. */
export type Amounts = number[];

export interface Counted {
  readonly kinds: Map<string, number>;
  /** Scalars that count nothing, as the operator wants it. */
  readonly unshared: ReadonlySet<string>;
}

export function amountsOf(counted: Counted, resources: Resources): Amounts {
  const amounts: Amounts = [];
  for (const resource of resources) {
    if (resource.type !== 'scalar' || counted.unshared.has(resource.name)) continue;
    let kind = counted.kinds.get(resource.name);
    if (kind === undefined) {
      if (counted.kinds.size >= SCALAR_KINDS_MAX) continue;
      kind = counted.kinds.size;
      counted.kinds.set(resource.name, kind);
    }
    while (amounts.length <= kind) amounts.push(0);
    amounts[kind] = (amounts[kind] ?? 0) + resource.milli;
  }
  return amounts;
}

export function add(amounts: Amounts, others: Amounts, sign: 1 | -1): void {
  while (amounts.length < others.length) amounts.push(0);
  for (let kind = 0; kind < others.length; kind++) {
    amounts[kind] = (amounts[kind] ?? 0) + sign * (others[kind] ?? 0);
  }
}
