/**
 * The leaves of the tree of shares, one after the other: who is asked first whether it wants something.
 *
 * A branch is read in the order in which it is kept, or, where it is sorted by chance, in one that is
 * drawn anew each time: a sibling of twice the weight is twice as likely to be drawn before another.
 * Source: Mesos 1.11, sorter/random/sorter.cpp, utils.hpp (WeightedShuffle).
 */
import { NOWHERE } from './node-numbers.ts';
import { hasBit } from './refused-whole.ts';
import { asBranch, type Branch, type Leaf, OWN, type ShareTree } from './share-tree.ts';
import { freshen } from './shares.ts';
import { insert, precedes } from './siblings.ts';

export type Wants = (leaf: Leaf) => boolean;
type Random = () => number;

/** Who is asked: all, or those only that are not set aside. */
export interface Asked {
  aside: boolean;
  /** Leaves that are not asked: bits, by place. */
  skipped?: Uint32Array | undefined;
  /** It is written here when somebody is set aside and passed over. */
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
  const order = orderOf(tree, branch, random, asked);
  if (!Array.isArray(order)) {
    for (const at of order) {
      const leaf = firstLeafAt(tree, at, wants, random, asked);
      if (leaf !== undefined) return leaf;
    }
    return undefined;
  }
  for (let index = 0; index < order.length; index++) {
    const leaf = firstLeafAt(tree, order[index] ?? NOWHERE, wants, random, asked);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

function firstLeafAt(
  tree: ShareTree,
  at: number,
  wants: Wants,
  random: Random,
  asked: Asked,
): Leaf | undefined {
  const place = tree.asideCount === 0 ? soleLeafAt(tree, at) : at;
  // Branches have no bits.
  if (asked.skipped !== undefined && hasBit(asked.skipped, place)) return undefined;
  const node = tree.nodes[place];
  if (node === undefined) return undefined;
  if (node.kind === 'branch') return firstLeafBelow(tree, node, wants, random, asked);
  return wants(node) ? node : undefined;
}

/** The only active leaf below it, where there is one and nobody is set aside; else itself. */
function soleLeafAt({ numbers, nodes }: ShareTree, at: number): number {
  if (numbers.activeCount[at] !== 1) return at;
  const known = numbers.soleLeaf[at] ?? NOWHERE;
  if (known !== NOWHERE) return known;
  let found = at;
  for (;;) {
    const next = asBranch(nodes[found])?.order[0];
    if (next === undefined) break;
    found = next;
  }
  numbers.soleLeaf[at] = found;
  return found;
}

/** Some of the topmost roles, kept in order while they get something and nothing else changes. */
export interface Queue {
  /** By place. */
  readonly order: number[];
  readonly names: ReadonlySet<string>;
  /** Of the tree, when those that are set aside left last. */
  asideCount: number;
}

/** @param names as it changes: who is not in it any more leaves */
export function queueOf(tree: ShareTree, names: ReadonlySet<string>): Queue {
  const { root, numbers } = tree;
  freshen(tree, root);
  const order: number[] = [];
  for (const name of names) {
    const child = root.children.get(name);
    if (child !== undefined && (numbers.activeCount[child.at] ?? 0) > 0) order.push(child.at);
  }
  if (!root.isRandom) sortByShare(tree, order);
  return { order, names, asideCount: 0 };
}

/** As `firstLeaf`, of those in the queue; who wants it is to get it, and then to be moved (`requeue`). */
export function firstLeafIn(
  tree: ShareTree,
  { order }: Queue,
  wants: Wants,
  random: Random = () => 0,
  asked: Asked = ALL,
): Leaf | undefined {
  const { root, nodes } = tree;
  for (const at of root.isRandom ? drawn(tree, root.name, order, random) : order) {
    const branch = asBranch(nodes[at]);
    if (branch === undefined) continue;
    if (branch.isAside && !asked.aside) {
      asked.hasPassed = true;
      continue;
    }
    const leaf = firstLeafBelow(tree, branch, wants, random, asked);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

/** For a round in which those that are set aside will not be asked any more. */
export function leaveAside({ nodes, asideCount }: ShareTree, queue: Queue): void {
  if (queue.asideCount === asideCount) return;
  const { order } = queue;
  let kept = 0;
  for (const at of order) if (asBranch(nodes[at])?.isAside !== true) order[kept++] = at;
  order.length = kept;
  queue.asideCount = asideCount;
}

/** The leaf has got something: its role has another place now, or none. */
export function requeue({ root, numbers }: ShareTree, { order, names }: Queue, leaf: Leaf): void {
  let branch: Branch = leaf.parent;
  while (branch.parent !== undefined && branch.parent !== root) branch = branch.parent;
  const from = order.indexOf(branch.at);
  if (from < 0) return;
  if (names.has(branch.name) && root.isRandom) return;
  if (from === 0) order.shift();
  else order.splice(from, 1);
  if (names.has(branch.name)) insert(numbers, order, branch.at);
}

function orderOf(tree: ShareTree, branch: Branch, random: Random, asked: Asked): Iterable<number> {
  const { name, order, aside, isRandom } = branch;
  freshen(tree, branch);
  if (aside.length > 0 && !asked.aside) asked.hasPassed = true;
  if (aside.length === 0 || !asked.aside) {
    return isRandom ? drawn(tree, name, order, random) : order;
  }
  const all = [...order, ...aside];
  return isRandom ? drawn(tree, name, all, random) : sortByShare(tree, all);
}

function sortByShare({ numbers }: ShareTree, order: number[]): number[] {
  return order.sort((one, other) => (precedes(numbers, one, other) ? -1 : 1));
}

/** Where all weights are equal only so many are drawn as are asked for. */
function drawn(tree: ShareTree, name: string, order: number[], random: Random): Iterable<number> {
  return tree.weights.size === 0 || name === OWN
    ? drawnEvenly(order, random)
    : drawnByWeight(tree, order, random);
}

/** In place, after Fisher and Yates: the order of those that are left is chance already. */
function* drawnEvenly(order: number[], random: Random): Iterable<number> {
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
function drawnByWeight({ numbers }: ShareTree, order: readonly number[], random: Random): number[] {
  return order
    .map((at) => ({ at, key: Math.log(1 - random()) / (numbers.weight[at] ?? 1) }))
    .sort((one, other) => other.key - one.key)
    .map(({ at }) => at);
}
