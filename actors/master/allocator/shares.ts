/**
 * Who is next: dominant resource fairness over a tree of roles, with frameworks as its leaves.
 *
 * The share of a node is the largest part it has of any scalar in the cluster, divided by its
 * weight. Of two siblings the one with the smaller share comes first, then the one that was chosen
 * less often, then the smaller name. The order of the leaves is the tree read from left to right:
 *
 *     (root) ─┬─ eng ─┬─ .  ─── frameworks     those that are in `eng` itself compete, together,
 *             │       └─ ml ─ . ─ frameworks   with the roles below it
 *             └─ ads ─── .  ─── frameworks
 *
 * Leaves that want nothing (inactive) are not in the order, but what they have counts. Siblings are
 * kept sorted: a changed share moves one node per level. When the cluster's total or a weight changed,
 * and with it every share, those of a branch are computed anew when somebody asks for its order.
 * Source: Ghodsi et al., Dominant Resource Fairness, NSDI 2011; Mesos 1.11, sorter/drf/sorter.cpp.
 */
import { assert } from '../../../runtime/assert.ts';
import type { FrameworkId } from '../../protocol/ids.ts';
import type { Resources } from '../../protocol/resources.ts';
import { type Amounts, add, amountsOf } from './amounts.ts';
import { type AllocationPolicy, HIERARCHICAL_DRF, type PolicyNode } from './policy.ts';

export interface Ranked {
  readonly name: string;
  readonly parent: Branch | undefined;
  readonly allocated: Amounts;
  /** Of two siblings the smaller comes first, whatever their shares; see `AllocationPolicy`. */
  readonly rank: number;
  weight: number;
  share: number;
  /** How often it, or something below it, was chosen. */
  chosenCount: number;
  /** Of those below it, or of itself: 0 or 1. */
  activeLeafCount: number;
  /** It is not in the order of its siblings but among those beside it. */
  isAside: boolean;
}

export interface Branch extends Ranked {
  readonly kind: 'branch';
  readonly children: Map<string, Branch | Leaf>;
  /** Those children that have active leaves, the first to be chosen first where it is fresh. */
  readonly order: (Branch | Leaf)[];
  /** The same of those that were set aside: they are asked only where that is said. */
  readonly aside: (Branch | Leaf)[];
  /** Of the tree, when shares and order of the children were computed. */
  version: number;
  /** Its order is drawn whenever it is asked for; what is kept is in no order then. */
  readonly isRandom: boolean;
  /** The role, as a whole path. */
  readonly role: string;
}

/** A framework in one of its roles. */
export interface Leaf extends Ranked {
  readonly kind: 'leaf';
  readonly parent: Branch;
  readonly frameworkId: FrameworkId;
  readonly role: string;
}

export const SORTERS = ['drf', 'random'] as const;
/** `drf`: by shares. `random`: by chance, in proportion to weights. */
export type Sorter = (typeof SORTERS)[number];

export interface ShareRules {
  /** Scalars that don't count in shares. */
  readonly unsharedNames?: readonly string[];
  /** Default: dominant resource fairness. */
  readonly policy?: AllocationPolicy;
  /** Default `drf`. */
  readonly roleSorter?: Sorter;
  readonly frameworkSorter?: Sorter;
}

export interface ShareTree {
  readonly root: Branch;
  readonly kinds: Map<string, number>;
  readonly total: Amounts;
  /** Scalars that count nothing, as the operator wants it. */
  readonly unshared: ReadonlySet<string>;
  /** Of roles, whether they have frameworks now or not; 1 where there is none. */
  readonly weights: Map<string, number>;
  readonly policy: AllocationPolicy;
  readonly sorters: { readonly roles: Sorter; readonly frameworks: Sorter };
  /** Another one whenever all shares have changed. */
  version: number;
}

/** The frameworks of a role itself, beside the roles below it. No part of a role is called so. */
export const OWN = '.';

const NO_ORDER: (Branch | Leaf)[] = [];

export function emptyShareTree({
  unsharedNames = [],
  policy = HIERARCHICAL_DRF,
  roleSorter = 'drf',
  frameworkSorter = 'drf',
}: ShareRules = {}): ShareTree {
  return {
    root: newBranch(newRanked('', 1, 0), undefined, '', roleSorter),
    policy,
    sorters: { roles: roleSorter, frameworks: frameworkSorter },
    kinds: new Map(),
    total: [],
    unshared: new Set(unsharedNames),
    weights: new Map(),
    version: 0,
  };
}

