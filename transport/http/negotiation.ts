/**
 * Which encodings a call to one of the v1 APIs comes in and is answered in.
 *
 * JSON is preferred whenever it is admitted, however it is weighted; else protobuf; else, where a route
 * has it, RecordIO, whose records are in the encoding that `Message-Accept` admits. Statuses and
 * sentences are those of Mesos, which its clients may compare; unlike Mesos, case and parameters of a
 * `Content-Type` don't matter. Source: Mesos, `Slave::Http::api` and `Master::Http::scheduler`.
 */
import { admitsMediaType, mediaTypeOf } from './media-type.ts';
import type { HttpRequestHead, HttpResponse } from './message.ts';
import { textResponse } from './message.ts';

export const MEDIA_TYPES = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
  recordio: 'application/recordio',
} as const;

/** Of a message. */
export type MessageEncoding = 'json' | 'protobuf';

export interface Negotiated {
  readonly encoding: MessageEncoding;
  /** It is a stream of records of that encoding, and is called `application/recordio`. */
  readonly isRecordio: boolean;
}

type Headers = HttpRequestHead['headers'];

const EITHER = `${MEDIA_TYPES.json} or ${MEDIA_TYPES.protobuf}`;

/**
 * What the body of a request is. `recordio`: whether the route reads streams of records.
 * @returns the refusal (400, 415) when it is nothing that is read
 */
export function negotiateContent(
  headers: Headers,
  { recordio = false }: { readonly recordio?: boolean } = {},
): Negotiated | HttpResponse {
  const given = headers['content-type'];
  const messageGiven = headers['message-content-type'];
  if (given === undefined) return textResponse(400, "Expecting 'Content-Type' to be present");
  const mediaType = mediaTypeOf(given);
  if (recordio && mediaType === MEDIA_TYPES.recordio) {
    if (messageGiven === undefined) {
      return textResponse(400, "Expecting 'Message-Content-Type' to be set for streaming requests");
    }
    const encoding = encodingOf(mediaTypeOf(messageGiven));
    if (encoding !== undefined) return { encoding, isRecordio: true };
    return textResponse(415, `Expecting 'Message-Content-Type' of ${EITHER}`);
  }
  const encoding = encodingOf(mediaType);
  if (encoding === undefined) {
    const more = recordio ? ` or ${MEDIA_TYPES.recordio}` : '';
    return textResponse(415, `Expecting 'Content-Type' of ${EITHER}${more}`);
  }
  if (recordio && messageGiven !== undefined) {
    return textResponse(
      415,
      "Expecting 'Message-Content-Type' to be not set for non-streaming requests",
    );
  }
  return { encoding, isRecordio: false };
}

/**
 * How to answer. `recordio`: whether the route can answer streams of records that are called so.
 * @returns the refusal (406) when nothing that we can write is admitted
 */
export function negotiateAnswer(
  headers: Headers,
  { recordio = false }: { readonly recordio?: boolean } = {},
): Negotiated | HttpResponse {
  const encoding = admittedEncoding(headers['accept']);
  if (!recordio) {
    if (encoding !== undefined) return { encoding, isRecordio: false };
    const { json, protobuf } = MEDIA_TYPES;
    return textResponse(406, `Expecting 'Accept' to allow '${protobuf}' or '${json}'`);
  }
  const messageAccept = headers['message-accept'];
  if (encoding !== undefined) {
    if (messageAccept === undefined) return { encoding, isRecordio: false };
    return textResponse(
      406,
      "Expecting 'Message-Accept' to be not set for non-streaming responses",
    );
  }
  if (!admitsMediaType(headers['accept'], MEDIA_TYPES.recordio)) {
    return textResponse(406, `Expecting 'Accept' to allow ${EITHER} or ${MEDIA_TYPES.recordio}`);
  }
  const messageEncoding = admittedEncoding(messageAccept);
  if (messageEncoding !== undefined) return { encoding: messageEncoding, isRecordio: true };
  return textResponse(406, `Expecting 'Message-Accept' to allow ${EITHER}`);
}

/** The headers that say how an answer is encoded. */
export function contentHeaders({ encoding, isRecordio }: Negotiated): Record<string, string> {
  return isRecordio
    ? {
        'content-type': MEDIA_TYPES.recordio,
        'message-content-type': MEDIA_TYPES[encoding],
      }
    : { 'content-type': MEDIA_TYPES[encoding] };
}

function encodingOf(mediaType: string): MessageEncoding | undefined {
  if (mediaType === MEDIA_TYPES.json) return 'json';
  return mediaType === MEDIA_TYPES.protobuf ? 'protobuf' : undefined;
}

function admittedEncoding(accept: string | undefined): MessageEncoding | undefined {
  if (admitsMediaType(accept, MEDIA_TYPES.json)) return 'json';
  return admitsMediaType(accept, MEDIA_TYPES.protobuf) ? 'protobuf' : undefined;
}
