/**
 * Roles that need not be asked, as their limit is reached: they are set aside in the tree of shares until something of
 * theirs is given back or their quota is another one. So a round does not walk over them for each agent.
 *
 *     booking ─▶ `turned` of the quota book ─▶ at the next look: in the order, or aside
 *
 * A role is idle when of each of the least amounts that are worth an offer it may have nothing more of one
 * scalar. What limits don't count could be worth an offer nevertheless: what is reserved or may be
 * taken back. Of an agent that has such of the scalars concerned all are asked, and so it is where
 * frameworks have least amounts of their own. Then nobody is left out who could have been chosen.
 */
import type { Resources } from '../../protocol/resources.ts';
import { isMetered, isReached, type QuotaBook, type QuotaNode, standingOf } from './quota-book.ts';
import { branchOf, setAside } from './shares.ts';
import type { AllocatorState } from './state.ts';

/** Its branch may be new. */
export function lookAtRole({ roles, turned }: QuotaBook, role: string): void {
  if (roles.size === 0) return;
  for (let end = role.indexOf('/'); end >= 0; end = role.indexOf('/', end + 1)) {
    turned.add(role.slice(0, end));
  }
  turned.add(role);
}

/** Before anybody is asked. @param minAllocatable the same in each call for a state */
export function setIdleAside(
  { tree, quota }: AllocatorState,
  minAllocatable: readonly Resources[],
): void {
  const { turned, roles } = quota;
  if (turned.size === 0) return;
  for (const role of turned) {
    const branch = branchOf(tree, role);
    if (branch === undefined) continue;
    const node = roles.get(role);
    setAside(tree, branch, node !== undefined && isIdle(quota, node, minAllocatable));
  }
  turned.clear();
}

function isIdle(book: QuotaBook, node: QuotaNode, minAllocatable: readonly Resources[]): boolean {
  return isOutOf(book, minAllocatable, (kind) => isReached(node, kind));
}

/**
 * Whether roles under no quota could have nothing that is worth an offer, as what is free is kept for the
 * guarantees of others. Then only those under quotas are asked (`topmost`), and not all for each agent.
 */
export function isNothingForOthers(book: QuotaBook, minAllocatable: readonly Resources[]): boolean {
  return isOutOf(book, minAllocatable, (kind) => standingOf(book, undefined, kind).spare <= 0);
}

/** Of each of the least amounts some scalar is out. */
function isOutOf(
  { kinds }: QuotaBook,
  minAllocatable: readonly Resources[],
  isOut: (kind: number) => boolean,
): boolean {
  return (
    minAllocatable.length > 0 &&
    minAllocatable.every((min) =>
      min.some((each) => {
        const kind = kinds.get(each.name);
        return kind !== undefined && each.type === 'scalar' && each.milli > 0 && isOut(kind);
      }),
    )
  );
}

/** Whether idle roles could have nothing of this that is worth an offer. */
export function isNothingForIdle(
  { ownMinima }: AllocatorState,
  free: Resources,
  minAllocatable: readonly Resources[],
): boolean {
  if (ownMinima.size > 0) return false;
  return free.every(
    (each) =>
      isMetered(each) || !minAllocatable.some((min) => min.some(({ name }) => name === each.name)),
  );
}
