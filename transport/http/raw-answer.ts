/** An answer on a bare socket, where Node's HTTP has made no response: upgrades, and what is no HTTP. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { wireHeaders } from './header-case.ts';
import type { HttpResponse } from './message.ts';

/**
 * Writes it, and closes.
 * @param lingers given how to cut the connection off; default: at once. Who is cut off while he still
 * sends may never read the answer.
 */
export function refuse(
  socket: Duplex,
  { status, headers = {}, body = '' }: HttpResponse,
  lingers: (cutOff: () => void) => void = (cutOff) => cutOff(),
): void {
  const fields = {
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(wireHeaders(fields)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`),
      Buffer.from(body),
    ]),
    () => lingers(() => socket.destroy()),
  );
}
