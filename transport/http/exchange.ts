/**
 * One request and its answer: which route, who asks, what they send, what the handler says.
 *
 * The order is that of Mesos: who asks comes before the redirect to the leader, and both before the
 * method and the body. A body is read only for who may send it.
 *
 *     target ► route ► authentication ► first ► method ► body ► handler ► answer
 *
 * Whatever a client does wrong is answered with a JSON sentence and ends at most its own connection.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host } from '../../runtime/host.ts';
import type { Logger } from '../../runtime/log.ts';
import type { HttpLimits } from '../limits.ts';
import type { AnswerWriter, Asked } from './answer-writer.ts';
import { type HttpAuthenticator, refusalOf } from './authentication.ts';
import type { ConnectionLine } from './connection-line.ts';
import {
  errorResponse,
  HTTP_METHODS,
  type HttpAnswer,
  type HttpHandler,
  type HttpMethod,
  type HttpPieceHandler,
  type HttpRequestHead,
  type HttpResponse,
} from './message.ts';
import { type HttpTarget, parseTarget } from './path.ts';
import { type BodyReader, bodyEncodingOf, piecesOf } from './request-body.ts';
import type { ResponseStreams } from './response-streams.ts';
import { methodsOf, type RouteMatch, type Router } from './router.ts';

/** What all exchanges of a server share. */
export interface ExchangeSettings {
  readonly host: Host;
  readonly log: Logger;
  readonly limits: HttpLimits;
  readonly router: Router;
  readonly authenticate: HttpAuthenticator | undefined;
  readonly bodies: BodyReader;
  readonly streams: ResponseStreams;
  readonly writer: AnswerWriter;
}

