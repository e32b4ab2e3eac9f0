/** What operators grant to roles, by calls and by the old endpoints: weights and quotas. */
import { type HttpResponse, textResponse } from '../../../../transport/http/message.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { toQuota, toWeight } from '../../../protocol/v1/to-nouns/operators.ts';
import type { MasterCommands } from '../master-commands.ts';
import { NOT_NOW } from '../old/read-route.ts';
import { readQuotaRequest } from './quota-reading.ts';

export async function updateWeights(
  commands: MasterCommands,
  weights: readonly V1<'WeightInfo'>[],
): Promise<HttpResponse> {
  return answered(await commands.updateWeights(weights.map(toWeight)));
}

export async function updateQuota(
  commands: MasterCommands,
  asked: V1<'master.Call.UpdateQuota'> | undefined,
): Promise<HttpResponse> {
  const { quota_configs: configs = [], force = false } = asked ?? {};
  return answered(await commands.updateQuota(configs.map(toQuota), force));
}

export async function setQuota(
  commands: MasterCommands,
  request: V1<'quota.QuotaRequest'>,
): Promise<HttpResponse> {
  const read = readQuotaRequest(request);
  if ('fault' in read) return textResponse(400, read.fault);
  const { config } = read;
  const answer = await commands.setQuota({ config, force: request.force ?? false });
  if (answer.type === 'notLeader') return NOT_NOW;
  const { refused, conflict } = answer;
  return refused === undefined ? { status: 200 } : textResponse(conflict ? 409 : 400, refused);
}

/** @param path of the request, where it is by the old endpoint */
export async function removeQuota(
  commands: MasterCommands,
  role: string,
  path?: string,
): Promise<HttpResponse> {
  const answer = await commands.removeQuota(path === undefined ? { role } : { role, path });
  return answered(answer.type === 'notLeader' ? answer.type : answer.refused);
}

function answered(refused: string | 'notLeader' | undefined): HttpResponse {
  if (refused === undefined) return { status: 200 };
  return refused === 'notLeader' ? NOT_NOW : textResponse(400, refused);
}
