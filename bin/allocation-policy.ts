/** The policy that `--allocator` names: one of ours, or the default export of a module. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AllocationPolicy, HIERARCHICAL_DRF } from '../actors/master/allocator/policy.ts';
import { priorityPolicy } from '../actors/master/allocator/priority-policy.ts';
import { describeError } from '../runtime/errors.ts';
import { ExitError } from './exits.ts';
import type { FlagValues } from './flags.ts';

type Named = Pick<FlagValues, 'allocator' | 'priorityClasses' | 'roleSorter' | 'frameworkSorter'>;

/** @throws ExitError `usage` */
export async function allocationPolicy(values: Named): Promise<AllocationPolicy> {
  const { allocator, priorityClasses, roleSorter, frameworkSorter } = values;
  if (priorityClasses !== undefined && allocator !== 'priority') {
    throw new ExitError('usage', '--priority-classes are those of --allocator priority');
  }
  if (allocator === HIERARCHICAL_DRF.name) return HIERARCHICAL_DRF;
  if (roleSorter === 'random' || frameworkSorter === 'random') {
    const sentence = `Only --allocator ${HIERARCHICAL_DRF.name} can sort by chance; leave out --role-sorter and --framework-sorter`;
    throw new ExitError('usage', sentence);
  }
  if (allocator !== 'priority') return loadPolicy(allocator);
  if (priorityClasses === undefined) {
    const sentence = 'Say which roles come first: --priority-classes "prod,web|batch"';
    throw new ExitError('usage', sentence);
  }
  return priorityPolicy(priorityClasses);
}

async function loadPolicy(path: string): Promise<AllocationPolicy> {
  if (!/[./]/.test(path)) {
    const sentence = `Cannot use --allocator "${path}": there are ${HIERARCHICAL_DRF.name}, priority, and modules such as ./policy.js`;
    throw new ExitError('usage', sentence);
  }
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    throw new ExitError('usage', `Cannot load --allocator "${path}": ${describeError(error)}`);
  }
  const policy = module.default;
  if (!isPolicy(policy)) {
    const sentence = `Cannot use --allocator "${path}": its default export must be a policy: a name, and rank, share or limits`;
    throw new ExitError('usage', sentence);
  }
  return policy;
}

function isPolicy(value: unknown): value is AllocationPolicy {
  if (typeof value !== 'object' || value === null) return false;
  const { name, rank, share, limits } = value as Readonly<Record<string, unknown>>;
  const isQuestion = (answer: unknown) => answer === undefined || typeof answer === 'function';
  return (
    typeof name === 'string' &&
    isQuestion(rank) &&
    isQuestion(share) &&
    (limits === undefined || (Array.isArray(limits) && limits.every(isLimit)))
  );
}

function isLimit(value: unknown): boolean {
  const { role, limitsMilli } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    typeof role === 'string' &&
    typeof limitsMilli === 'object' &&
    limitsMilli !== null &&
    Object.values(limitsMilli).every((milli) => Number.isSafeInteger(milli) && Number(milli) >= 0)
  );
}
