/** Scalars as lists of thousandths, for the sums in the tree of shares. */
import type { Resources } from '../../protocol/resources.ts';

/** Scalars that count in shares; those of further names are handed out but count nothing. */
export const SCALAR_KINDS_MAX = 256;

export interface Counted {
  readonly kinds: Map<string, number>;
  /** Scalars that count nothing, as the operator wants it. */
  readonly unshared: ReadonlySet<string>;
}

/** Thousandths by kind. @param amounts is overwritten, as far as there are kinds; a name may be new */
export function readAmounts(counted: Counted, resources: Resources, amounts: Float64Array): void {
  const { kinds, unshared } = counted;
  amounts.fill(0, 0, kinds.size);
  for (const resource of resources) {
    if (resource.type !== 'scalar') continue;
    let kind = kinds.get(resource.name);
    if (kind === undefined) {
      if (kinds.size >= SCALAR_KINDS_MAX || unshared.has(resource.name)) continue;
      kind = kinds.size;
      kinds.set(resource.name, kind);
      amounts[kind] = 0;
    }
    amounts[kind] = (amounts[kind] ?? 0) + resource.milli;
  }
}
