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
    if (ends) socket.destroy();
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

interface Read {
  readonly status: number;
  readonly text: string;
  readonly ends: boolean;
  readonly streams: boolean;
}

function answerOn(socket: Socket, method: string): Promise<Read> {
  return new Promise((resolve, reject) => {
    let text = '';
    const done = (read: Read) => {
      clearTimeout(timer);
      socket.off('data', hear).off('close', gone);
      resolve(read);
    };
    const hear = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const read = readAnswer(text, method);
      if (read !== undefined) done(read);
    };
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`${what} after ${JSON.stringify(text.slice(0, 1000))}`));
    };
    const gone = () => fail('The connection was closed');
    const timer = setTimeout(() => fail('Nothing came'), ANSWER_MS_MAX);
    socket.on('data', hear).once('close', gone);
    if (socket.destroyed) gone();
  });
}

/** @returns undefined: not all of it is there */
function readAnswer(text: string, method: string): Read | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd).toLowerCase();
  const status = Number(/^http\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const ends = /\r\nconnection: close/.test(head);
  const body = text.slice(headEnd + 4);
  if (status === 100) return readAnswer(body, method);
  if (/\r\ntransfer-encoding: chunked/.test(head)) {
    return { status, text: body, ends: false, streams: true };
  }
  const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
  const isBare = method === 'HEAD' || status === 304;
  if (!isBare && body.length < length) return undefined;
  return { status, text: body, ends, streams: false };
}
