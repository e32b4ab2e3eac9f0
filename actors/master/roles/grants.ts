/** What operators have granted to roles, in the order of the roles, for those who read. Pure. */
import type { QuotaConfig, RoleWeight } from '../../protocol/quota.ts';
import type { ReadGrants } from '../api/snapshot/read-changes.ts';
import type { MasterState } from '../state.ts';

export function grantsOf(state: Pick<MasterState, 'weights' | 'quotas'>): ReadGrants {
  return { weights: weightsOf(state), quotas: quotasOf(state) };
}

export function weightsOf({ weights }: Pick<MasterState, 'weights'>): readonly RoleWeight[] {
  return byRole([...weights].map(([role, weight]) => ({ role, weight })));
}

export function quotasOf({ quotas }: Pick<MasterState, 'quotas'>): readonly QuotaConfig[] {
  return byRole([...quotas.values()]);
}

function byRole<One extends { readonly role: string }>(all: readonly One[]): readonly One[] {
  return all.toSorted((one, other) => (one.role < other.role ? -1 : 1));
}
