/**
 * `POST /api/v1`: what operators ask and tell a master, in JSON or protobuf. `/api/v1/operator` is the
 * same, as whatever is below `/api/v1` and no path of its own.
 *
 * The order in which a call is looked at is that of Mesos: who asks, who leads, method, content type,
 * body, call, `Accept`; then what it asks for.
 * Source: Mesos 1.11, src/master/http.cpp, `Master::Http::api`.
 */
import {
  type HttpAnswer,
  type HttpGate,
  type HttpRequest,
  type HttpRoute,
  textResponse,
} from '../../../../transport/http/message.ts';
import {
  contentHeaders,
  type MessageEncoding,
  negotiateAnswer,
  negotiateContent,
} from '../../../../transport/http/negotiation.ts';
import { masterCallFault } from '../../../protocol/v1/call-faults/operator.ts';
import { decodeV1, encodeV1 } from '../../../protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../../protocol/v1/dictionary.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';

export const READWRITE_REALM = 'mesos-master-readwrite';
export const READONLY_REALM = 'mesos-master-readonly';

export type OperatorCallType = V1Enum<'master.Call.Type'>;

export interface OperatorCall {
  readonly call: V1<'master.Call'>;
  /** Of the answer. */
  readonly encoding: MessageEncoding;
  readonly request: HttpRequest;
}

export type OperatorCallHandler = (asked: OperatorCall) => HttpAnswer | Promise<HttpAnswer>;

/** All but UNKNOWN. */
export type OperatorCallHandlers = Readonly<
  Record<Exclude<OperatorCallType, 'UNKNOWN'>, OperatorCallHandler>
>;

export function operatorRoute(first: HttpGate, handlers: OperatorCallHandlers): HttpRoute {
  return {
    realm: READWRITE_REALM,
    first: async (head) => principalFault(head) ?? (await first(head)),
    POST: (request) => {
      const content = negotiateContent(request.headers);
      if ('status' in content) return content;
      const call = readCall(request.body, content.encoding);
      if ('status' in call) return call;
      const fault = masterCallFault(call);
      if (fault !== undefined) {
        return textResponse(400, `Failed to validate master::Call: ${fault}`);
      }
      const accepted = negotiateAnswer(request.headers);
      if ('status' in accepted) return accepted;
      const { type = 'UNKNOWN' } = call;
      if (type === 'UNKNOWN') return textResponse(501, UNKNOWN_TYPE);
      return handlers[type]({ call, encoding: accepted.encoding, request });
    },
  };
}

const UNKNOWN_TYPE =
  'The type of the call is not known here; docs/v1-compatibility.md lists those that are';

/** Who is known by claims alone can't be named in what is kept. */
const principalFault: HttpGate = ({ principal }) =>
  principal === undefined || principal.value !== undefined
    ? undefined
    : textResponse(
        403,
        "The request's authenticated principal contains claims, but no value " +
          'string. The master currently requires that principals have a value',
      );

function readCall(
  body: Uint8Array,
  encoding: MessageEncoding,
): V1<'master.Call'> | ReturnType<typeof textResponse> {
  try {
    return decodeV1('master.Call', encoding, body);
  } catch (error) {
    if (!(error instanceof V1Error)) throw error;
    return textResponse(error.code === 'messageTooLarge' ? 413 : 400, error.message);
  }
}

export function answered(encoding: MessageEncoding, response: V1<'master.Response'>): HttpAnswer {
  return bytesAnswered(encoding, encodeV1('master.Response', encoding, response));
}

export function bytesAnswered(
  encoding: MessageEncoding,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const content = contentHeaders({ encoding, isRecordio: false });
  return { status: 200, headers: { ...content, ...headers }, body };
}