/** A new leaf: inactive and without resources. */
export function addLeaf(tree: ShareTree, role: string, frameworkId: FrameworkId): Leaf {
  let branch = tree.root;
  let path = '';
  for (const name of role.split('/')) {
    path = path === '' ? name : `${path}/${name}`;
    branch = childBranch(tree, branch, name, path);
  }
  const parent = childBranch(tree, branch, OWN, `${role}/${OWN}`);
  assert(!parent.children.has(frameworkId), 'a framework is one leaf in a role');
  const leaf: Leaf = {
    ...newRanked(frameworkId, 1, rankOf(tree, { role, frameworkId })),
    parent,
    kind: 'leaf',
    frameworkId,
    role,
  };
  parent.children.set(frameworkId, leaf);
  return leaf;
}

/** Also ends the branches that are empty then. It must be inactive and have nothing. */
export function removeLeaf(leaf: Leaf): void {
  assert(leaf.activeLeafCount === 0, 'a leaf is inactive when it is removed');
  assert(
    leaf.allocated.every((amount) => amount === 0),
    'a leaf has nothing when it is removed',
  );
  let { name, parent }: Pick<Ranked, 'name' | 'parent'> = leaf;
  while (parent !== undefined) {
    parent.children.delete(name);
    if (parent.children.size > 0) return;
    ({ name, parent } = parent);
  }
}

/** Whether it wants resources. */
export function setActive(tree: ShareTree, leaf: Leaf, active: boolean): void {
  const change = (active ? 1 : 0) - leaf.activeLeafCount;
  if (change === 0) return;
  for (let node: Branch | Leaf | undefined = leaf; node !== undefined; node = node.parent) {
    const { parent } = node;
    const before = node.activeLeafCount;
    node.activeLeafCount += change;
    if (parent === undefined) continue;
    if (before === 0) list(tree, parent, node);
    else if (node.activeLeafCount === 0) unlist(tree, parent, node);
  }
}

/** Whether the role is left out where only those are asked that could have something. */
export function setAside(tree: ShareTree, branch: Branch, isAside: boolean): void {
  const { parent } = branch;
  if (branch.isAside === isAside || parent === undefined) return;
  const listed = branch.activeLeafCount > 0;
  if (listed) unlist(tree, parent, branch);
  branch.isAside = isAside;
  if (listed) list(tree, parent, branch);
}

/** @returns undefined where no framework is or was in it, or in a role below it */
export function branchOf(tree: ShareTree, role: string): Branch | undefined {
  let node: Branch | Leaf | undefined = tree.root;
  for (const name of role.split('/')) {
    node = node?.kind === 'branch' ? node.children.get(name) : undefined;
  }
  return node?.kind === 'branch' ? node : undefined;
}

function list(tree: ShareTree, parent: Branch, node: Branch | Leaf): void {
  const order = listOf(parent, node);
  if (isFresh(tree, parent)) order.splice(placeOf(order, node), 0, node);
  else order.push(node);
}

function unlist(tree: ShareTree, parent: Branch, node: Branch | Leaf): void {
  const order = listOf(parent, node);
  order.splice(isFresh(tree, parent) ? placeOf(order, node) : order.indexOf(node), 1);
}

function listOf({ order, aside }: Branch, { isAside }: Ranked): (Branch | Leaf)[] {
  return isAside ? aside : order;
}

/** It was chosen and got `resources`. */
export function charge(tree: ShareTree, leaf: Leaf, resources: Resources): void {
  change(tree, leaf, amountsOf(tree, resources), 1);
}

export function refund(tree: ShareTree, leaf: Leaf, resources: Resources): void {
  change(tree, leaf, amountsOf(tree, resources), -1);
}

export function growTotal(tree: ShareTree, resources: Resources): void {
  add(tree.total, amountsOf(tree, resources), 1);
  tree.version++;
}

export function shrinkTotal(tree: ShareTree, resources: Resources): void {
  add(tree.total, amountsOf(tree, resources), -1);
  tree.version++;
}

export function setWeight(tree: ShareTree, role: string, weight: number): void {
  assert(weight > 0 && weight < Number.POSITIVE_INFINITY, 'a weight is a positive number');
  tree.weights.set(role, weight);
  const branch = branchOf(tree, role);
  if (branch === undefined) return;
  branch.weight = weight;
  tree.version++;
}

function change(tree: ShareTree, leaf: Leaf, amounts: Amounts, sign: 1 | -1): void {
  for (let node: Branch | Leaf | undefined = leaf; node !== undefined; node = node.parent) {
    const { parent } = node;
    const listed = parent !== undefined && node.activeLeafCount > 0 && isFresh(tree, parent);
    const order = listed ? listOf(parent, node) : NO_ORDER;
    // Who is charged was mostly chosen just now: the first.
    const from = !listed || order[0] === node ? 0 : placeOf(order, node);
    add(node.allocated, amounts, sign);
    if (sign > 0) node.chosenCount++;
    node.share = shareOf(tree, node);
    if (listed) move(order, from, node);
  }
}

