/**
 * The order of shares alone. Source: Mesos 1.11, src/tests/sorter_tests.cpp.
 */
import { firstLeaf } from '../../../actors/master/allocator/leaf-order.ts';
import {
  emptyShareTree,
  type Leaf,
  type ShareTree,
} from '../../../actors/master/allocator/share-tree.ts';
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
import { chance, sortedBy } from './stage.ts';

const AGENT = parseResources('cpus:24;mem:4096;disk:4096');
/** After the first. */
const SORTS = 100;
const USED = fragmented('cpus:16;mem:2014;disk:1024');

export const sorterCases: Readonly<Record<string, Case>> = {
  FullSort({ agents, frameworks }, variant, say) {
    const roles = Array.from({ length: frameworks }, (_, number) => String(number));
    sort(emptyShareTree(sortedBy(variant)), roles, agents, say);
  },

  /** `random 3x32`: sorted by chance, three levels, 32 below each. */
  HierarchyFullSort({ agents }, variant, say) {
    const [sorter = '', shape = ''] = variant.split(' ');
    const [height = 0, width = 0] = shape.split('x').map(Number);
    sort(emptyShareTree(sortedBy(sorter)), rolesBelow('', height, width), agents, say);
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

function sort(
  tree: ShareTree,
  roles: readonly string[],
  agents: number,
  say: (figure: Figure) => void,
): void {
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
  const random = chance();
  const all = () => firstLeaf(tree, () => false, random);
  const full = timed(all);
  say({ what: 'full sort', count: 1, cpuMs: full.cpuMs, note: `${leaves.length} clients` });
  const none = timed(() => {
    for (let count = 0; count < SORTS; count++) all();
  });
  say({ what: 'the next sorts', count: SORTS, cpuMs: none.cpuMs });
  each('refund', (leaf) => refund(tree, leaf, USED));
  each('remove an agent', () => shrinkTotal(tree, AGENT));
  sayTimed(say, 'remove a client', leaves.length, () => {
    for (const leaf of leaves) {
      setActive(tree, leaf, false);
      removeLeaf(tree, leaf);
    }
  });
}
