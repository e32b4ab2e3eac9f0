/** What becomes of the allocator's books when operators set other quotas. */
import type { QuotaConfig } from '../../protocol/quota.ts';
import {
  countAllocated,
  countTotal,
  emptyQuotaBook,
  hasQuota,
  type QuotaBook,
  withPolicyLimits,
} from './quota-book.ts';
import type { AgentRecord, AllocatorState, Told } from './state.ts';

/** Counts all that there is once, under the new quotas. */
export function updateQuota(state: AllocatorState, { configs }: Told<'updateQuota'>): void {
  const all = withPolicyLimits(configs, state.tree.policy.limits);
  if (all.length === 0 && !hasQuota(state.quota)) return;
  const before = state.quota;
  state.quota = counted(all, state.agents.values());
  // Those that have no limit any more are asked again.
  for (const role of [...before.roles.keys(), ...before.turned]) state.quota.turned.add(role);
  // What was held back may be offered now.
  state.heldBack.clear();
  state.allDirty = true;
}

/** The same book, with everything counted once more. */
export function recounted(
  { configs }: QuotaBook,
  agents: Iterable<Pick<AgentRecord, 'total' | 'allocated'>>,
): QuotaBook {
  return counted(configs, agents);
}

function counted(
  configs: readonly QuotaConfig[],
  agents: Iterable<Pick<AgentRecord, 'total' | 'allocated'>>,
): QuotaBook {
  const book = emptyQuotaBook(configs);
  for (const { total, allocated } of agents) {
    countTotal(book, total, 1);
    for (const [{ role }, resources] of allocated) countAllocated(book, role, resources, 1);
  }
  return book;
}
