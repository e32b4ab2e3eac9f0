/** Dominant resource fairness over the tree of roles: who is next, and after whom. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { firstLeaf } from '../../../../actors/master/allocator/leaf-order.ts';
import { emptyShareTree, type Leaf } from '../../../../actors/master/allocator/share-tree.ts';
import {
  addLeaf,
  charge,
  growTotal,
  refund,
  removeLeaf,
  setActive,
  setWeight,
  shareOf,
} from '../../../../actors/master/allocator/shares.ts';
import type { FrameworkId } from '../../../../actors/protocol/ids.ts';
import { parseResources } from '../../../../actors/protocol/resources.ts';

test('the example of the paper: 9 cpus and 18 GB become three tasks of A and two of B', () => {
  const { leaf, choose, allotted } = cluster('cpus:9;mem:18');
  leaf('a', 'A');
  leaf('b', 'B');
  const demand: Record<string, string> = { A: 'cpus:1;mem:4', B: 'cpus:3;mem:1' };
  for (let task = 0; task < 5; task++) choose(({ frameworkId }) => demand[frameworkId] ?? '');
  deepEqual(allotted(), ['A', 'B', 'A', 'B', 'A'].sort());
});

test('equal shares are taken in turn: first who was chosen less often, then by name', () => {
  const { leaf, order, tree } = cluster('cpus:10');
  const [one, other] = [leaf('r', 'one'), leaf('r', 'two')];
  deepEqual(order(), ['r one', 'r two']);
  charge(tree, one, parseResources('cpus:1'));
  refund(tree, one, parseResources('cpus:1'));
  deepEqual(order(), ['r two', 'r one']);
  charge(tree, other, parseResources('cpus:1'));
  refund(tree, other, parseResources('cpus:1'));
  deepEqual(order(), ['r one', 'r two']);
});

test('a role of weight 2 is due before one of weight 1 until it has twice as much', () => {
  const { leaf, choose, allotted, tree } = cluster('cpus:9');
  leaf('heavy', 'H');
  leaf('light', 'L');
  setWeight(tree, 'heavy', 2);
  for (let task = 0; task < 9; task++) choose(() => 'cpus:1');
  deepEqual(allotted(), ['H', 'H', 'H', 'H', 'H', 'H', 'L', 'L', 'L']);
});

test('a weight is known before its role has frameworks', () => {
  const { leaf, order, tree } = cluster('cpus:9');
  setWeight(tree, 'late', 10);
  const [a, late] = [leaf('a', 'A'), leaf('late', 'L')];
  charge(tree, a, parseResources('cpus:1'));
  charge(tree, late, parseResources('cpus:5'));
  deepEqual(order(), ['late L', 'a A']);
});

test('siblings share what their parent is due, and the frameworks of the parent itself are one of them', () => {
  const { leaf, choose, allotted } = cluster('cpus:12');
  leaf('eng', 'E1');
  leaf('eng', 'E2');
  leaf('eng/ml', 'M');
  leaf('ads', 'A');
  for (let task = 0; task < 12; task++) choose(() => 'cpus:1');
  deepEqual(allotted(), ['A', 'A', 'A', 'A', 'A', 'A', 'E1', 'E1', 'E2', 'M', 'M', 'M'].sort());
});

test('what an inactive leaf has counts for its role, but it is not chosen', () => {
  const { leaf, order, tree } = cluster('cpus:10');
  const sleeping = leaf('a', 'sleeping');
  leaf('a', 'awake');
  leaf('b', 'other');
  charge(tree, sleeping, parseResources('cpus:5'));
  setActive(tree, sleeping, false);
  deepEqual(order(), ['b other', 'a awake']);
  setActive(tree, sleeping, true);
  deepEqual(order(), ['b other', 'a awake', 'a sleeping']);
});

test('another total makes another resource dominant', () => {
  const { leaf, order, tree } = cluster('cpus:10;mem:100');
  charge(tree, leaf('a', 'A'), parseResources('cpus:2;mem:5'));
  charge(tree, leaf('b', 'B'), parseResources('cpus:1;mem:15'));
  deepEqual(order(), ['b B', 'a A']);
  growTotal(tree, parseResources('cpus:90'));
  deepEqual(order(), ['a A', 'b B']);
});

test('ports and what the cluster has nothing of count nothing', () => {
  const { leaf, order, tree } = cluster('cpus:10');
  charge(tree, leaf('a', 'A'), parseResources('ports:[1-1000];gpus:7'));
  charge(tree, leaf('b', 'B'), parseResources('cpus:1'));
  deepEqual(order(), ['a A', 'b B']);
});

test('a resource that is not shared counts nothing', () => {
  const tree = emptyShareTree({ unsharedNames: ['gpus'] });
  growTotal(tree, parseResources('cpus:10;gpus:2'));
  const leaf = addLeaf(tree, 'a', 'F1' as FrameworkId);
  charge(tree, leaf, parseResources('cpus:1;gpus:2'));
  equal(shareOf(tree, leaf), 0.1);
});

test('the last leaf of a role takes the role with it', () => {
  const { leaf, tree } = cluster('cpus:10');
  const [deep, shallow] = [leaf('a/b/c', 'D'), leaf('a', 'S')];
  for (const each of [deep, shallow]) {
    setActive(tree, each, false);
    removeLeaf(tree, each);
  }
  deepEqual(tree.root.children, new Map());
});

function cluster(total: string) {
  const tree = emptyShareTree();
  growTotal(tree, parseResources(total));
  const chosen: string[] = [];
  return {
    tree,
    leaf(role: string, name: string): Leaf {
      const leaf = addLeaf(tree, role, name as FrameworkId);
      setActive(tree, leaf, true);
      return leaf;
    },
    choose(amount: (leaf: Leaf) => string): void {
      const leaf = firstLeaf(tree, () => true);
      if (leaf === undefined) return;
      charge(tree, leaf, parseResources(amount(leaf)));
      chosen.push(leaf.frameworkId);
    },
    allotted: () => chosen.sort(),
    order(): string[] {
      const seen: string[] = [];
      firstLeaf(tree, ({ role, frameworkId }) => {
        seen.push(`${role} ${frameworkId}`);
        return false;
      });
      return seen;
    },
  };
}
