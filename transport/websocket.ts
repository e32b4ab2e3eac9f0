/**
 * Wires made of WebSockets: the side that dials and the side that is dialled.
 *
 * No compression (it costs more than it saves and can be blown up), no automatic pongs (a flood of
 * pings would fill our buffers), one message at most as large as a frame may be.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { BROKEN_OFF, CLOSE, foreignSentence, shortReason } from './close-codes.ts';
import { DATA_BYTES_MAX, dataFrame } from './data-frame.ts';
import { errorResponse } from './http/message.ts';
import { refuse } from './http/raw-answer.ts';
import type { Wire, WireListener } from './wire.ts';

/** Where nodes connect; everything else on the port is HTTP. */
export const ACTOR_PATH = '/actor';

const { OPEN } = WebSocket;

const OPTIONS = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  autoPong: false,
} as const;

/**
 * Masks protect proxies from what web pages make browsers send. Between nodes there is neither, and
 * the zero mask saves each side a walk over every byte.
 */
function generateMask(mask: Buffer): void {
  mask.fill(0);
}

/** Begins to connect with the node at `node` (`host:port`). Never throws: failures come by `closed`. */
export function dialWire(node: string, frameBytesMax: number): Wire {
  try {
    const socket = new WebSocket(`ws://${node}${ACTOR_PATH}`, {
      ...OPTIONS,
      generateMask,
      maxPayload: frameBytesMax,
    });
    return new WebSocketWire(socket, node);
  } catch (error) {
    return new FailedWire(node, error instanceof Error ? error.message : String(error));
  }
}

/** Turns upgrade requests into wires. */
export class WireAcceptor {
  readonly #server: WebSocketServer;

  constructor(frameBytesMax: number) {
    this.#server = new WebSocketServer({
      ...OPTIONS,
      noServer: true,
      clientTracking: false,
      maxPayload: frameBytesMax,
    });
    this.#server.on('wsClientError', ({ message }, socket) => {
      refuse(socket, errorResponse(400, 'badUpgrade', `Cannot upgrade to a WebSocket: ${message}`));
    });
  }

  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    accepted: (wire: Wire) => void,
  ): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const { remoteAddress, remotePort } = request.socket;
      // A socket that is closed already doesn't say where it came from.
      const remote = remoteAddress === undefined ? 'somewhere' : `${remoteAddress}:${remotePort}`;
      accepted(new WebSocketWire(webSocket, remote, request.socket));
    });
  }
}

class WebSocketWire implements Wire {
  readonly remote: string;
  readonly #socket: WebSocket;
  /** By us: what we send then has a mask. */
  readonly #isDialled: boolean;
  #tcp: Socket | undefined;
  #fault = '';

  constructor(socket: WebSocket, remote: string, tcp?: Socket) {
    this.remote = remote;
    this.#socket = socket;
    this.#isDialled = tcp === undefined;
    this.#tcp = tcp;
    tcp?.setNoDelay(true);
    socket.on('upgrade', (response) => {
      this.#tcp = response.socket;
      this.#tcp.setNoDelay(true);
    });
    socket.on('unexpected-response', (request, response) => {
      this.#fault = `what listens there is no node of a cluster: it answered with HTTP status ${response.statusCode}`;
      response.resume();
      request.destroy();
      socket.terminate();
    });
    // An error is always followed by `close`.
    socket.on('error', (error) => {
      if (this.#fault === '') this.#fault = faultSentence(error);
    });
  }

  listen(listener: WireListener): void {
    const socket = this.#socket;
    socket.on('open', () => listener.opened());
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) listener.frame(data);
      else this.close(CLOSE.malformed, 'A frame is text; nodes speak CBOR');
    });
    socket.on('close', (code, reason) => {
      listener.closed(code, this.#fault === '' ? foreignSentence(reason.toString()) : this.#fault);
    });
  }

  send(frame: Uint8Array, written?: () => void): void {
    const tcp = this.#tcp;
    // The library writes a frame as two pieces, its head and the rest; that costs the system more.
    if (tcp !== undefined && frame.length <= DATA_BYTES_MAX && this.#socket.readyState === OPEN) {
      const bytes = dataFrame(frame, this.#isDialled);
      if (written === undefined) tcp.write(bytes);
      else tcp.write(bytes, (error) => (error ? undefined : written()));
      return;
    }
    // After an error nothing needs to be known any more; `closed` comes.
    if (written === undefined) this.#socket.send(frame);
    else this.#socket.send(frame, (error) => (error ? undefined : written()));
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  receivedBytes(): number {
    return this.#tcp?.bytesRead ?? 0;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, shortReason(reason));
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

/** A wire that could not even be tried. */
class FailedWire implements Wire {
  readonly remote: string;
  readonly #reason: string;

  constructor(remote: string, reason: string) {
    this.remote = remote;
    this.#reason = reason;
  }

  listen(listener: WireListener): void {
    process.nextTick(() => listener.closed(BROKEN_OFF, this.#reason));
  }

  send(): void {}
  bufferedBytes(): number {
    return 0;
  }
  receivedBytes(): number {
    return 0;
  }
  pause(): void {}
  resume(): void {}
  close(): void {}
  terminate(): void {}
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ETIMEDOUT: 'the host does not answer',
  ECONNRESET: 'the other side broke the connection off',
  EPIPE: 'the other side broke the connection off',
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'a frame is larger than a frame may be',
};

function faultSentence(error: Error & { readonly code?: unknown }): string {
  // What Node's parser of HTTP can't read.
  if (typeof error.code === 'string' && error.code.startsWith('HPE_')) {
    return 'what listens there is no node of a cluster: it does not speak HTTP';
  }
  const known = typeof error.code === 'string' ? SENTENCES[error.code] : undefined;
  // Node gathers the failures of several addresses of one name and says nothing itself.
  return known ?? (error.message === '' ? String(error.code ?? error.name) : error.message);
}
