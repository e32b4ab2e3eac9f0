/** What operators grant to roles: quotas and weights. */
import { isDeepStrictEqual } from 'node:util';
import type { QuotaConfig, RoleWeight } from '../../protocol/quota.ts';
import { QUOTA } from './capabilities.ts';
import { MUTATED, type OperationHandlers, UNCHANGED } from './registry.ts';

export type QuotaOperation =
  /**
   * Replaces the quotas of the roles that it names; one without guarantees and limits ends a role's.
   * All of them or none; refused when more is guaranteed than the limit allows. While there is a
   * quota, only masters lead that know what it means.
   */
  | { readonly type: 'updateQuota'; readonly configs: readonly QuotaConfig[] }
  /**
   * Of the roles that it names; the others keep theirs. Also 1, which roles have that none was given:
   * an operator has said so, and the flags of masters have nothing to say any more.
   */
  | { readonly type: 'updateWeights'; readonly weights: readonly RoleWeight[] };

export const quotaOperations: OperationHandlers<QuotaOperation> = {
  updateQuota({ quotas, minimumCapabilities }, { configs }) {
    for (const { role, guaranteesMilli, limitsMilli } of configs) {
      for (const [name, guaranteeMilli] of Object.entries(guaranteesMilli)) {
        const limitMilli = Object.hasOwn(limitsMilli, name) ? limitsMilli[name] : undefined;
        if (limitMilli === undefined || guaranteeMilli <= limitMilli) continue;
        const refused =
          `Cannot update the quota of role "${role}": ` +
          `it is guaranteed more "${name}" than its limit allows`;
        return { refused };
      }
    }
    let mutated = false;
    for (const config of configs) {
      const { role, guaranteesMilli, limitsMilli } = config;
      if (Object.keys(guaranteesMilli).length + Object.keys(limitsMilli).length === 0) {
        if (quotas.delete(role)) mutated = true;
      } else if (!isDeepStrictEqual(quotas.get(role), config)) {
        quotas.set(role, config);
        mutated = true;
      }
    }
    if (quotas.size > 0) minimumCapabilities.add(QUOTA);
    else minimumCapabilities.delete(QUOTA);
    return mutated ? MUTATED : UNCHANGED;
  },

  updateWeights({ weights }, { weights: changed }) {
    let mutated = false;
    for (const { role, weight } of changed) {
      if (weights.get(role) === weight) continue;
      weights.set(role, weight);
      mutated = true;
    }
    return mutated ? MUTATED : UNCHANGED;
  },
};
