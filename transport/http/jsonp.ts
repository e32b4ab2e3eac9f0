/**
 * `?jsonp=name`: JSON as a script that calls a function of the page, for pages of another origin.
 * The name goes into a script, so it is a name and nothing else.
 */
import { formValue, parseForm } from './form.ts';
import { errorResponse, type HttpRequestHead, type HttpResponse } from './message.ts';

/** Of the name that a page gives; longer ones are refused. */
export const CALLBACK_LENGTH_MAX = 128;

const CALL_END = ');';
const CALLBACK = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/;

/**
 * The answer as it is when no callback is asked for, else wrapped; a refusal when the name is none.
 * @param response a 200 whose body is JSON
 */
export function withJsonp(
  { query }: Pick<HttpRequestHead, 'query'>,
  response: HttpResponse,
): HttpResponse {
  if (!query.includes('jsonp')) return response;
  const form = parseForm(query);
  const callback = form === undefined ? undefined : formValue(form, 'jsonp');
  if (callback === undefined) return response;
  if (callback.length > CALLBACK_LENGTH_MAX || !CALLBACK.test(callback)) {
    return errorResponse(
      400,
      'callbackInvalid',
      'Cannot call what ?jsonp= gives: it is no name of a function; use letters, digits, "_", "$" and "."',
    );
  }
  const { body = '', headers } = response;
  return {
    ...response,
    headers: {
      ...headers,
      'content-type': 'text/javascript',
      // So that no browser takes it for something that plays or draws.
      'x-content-type-options': 'nosniff',
    },
    body: Buffer.concat([
      Buffer.from(`${callback}(`),
      typeof body === 'string' ? Buffer.from(body.trimEnd()) : body,
      Buffer.from(CALL_END),
    ]),
  };
}
