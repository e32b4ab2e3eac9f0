/**
 * GET of something that readers know: the same bytes for all who ask about one state of things, an
 * ETag, how old it is, and `?jsonp=`.
 *
 * `Age` (seconds) and `messor-age-ms` say how old the answer is, at the most `READ_AGE_MS_MAX` and the
 * time that it takes. Who asks again with `If-None-Match` is told 304 where nothing has changed.
 */

import { entityTag, hasSeen } from '../../../../transport/http/etag.ts';
import { formValue, parseForm } from '../../../../transport/http/form.ts';
import { withJsonp } from '../../../../transport/http/jsonp.ts';
import {
  errorResponse,
  type HttpAnswer,
  type HttpRequestHead,
  type HttpResponse,
  textResponse,
} from '../../../../transport/http/message.ts';
import type { Reader } from '../reader.ts';
import type { OldRead } from '../snapshot/read-changes.ts';
import type { ReadMoment } from '../snapshot/reads.ts';

/** The parameters that each of them knows; others change nothing. */
const PARAMETERS: Readonly<Record<OldRead, readonly string[]>> = {
  state: [],
  'state-summary': [],
  slaves: ['slave_id'],
  frameworks: ['framework_id'],
  tasks: ['framework_id', 'task_id', 'limit', 'offset', 'order'],
  roles: [],
  registry: [],
};

/** Of a parameter: ids are shorter. */
const VALUE_LENGTH_MAX = 1024;

export function oldRead(read: OldRead, reader: Reader) {
  return async (request: HttpRequestHead): Promise<HttpAnswer> => {
    const query = parametersOf(request, PARAMETERS[read]);
    if (query === undefined) return BAD_QUERY;
    const answer = await reader.answer({ kind: 'old', read, query });
    if (answer === undefined) return NOT_NOW;
    const tag = entityTag(answer.version, { weak: false });
    const headers = { ...ageHeaders(answer, reader.nowMs()), etag: tag };
    if (hasSeen(request, tag)) return { status: 304, headers };
    return withJsonp(request, {
      status: 200,
      headers: { 'content-type': 'application/json', ...headers },
      body: answer.body,
    });
  };
}

export const NOT_NOW: HttpResponse = textResponse(503, 'No leader elected');

export const BAD_QUERY = errorResponse(
  400,
  'queryInvalid',
  'Cannot read the query: its percent signs are malformed, or a value is too long; encode it once, as UTF-8',
);

export function ageHeaders({ asOfMs }: ReadMoment, nowMs: number): Record<string, string> {
  const ageMs = Math.max(0, Math.round(nowMs - asOfMs));
  return { age: String(Math.floor(ageMs / 1000)), 'messor-age-ms': String(ageMs) };
}

/** @returns undefined when they can't be read */
export function parametersOf(
  { query }: Pick<HttpRequestHead, 'query'>,
  names: readonly string[],
): Record<string, string> | undefined {
  const form = parseForm(query);
  if (form === undefined) return undefined;
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = formValue(form, name);
    if (value === undefined) continue;
    if (value.length > VALUE_LENGTH_MAX) return undefined;
    values[name] = value;
  }
  return values;
}
