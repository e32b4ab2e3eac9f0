/**
 * HTTP beside the nodes' own connections, on the same port.
 *
 * Node reads and writes it; here is what it is held to: limits of connections and headers, requests
 * that take turns (`connection-line.ts`), clients that don't read, and how it is shut down.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Host } from '../../runtime/host.ts';
import type { Logger } from '../../runtime/log.ts';
import type { HttpLimits } from '../limits.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { HttpAuthenticator } from './authentication.ts';
import { ConnectionLine } from './connection-line.ts';
import { declineUpgrade } from './declined-upgrade.ts';
import { Exchange, type ExchangeSettings } from './exchange.ts';
import { errorResponse, type HttpResponse, type HttpRoutes } from './message.ts';
import { QuietConnections } from './quiet-connections.ts';
import { refuse } from './raw-answer.ts';
import { BodyReader } from './request-body.ts';
import { ResponseStreams } from './response-streams.ts';
import { Router } from './router.ts';

export interface HttpServerSettings {
  readonly host: Host;
  readonly log: Logger;
  readonly routes: HttpRoutes;
  /** Names of Mesos' processes that stand for this node as the first segment of a path. */
  readonly processes: readonly string[];
  readonly authenticate: HttpAuthenticator | undefined;
  readonly limits: HttpLimits;
  /** @returns false when it doesn't want the upgrade of this path */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
}

export interface HttpServer {
  /** Doesn't listen yet. */
  readonly server: Server;
  /** Ends the connections on which nothing is asked for. */
  endQuiet(): void;
  /** Ends the streams; resolves when what waited for their clients is out, at most `timeoutMs` later. */
  endStreams(timeoutMs: number): Promise<void>;
}

export function createHttpServer(settings: HttpServerSettings): HttpServer {
  const { host, log, limits } = settings;
  const streams = new ResponseStreams({ host, log, limits });
  const exchanges: ExchangeSettings = {
    host,
    log,
    limits,
    router: new Router(settings.routes, settings.processes),
    authenticate: settings.authenticate,
    bodies: new BodyReader(host, limits),
    streams,
    writer: new AnswerWriter({ host, log, limits, streams }),
  };
  const lines = new WeakMap<Duplex, ConnectionLine>();
  /** The last answer that they get is on its way, and closes them. */
  const overfull = new WeakSet<ConnectionLine>();
  const refused = new WeakSet<Duplex>();
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    // Bodies have a time limit of their own: one that is read in pieces may take for hours.
    requestTimeout: 0,
    connectionsCheckingInterval: limits.checkIntervalMs,
    // Quiet connections are kept, and have a limit of their own.
    keepAliveTimeout: 0,
    // It is looked at where we can say what is missing (`exchange.ts`).
    requireHostHeader: false,
    noDelay: true,
    // Clients that vanish without a word (a machine without power) are noticed on quiet streams, too.
    keepAlive: true,
    keepAliveInitialDelay: limits.probeDelayMs,
  });
  const quiet = new QuietConnections(limits.connectionCountMax);
  // One more arrives, for which another one may make room.
  server.maxConnections = limits.connectionCountMax + 1;
  server.on('connection', (socket) => quiet.arrived(socket));
  // One more than we take: Node leaves out the rest without a word.
  server.maxHeadersCount = limits.headerCountMax + 1;
  server.timeout = limits.stallTimeoutMs;

  const arrive = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    const { socket } = request;
    quiet.busy(socket);
    const line = lines.get(socket) ?? new ConnectionLine(socket, () => quiet.quiet(socket));
    lines.set(socket, line);
    response.on('error', () => {});
    if (overfull.has(line)) return;
    if (line.length + 1 === limits.requestsWaitingMax) {
      overfull.add(line);
      response.setHeader('Connection', 'close');
    }
    const exchange = new Exchange(exchanges, { request, response, line, expectsContinue });
    line.enter(response, (isBehindStream) => exchange.run(isBehindStream));
  };
  server.on('request', (request, response) => arrive(request, response, false));
  server.on('checkContinue', (request, response) => arrive(request, response, true));
  server.on('checkExpectation', (request, response) => arrive(request, response, false));
  server.on('connect', (request, socket) => {
    socket.on('error', () => socket.destroy());
    const what = `"${(request.url ?? '').slice(0, 100)}"`;
    // In front of it may be requests that have no answer yet, whose answer this must not be taken for.
    if (lines.get(socket)?.current !== undefined) socket.destroy();
    else
      refuse(
        socket,
        errorResponse(405, 'methodNotAllowed', `Cannot CONNECT ${what}: this is no proxy`),
      );
  });
  server.on('upgrade', (request, socket, head) => {
    quiet.busy(request.socket);
    socket.on('error', () => socket.destroy());
    if (settings.upgrade(request, socket, head)) return;
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      declineUpgrade(server, request, socket, head);
      return;
    }
    const path = (request.url ?? '/').split('?', 1)[0];
    refuse(
      socket,
      errorResponse(404, 'noSuchUpgrade', `Cannot upgrade at "${path}": nodes connect at "/actor"`),
    );
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket: Socket) => {
    // It has not begun to ask: that is quiet, not slow.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) return;
    // Of what it still sends nothing is looked at.
    if (refused.has(socket)) return;
    const response = lines.get(socket)?.current;
    // In the middle of an answer, another one would be taken for a part of it.
    if (error.code === 'ECONNRESET' || !socket.writable || response?.headersSent) {
      socket.destroy();
    } else if (response?.req.complete) {
      // It came behind a request that is being handled, whose answer this must not be taken for.
      response.setHeader('Connection', 'close');
    } else {
      refused.add(socket);
      refuse(socket, clientFault(error.code, limits), (cutOff) => {
        socket.on('close', host.setTimer(limits.lingerMs, cutOff));
        socket.resume();
      });
    }
  });
  server.on('timeout', (socket) => {
    const response = lines.get(socket)?.current;
    // A quiet stream, or a handler that takes its time: nothing waits for the client.
    if (response === undefined || !isWaiting(response)) return;
    if (streams.dropStalled(response)) return;
    log.warn('Dropped a client that does not read its answer', {
      path: response.req.url?.split('?', 1)[0],
      remote: `${response.req.socket.remoteAddress}:${response.req.socket.remotePort}`,
    });
    socket.destroy();
  });
  return {
    server,
    endQuiet: () => quiet.close(),
    endStreams: (timeoutMs) =>
      new Promise((resolve) => {
        const cancelTimer = host.setTimer(timeoutMs, resolve);
        void streams.shutdown().then(() => {
          cancelTimer();
          resolve();
        });
      }),
  };
}

/** Whether something has yet to go out to a client. */
function isWaiting(response: ServerResponse): boolean {
  if (response.writableLength > 0) return true;
  return response.writableEnded && !response.writableFinished;
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
