/**
 * Who is next: dominant resource fairness over a tree of roles, with frameworks as its leaves.
 *
 * The share of a node is the largest part it has of any scalar in the cluster, divided by its
 * weight. Of two siblings the one with the smaller share comes first (`siblings`). The order of the
 * leaves is the tree read from left to right:
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
import { readAmounts } from './amounts.ts';
import { leavePlace, NOWHERE, roomForKinds, takePlace } from './node-numbers.ts';
import type { PolicyNode } from './policy.ts';
import {
  asBranch,
  type Branch,
  type Leaf,
  newBranch,
  numberOr0,
  OWN,
  type ShareTree,
  type TreeNode,
} from './share-tree.ts';
import { indexOf, insert, move, sortSiblings } from './siblings.ts';

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
  const rank = rankOf(tree, { role, frameworkId });
  const at = takePlace(tree.numbers, frameworkId, { parent: parent.at, rank, weight: 1 });
  const leaf: Leaf = { kind: 'leaf', name: frameworkId, at, parent, frameworkId, role };
  tree.nodes[at] = leaf;
  parent.children.set(frameworkId, leaf);
  return leaf;
}

/** Also ends the branches that are empty then. It must be inactive and have nothing. */
export function removeLeaf(tree: ShareTree, leaf: Leaf): void {
  const { numbers, nodes, kinds } = tree;
  assert(!isActive(tree, leaf), 'a leaf is inactive when it is removed');
  for (let kind = 0; kind < kinds.size; kind++) {
    assert(amountOf(tree, leaf, kind) === 0, 'a leaf has nothing when it is removed');
  }
  let node: TreeNode = leaf;
  while (node.parent !== undefined) {
    const { parent }: TreeNode = node;
    parent.children.delete(node.name);
    if (node.kind === 'branch' && node.isAside) tree.asideCount--;
    leavePlace(numbers, node.at);
    nodes[node.at] = undefined;
    if (parent.children.size > 0) return;
    node = parent;
  }
}

/** Whether it wants resources, or something below it does. */
export function isActive({ numbers }: ShareTree, { at }: TreeNode): boolean {
  return (numbers.activeCount[at] ?? 0) > 0;
}

export function setActive(tree: ShareTree, leaf: Leaf, active: boolean): void {
  if (active === isActive(tree, leaf)) return;
  const { activeCount, soleLeaf, share } = tree.numbers;
  const change = active ? 1 : -1;
  for (let node: TreeNode | undefined = leaf; node !== undefined; node = node.parent) {
    const { at, parent }: TreeNode = node;
    const before = activeCount[at] ?? 0;
    activeCount[at] = before + change;
    soleLeaf[at] = active && before === 0 ? leaf.at : NOWHERE;
    if (parent === undefined) continue;
    if (before === 0) {
      share[at] = shareOf(tree, node);
      list(tree, parent, node);
    } else if (before + change === 0) {
      unlist(tree, parent, node);
    }
  }
}

/** Whether the role is left out where only those are asked that could have something. */
export function setAside(tree: ShareTree, branch: Branch, isAside: boolean): void {
  const { parent } = branch;
  if (branch.isAside === isAside || parent === undefined) return;
  const listed = isActive(tree, branch);
  if (listed) unlist(tree, parent, branch);
  branch.isAside = isAside;
  tree.asideCount += isAside ? 1 : -1;
  if (listed) list(tree, parent, branch);
}

/** @returns undefined where no framework is or was in it, or in a role below it */
export function branchOf(tree: ShareTree, role: string): Branch | undefined {
  let node: TreeNode | undefined = tree.root;
  for (const name of role.split('/')) node = asBranch(node)?.children.get(name);
  return asBranch(node);
}

function list(tree: ShareTree, parent: Branch, node: TreeNode): void {
  const order = listOf(parent, node);
  if (isFresh(tree, parent)) insert(tree.numbers, order, node.at);
  else order.push(node.at);
}

function unlist(tree: ShareTree, parent: Branch, node: TreeNode): void {
  const order = listOf(parent, node);
  const isSorted = isFresh(tree, parent);
  order.splice(isSorted ? indexOf(tree.numbers, order, node.at) : order.indexOf(node.at), 1);
}

function listOf({ order, aside }: Branch, node: TreeNode): number[] {
  return node.kind === 'branch' && node.isAside ? aside : order;
}

/** It was chosen and got `resources`. */
export function charge(tree: ShareTree, leaf: Leaf, resources: Resources): void {
  change(tree, leaf, resources, 1);
}

export function refund(tree: ShareTree, leaf: Leaf, resources: Resources): void {
  change(tree, leaf, resources, -1);
}

export function growTotal(tree: ShareTree, resources: Resources): void {
  changeTotal(tree, resources, 1);
}

export function shrinkTotal(tree: ShareTree, resources: Resources): void {
  changeTotal(tree, resources, -1);
}

export function setWeight(tree: ShareTree, role: string, weight: number): void {
  assert(weight > 0 && weight < Number.POSITIVE_INFINITY, 'a weight is a positive number');
  tree.weights.set(role, weight);
  const branch = branchOf(tree, role);
  if (branch === undefined) return;
  tree.numbers.weight[branch.at] = weight;
  tree.version++;
}

function read(tree: ShareTree, resources: Resources): void {
  readAmounts(tree, resources, tree.amounts);
  roomForKinds(tree.numbers, tree.kinds.size);
}

