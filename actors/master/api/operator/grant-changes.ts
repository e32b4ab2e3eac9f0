/** What operators grant to roles, by calls and by the old endpoints: weights and quotas. */
import { type HttpAnswer, textResponse } from '../../../../transport/http/message.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { toQuota, toWeight } from '../../../protocol/v1/to-nouns/operators.ts';
import type { MasterCommands } from '../master-commands.ts';
import { ordered } from './agent-changes.ts';
import type { OperatorCallHandlers } from './operator-api.ts';
import { readQuotaRequest } from './quota-reading.ts';

type GrantCall = 'UPDATE_WEIGHTS' | 'UPDATE_QUOTA' | 'SET_QUOTA' | 'REMOVE_QUOTA';

export function grantChanges(commands: MasterCommands): Pick<OperatorCallHandlers, GrantCall> {
  return {
    UPDATE_WEIGHTS: ({ call }) => updateWeights(commands, call.update_weights?.weight_infos ?? []),
    UPDATE_QUOTA: ({ call }) => {
      const { quota_configs: configs = [], force = false } = call.update_quota ?? {};
      return ordered(commands, { type: 'updateQuota', configs: configs.map(toQuota), force });
    },
    SET_QUOTA: ({ call }) => setQuota(commands, call.set_quota?.quota_request ?? {}),
    REMOVE_QUOTA: ({ call }) =>
      ordered(commands, { type: 'removeQuota', role: call.remove_quota?.role ?? '' }),
  };
}

/** Also by `PUT /weights`. */
export function updateWeights(
  commands: MasterCommands,
  weights: readonly V1<'WeightInfo'>[],
): Promise<HttpAnswer> {
  return ordered(commands, { type: 'updateWeights', weights: weights.map(toWeight) });
}

/** Also by `POST /quota`. */
export async function setQuota(
  commands: MasterCommands,
  request: V1<'quota.QuotaRequest'>,
): Promise<HttpAnswer> {
  const read = readQuotaRequest(request);
  if ('fault' in read) return textResponse(400, read.fault);
  const { force = false } = request;
  return ordered(commands, { type: 'setQuota', config: read.config, force });
}
