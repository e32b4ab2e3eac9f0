/**
 * The order of shares alone. Source: Mesos 1.11, src/tests/sorter_tests.cpp.
 */
import { firstLeaf } from '../../../actors/master/allocator/leaf-order.ts';
import { emptyShareTree, type Leaf } from '../../../actors/master/allocator/share-tree.ts';
import {
  addLeaf,
  charge,
  growTotal,
  refund,
  removeLeaf,
  setActive,
  shrinkTotal,
} from '../../../actors/master/allocator/shares.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { fragmented, frameworkIdOf } from './cluster.ts';
import { type Case, type Figure, timed } from './figures.ts';
import { sayTimed } from './grid-cases.ts';

const AGENT = parseResources('cpus:24;mem:4096;disk:4096');
const USED = fragmented('cpus:16;mem:2014;disk:1024');

export const sorterCases: Readonly<Record<string, Case>> = {
  FullSort({ agents, frameworks }, _variant, say) {
    sort(
      Array.from({ length: frameworks }, (_, number) => String(number)),
      agents,
      say,
    );
  },

  /** `3x32`: three levels, 32 below each. */
  HierarchyFullSort({ agents }, variant, say) {
    const [height = 0, width = 0] = variant.split('x').map(Number);
    sort(rolesBelow('', height, width), agents, say);
  },
};

/** Roles at each level but the root, those below a role before it. */
function rolesBelow(path: string, height: number, width: number): string[] {
  if (height === 0) return [];
  const below = Array.from({ length: height === 1 ? 0 : width }, (_, number) =>
    rolesBelow(path === '' ? String(number) : `${path}/${number}`, height - 1, width),
  ).flat();
  return path === '' ? below : [...below, path];
}

function sort(roles: readonly string[], agents: number, say: (figure: Figure) => void): void {
  const tree = emptyShareTree();
  const leaves: Leaf[] = [];
  sayTimed(say, 'add a client', roles.length, () => {
    for (const [number, role] of roles.entries()) {
      const leaf = addLeaf(tree, role, frameworkIdOf(number));
      setActive(tree, leaf, true);
      leaves.push(leaf);
    }
  });
  const each = (what: string, work: (leaf: Leaf) => void) =>
    sayTimed(say, what, agents, () => {
      for (let number = 0; number < agents; number++) {
        const leaf = leaves[number % leaves.length];
        if (leaf !== undefined) work(leaf);
      }
    });
  each('add an agent', () => growTotal(tree, AGENT));
  each('charge', (leaf) => charge(tree, leaf, USED));
  const full = timed(() => firstLeaf(tree, () => true));
  say({ what: 'full sort', count: 1, cpuMs: full.cpuMs, note: `${leaves.length} clients` });
  const none = timed(() => {
    for (let count = 0; count < 1000; count++) firstLeaf(tree, () => true);
  });
  say({ what: 'sort of what is sorted', count: 1000, cpuMs: none.cpuMs });
  each('refund', (leaf) => refund(tree, leaf, USED));
  each('remove an agent', () => shrinkTotal(tree, AGENT));
  sayTimed(say, 'remove a client', leaves.length, () => {
    for (const leaf of leaves) {
      setActive(tree, leaf, false);
      removeLeaf(tree, leaf);
    }
  });
}