function changeTotal(tree: ShareTree, resources: Resources, sign: 1 | -1): void {
  read(tree, resources);
  for (let kind = 0; kind < tree.kinds.size; kind++) {
    tree.total[kind] = (tree.total[kind] ?? 0) + sign * (tree.amounts[kind] ?? 0);
  }
  tree.version++;
}

function change(tree: ShareTree, leaf: Leaf, resources: Resources, sign: 1 | -1): void {
  read(tree, resources);
  const { numbers } = tree;
  const { parent, chosenCount, share } = numbers;
  let at = leaf.at;
  while (at !== NOWHERE) {
    const above = parent[at] ?? NOWHERE;
    const order = orderWith(tree, at, above);
    // Who is charged was mostly chosen just now: the first.
    const from = order === undefined || order[0] === at ? 0 : indexOf(numbers, order, at);
    addAmounts(tree, at, sign);
    if (sign > 0) chosenCount[at] = (chosenCount[at] ?? 0) + 1;
    if (above !== NOWHERE) share[at] = shareAt(tree, at);
    if (order !== undefined) move(numbers, order, from, at);
    at = above;
  }
}

function addAmounts({ numbers, kinds, amounts }: ShareTree, at: number, sign: 1 | -1): void {
  const has = numbers.amounts;
  const first = at * numbers.kindRoom;
  for (let kind = 0; kind < kinds.size; kind++) {
    has[first + kind] = (has[first + kind] ?? 0) + sign * (amounts[kind] ?? 0);
  }
}

/**
 * The list where it may change its place among others.
 * @returns undefined: it is in none, or alone, or all will be sorted anew before they are asked for
 */
function orderWith(tree: ShareTree, at: number, above: number): number[] | undefined {
  const { activeCount, version } = tree.numbers;
  const count = activeCount[at] ?? 0;
  if (above === NOWHERE || count === 0 || count === activeCount[above]) return undefined;
  if (version[above] !== tree.version) return undefined;
  const branch = asBranch(tree.nodes[above]);
  if (branch === undefined) return undefined;
  const node = tree.asideCount === 0 ? undefined : tree.nodes[at];
  return node === undefined ? branch.order : listOf(branch, node);
}

/** Whether shares and order of the children are as the totals are now; never where chance orders them. */
export function isFresh({ numbers, version }: ShareTree, { at }: Branch): boolean {
  return numbers.version[at] === version;
}

/** Shares and order of the active children are right after this. */
export function freshen(tree: ShareTree, branch: Branch): void {
  if (branch.isRandom || isFresh(tree, branch)) return;
  const { numbers } = tree;
  for (const order of [branch.order, branch.aside]) {
    for (const at of order) numbers.share[at] = shareAt(tree, at);
    // One more agent like the others changes all shares and hardly ever an order.
    sortSiblings(numbers, order);
  }
  numbers.version[branch.at] = tree.version;
}

/** As it is now, also while the one that is kept is stale. */
export function shareOf(tree: ShareTree, { at }: TreeNode): number {
  return shareAt(tree, at);
}

/** Thousandths. @param kind see `kinds` of the tree */
export function amountOf({ numbers }: ShareTree, { at }: TreeNode, kind: number): number {
  return kind < numbers.kindRoom ? (numbers.amounts[at * numbers.kindRoom + kind] ?? 0) : 0;
}

function shareAt(tree: ShareTree, at: number): number {
  const { policy, numbers, kinds, total } = tree;
  if (policy.share !== undefined) return policyShareAt(tree, at);
  const { amounts } = numbers;
  const first = at * numbers.kindRoom;
  let share = 0;
  for (let kind = 0; kind < kinds.size; kind++) {
    const whole = total[kind] ?? 0;
    const part = whole > 0 ? (amounts[first + kind] ?? 0) / whole : 0;
    if (part > share) share = part;
  }
  return share / (numbers.weight[at] ?? 1);
}

function policyShareAt(tree: ShareTree, at: number): number {
  const { policy, numbers, kinds, total, nodes } = tree;
  const node = nodes[at];
  if (node === undefined || policy.share === undefined) return 0;
  const parts = [...kinds].map(([name, kind]) => {
    const whole = total[kind] ?? 0;
    return [name, whole > 0 ? amountOf(tree, node, kind) / whole : 0] as const;
  });
  const weight = numbers.weight[at] ?? 1;
  return numberOr0(policy.share(asPolicyNode(node), { parts: Object.fromEntries(parts), weight }));
}

function childBranch(tree: ShareTree, parent: Branch, name: string, role: string): Branch {
  const known = parent.children.get(name);
  if (known !== undefined) {
    assert(known.kind === 'branch', 'only the frameworks of a role are leaves');
    return known;
  }
  const { roles, frameworks } = tree.sorters;
  const rank = rankOf(tree, { role });
  const weight = tree.weights.get(role) ?? 1;
  const at = takePlace(tree.numbers, name, { parent: parent.at, rank, weight });
  const branch = newBranch({ name, at, parent, role }, name === OWN ? frameworks : roles);
  tree.nodes[at] = branch;
  parent.children.set(name, branch);
  return branch;
}

function rankOf({ policy }: ShareTree, node: PolicyNode): number {
  return policy.rank === undefined ? 0 : numberOr0(policy.rank(node));
}

function asPolicyNode(node: TreeNode): PolicyNode {
  const { role } = node;
  return node.kind === 'branch' ? { role } : { role, frameworkId: node.frameworkId };
}
