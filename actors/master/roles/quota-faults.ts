/**
 * What is wrong with quotas that operators ask for, in the words of Mesos. Pure.
 *
 * Beyond Mesos, roles below others may have a quota, too: what is guaranteed to them is part of what is
 * guaranteed to the role above, as Mesos has it in mind (MESOS-7402).
 * Source: Mesos 1.11, src/master/quota.cpp, quota_handler.cpp (`QuotaTree`); common/validation.cpp.
 */
import {
  QUOTA_ROLES_MAX,
  QUOTA_UNITS_MAX,
  type QuotaConfig,
  SIZE_UNITS_MAX,
} from '../../protocol/quota.ts';
import { isResourceName } from '../../protocol/resource-text.ts';
import { roleSentence } from '../../protocol/roles.ts';
import { amountsOf, amountsText, hasAll, isUnder, quantitiesText } from './quantities.ts';
import { type Amounts, sumOf } from './role-sums.ts';

type Quotas = ReadonlyMap<string, QuotaConfig>;

/** Of one by itself. @returns a sentence, or undefined */
export function quotaConfigFault(config: QuotaConfig): string | undefined {
  const { role, guaranteesMilli, limitsMilli } = config;
  const invalid = roleSentence(role);
  if (invalid !== undefined) return `Invalid 'QuotaConfig.role': ${invalid}`;
  const parts = { guarantees: guaranteesMilli, limits: limitsMilli };
  for (const [what, amounts] of Object.entries(parts)) {
    const fault = sizeFault(amounts);
    if (fault !== undefined) return `Invalid 'QuotaConfig.${what}': ${fault}`;
  }
  for (const [what, amounts] of Object.entries(parts)) {
    for (const [name, milli] of Object.entries(amounts)) {
      const fault = amountFault(milli);
      const one = what.slice(0, -1);
      if (fault !== undefined) {
        return `Invalid ${one} configuration {'${name}': ${milli / 1000}}: ${fault}`;
      }
    }
  }
  const [guarantees, limits] = [amountsOf(guaranteesMilli), amountsOf(limitsMilli)];
  if (isUnder(limits, guarantees)) return undefined;
  return (
    `'QuotaConfig.guarantees' ${amountsText(guarantees)} is not contained within the ` +
    `'QuotaConfig.limits' ${amountsText(limits)}`
  );
}

function sizeFault(amounts: Readonly<Record<string, number>>): string | undefined {
  for (const [name, milli] of Object.entries(amounts)) {
    if (!isResourceName(name)) return `'${name}' is no name of a resource`;
    const isSize = name === 'mem' || name === 'disk';
    const max = isSize ? SIZE_UNITS_MAX : QUOTA_UNITS_MAX;
    if (milli <= max * 1000 || Number.isNaN(milli)) continue;
    const words = isSize ? '1 exabyte' : '1 trillion';
    return (
      `{'${name}': ${milli / 1000}} is invalid: values greater than ${words} (${max}) ` +
      'are not supported'
    );
  }
  return undefined;
}

function amountFault(milli: number): string | undefined {
  if (Number.isNaN(milli)) return 'NaN not supported';
  if (!Number.isFinite(milli)) return 'Infinite values not supported';
  return milli < 0 ? 'Negative values not supported' : undefined;
}

/** The quotas as they would be; one that grants and limits nothing is none. */
export function withQuotas(quotas: Quotas, configs: readonly QuotaConfig[]): Quotas {
  const next = new Map(quotas);
  for (const config of configs) {
    const { role, guaranteesMilli, limitsMilli } = config;
    const isNone = Object.keys(guaranteesMilli).length + Object.keys(limitsMilli).length === 0;
    if (isNone) next.delete(role);
    else next.set(role, config);
  }
  return next;
}

/** Whether what is guaranteed below a role is guaranteed to it. @returns a sentence, or undefined */
export function quotaTreeFault(quotas: Quotas): string | undefined {
  if (quotas.size > QUOTA_ROLES_MAX) return `At most ${QUOTA_ROLES_MAX} roles have a quota`;
  const below = new Map<string, Amounts>();
  for (const { role, guaranteesMilli } of quotas.values()) {
    const slash = role.lastIndexOf('/');
    if (slash < 0 || Object.keys(guaranteesMilli).length === 0) continue;
    const parent = role.slice(0, slash);
    below.set(parent, sumOf(below.get(parent) ?? new Map(), amountsOf(guaranteesMilli)));
  }
  for (const [parent, wanted] of [...below].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const own = amountsOf(quotas.get(parent)?.guaranteesMilli ?? {});
    if (hasAll(own, wanted)) continue;
    return (
      `Invalid quota configuration. Parent role '${parent}' with guarantees ` +
      `(${quantitiesText(own)}) does not contain the sum of its children's guarantees ` +
      `(${quantitiesText(wanted)})`
    );
  }
  return undefined;
}

/** What is guaranteed to a role holds what is guaranteed below it. */
export function totalGuaranteesMilli(quotas: Quotas): Amounts {
  const roots = [...quotas.values()].filter(({ role }) => !role.includes('/'));
  return sumOf(...roots.map(({ guaranteesMilli }) => amountsOf(guaranteesMilli)));
}
