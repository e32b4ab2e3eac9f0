/** A client that asks one thing after another on a connection of its own, byte by byte as it is told to. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface WholeRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Lengths of the pieces in which the body goes out, as chunks without a length of the whole. */
  readonly pieces?: readonly number[];
}

export interface WholeAnswer {
  readonly status: number;
  readonly text: string;
  /** It has no end of its own, and the connection is the caller's. */
  readonly stream?: Socket;
}

/** Who waits longer has found a fault. */
const ANSWER_MS_MAX = 20_000;
/** Of a longer answer only the beginning is kept. */
const TOLD_BYTES_MAX = 65_536;

export class KeepAliveClient {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  /** @param node `host:port` */
  constructor(node: string) {
    const [host = '', port] = node.split(':');
    this.#host = host;
    this.#port = Number(port);
  }

  /** @throws Error when the other side closes without an answer, or says nothing */
  async ask(request: WholeRequest): Promise<WholeAnswer> {
    const known = this.#socket;
    try {
      return await this.#askOnce(request);
    } catch (error) {
      // One that was kept too long may be closed just when something is asked on it.
      if (known === undefined || known !== this.#socket) throw error;
      this.close();
      return this.#askOnce(request);
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #askOnce(request: WholeRequest): Promise<WholeAnswer> {
    if (this.#socket?.destroyed !== false) this.#socket = await opened(this.#host, this.#port);
    const socket = this.#socket;
    const answer = answerOn(socket, request.method);
    await Promise.all([answer, send(socket, request)]);
    const { status, text, ends, streams } = await answer;
    if (ends || streams) this.#socket = undefined;
    if (ends && !streams) socket.destroy();
    return streams ? { status, text, stream: socket } : { status, text };
  }
}

async function opened(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

async function send(socket: Socket, request: WholeRequest): Promise<void> {
  const { method, target, headers, body, pieces } = request;
  const framing =
    pieces === undefined ? `content-length: ${body.length}` : 'transfer-encoding: chunked';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${target} HTTP/1.1\r\nhost: x\r\n${lines.join('')}${framing}\r\n\r\n`;
  if (pieces === undefined) {
    socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
    return;
  }
  socket.write(head, 'latin1');
  let at = 0;
  for (const length of [...pieces, body.length]) {
    const piece = body.subarray(at, at + length);
    at += length;
    if (piece.length === 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF]));
  }
  socket.write('0\r\n\r\n');
}

const CRLF = Buffer.from('\r\n');

interface Head {
  readonly status: number;
  readonly ends: boolean;
  readonly streams: boolean;
  readonly bodyBytes: number;
}

interface Read extends Head {
  readonly text: string;
}

function answerOn(socket: Socket, method: string): Promise<Read> {
  return new Promise((resolve, reject) => {
    let head: Head | undefined;
    let waiting: Buffer = Buffer.alloc(0);
    let text = '';
    let bodyBytes = 0;
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`${what} after ${JSON.stringify(head ?? waiting.toString('latin1'))}`));
    };
    const hear = (chunk: Buffer) => {
      let body = chunk;
      while (head === undefined) {
        waiting = waiting.length === 0 ? body : Buffer.concat([waiting, body]);
        const end = waiting.indexOf('\r\n\r\n');
        if (end < 0) return;
        body = waiting.subarray(end + 4);
        head = readHead(waiting.subarray(0, end).toString('latin1'), method);
        waiting = Buffer.alloc(0);
        if (head.status === 100) head = undefined;
      }
      bodyBytes += body.length;
      if (text.length < TOLD_BYTES_MAX) text += body.toString('latin1');
      if (!head.streams && bodyBytes < head.bodyBytes) return;
      clearTimeout(timer);
      socket.off('data', hear).off('close', gone);
      resolve({ ...head, text });
    };
    const gone = () => fail('The connection was closed');
    const timer = setTimeout(() => fail('Nothing came'), ANSWER_MS_MAX);
    socket.on('data', hear).once('close', gone);
    if (socket.destroyed) gone();
  });
}

function readHead(said: string, method: string): Head {
  const head = said.toLowerCase();
  const status = Number(/^http\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const ends = /\r\nconnection: close/.test(head);
  const streams = /\r\ntransfer-encoding: chunked/.test(head);
  const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
  return { status, ends, streams, bodyBytes: method === 'HEAD' || status === 304 ? 0 : length };
}
