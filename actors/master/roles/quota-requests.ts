/**
 * What operators ask for with quotas, and what is refused of it, in the words of Mesos. Pure.
 *
 * | asked for      | refused                                                                         |
 * |---|---|
 * | `UPDATE_QUOTA` | unsound; less than the role consumes, more than the cluster has: unless forced  |
 * | `SET_QUOTA`    | where there is one; more than the cluster has (409), unless forced              |
 * | `REMOVE_QUOTA` | where there is none; where roles below it have guarantees                       |
 *
 * Source: Mesos 1.11, src/master/quota_handler.cpp.
 */
import type { Address } from '../../../runtime/actor.ts';
import { ROLES_PER_GRANT_MAX } from '../../protocol/maxima.ts';
import type { NotLeader } from '../../protocol/messages.ts';
import type { FromOperatorToMaster, OperatorAnswer } from '../../protocol/operator-to-master.ts';
import type { QuotaConfig } from '../../protocol/quota.ts';
import { roleSentence } from '../../protocol/roles.ts';
import type { MasterState } from '../state.ts';
import { amountsOf, hasAll, isUnder, quantitiesText } from './quantities.ts';
import {
  quotaConfigFault,
  quotaTreeFault,
  totalGuaranteesMilli,
  withQuotas,
} from './quota-faults.ts';
import { isAllowedRole } from './role-faults.ts';
import { capacityMilli, consumedMilli, roleSums } from './role-sums.ts';

export type QuotaRequest =
  | Extract<FromOperatorToMaster, { readonly type: 'updateQuota' }>
  /** Guaranteed and limited to the same. */
  | {
      readonly type: 'setQuota';
      readonly config: QuotaConfig;
      readonly force: boolean;
      readonly replyTo: Address<OperatorAnswer | NotLeader>;
    }
  | {
      readonly type: 'removeQuota';
      readonly role: string;
      /** Of the request, where it is by the old endpoint. */
      readonly path?: string;
      readonly replyTo: Address<OperatorAnswer | NotLeader>;
    };

/** `conflict`: it would be right where there is more. */
export type Refusal = Omit<OperatorAnswer, 'type'>;

/** What the registry is asked to keep. */
export function configsOf(request: QuotaRequest): readonly QuotaConfig[] {
  switch (request.type) {
    case 'updateQuota':
      return request.configs.map(withoutNothing);
    case 'setQuota':
      return [withoutNothing(request.config)];
    case 'removeQuota':
      return [{ role: request.role, guaranteesMilli: {}, limitsMilli: {} }];
  }
}

/** A guarantee of nothing is none; a limit of nothing is one. */
function withoutNothing(config: QuotaConfig): QuotaConfig {
  const guarantees = Object.entries(config.guaranteesMilli).filter(([, milli]) => milli !== 0);
  return { ...config, guaranteesMilli: Object.fromEntries(guarantees) };
}

/** Looked at when it is its turn: those before it are kept. */
export function requestFault(
  state: MasterState,
  request: QuotaRequest,
  rolesAllowed: readonly string[] | undefined,
): Refusal | undefined {
  const isAllowed = (role: string) => isAllowedRole(role, rolesAllowed);
  switch (request.type) {
    case 'updateQuota':
      return refusal(updateFault(state, request.configs, request.force, isAllowed));
    case 'setQuota':
      return setFault(state, request.config, request.force, isAllowed);
    case 'removeQuota':
      return refusal(removeFault(state, request.role, request.path, isAllowed));
  }
}

function refusal(refused: string | undefined) {
  return refused === undefined ? undefined : { refused };
}

function updateFault(
  state: MasterState,
  configs: readonly QuotaConfig[],
  force: boolean,
  isAllowed: (role: string) => boolean,
): string | undefined {
  const what = 'Invalid QuotaConfig';
  if (configs.length > ROLES_PER_GRANT_MAX) {
    return `${what}: at most ${ROLES_PER_GRANT_MAX} roles are updated at once, not ${configs.length}`;
  }
  for (const config of configs) {
    if (!isAllowed(config.role)) return `${what}: '${config.role}' is not on the roles whitelist`;
    const fault = quotaConfigFault(config);
    if (fault !== undefined) return `${what}: ${fault}`;
  }
  const roles = configs.map(({ role }) => role);
  const twice = roles.find((role, index) => roles.indexOf(role) < index);
  if (twice !== undefined) return `${what}: role '${twice}' is named twice`;
  const book = roleSums(state);
  for (const { role, limitsMilli } of force ? [] : configs) {
    const sums = book.get(role);
    if (sums === undefined) continue;
    const [consumed, limits] = [consumedMilli(sums), amountsOf(limitsMilli)];
    if (isUnder(limits, consumed)) continue;
    return (
      `${what}: Role '${role}' is already consuming '${quantitiesText(consumed)}'; this is more ` +
      `than the requested limits '${quantitiesText(limits)}' (use 'force' flag to bypass this check)`
    );
  }
  const next = withQuotas(state.quotas, configs.map(withoutNothing));
  const fault = quotaTreeFault(next);
  if (fault !== undefined) return `${what}: ${fault}`;
  const [total, capacity] = [totalGuaranteesMilli(next), capacityMilli(state)];
  if (force || hasAll(capacity, total)) return undefined;
  return (
    `${what}: total quota guarantees '${quantitiesText(total)}' exceed cluster capacity ` +
    `'${quantitiesText(capacity)}' (use 'force' flag to bypass this check)`
  );
}

function setFault(
  state: MasterState,
  config: QuotaConfig,
  force: boolean,
  isAllowed: (role: string) => boolean,
): Refusal | undefined {
  const what = 'Failed to validate set quota request';
  const { role } = config;
  const invalid = roleSentence(role);
  if (invalid !== undefined) return { refused: `${what}: QuotaInfo with invalid role: ${invalid}` };
  if (!isAllowed(role)) return { refused: `${what}: Unknown role '${role}'` };
  if (state.quotas.has(role)) {
    return { refused: `${what}: Cannot set quota for role '${role}' which already has quota` };
  }
  const next = withQuotas(state.quotas, [withoutNothing(config)]);
  const fault = quotaConfigFault(config) ?? quotaTreeFault(next);
  if (fault !== undefined) return { refused: `${what}: ${fault}` };
  const [total, capacity] = [totalGuaranteesMilli(next), capacityMilli(state)];
  if (force || hasAll(capacity, total)) return undefined;
  const refused =
    "Quota guarantees overcommit the cluster (use 'force' to bypass this check): " +
    `Total quota guarantees '${quantitiesText(total)}' exceed cluster capacity ` +
    `'${quantitiesText(capacity)}'`;
  return { refused, fault: 'conflict' };
}

function removeFault(
  { quotas }: MasterState,
  role: string,
  path: string | undefined,
  isAllowed: (role: string) => boolean,
): string | undefined {
  const what = `Failed to remove quota${path === undefined ? '' : ` for path '${path}'`}`;
  if (!isAllowed(role)) {
    const where = path === undefined ? '' : ` for path '${path}'`;
    return `Failed to validate remove quota request${where}: Unknown role '${role}'`;
  }
  if (!quotas.has(role)) return `${what}: Role '${role}' has no quota set`;
  const left = new Map(quotas);
  left.delete(role);
  const fault = quotaTreeFault(left);
  return fault === undefined ? undefined : `${what}: ${fault}`;
}
