/**
 * The transport: carries signals between nodes, and HTTP, over one port.
 *
 * What it promises to those who send: at most once; in order for each pair of nodes; `send` neither
 * waits nor throws. A message is encoded when it is sent. When a node is lost, or can't be reached,
 * that is told once and everything that waited for it becomes a dead letter. What a peer can grow
 * has a maximum (`limits.ts`), and nothing a peer sends disturbs other connections.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { assert } from '../runtime/assert.ts';
import type { Carrier, Host } from '../runtime/host.ts';
import { logger } from '../runtime/log.ts';
import { listenError, transportError } from './errors.ts';
import { isCluster, isNode } from './handshake.ts';
import type { HttpAuthenticator } from './http/authentication.ts';
import { errorResponse, type HttpRoutes } from './http/message.ts';
import { refuse } from './http/raw-answer.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { limitsWith, type TransportLimitsGiven } from './limits.ts';
import { OutsiderLog } from './outsider-log.ts';
import type { ConnectionView } from './peer.ts';
import { Peers } from './peers.ts';
import { ACTOR_PATH, dialWire, WireAcceptor } from './websocket.ts';

export interface TransportOptions {
  readonly host: Host;
  /** Nodes of different clusters don't speak with each other. */
  readonly cluster: string;
  /** Must grow with each start of the node: the time of the start will do. */
  readonly incarnation: number;
  /** Left out: the node only dials, and others reach it by the connections that it dialled. */
  readonly listen?: { readonly address: string; readonly port: number };
  /** What others dial, where it differs from what we listen on. */
  readonly advertise?: { readonly hostname?: string; readonly port?: number };
  /** For a node that only dials: what its name begins with. Default `node`. */
  readonly name?: string;
  readonly routes?: HttpRoutes;
  /** Names of Mesos' processes that stand for this node in paths: `slave(1)`, as in `/slave(1)/state`. */
  readonly processes?: readonly string[];
  /** Says who asks, on routes with a realm. Left out: nobody has to say. */
  readonly authenticate?: HttpAuthenticator;
  readonly limits?: TransportLimitsGiven;
}

export interface Transport extends Carrier {
  /** The name of this node: `host:port` as others dial it; `name:0` when they can't. */
  readonly node: string;
  /** Where it listens, when it does. */
  readonly port: number | undefined;
  connections(): ConnectionView[];
  /** Stops reading from a node: for a receiver that has no room. What was read still comes. */
  pause(node: string): void;
  resume(node: string): void;
}

/** @throws CodedError (errors.ts) when it can't listen, or a name is none */
export async function startTransport(options: TransportOptions): Promise<Transport> {
  const { host, cluster, incarnation, listen, routes = {}, processes = [], authenticate } = options;
  assert(Number.isSafeInteger(incarnation) && incarnation >= 0, 'an incarnation is a whole number');
  if (!isCluster(cluster)) {
    throw transportError('clusterNameInvalid', `Cannot join the cluster "${cluster}"`);
  }
  const limits = limitsWith(options.limits);
  const log = logger('transport', () => host.nowMs(), host.logSink);
  const outsiderLog = new OutsiderLog(log, () => host.nowMs());
  const acceptor = new WireAcceptor(limits.frameBytesMax);
  let peers: Peers | undefined;

  let http: HttpServer | undefined;
  if (listen !== undefined) {
    http = createHttpServer({
      host,
      log,
      routes,
      processes,
      authenticate,
      limits: limits.http,
      upgrade: (request, socket, head) => {
        if (peers === undefined || request.url !== ACTOR_PATH) return false;
        // Browsers say where a page comes from; no page may speak as a node.
        if (request.headers.origin !== undefined) {
          refuse(
            socket,
            errorResponse(403, 'notFromBrowsers', 'Cannot connect a browser as a node'),
          );
          return true;
        }
        const carrier = peers;
        acceptor.accept(request, socket, head, (wire) => carrier.accept(wire));
        return true;
      },
    });
    await listenOn(http.server, listen);
  }
  const port = http === undefined ? undefined : (http.server.address() as AddressInfo).port;
  const node = port === undefined ? dialOnlyName(options) : advertisedName(options, port);
  if (!isNode(node)) {
    http?.server.close();
    throw transportError('nodeNameInvalid', `Cannot call this node "${node}"`);
  }
  peers = new Peers({
    host,
    log,
    outsiderLog,
    limits,
    identity: { cluster, node, incarnation },
    dialWire: (other) => dialWire(other, limits.frameBytesMax),
  });
  if (port !== undefined) log.info(`Listening as "${node}"`, { address: listen?.address, port });
  return transportOf(peers, http, node, port);
}

function transportOf(
  peers: Peers,
  http: HttpServer | undefined,
  node: string,
  port: number | undefined,
): Transport {
  const server = http?.server;
  return {
    node,
    port,
    attach: (receiver) => peers.attach(receiver),
    send: (signal) => peers.send(signal),
    connections: () => peers.views(),
    pause: (other) => peers.pause(other),
    resume: (other) => peers.resume(other),
    async close(timeoutMs) {
      const listening = server?.listening ?? false;
      const unlistened = new Promise<void>((resolve) => {
        if (server !== undefined && listening) server.close(() => resolve());
        else resolve();
      });
      http?.endQuiet();
      server?.closeIdleConnections();
      await Promise.all([peers.close(timeoutMs), http?.endStreams(timeoutMs)]);
      server?.closeAllConnections();
      await unlistened;
    },
  };
}

/**
 * Connections that wait for being accepted; the system drops further ones, and they try again after a
 * second. All agents of a cluster come at once, and Node's own 511 is soon full; the system may have a
 * lower maximum (`net.core.somaxconn`).
 */
const UNACCEPTED_COUNT_MAX = 4096;

function listenOn(
  server: Server,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { readonly code?: string }) => {
      reject(listenError(`${address}:${port}`, error));
    });
    server.listen({ host: address, port, backlog: UNACCEPTED_COUNT_MAX }, resolve);
  });
}

function advertisedName({ listen, advertise }: TransportOptions, port: number): string {
  const address = listen?.address ?? '';
  // A wildcard is no place that others could dial.
  const isWildcard = address === '0.0.0.0' || address === '::' || address === '';
  const host = advertise?.hostname ?? (isWildcard ? hostname() : address);
  return `${host.includes(':') ? `[${host}]` : host}:${advertise?.port ?? port}`;
}

function dialOnlyName({ host, name = 'node' }: TransportOptions): string {
  const digits = Array.from({ length: 12 }, () => Math.floor(host.random() * 16).toString(16));
  return `${name}-${digits.join('')}:0`;
}
