/** The nodes of the tree of shares: who is below whom. Their numbers are in `numbers`; see `shares`. */
import type { FrameworkId } from '../../protocol/ids.ts';
import { SCALAR_KINDS_MAX } from './amounts.ts';
import { emptyNumbers, NOWHERE, type NodeNumbers, takePlace } from './node-numbers.ts';
import { type AllocationPolicy, HIERARCHICAL_DRF } from './policy.ts';

interface Named {
  readonly name: string;
  /** Where its numbers are, and itself among the `nodes`. */
  readonly at: number;
}

export interface Branch extends Named {
  readonly kind: 'branch';
  readonly parent: Branch | undefined;
  readonly children: Map<string, TreeNode>;
  /** Those children that have active leaves, by place, the first to be chosen first where it is fresh. */
  readonly order: number[];
  /** The same of those that were set aside: they are asked only where that is said. */
  readonly aside: number[];
  /** It is not in the order of its siblings but among those beside it. */
  isAside: boolean;
  /** Its order is drawn whenever it is asked for; what is kept is in no order then. */
  readonly isRandom: boolean;
  /** The role, as a whole path. */
  readonly role: string;
}

/** A framework in one of its roles. */
export interface Leaf extends Named {
  readonly kind: 'leaf';
  readonly parent: Branch;
  readonly frameworkId: FrameworkId;
  readonly role: string;
}

export type TreeNode = Branch | Leaf;

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
  /** By place. */
  readonly nodes: (TreeNode | undefined)[];
  readonly numbers: NodeNumbers;
  readonly kinds: Map<string, number>;
  /** Thousandths by kind, of all agents. */
  readonly total: number[];
  /** What is being added or taken away, by kind. */
  readonly amounts: Float64Array;
  /** Scalars that count nothing, as the operator wants it. */
  readonly unshared: ReadonlySet<string>;
  /** Of roles, whether they have frameworks now or not; 1 where there is none. */
  readonly weights: Map<string, number>;
  readonly policy: AllocationPolicy;
  readonly sorters: { readonly roles: Sorter; readonly frameworks: Sorter };
  /** Another one whenever all shares have changed. */
  version: number;
  /** Branches that are set aside. */
  asideCount: number;
}

/** The frameworks of a role itself, beside the roles below it. No part of a role is called so. */
export const OWN = '.';

export function emptyShareTree({
  unsharedNames = [],
  policy = HIERARCHICAL_DRF,
  roleSorter = 'drf',
  frameworkSorter = 'drf',
}: ShareRules = {}): ShareTree {
  const numbers = emptyNumbers();
  const at = takePlace(numbers, '', { parent: NOWHERE, rank: 0, weight: 1 });
  const root = newBranch({ name: '', at, parent: undefined, role: '' }, roleSorter);
  return {
    root,
    nodes: [root],
    numbers,
    policy,
    sorters: { roles: roleSorter, frameworks: frameworkSorter },
    kinds: new Map(),
    total: [],
    amounts: new Float64Array(SCALAR_KINDS_MAX),
    unshared: new Set(unsharedNames),
    weights: new Map(),
    version: 0,
    asideCount: 0,
  };
}

export function newBranch(
  place: Pick<Branch, 'name' | 'at' | 'parent' | 'role'>,
  sorter: Sorter,
): Branch {
  return {
    ...place,
    ...{ kind: 'branch', children: new Map(), order: [], aside: [] },
    ...{ isAside: false, isRandom: sorter === 'random' },
  };
}

export function asBranch(node: TreeNode | undefined): Branch | undefined {
  return node?.kind === 'branch' ? node : undefined;
}

/** With what is no number the order would be none. */
export function numberOr0(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
