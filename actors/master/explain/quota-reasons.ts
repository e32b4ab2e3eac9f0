/** Which quotas keep a framework from more: those of its roles and of the roles above them. Pure. */
import type { Reason } from '../../protocol/explanation.ts';
import { lineage } from '../../protocol/roles.ts';
import { type Amounts, consumedMilli, roleSums, sumOf } from '../roles/role-sums.ts';
import type { FrameworkRecord, MasterState } from '../state.ts';

/** One for each of its roles and each quota over it that is used up, the lowest first. */
export function quotaReasons(state: MasterState, { info }: FrameworkRecord): readonly Reason[] {
  if (state.quotas.size === 0) return [];
  const book = roleSums(state);
  return info.roles.flatMap((role) =>
    lineage(role).flatMap((name): readonly Reason[] => {
      const limits = Object.entries(state.quotas.get(name)?.limitsMilli ?? {});
      const sums = book.get(name);
      const has: Amounts = sums
        ? sumOf(consumedMilli(sums), sums.unreservedOfferedMilli)
        : new Map();
      const reached = limits.filter(([resource, milli]) => (has.get(resource) ?? 0) >= milli);
      if (reached.length === 0) return [];
      const amounts = reached.map(
        ([resource, milli]) => `${resource} ${(has.get(resource) ?? 0) / 1000} of ${milli / 1000}`,
      );
      return [
        {
          code: 'quotaReached',
          role,
          text: `Role "${name}" has or is offered all that its quota allows: ${amounts.join(', ')}`,
          advice: `Wait until its tasks end, or raise the limit: messor quota set ${name}`,
        },
      ];
    }),
  );
}
