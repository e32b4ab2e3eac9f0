/**
 * The leaves of the tree of shares, one after the other: who is asked first whether it wants something.
 *
 * A branch is read in the order in which it is kept, or, where it is sorted by chance, in one that is
 * drawn anew each time: a sibling of twice the weight is twice as likely to be drawn before another.
 * Source: Mesos 1.11, sorter/random/sorter.cpp, utils.hpp (WeightedShuffle).
 */
import { type Branch, freshen, type Leaf, OWN, precedes, type ShareTree } from './shares.ts';

/** So few roles are sorted for each agent rather than looked for among all. */
const SORTED_MAX = 8;

type Wants = (leaf: Leaf) => boolean;
type Random = () => number;

/**
 * The first active leaf, in order, that wants it.
 * @param random uniform in [0, 1); asked where chance decides
 */
export function firstLeaf(
  tree: ShareTree,
  wants: Wants,
  random: Random = () => 0,
): Leaf | undefined {
  return firstLeafBelow(tree, tree.root, wants, random);
}

/** The same, only of what is in or below the topmost roles that are named. */
export function firstLeafIn(
  tree: ShareTree,
  names: ReadonlySet<string>,
  wants: Wants,
  random: Random = () => 0,
): Leaf | undefined {
  for (const branch of namedBranches(tree, names, random)) {
    const leaf = firstLeafBelow(tree, branch, wants, random);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

function firstLeafBelow(
  tree: ShareTree,
  branch: Branch,
  wants: Wants,
  random: Random,
): Leaf | undefined {
  for (const child of orderOf(tree, branch, random)) {
    if (child.kind === 'branch') {
      const leaf = firstLeafBelow(tree, child, wants, random);
      if (leaf !== undefined) return leaf;
    } else if (wants(child)) {
      return child;
    }
  }
  return undefined;
}

/** In order: few are put into order themselves, many are looked for among all. */
function* namedBranches(
  tree: ShareTree,
  names: ReadonlySet<string>,
  random: Random,
): Iterable<Branch> {
  const { root } = tree;
  if (root.isRandom || names.size > SORTED_MAX) {
    for (const child of orderOf(tree, root, random)) {
      if (child.kind === 'branch' && names.has(child.name)) yield child;
    }
    return;
  }
  freshen(tree, root);
  const active: Branch[] = [];
  for (const name of names) {
    const child = root.children.get(name);
    if (child?.kind === 'branch' && child.activeLeafCount > 0) active.push(child);
  }
  yield* active.sort((one, other) => (precedes(one, other) ? -1 : 1));
}

function orderOf(tree: ShareTree, branch: Branch, random: Random): Iterable<Branch | Leaf> {
  if (branch.isRandom) return drawn(tree, branch, random);
  freshen(tree, branch);
  return branch.order;
}

/** Where all weights are equal only so many are drawn as are asked for. */
function drawn(
  { weights }: ShareTree,
  { order, name }: Branch,
  random: Random,
): Iterable<Branch | Leaf> {
  return weights.size === 0 || name === OWN
    ? drawnEvenly(order, random)
    : drawnByWeight(order, random);
}

/** In place, after Fisher and Yates: the order of those that are left is chance already. */
function* drawnEvenly(order: (Branch | Leaf)[], random: Random): Iterable<Branch | Leaf> {
  for (let place = 0; place < order.length; place++) {
    const other = place + Math.floor(random() * (order.length - place));
    const [one, two] = [order[place], order[other]];
    if (one === undefined || two === undefined) continue;
    order[place] = two;
    order[other] = one;
    yield two;
  }
}

/** After Efraimidis and Spirakis: the larger the weight, the larger the key mostly is. */
function drawnByWeight(order: readonly (Branch | Leaf)[], random: Random): (Branch | Leaf)[] {
  return order
    .map((node) => ({ node, key: Math.log(1 - random()) / node.weight }))
    .sort((one, other) => other.key - one.key)
    .map(({ node }) => node);
}
