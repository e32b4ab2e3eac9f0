/** All cases of the allocator: which sizes and variants each has. Names of Mesos where it has them. */
import type { Case } from './figures.ts';
import { gridCases } from './grid-cases.ts';
import { metricsCases } from './metrics-case.ts';
import { mixedCases } from './mixed-case.ts';
import { ownCases } from './own-cases.ts';
import { sorterCases } from './sorter-cases.ts';

export interface CaseEntry {
  readonly run: Case;
  /** Over agents and frameworks, over agents alone, or of one size that the variant says. */
  readonly sizes: 'grid' | 'agents' | 'fixed';
  readonly variants: readonly string[];
}

const ROLES = ['oneRole', 'ownRoles'];
const OF_CASE: Readonly<Record<string, Partial<CaseEntry>>> = {
  FullRound: { variants: ROLES },
  IncrementalRound: { variants: ROLES },
  RefusedRound: { variants: ROLES },
  PersistentVolumes: { variants: ['REGULAR', 'SHARED', 'MIXED'] },
  HierarchyFullSort: { sizes: 'agents', variants: ['3x32', '7x3', '10x2'] },
  MultiFrameworkAllocations: { sizes: 'fixed' },
};

export const CASES: ReadonlyMap<string, CaseEntry> = new Map(
  Object.entries({
    ...ownCases,
    ...mixedCases,
    ...gridCases,
    ...metricsCases,
    ...sorterCases,
  }).map(([name, run]) => [name, { run, sizes: 'grid', variants: [''], ...OF_CASE[name] }]),
);
