/**
 * `POST /api/v1`: what operators ask an agent.
 *
 * In this order, as in Mesos: 503 while the agent recovers, 405, 400, 415 and 406 for encodings, 400 for
 * what can't be read or is not valid; then the call. Those that Messor has nothing for are answered by 501
 * and a sentence that says what there is instead.
 * Source: Mesos 1.11, src/slave/http.cpp, `Http::api`.
 */
import { FileFault } from '../../../../transport/http/files/file-tree.ts';
import type { ServedFiles } from '../../../../transport/http/files/served-files.ts';
import type { LoggingLevel } from '../../../../transport/http/logging-level.ts';
import { mediaTypeOf } from '../../../../transport/http/media-type.ts';
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpRoutes,
  textResponse,
} from '../../../../transport/http/message.ts';
import {
  contentHeaders,
  MEDIA_TYPES,
  negotiateAnswer,
  negotiateContent,
} from '../../../../transport/http/negotiation.ts';
import type { Metrics } from '../../../protocol/metrics/tally.ts';
import { agentCallFault } from '../../../protocol/v1/call-faults/operator.ts';
import { decodeV1, encodeV1 } from '../../../protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../../protocol/v1/dictionary.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';
import { AGENT_REALMS, NOT_RECOVERED } from '../api-node.ts';
import type { NodeAnswers } from '../node-answers.ts';
import type { NodeFacts } from '../node-facts.ts';
import { type CallHandlers, callHandlers } from './operator-calls.ts';

export interface OperatorRoutesOptions {
  readonly answers: NodeAnswers;
  readonly facts: NodeFacts;
  readonly files: ServedFiles;
  readonly logging: LoggingLevel;
  readonly readMetrics: () => Metrics;
}

type Call = V1<'agent.Call'>;
type CallType = V1Enum<'agent.Call.Type'>;

export function operatorRoutes(options: OperatorRoutesOptions): HttpRoutes {
  const handlers = callHandlers(options);
  return {
    '/api/v1': {
      realm: AGENT_REALMS.readwrite,
      first: async () => {
        const report = await options.answers.report();
        return report === undefined || report.isRecovering ? NOT_RECOVERED : undefined;
      },
      POST: (request) => answer(request, handlers),
      // Streams of records are sent to containers only: they are not read to their end to say no.
      pieces: ({ headers }) =>
        mediaTypeOf(headers['content-type'] ?? '') === MEDIA_TYPES.recordio
          ? () => negotiatedRefusal(headers) ?? notImplemented('ATTACH_CONTAINER_INPUT')
          : undefined,
    },
  };
}

function negotiatedRefusal(headers: HttpRequest['headers']): HttpAnswer | undefined {
  const content = negotiateContent(headers, { recordio: true });
  return 'status' in content ? content : undefined;
}

async function answer(request: HttpRequest, handlers: CallHandlers): Promise<HttpAnswer> {
  const { headers, body } = request;
  const content = negotiateContent(headers, { recordio: true });
  if ('status' in content) return content;
  const accepted = negotiateAnswer(headers, { recordio: true });
  if ('status' in accepted) return accepted;
  let call: Call;
  try {
    call = decodeV1('agent.Call', content.encoding, body);
  } catch (error) {
    if (error instanceof V1Error) return textResponse(400, error.message);
    throw error;
  }
  const fault = agentCallFault(call);
  if (fault !== undefined) return textResponse(400, `Failed to validate agent::Call: ${fault}`);
  const { type = 'UNKNOWN' } = call;
  if (type === 'ATTACH_CONTAINER_INPUT') {
    const { recordio } = MEDIA_TYPES;
    return textResponse(415, `Expecting 'Content-Type' to be ${recordio} for ${type} call`);
  }
  const handler = handlers[type];
  if (accepted.isRecordio && handler !== undefined) {
    return textResponse(406, `Streaming response is not supported for ${type} call`);
  }
  if (handler === undefined) return notImplemented(type);
  try {
    const told = await handler(call);
    if (told === undefined || 'status' in told) return told ?? NOT_RECOVERED;
    return {
      status: 200,
      headers: contentHeaders(accepted),
      body: encodeV1('agent.Response', accepted.encoding, told),
    };
  } catch (error) {
    if (error instanceof FileFault) return textResponse(error.status, error.message);
    throw error;
  }
}

function notImplemented(type: CallType): HttpAnswer {
  const instead = /CONTAINER/.test(type)
    ? 'launch it as a task, and read what it writes with READ_FILE'
    : /RESOURCE_PROVIDER/.test(type)
      ? 'give the agent its resources with --resources'
      : /IMAGES/.test(type)
        ? 'there are no images: files are fetched into sandboxes'
        : 'ask for one of the calls that Mesos documents';
  return textResponse(
    501,
    `Cannot answer the call ${type}: this agent has nothing for it; ${instead}`,
  );
}
