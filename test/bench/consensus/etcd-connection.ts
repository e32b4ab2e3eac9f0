/**
 * One connection to an etcd for puts only: gRPC over HTTP/2 without TLS, as many streams as there are
 * puts under way.
 *
 * Frames are written by hand. What Node's own http2 costs for each request is as much as what etcd
 * costs for it, and on few cores that would be measured, not etcd. The header block is the same bytes for
 * every put; of answers it is only looked at whether they have a body, which gRPC gives to a
 * call that succeeded, and to no other.
 * Source: RFC 9113 (frames), RFC 7541 (header block), gRPC over HTTP/2, etcd's rpc.proto.
 */
import { connect, type Socket } from 'node:net';

type Done = (failed: string | undefined) => void;

const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
} as const;
const FRAME_HEAD_BYTES = 9;
const ACKNOWLEDGES = 1;
const ENDS_STREAM = 1;
const ENDS_HEADERS = 4;
const INITIAL_WINDOW_BYTES = 65_535;
/** What etcd may send all in all, before we would have to say that it may send more. */
const ANSWERS_BYTES_MAX = 2 ** 30;

interface Call {
  readonly done: Done;
  hasBody: boolean;
}

export class EtcdConnection {
  readonly #socket: Socket;
  readonly #headers: Buffer;
  readonly #calls = new Map<number, Call>();
  #nextStream = 1;
  #read: Buffer = Buffer.alloc(0);
  /** What etcd takes at the moment; further puts wait. */
  #windowBytes = INITIAL_WINDOW_BYTES;
  readonly #waiting: { readonly message: Buffer; readonly done: Done }[] = [];
  /** Of this turn: written together. */
  #frames: Buffer[] = [];
  #closed = false;

  constructor(port: number) {
    this.#headers = headerBlock(`127.0.0.1:${port}`);
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (bytes) => this.#receive(bytes));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#lost());
    const window = Buffer.alloc(4);
    window.writeUInt32BE(ANSWERS_BYTES_MAX);
    this.#send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    this.#send(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
    this.#send(frame(FRAME.windowUpdate, 0, 0, window));
  }

  put(key: string, value: Uint8Array, done: Done): void {
    if (this.#closed) {
      queueMicrotask(() => done('the connection is closed'));
      return;
    }
    const message = putMessage(key, value);
    if (this.#waiting.length > 0 || message.length > this.#windowBytes) {
      this.#waiting.push({ message, done });
    } else this.#call(message, done);
  }

  close(): void {
    this.#socket.destroy();
  }

  #call(message: Buffer, done: Done): void {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#windowBytes -= message.length;
    this.#calls.set(stream, { done, hasBody: false });
    this.#send(frame(FRAME.headers, ENDS_HEADERS, stream, this.#headers));
    this.#send(frame(FRAME.data, ENDS_STREAM, stream, message));
  }

  #send(bytes: Buffer): void {
    if (this.#frames.push(bytes) > 1) return;
    queueMicrotask(() => {
      this.#socket.write(Buffer.concat(this.#frames));
      this.#frames = [];
    });
  }

  #receive(bytes: Buffer): void {
    const all = this.#read.length === 0 ? bytes : Buffer.concat([this.#read, bytes]);
    let position = 0;
    while (position + FRAME_HEAD_BYTES <= all.length) {
      const end = position + FRAME_HEAD_BYTES + all.readUIntBE(position, 3);
      if (end > all.length) break;
      const payload = all.subarray(position + FRAME_HEAD_BYTES, end);
      const stream = all.readUInt32BE(position + 5) & 0x7fff_ffff;
      this.#take(all[position + 3] ?? 0, all[position + 4] ?? 0, stream, payload);
      position = end;
    }
    this.#read = all.subarray(position);
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    switch (type) {
      case FRAME.settings:
        if ((flags & ACKNOWLEDGES) === 0) {
          this.#send(frame(FRAME.settings, ACKNOWLEDGES, 0, Buffer.alloc(0)));
        }
        return;
      case FRAME.ping:
        if ((flags & ACKNOWLEDGES) === 0) {
          this.#send(frame(FRAME.ping, ACKNOWLEDGES, 0, Buffer.from(payload)));
        }
        return;
      case FRAME.windowUpdate:
        if (stream === 0) this.#windowBytes += payload.readUInt32BE(0);
        this.#goOn();
        return;
      case FRAME.goAway:
        this.#socket.destroy();
        return;
      case FRAME.reset:
        this.#end(stream, 'etcd has reset it');
        return;
    }
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    if (type === FRAME.data) call.hasBody = true;
    if ((flags & ENDS_STREAM) === 0 || type > FRAME.headers) return;
    this.#end(stream, call.hasBody ? undefined : 'etcd refuses it');
  }

  #goOn(): void {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (next.message.length > this.#windowBytes) return;
      this.#waiting.shift();
      this.#call(next.message, next.done);
    }
  }

  #end(stream: number, failed: string | undefined): void {
    const call = this.#calls.get(stream);
    this.#calls.delete(stream);
    call?.done(failed);
  }

  #lost(): void {
    this.#closed = true;
    for (const stream of [...this.#calls.keys()]) this.#end(stream, 'the connection is closed');
    for (const { done } of this.#waiting.splice(0)) done('the connection is closed');
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEAD_BYTES);
  return bytes;
}

/** Without Huffman's code and without a place in the table of the other side. */
function headerBlock(authority: string): Buffer {
  const text = (value: string) => Buffer.from([value.length, ...Buffer.from(value)]);
  return Buffer.concat([
    // :method POST, :scheme http, then by their numbers :path, :authority and content-type.
    Buffer.from([0x83, 0x86, 0x04]),
    text('/etcdserverpb.KV/Put'),
    Buffer.from([0x01]),
    text(authority),
    Buffer.from([0x0f, 0x10]),
    text('application/grpc'),
    Buffer.from([0x00]),
    text('te'),
    text('trailers'),
  ]);
}

/** A gRPC message, not compressed: `PutRequest { key = 1, value = 2 }`. */
function putMessage(key: string, value: Uint8Array): Buffer {
  const keyBytes = Buffer.from(key);
  const body = Buffer.concat([
    Buffer.from([0x0a, ...varint(keyBytes.length)]),
    keyBytes,
    Buffer.from([0x12, ...varint(value.length)]),
    value,
  ]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