/** Puts the node at `from`, whose rank has changed, where it belongs; the others are sorted. */
function move(order: (Branch | Leaf)[], from: number, node: Branch | Leaf): void {
  const before = order[from - 1];
  const after = order[from + 1];
  if (before !== undefined && precedes(node, before)) {
    order.splice(from, 1);
    order.splice(placeOf(order, node, 0, from - 1), 0, node);
  } else if (after !== undefined && precedes(after, node)) {
    // The engine takes the first away without moving the others.
    if (from === 0) order.shift();
    else order.splice(from, 1);
    order.splice(placeOf(order, node, from, order.length), 0, node);
  }
}

/** Where it is, or where it belongs, by bisection: no two siblings are of the same rank. */
export function placeOf(
  order: readonly Ranked[],
  node: Ranked,
  begin = 0,
  end = order.length,
): number {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = order[middle];
    if (other !== undefined && precedes(other, node)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether `one` is to be chosen before its sibling `other`. */
export function precedes(one: Ranked, other: Ranked): boolean {
  if (one.rank !== other.rank) return one.rank < other.rank;
  if (one.share !== other.share) return one.share < other.share;
  if (one.chosenCount !== other.chosenCount) return one.chosenCount < other.chosenCount;
  return one.name < other.name;
}

/** Whether the children's shares are as the totals are now, and the order with them. */
export function isFresh({ version }: ShareTree, branch: Branch): boolean {
  return branch.version === version && !branch.isRandom;
}

/** Shares and order of the children are right after this, if they are in an order. */
export function freshen(tree: ShareTree, branch: Branch): void {
  if (isFresh(tree, branch)) return;
  for (const child of branch.children.values()) child.share = shareOf(tree, child);
  // One more agent like the others changes all shares and hardly ever an order.
  sortOrder(branch.order);
  sortOrder(branch.aside);
  branch.version = tree.version;
}

/** All shares as they are now: for who looks in. */
export function freshenAll(tree: ShareTree, branch: Branch = tree.root): void {
  freshen(tree, branch);
  for (const child of branch.children.values()) {
    if (child.kind === 'branch') freshenAll(tree, child);
  }
}

function sortOrder(order: Ranked[]): void {
  if (!isSorted(order)) order.sort((one, other) => (precedes(one, other) ? -1 : 1));
}

function isSorted(order: readonly Ranked[]): boolean {
  for (let at = 1; at < order.length; at++) {
    const [one, other] = [order[at - 1], order[at]];
    if (one !== undefined && other !== undefined && !precedes(one, other)) return false;
  }
  return true;
}

/** As it is now, also while those of the nodes are stale. */
export function shareOf({ policy, kinds, total }: ShareTree, node: Branch | Leaf): number {
  const { allocated, weight } = node;
  if (policy.share !== undefined) {
    const parts = [...kinds].map(([name, kind]) => {
      const whole = total[kind] ?? 0;
      return [name, whole > 0 ? (allocated[kind] ?? 0) / whole : 0] as const;
    });
    return numberOr0(
      policy.share(asPolicyNode(node), { parts: Object.fromEntries(parts), weight }),
    );
  }
  let share = 0;
  for (let kind = 0; kind < allocated.length; kind++) {
    const whole = total[kind] ?? 0;
    if (whole > 0) share = Math.max(share, (allocated[kind] ?? 0) / whole);
  }
  return share / weight;
}

function childBranch(tree: ShareTree, parent: Branch, name: string, role: string): Branch {
  const known = parent.children.get(name);
  if (known !== undefined) {
    assert(known.kind === 'branch', 'only the frameworks of a role are leaves');
    return known;
  }
  const { roles, frameworks } = tree.sorters;
  const ranked = newRanked(name, tree.weights.get(role) ?? 1, rankOf(tree, { role }));
  const branch = newBranch(ranked, parent, role, name === OWN ? frameworks : roles);
  parent.children.set(name, branch);
  return branch;
}

function newBranch(
  ranked: Omit<Ranked, 'parent'>,
  parent: Branch | undefined,
  role: string,
  sorter: Sorter,
): Branch {
  return {
    ...ranked,
    ...{ parent, kind: 'branch', children: new Map(), order: [], aside: [], version: -1 },
    ...{ role, isRandom: sorter === 'random' },
  };
}

function newRanked(name: string, weight: number, rank: number): Omit<Ranked, 'parent'> {
  return {
    name,
    allocated: [],
    rank,
    weight,
    share: 0,
    chosenCount: 0,
    activeLeafCount: 0,
    isAside: false,
  };
}

function rankOf({ policy }: ShareTree, node: PolicyNode): number {
  return policy.rank === undefined ? 0 : numberOr0(policy.rank(node));
}

function asPolicyNode(node: Branch | Leaf): PolicyNode {
  const { role } = node;
  return node.kind === 'branch' ? { role } : { role, frameworkId: node.frameworkId };
}

/** With what is no number the order would be none. */
function numberOr0(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
