/** HTTP as plain data: what a route is asked, and what it answers. */
import type { HttpBody } from './body-port.ts';
import type { HttpStreamOpener } from './stream-port.ts';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export const HTTP_METHODS: readonly HttpMethod[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
];

/** Who asks, as the authentication of the route's realm found out. */
export interface HttpPrincipal {
  /** Absent: it is known by its claims only. */
  readonly value?: string;
  readonly claims: Readonly<Record<string, string>>;
}

export interface HttpRequestHead {
  readonly method: HttpMethod;
  /** Without the query; decoded and normalised once (`path.ts`), without a slash at its end. */
  readonly path: string;
  /** What follows the route's own path: `''`, or begins with `/`. Decoded like `path`. */
  readonly subpath: string;
  /** Path and query as they came: what a redirect repeats. */
  readonly target: string;
  /** Without the question mark, as it came; `''` when there is none. `parseForm` reads it. */
  readonly query: string;
  /** Names in lower case; several values of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** `address:port` of the client. */
  readonly remote: string;
  /** Absent on a route without a realm, and where nobody has to say who they are. */
  readonly principal?: HttpPrincipal;
}

export interface HttpRequest extends HttpRequestHead {
  /** The whole of it, decoded when it came compressed. */
  readonly body: Uint8Array;
}

/** An answer that is known as a whole. */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Text is sent as UTF-8. Bytes must not be changed once they are answered: their compressed form is
   * kept with them, so that answering the same bytes again costs nothing.
   */
  readonly body?: string | Uint8Array;
}

/** An answer that is written record by record, maybe for hours (`stream-port.ts`). */
export interface HttpStreamResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream: HttpStreamOpener;
}

export type HttpAnswer = HttpResponse | HttpStreamResponse;

export type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** For requests whose body is read piece by piece (`body-port.ts`). */
export type HttpPieceHandler = (
  head: HttpRequestHead,
  body: HttpBody,
) => HttpAnswer | Promise<HttpAnswer>;

/** @returns undefined to let the request in */
export type HttpGate = (
  head: HttpRequestHead,
) => HttpAnswer | undefined | Promise<HttpAnswer | undefined>;

/** What a path answers, by method. HEAD is answered by GET, without the body. */
export interface HttpRoute extends Readonly<Partial<Record<HttpMethod, HttpHandler>>> {
  /** Who asks must have been authenticated for this realm. Left out: anybody may ask. */
  readonly realm?: string;
  /** The path is answered with `.json` at its end as well, as old clients ask for it. */
  readonly jsonAlias?: boolean;
  /**
   * Asked when it is known who asks, before the method is looked at and the body is read: an answer
   * is the answer (a redirect to the leader, a 503 during recovery).
   */
  readonly first?: HttpGate;
  /** Asked before the body is read; `undefined`: it is read as a whole, for the method's handler. */
  readonly pieces?: (head: HttpRequestHead) => HttpPieceHandler | undefined;
}

/** By path: `/state` answers `/state` and what is below it; of several, the longest. */
export type HttpRoutes = Readonly<Record<string, HttpRoute>>;

export function jsonResponse(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** What Mesos says in plain words stays in its words, so that who compares them finds them. */
export function textResponse(status: number, text: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}

/** Every fault of a client is answered like this: a stable code, and a sentence for people. */
export function errorResponse(status: number, code: string, sentence: string): HttpResponse {
  return jsonResponse(status, { error: { code, message: sentence } });
}
