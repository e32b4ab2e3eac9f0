/**
 * A client may offer to speak another protocol (`Upgrade: h2c`, as those of Java and curl do by
 * themselves), and a server that doesn't want to answers as if nothing was offered. Node has taken the
 * connection out of its HTTP by then, so the request goes in once more, without the offer.
 * Source: RFC 9110, section 7.8.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

const OFFERING = ['upgrade', 'http2-settings'];

/** @param head what came behind the request's headers */
export function declineUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    const value = request.rawHeaders[index + 1] ?? '';
    if (OFFERING.includes(name.toLowerCase())) continue;
    const kept = name.toLowerCase() === 'connection' ? withoutOffers(value) : value;
    lines.push(`${name}: ${kept}`);
  }
  // Header bytes are Latin-1 for Node, on both ways.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function withoutOffers(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !OFFERING.includes(option.toLowerCase())).join(', ');
}
