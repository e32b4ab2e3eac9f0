/**
 * Which offers are rescinded when quotas have changed, so that the next round can keep to them. Pure.
 *
 * | what                         | until                                                            |
 * |---|---|
 * | a limit is exceeded          | what the role and those below it have and are offered is under it |
 * | a guarantee is not met       | what others are offered would do, if nothing at all were free      |
 * | `SET_QUOTA`, the old way     | so much, and from as many agents as the role has frameworks        |
 *
 * What is free counts for nothing: the allocator may just have handed it out. Unlike in Mesos, an offer
 * stays that has nothing of what there is too much, or too little of, and reservations that are on
 * offer count once, not twice.
 * Source: Mesos 1.11, src/master/quota_handler.cpp, `_update`, `rescindOffers`.
 */
import type { QuotaConfig } from '../../protocol/quota.ts';
import { part } from '../../protocol/resource-selection.ts';
import type { Resources } from '../../protocol/resources.ts';
import { isWithin } from '../../protocol/roles.ts';
import type { MasterState, OfferRecord } from '../state.ts';
import { amountsOf, hasAll } from './quantities.ts';
import {
  type Amounts,
  activeCountIn,
  consumedMilli,
  countsAsUsed,
  type RoleBook,
  scalarsOf,
  sumOf,
} from './role-sums.ts';

/** For limits and guarantees. */
export function offersOver(
  state: MasterState,
  book: RoleBook,
  configs: readonly QuotaConfig[],
): readonly OfferRecord[] {
  const chosen = new Set<OfferRecord>();
  for (const { role, guaranteesMilli, limitsMilli } of configs) {
    const sums = book.get(role);
    const has: Amounts =
      sums === undefined ? new Map() : sumOf(consumedMilli(sums), sums.unreservedOfferedMilli);
    for (const record of chosen) {
      if (isWithin(record.offer.role, role)) take(has, record.offer.resources, -1);
    }
    for (const record of state.offers.values()) {
      const over = namesOver(amountsOf(limitsMilli), has);
      if (over.size === 0) break;
      const { offer } = record;
      if (chosen.has(record) || !isWithin(offer.role, role)) continue;
      if (!holdsAny(offer.resources, over)) continue;
      take(has, offer.resources, -1);
      chosen.add(record);
    }
    const wanted = amountsOf(guaranteesMilli);
    for (const record of state.offers.values()) {
      const missing = namesMissing(wanted, has);
      if (missing.size === 0) break;
      const { offer } = record;
      if (chosen.has(record) || isWithin(offer.role, role)) continue;
      if (!holdsAny(offer.resources, missing)) continue;
      take(has, offer.resources, 1);
      chosen.add(record);
    }
  }
  return [...chosen];
}

/** As `SET_QUOTA` does it: all of one agent after the other. */
export function offersForGuarantee(
  state: MasterState,
  { role, guaranteesMilli }: QuotaConfig,
): readonly OfferRecord[] {
  const wanted = amountsOf(guaranteesMilli);
  const frameworkCount = activeCountIn(state, role);
  const chosen: OfferRecord[] = [];
  const has: Amounts = new Map();
  let agentCount = 0;
  for (const { connected, offers } of state.agents.registered.values()) {
    if (hasAll(has, wanted) && agentCount >= frameworkCount) break;
    if (!connected || offers.size === 0) continue;
    agentCount++;
    for (const record of offers) {
      take(has, record.offer.resources, 1);
      chosen.push(record);
    }
  }
  return chosen;
}

function take(amounts: Amounts, resources: Resources, factor: 1 | -1): void {
  for (const [name, milli] of scalarsOf(part(resources, countsAsUsed))) {
    amounts.set(name, (amounts.get(name) ?? 0) + factor * milli);
  }
}

function namesOver(limits: Amounts, has: Amounts): ReadonlySet<string> {
  return new Set(
    [...limits].flatMap(([name, milli]) => ((has.get(name) ?? 0) > milli ? name : [])),
  );
}

function namesMissing(wanted: Amounts, has: Amounts): ReadonlySet<string> {
  return new Set(
    [...wanted].flatMap(([name, milli]) => ((has.get(name) ?? 0) < milli ? name : [])),
  );
}

function holdsAny(resources: Resources, names: ReadonlySet<string>): boolean {
  return part(resources, countsAsUsed).some(
    ({ name, type }) => type === 'scalar' && names.has(name),
  );
}
