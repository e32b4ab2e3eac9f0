/** A client on a bare socket, for what no library of clients would do. */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface BareClient {
  readonly socket: Socket;
  /** All that has come. */
  text(): string;
  write(text: string | Uint8Array): void;
  /** Resolves when `condition` holds of what has come. */
  until(condition: (text: string) => boolean): Promise<string>;
  /** Resolves with all that came when the other side has closed. */
  closed(): Promise<string>;
}

/** @param node `host:port` */
export function bareClient(node: string): BareClient {
  const [host, port] = node.split(':');
  const socket = connect(Number(port), host);
  const events = new EventEmitter();
  const closed = once(socket, 'close');
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    events.emit('changed');
  });
  socket.on('close', () => events.emit('changed'));
  return {
    socket,
    text: () => text,
    write: (bytes) => {
      socket.write(bytes);
    },
    async until(condition) {
      while (!condition(text)) {
        if (socket.destroyed) throw new Error(`The connection was closed after ${text}`);
        await once(events, 'changed');
      }
      return text;
    },
    async closed() {
      await closed;
      return text;
    },
  };
}

export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
}

export function post(path: string, body: string, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}
