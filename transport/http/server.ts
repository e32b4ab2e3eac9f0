/**
 * HTTP beside the nodes' own connections, on the same port.
 *
 * It reads a request within its limits, finds the route, and writes the answer. Whatever a client
 * does wrong is answered with a JSON sentence and ends at most its own connection.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Host } from '../../runtime/host.ts';
import type { Logger } from '../../runtime/log.ts';
import type { HttpLimits } from '../limits.ts';
import {
  errorResponse,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
  type HttpRoutes,
} from './message.ts';
import { matchRoute, type RouteMatch } from './router.ts';

export interface HttpServerSettings {
  readonly host: Host;
  readonly log: Logger;
  readonly routes: HttpRoutes;
  readonly limits: HttpLimits;
  /** @returns false when it doesn't want the upgrade of this path */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** @returns a server that does not listen yet */
export function createHttpServer(settings: HttpServerSettings): Server {
  const { limits } = settings;
  const requestCounts = new WeakMap<Duplex, number>();
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      noDelay: true,
    },
    (request, response) => {
      const count = (requestCounts.get(request.socket) ?? 0) + 1;
      requestCounts.set(request.socket, count);
      // Node says so by itself, but leaves it to the client to close.
      if (count === limits.requestsPerConnectionMax) response.setHeader('connection', 'close');
      answer(request, response, settings);
    },
  );
  server.maxConnections = limits.connectionCountMax;
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax;
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (settings.upgrade(request, socket, head)) return;
    const { path } = splitTarget(request.url);
    refuse(
      socket,
      errorResponse(404, 'noSuchUpgrade', `Cannot upgrade at "${path}": nodes connect at "/actor"`),
    );
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else refuse(socket, clientFault(error.code, limits));
  });
  return server;
}

function clientFault(code: string | undefined, limits: HttpLimits): HttpResponse {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return errorResponse(
        431,
        'headersTooLarge',
        `Cannot read the request: its headers are larger than ${limits.headerBytesMax} bytes`,
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errorResponse(408, 'requestTooSlow', 'Cannot read the request: it came too slowly');
    default:
      return errorResponse(400, 'malformedRequest', 'Cannot read the request: it is not HTTP/1.1');
  }
}

/** Writes an answer where there is no `ServerResponse`, and closes. */
export function refuse(socket: Duplex, { status, headers = {}, body = '' }: HttpResponse): void {
  const fields = {
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`),
      Buffer.from(body),
    ]),
    () => socket.destroy(),
  );
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  settings: HttpServerSettings,
): void {
  const { routes, limits } = settings;
  const { path, query } = splitTarget(request.url);
  const match = matchRoute(routes, path);
  if (match === undefined) {
    send(
      request,
      response,
      errorResponse(
        404,
        'noSuchPath',
        `Cannot find "${path}": no route of this node has this path`,
      ),
    );
    return;
  }
  const method = request.method ?? '';
  if (!METHODS.includes(method) || handlerOf(match, method as HttpMethod) === undefined) {
    const allowed = Object.keys(match.route).join(', ');
    const sentence = `Cannot ${method} "${path}": it answers ${allowed}`;
    const refusal = errorResponse(405, 'methodNotAllowed', sentence);
    send(request, response, {
      ...refusal,
      headers: { ...refusal.headers, allow: allowed },
    });
    return;
  }
  readBody(request, limits, (body) => {
    if (body === undefined) {
      const sentence = `Cannot read the request: its body is larger than ${limits.bodyBytesMax} bytes`;
      send(request, response, errorResponse(413, 'bodyTooLarge', sentence));
      return;
    }
    run(match, method as HttpMethod, { path, query, body }, request, response, settings);
  });
}

function run(
  match: RouteMatch,
  method: HttpMethod,
  { path, query, body }: { readonly path: string; readonly query: string; readonly body: Buffer },
  request: IncomingMessage,
  response: ServerResponse,
  { host, log, limits }: HttpServerSettings,
): void {
  const { remoteAddress, remotePort } = request.socket;
  const message: HttpRequest = {
    method,
    path,
    subpath: match.subpath,
    query,
    headers: headersOf(request),
    body,
    remote: `${remoteAddress}:${remotePort}`,
  };
  const late = errorResponse(
    503,
    'noAnswer',
    `Cannot answer ${method} "${path}": nothing came within ${limits.handlerTimeoutMs} ms; try again later`,
  );
  const cancelTimer = host.setTimer(limits.handlerTimeoutMs, () => send(request, response, late));
  response.on('close', cancelTimer);
  Promise.resolve()
    .then(() => handlerOf(match, method)?.(message) ?? late)
    .catch((error: unknown) => {
      log.error(`The handler of ${method} "${path}" failed`, { error });
      return errorResponse(
        500,
        'handlerFailed',
        `Cannot answer ${method} "${path}": a fault of ours`,
      );
    })
    .then((answered) => {
      cancelTimer();
      send(request, response, answered);
    })
    // What can't be written as HTTP is the handler's fault too.
    .catch((error: unknown) => {
      log.error(`The answer of ${method} "${path}" can't be written`, { error });
      response.destroy();
    });
}

function handlerOf({ route }: RouteMatch, method: HttpMethod) {
  return method === 'HEAD' ? (route.HEAD ?? route.GET) : route[method];
}

/** `undefined`: it is too large; the rest is not read. */
function readBody(
  request: IncomingMessage,
  { bodyBytesMax }: HttpLimits,
  done: (body: Buffer | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isTooLarge = Number(request.headers['content-length'] ?? 0) > bodyBytesMax;
  if (isTooLarge) {
    done(undefined);
    return;
  }
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (isTooLarge) return;
    if (bytes <= bodyBytesMax) {
      chunks.push(chunk);
      return;
    }
    isTooLarge = true;
    request.pause();
    done(undefined);
  });
  request.on('end', () => {
    if (!isTooLarge) done(Buffer.concat(chunks, bytes));
  });
}

function send(request: IncomingMessage, response: ServerResponse, answered: HttpResponse): void {
  if (response.headersSent || response.destroyed) return;
  const { status, headers = {}, body = '' } = answered;
  // What was not read of the request would be taken for the next one.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function splitTarget(target = '/'): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path: path.startsWith('/') ? path : '/', query: mark < 0 ? '' : target.slice(mark + 1) };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  // Without a prototype: the names are the client's.
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
