/**
 * `/weights` and `/quota`, of the time before v1.
 *
 * | | |
 * |---|---|
 * | `GET /weights`, `PUT /weights` | a list of `{"role": …, "weight": …}`; the others keep theirs |
 * | `GET /quota` | what roles are guaranteed and limited to |
 * | `POST /quota` | guarantees, and limits to, a list of resources: `{"role": …, "guarantee": […], "force": …}` |
 * | `DELETE /quota/<role>` | ends the quota of a role |
 *
 * Source of the sentences: Mesos 1.11, src/master/weights_handler.cpp, quota_handler.cpp.
 */
import { withJsonp } from '../../../../transport/http/jsonp.ts';
import {
  type HttpGate,
  type HttpHandler,
  type HttpResponse,
  type HttpRoutes,
  jsonResponse,
  textResponse,
} from '../../../../transport/http/message.ts';
import { jsonTextOf, parseJson, readV1 } from '../../../protocol/v1/codec.ts';
import type { V1, V1Name } from '../../../protocol/v1/dictionary.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';
import { fromQuotas, fromWeight } from '../../../protocol/v1/from-nouns/operators.ts';
import type { JsonValue } from '../../../protocol/v1/json-text.ts';
import { endpointFormat } from '../../../protocol/v1/reservation-format.ts';
import type { MasterCommands } from '../master-commands.ts';
import { ordered } from '../operator/agent-changes.ts';
import { setQuota, updateWeights } from '../operator/grant-changes.ts';
import { READWRITE_REALM } from '../operator/operator-api.ts';
import type { Reader } from '../reader.ts';

export function grantRoutes(commands: MasterCommands, reader: Reader, first: HttpGate): HttpRoutes {
  const readwrite = { realm: READWRITE_REALM, first };
  return {
    '/weights': {
      ...readwrite,
      GET: (request) =>
        withJsonp(request, jsonResponse(200, reader.reads.grants().weights.map(fromWeight))),
      PUT: putWeights(commands),
    },
    '/quota': {
      ...readwrite,
      GET: (request) => {
        const { infos = [], ...status } = fromQuotas(reader.reads.grants().quotas);
        const old = infos.map((info) => ({
          ...info,
          guarantee: (info.guarantee ?? []).map(endpointFormat),
        }));
        const text = jsonTextOf('quota.QuotaStatus', { infos: old, ...status });
        return withJsonp(request, jsonResponse(200, JSON.parse(text)));
      },
      POST: postQuota(commands),
      DELETE: deleteQuota(commands),
    },
  };
}

function putWeights(commands: MasterCommands): HttpHandler {
  return ({ body }) => {
    const parsed = parsedAs(body, 'update weights', isList, 'Expecting a JSON array');
    if ('status' in parsed) return parsed;
    const read = parsed.json.map((one) =>
      readAs('WeightInfo', one, body, 'Failed to convert weights JSON array to protobuf'),
    );
    const weights: V1<'WeightInfo'>[] = [];
    for (const one of read) {
      if ('status' in one) return one;
      weights.push(one.read);
    }
    return updateWeights(commands, weights);
  };
}

function postQuota(commands: MasterCommands): HttpHandler {
  return ({ body }) => {
    const parsed = parsedAs(body, 'set quota', isObject, 'Expecting a JSON object');
    if ('status' in parsed) return parsed;
    const what = 'Failed to validate set quota request JSON';
    const request = readAs('quota.QuotaRequest', parsed.json, body, what);
    return 'status' in request ? request : setQuota(commands, request.read);
  };
}

function deleteQuota(commands: MasterCommands): HttpHandler {
  return ({ path, subpath }) => {
    const role = subpath.slice(1);
    if (role !== '') return ordered(commands, { type: 'removeQuota', role, path });
    const count = path.split('/').filter((part) => part !== '').length;
    const what = `Failed to parse remove quota request for path '${path}'`;
    return textResponse(400, `${what}: expected 3 tokens, found ${count} tokens`);
  };
}

function parsedAs<Json extends JsonValue>(
  body: Uint8Array,
  what: string,
  is: (json: JsonValue) => json is Json,
  expected: string,
): { readonly json: Json } | HttpResponse {
  try {
    const json = parseJson(body);
    if (is(json)) return { json };
    throw new V1Error('fieldMistyped', expected, '');
  } catch (error) {
    return refusal(error, `Failed to parse ${what} request JSON`, body);
  }
}

function readAs<Name extends V1Name>(
  name: Name,
  json: JsonValue,
  body: Uint8Array,
  what: string,
): { readonly read: V1<Name> } | HttpResponse {
  try {
    return { read: readV1(name, json) };
  } catch (error) {
    return refusal(error, what, body);
  }
}

function refusal(error: unknown, what: string, body: Uint8Array): HttpResponse {
  if (!(error instanceof V1Error)) throw error;
  return textResponse(400, `${what} '${new TextDecoder().decode(body)}': ${error.message}`);
}

function isList(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}

function isObject(json: JsonValue): json is ReadonlyMap<string, JsonValue> {
  return json instanceof Map;
}
