/**
 * Calls of operators about what agents have: reserve, make volumes, and what is under way of all that.
 * The calls of v1 and the endpoints before it are one operation of an accept each, and answered alike.
 * Source of statuses and sentences: Mesos 1.11, src/master/http.cpp, _operation, reserve, createVolumes.
 */
import { acceptor } from '../../../../runtime/decode.ts';
import {
  type HttpRequest,
  type HttpResponse,
  textResponse,
} from '../../../../transport/http/message.ts';
import type { AgentId } from '../../../protocol/ids.ts';
import { resourceOperation } from '../../../protocol/operation-checks.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { fromOperation } from '../../../protocol/v1/from-nouns/operations.ts';
import { readWith } from '../../../protocol/v1/reading.ts';
import { toResourceOperation } from '../../../protocol/v1/to-nouns/operations.ts';
import type { MasterCommands } from '../master-commands.ts';
import { NOT_NOW } from '../old/read-route.ts';
import { answered, type OperatorCallHandlers } from './operator-api.ts';

export type ResourcesCall =
  | 'RESERVE_RESOURCES'
  | 'UNRESERVE_RESOURCES'
  | 'CREATE_VOLUMES'
  | 'DESTROY_VOLUMES'
  | 'GROW_VOLUME'
  | 'SHRINK_VOLUME'
  | 'GET_OPERATIONS';

const shapeFault = acceptor(resourceOperation);

export function operatorResources(
  commands: MasterCommands,
): Pick<OperatorCallHandlers, ResourcesCall> {
  const asked = (
    part: { readonly agent_id?: V1<'AgentID'> | undefined } | undefined,
    operation: V1<'Offer.Operation'>,
    request: HttpRequest,
  ) => changeResources(commands, part?.agent_id?.value ?? '', operation, request);
  return {
    RESERVE_RESOURCES: ({ call: { reserve_resources: part }, request }) => {
      const { source = [], resources = [] } = part ?? {};
      return asked(part, { type: 'RESERVE', reserve: { source, resources } }, request);
    },
    UNRESERVE_RESOURCES: ({ call: { unreserve_resources: part }, request }) => {
      const { resources = [] } = part ?? {};
      return asked(part, { type: 'UNRESERVE', unreserve: { resources } }, request);
    },
    CREATE_VOLUMES: ({ call: { create_volumes: part }, request }) => {
      const { volumes = [] } = part ?? {};
      return asked(part, { type: 'CREATE', create: { volumes } }, request);
    },
    DESTROY_VOLUMES: ({ call: { destroy_volumes: part }, request }) => {
      const { volumes = [] } = part ?? {};
      return asked(part, { type: 'DESTROY', destroy: { volumes } }, request);
    },
    GROW_VOLUME: ({ call: { grow_volume: part }, request }) =>
      asked(part, { type: 'GROW_VOLUME', ...(part && { grow_volume: part }) }, request),
    SHRINK_VOLUME: ({ call: { shrink_volume: part }, request }) =>
      asked(part, { type: 'SHRINK_VOLUME', ...(part && { shrink_volume: part }) }, request),
    GET_OPERATIONS: async ({ encoding }) => {
      const known = await commands.operations();
      if (known.type === 'notLeader') return NOT_NOW;
      const operations = known.operations.map(({ record, status, agentId }) =>
        fromOperation(record, status, agentId),
      );
      return answered(encoding, { type: 'GET_OPERATIONS', get_operations: { operations } });
    },
  };
}

/** Also for the endpoints of the time before v1. */
export async function changeResources(
  commands: MasterCommands,
  agentId: string,
  operation: V1<'Offer.Operation'>,
  { principal }: HttpRequest,
): Promise<HttpResponse> {
  const { noun, invalid, notSupported } = readWith((report) =>
    toResourceOperation(operation, report, ''),
  );
  const [wrong] = invalid;
  if (wrong !== undefined) return textResponse(400, wrong.sentence);
  const [strange] = notSupported;
  if (strange !== undefined) {
    return textResponse(400, `'${strange.path}' is not supported: leave it out`);
  }
  const shape = noun === undefined ? 'nothing is asked for' : shapeFault(noun);
  if (noun === undefined || shape !== undefined) {
    return textResponse(400, `It can't be passed on: ${shape}`);
  }
  const { value } = principal ?? {};
  const by = value === undefined ? {} : { principal: value };
  const answer = await commands.changeResources({
    agentId: agentId as AgentId,
    change: noun,
    ...by,
  });
  if (answer.type === 'notLeader') return NOT_NOW;
  const { outcome, message = '' } = answer;
  if (outcome === 'accepted') return { status: 202 };
  return textResponse(outcome === 'invalid' ? 400 : 409, message);
}
