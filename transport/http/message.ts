/** HTTP as plain data: what a route is asked, and what it answers. */

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Without the query, percent-encoded as it came; begins with `/`. */
  readonly path: string;
  /** What follows the route's own path: `''`, or begins with `/`. */
  readonly subpath: string;
  /** Without the question mark; `''` when there is none. */
  readonly query: string;
  /** Names in lower case; several values of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** `address:port` of the client. */
  readonly remote: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array;
}

export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** What a path answers, by method. HEAD is answered by GET, without the body. */
export type HttpRoute = Readonly<Partial<Record<HttpMethod, HttpHandler>>>;

/** By path: `/state` answers `/state` and what is below it; of several, the longest. */
export type HttpRoutes = Readonly<Record<string, HttpRoute>>;

export function jsonResponse(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** Every fault of a client is answered like this: a stable code, and a sentence for people. */
export function errorResponse(status: number, code: string, sentence: string): HttpResponse {
  return jsonResponse(status, { error: { code, message: sentence } });
}
