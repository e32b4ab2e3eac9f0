/**
 * The leaves of the tree of shares, one after the other: who is asked first whether it wants something.
 *
 * A branch is read in the order in which it is kept, or, where it is sorted by chance, in one that is
 * drawn anew each time: a sibling of twice the weight is twice as likely to be drawn before another.
 * Source: Mesos 1.11, sorter/random/sorter.cpp, utils.hpp (WeightedShuffle).
 */
import {
  type Branch,
  freshen,
  type Leaf,
  OWN,
  placeOf,
  precedes,
  type ShareTree,
} from './shares.ts';

type Wants = (leaf: Leaf) => boolean;
type Random = () => number;

/** Who is asked: all, or those only that are not set aside. */
export interface Asked {
  readonly aside: boolean;
  /** It is written here when somebody is passed over. */
  hasPassed?: boolean;
}

const ALL: Asked = { aside: true };

/**
 * The first active leaf, in order, that wants it.
 * @param random uniform in [0, 1); asked where chance decides
 */
export function firstLeaf(
  tree: ShareTree,
  wants: Wants,
  random: Random = () => 0,
  asked: Asked = ALL,
): Leaf | undefined {
  return firstLeafBelow(tree, tree.root, wants, random, asked);
}

function firstLeafBelow(
  tree: ShareTree,
  branch: Branch,
  wants: Wants,
  random: Random,
  asked: Asked,
): Leaf | undefined {
  for (const child of orderOf(tree, branch, random, asked)) {
    if (child.kind === 'branch') {
      const leaf = firstLeafBelow(tree, child, wants, random, asked);
      if (leaf !== undefined) return leaf;
    } else if (wants(child)) {
      return child;
    }
  }
  return undefined;
}

/** Some of the topmost roles, kept in order while they get something and nothing else changes. */
export interface Queue {
  readonly branches: Branch[];
  readonly names: ReadonlySet<string>;
}

/** @param names as it changes: who is not in it any more leaves */
export function queueOf(tree: ShareTree, names: ReadonlySet<string>): Queue {
  const { root } = tree;
  if (!root.isRandom) freshen(tree, root);
  const branches: Branch[] = [];
  for (const name of names) {
    const child = root.children.get(name);
    if (child?.kind === 'branch' && child.activeLeafCount > 0) branches.push(child);
  }
  if (!root.isRandom) branches.sort(inOrder);
  return { branches, names };
}

/** As `firstLeaf`, of those in the queue; who wants it is to get it, and then to be moved (`requeue`). */
export function firstLeafIn(
  tree: ShareTree,
  { branches }: Queue,
  wants: Wants,
  random: Random = () => 0,
  asked: Asked = ALL,
): Leaf | undefined {
  const { root } = tree;
  for (const branch of root.isRandom ? drawn(tree, root.name, branches, random) : branches) {
    if (branch.isAside && !asked.aside) {
      asked.hasPassed = true;
      continue;
    }
    const leaf = firstLeafBelow(tree, branch, wants, random, asked);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

/** The leaf has got something: its role has another place now, or none. */
export function requeue({ root }: ShareTree, { branches, names }: Queue, leaf: Leaf): void {
  let branch: Branch = leaf.parent;
  while (branch.parent !== undefined && branch.parent !== root) branch = branch.parent;
  const from = branches.indexOf(branch);
  if (from < 0) return;
  if (names.has(branch.name) && root.isRandom) return;
  if (from === 0) branches.shift();
  else branches.splice(from, 1);
  if (names.has(branch.name)) branches.splice(placeOf(branches, branch), 0, branch);
}

function orderOf(
  tree: ShareTree,
  branch: Branch,
  random: Random,
  asked: Asked,
): Iterable<Branch | Leaf> {
  const { name, order, aside, isRandom } = branch;
  if (!isRandom) freshen(tree, branch);
  if (aside.length > 0 && !asked.aside) asked.hasPassed = true;
  if (aside.length === 0 || !asked.aside) {
    return isRandom ? drawn(tree, name, order, random) : order;
  }
  const all = [...order, ...aside];
  return isRandom ? drawn(tree, name, all, random) : all.sort(inOrder);
}

function inOrder(one: Branch | Leaf, other: Branch | Leaf): number {
  return precedes(one, other) ? -1 : 1;
}

/** Where all weights are equal only so many are drawn as are asked for. */
function drawn<Node extends Branch | Leaf>(
  { weights }: ShareTree,
  name: string,
  order: Node[],
  random: Random,
): Iterable<Node> {
  return weights.size === 0 || name === OWN
    ? drawnEvenly(order, random)
    : drawnByWeight(order, random);
}

/** In place, after Fisher and Yates: the order of those that are left is chance already. */
function* drawnEvenly<Node>(order: Node[], random: Random): Iterable<Node> {
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
function drawnByWeight<Node extends Branch | Leaf>(order: readonly Node[], random: Random): Node[] {
  return order
    .map((node) => ({ node, key: Math.log(1 - random()) / node.weight }))
    .sort((one, other) => other.key - one.key)
    .map(({ node }) => node);
}