/** What came in, and how. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly line: ConnectionLine;
  /** It waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
}

export class Exchange {
  readonly #settings: ExchangeSettings;
  readonly #arrival: Arrival;
  readonly #asked: Asked;
  #awaitsContinue: boolean;

  constructor(settings: ExchangeSettings, arrival: Arrival) {
    const { request, response, line, expectsContinue } = arrival;
    this.#settings = settings;
    this.#arrival = arrival;
    this.#awaitsContinue = expectsContinue;
    this.#asked = {
      request,
      response,
      client: { path: pathForLog(request), remote: remoteOf(request) },
      awaitsContinue: () => this.#awaitsContinue,
      streamOpened: (end) => line.streamOpened(() => end('requestBehind')),
    };
  }

  /** @param isBehindStream it came on a connection whose answer was a stream */
  run(isBehindStream: boolean): void {
    const { request } = this.#arrival;
    const { limits, router } = this.#settings;
    // So that a connection that breaks is no error of ours.
    request.on('error', () => {});
    if (isBehindStream) {
      const sentence = 'Cannot answer behind a stream: ask on another connection';
      this.#arrival.response.setHeader('Connection', 'close');
      this.#answer(errorResponse(409, 'behindStream', sentence));
      return;
    }
    const fault = headFault(request, limits);
    if (fault !== undefined) {
      this.#answer(fault);
      return;
    }
    const target = parseTarget(request.url ?? '');
    if (target === undefined) {
      const sentence = `Cannot find "${pathForLog(request)}": the path is malformed or ambiguous; leave out "..", and encode each segment once`;
      this.#answer(errorResponse(400, 'pathInvalid', sentence));
      return;
    }
    const match = router.match(target.path);
    if (match === undefined) {
      const sentence = `Cannot find "${target.path}": no route of this node has this path`;
      this.#answer(errorResponse(404, 'noSuchPath', sentence));
      return;
    }
    if (!isMethod(request.method)) {
      this.#refuseMethod(match, target.path);
      return;
    }
    this.#authenticate(match, headOf(request, request.method, target, match));
  }

  #authenticate(match: RouteMatch, head: HttpRequestHead): void {
    const { authenticate } = this.#settings;
    const { realm } = match.route;
    if (realm === undefined || authenticate === undefined) {
      this.#admit(match, head);
      return;
    }
    this.#await(
      head,
      () => authenticate(realm, head),
      (authentication) => {
        const refusal = refusalOf(authentication, head);
        if (refusal !== undefined) this.#answer(refusal);
        else if (authentication.kind !== 'principal') this.#admit(match, head);
        else this.#admit(match, { ...head, principal: authentication.principal });
      },
    );
  }

  #admit(match: RouteMatch, head: HttpRequestHead): void {
    const { first } = match.route;
    if (first === undefined) {
      this.#take(match, head);
      return;
    }
    this.#await(
      head,
      () => first(head),
      (answer) => {
        if (answer === undefined) this.#take(match, head);
        else this.#answer(answer);
      },
    );
  }

  #take(match: RouteMatch, head: HttpRequestHead): void {
    const { route } = match;
    let pieces: HttpPieceHandler | undefined;
    try {
      pieces = route.pieces?.(head);
    } catch (error) {
      this.#failed(head, error);
      return;
    }
    if (pieces !== undefined) {
      this.#takePieces(head, pieces);
      return;
    }
    const handler = head.method === 'HEAD' ? (route.HEAD ?? route.GET) : route[head.method];
    if (handler === undefined) this.#refuseMethod(match, head.path);
    else this.#takeBody(head, handler);
  }

  /** What comes before the body is asked for in time, or not at all; who is gone is not asked on for. */
  #await<Value>(
    head: HttpRequestHead,
    ask: () => Value | Promise<Value>,
    goOn: (value: Value) => void,
  ): void {
    const cancelTimer = this.#startTimer(head);
    Promise.resolve()
      .then(ask)
      .then((value) => {
        cancelTimer();
        if (!this.#isOver()) goOn(value);
      })
      .catch((error: unknown) => {
        cancelTimer();
        this.#failed(head, error);
      });
  }

  #takeBody(head: HttpRequestHead, handler: HttpHandler): void {
    const { request, response } = this.#arrival;
    this.#letContinue(this.#settings.limits.bodyBytesMax);
    this.#settings.bodies.read(request, response, (body) => {
      if (!(body instanceof Uint8Array)) {
        this.#answer(body);
        return;
      }
      const cancelTimer = this.#startTimer(head);
      this.#handle(head, () => handler({ ...head, body }), cancelTimer);
    });
  }

  #takePieces(head: HttpRequestHead, handler: HttpPieceHandler): void {
    const { request, response } = this.#arrival;
    const { streams } = this.#settings;
    const encoding = bodyEncodingOf(request);
    if (encoding === 'gzip') {
      const sentence = 'Cannot read a compressed body piece by piece: send it as it is';
      this.#answer(errorResponse(415, 'piecesCompressed', sentence));
      return;
    }
    if (encoding !== 'identity') {
      this.#answer(encoding);
      return;
    }
    if (streams.isFull) {
      const sentence = `Cannot read "${head.path}" piece by piece: this node has as many streams as it may; try again later`;
      this.#answer(errorResponse(503, 'streamsTooMany', sentence));
      return;
    }
    streams.takeSlot(response);
    this.#letContinue(Number.POSITIVE_INFINITY);
    // While the body comes, for hours maybe, an answer is not due.
    let cancelTimer = () => {};
    const body = piecesOf(request, response, {
      host: this.#settings.host,
      ended: () => {
        if (!this.#isOver()) cancelTimer = this.#startTimer(head);
      },
      failed: (error) => this.#failed(head, error),
    });
    this.#handle(
      head,
      () => handler(head, body),
      () => cancelTimer(),
    );
  }

  #handle(
    head: HttpRequestHead,
    handler: () => HttpAnswer | Promise<HttpAnswer>,
    cancelTimer: () => void,
  ): void {
    Promise.resolve()
      .then(handler)
      .then((answer) => {
        cancelTimer();
        this.#answer(answer);
      })
      .catch((error: unknown) => {
        cancelTimer();
        this.#failed(head, error);
      });
  }

  /** The client gets 503 when nothing is answered in time. */
  #startTimer({ method, path }: HttpRequestHead): () => void {
    const { host, limits } = this.#settings;
    const { handlerTimeoutMs } = limits;
    const cancelTimer = host.setTimer(handlerTimeoutMs, () => {
      const sentence = `Cannot answer ${method} "${path}": nothing came within ${handlerTimeoutMs} ms; try again later`;
      this.#answer(errorResponse(503, 'noAnswer', sentence));
    });
    this.#arrival.response.on('close', cancelTimer);
    return cancelTimer;
  }

  /** Who would send more than is read is refused without having sent it. */
  #letContinue(bodyBytesMax: number): void {
    const { request, response } = this.#arrival;
    const length = Number(request.headers['content-length'] ?? 0);
    if (!this.#awaitsContinue || length > bodyBytesMax) return;
    this.#awaitsContinue = false;
    response.writeContinue();
  }

  #refuseMethod({ route }: RouteMatch, path: string): void {
    const allow = methodsOf(route).join(', ');
    const sentence = `Cannot ${this.#arrival.request.method} "${path}": it answers ${allow}`;
    const refusal = errorResponse(405, 'methodNotAllowed', sentence);
    this.#answer({ ...refusal, headers: { ...refusal.headers, allow } });
  }

  #failed({ method, path }: HttpRequestHead, error: unknown): void {
    this.#settings.log.error(`The handler of ${method} "${path}" failed`, { error });
    const sentence = `Cannot answer ${method} "${path}": a fault of ours`;
    this.#answer(errorResponse(500, 'handlerFailed', sentence));
  }

  #answer(answer: HttpAnswer): void {
    this.#settings.writer.write(this.#asked, answer);
  }

  #isOver(): boolean {
    const { response } = this.#arrival;
    return response.headersSent || response.destroyed;
  }
}

function isMethod(method: string | undefined): method is HttpMethod {
  return HTTP_METHODS.some((known) => known === method);
}

function headOf(
  request: IncomingMessage,
  method: HttpMethod,
  { path, query, raw }: HttpTarget,
  { subpath }: RouteMatch,
): HttpRequestHead {
  const headers = headersOf(request);
  return { method, path, subpath, target: raw, query, headers, remote: remoteOf(request) };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  // Without a prototype: the names are the client's.
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function remoteOf({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}

/** As it came, without the query: that may hold what no log should. */
function pathForLog({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}

/** What is wrong with the headers, wherever the request goes. RFC 9112, 3.2; RFC 9110, 10.1.1. */
function headFault(request: IncomingMessage, limits: HttpLimits): HttpResponse | undefined {
  const { headers, httpVersion, rawHeaders } = request;
  if (rawHeaders.length > 2 * limits.headerCountMax) {
    const sentence = `Cannot read the request: it has more than ${limits.headerCountMax} headers`;
    return errorResponse(431, 'headersTooMany', sentence);
  }
  if (headers.host === undefined && httpVersion === '1.1') {
    const sentence = 'Cannot read the request: it has no host header, as HTTP/1.1 wants it';
    return errorResponse(400, 'hostMissing', sentence);
  }
  const { expect = '100-continue' } = headers;
  if (expect.toLowerCase() === '100-continue') return undefined;
  const sentence = `Cannot do what "expect: ${expect.slice(0, 100)}" asks for: leave it out, or say 100-continue`;
  return errorResponse(417, 'expectationUnknown', sentence);
}
