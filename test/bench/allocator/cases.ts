/** All cases of the allocator: which sizes and variants each has. Names of Mesos where it has them. */

import { SORTERS } from '../../../actors/master/allocator/share-tree.ts';
import { conversionCases } from './conversion-case.ts';
import type { Case } from './figures.ts';
import { gridCases } from './grid-cases.ts';
import { metricsCases } from './metrics-case.ts';
import { mixedCases } from './mixed-case.ts';
import { ownCases } from './own-cases.ts';
import { quotaCases } from './quota-cases.ts';
import { sorterCases } from './sorter-cases.ts';

export interface CaseEntry {
  readonly run: Case;
  /** Over agents and frameworks, over agents alone, or of one size that the variant says. */
  readonly sizes: 'grid' | 'agents' | 'fixed';
  readonly variants: readonly string[];
}

/** Smallest first, under each sorter. */
const withSorters = (variants: readonly string[]): string[] =>
  variants.flatMap((variant) => SORTERS.map((sorter) => `${sorter} ${variant}`));

const ROLES = ['oneRole', 'ownRoles'];
const OF_CASE: Readonly<Record<string, Partial<CaseEntry>>> = {
  FullRound: { variants: ROLES },
  IncrementalRound: { variants: ROLES },
  RefusedRound: { variants: ROLES },
  IdleFrameworks: { variants: ROLES },
  Memory: { variants: ROLES },
  PersistentVolumes: { variants: ['REGULAR', 'SHARED', 'MIXED'] },
  FullSort: { variants: SORTERS },
  HierarchyFullSort: { sizes: 'agents', variants: withSorters(['3x32', '7x3', '10x2']) },
  MultiFrameworkAllocations: {
    sizes: 'fixed',
    variants: ['silent', 'refusing', 'suppressing'],
  },
  UpdateAllocation: { sizes: 'fixed', variants: ['50', '100', '200'] },
  LargeAndSmallQuota: {
    sizes: 'fixed',
    variants: withSorters(['25+5', '250+50', '2500+500']),
  },
  NonQuotaVsQuota: {
    sizes: 'fixed',
    variants: withSorters(['10', '10 quota', '100', '100 quota', '1000', '1000 quota']),
  },
};

export const CASES: ReadonlyMap<string, CaseEntry> = new Map(
  Object.entries({
    ...ownCases,
    ...mixedCases,
    ...gridCases,
    ...conversionCases,
    ...quotaCases,
    ...metricsCases,
    ...sorterCases,
  }).map(([name, run]) => [name, { run, sizes: 'grid', variants: [''], ...OF_CASE[name] }]),
);
