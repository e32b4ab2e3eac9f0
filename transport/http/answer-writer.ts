/** Writes the answer to a request: whole ones, compressed where that is wanted, and streams. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host } from '../../runtime/host.ts';
import type { Logger } from '../../runtime/log.ts';
import type { HttpLimits } from '../limits.ts';
import { Compressor } from './compression.ts';
import { wireHeaders } from './header-case.ts';
import { admitsGzip } from './media-type.ts';
import { errorResponse, type HttpAnswer, type HttpResponse } from './message.ts';
import type { ResponseStreams, StreamClient } from './response-streams.ts';
import type { HttpStreamEnd } from './stream-port.ts';

export interface AnswerWriterSettings {
  readonly host: Host;
  readonly log: Logger;
  readonly limits: HttpLimits;
  readonly streams: ResponseStreams;
}

/** A request and where its answer goes. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly client: StreamClient;
  /** It awaits `100 Continue`, and has sent nothing of its body. */
  readonly awaitsContinue: () => boolean;
  /** Called when the answer turns out to be a stream, with a function that ends it. */
  readonly streamOpened: (end: (why: HttpStreamEnd) => void) => void;
}

export class AnswerWriter {
  readonly #settings: AnswerWriterSettings;
  readonly #compressor: Compressor;

  constructor(settings: AnswerWriterSettings) {
    this.#settings = settings;
    this.#compressor = new Compressor(settings.limits.compressionCountMax);
  }

  /** The first answer counts; whole ones after it are left out, and streams are told. Never throws. */
  write(asked: Asked, answer: HttpAnswer): void {
    try {
      if ('stream' in answer) this.#stream(asked, answer);
      else this.#whole(asked, answer);
    } catch (error) {
      // What can't be written as HTTP is the handler's fault.
      this.#unwritable(asked, error);
    }
  }

  #stream(asked: Asked, answer: Extract<HttpAnswer, { stream: unknown }>): void {
    const { request, response, client } = asked;
    const { status, headers = {}, stream: opener } = answer;
    const { streams } = this.#settings;
    if (isAnswered(response)) {
      streams.openClosed(opener, 'clientGone', client);
      return;
    }
    if (streams.isFull) {
      streams.openClosed(opener, 'tooMany', client);
      const sentence = `Cannot open a stream of "${client.path}": this node has as many as it may; try again later`;
      this.#whole(asked, errorResponse(503, 'streamsTooMany', sentence));
      return;
    }
    try {
      closeUnlessRead(request, response);
      response.writeHead(status, wireHeaders(headers));
    } catch (error) {
      streams.openClosed(opener, 'clientGone', client);
      throw error;
    }
    if (request.method === 'HEAD') {
      streams.openClosed(opener, 'headOnly', client);
      response.end();
      return;
    }
    response.flushHeaders();
    streams.takeSlot(response);
    asked.streamOpened(streams.open(response, opener, client));
  }

  #whole(asked: Asked, answer: HttpResponse): void {
    const { request, response } = asked;
    if (isAnswered(response)) return;
    const { status, headers = {}, body = '' } = answer;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    if (
      bytes.length === 0 ||
      !admitsGzip(request.headers['accept-encoding']) ||
      isEncoded(answer)
    ) {
      this.#send(asked, status, headers, bytes);
      return;
    }
    this.#compressor
      .compress(bytes)
      .then((compressed) => {
        if (isAnswered(response)) return;
        if (compressed === undefined) this.#send(asked, status, headers, bytes);
        else this.#send(asked, status, compressedHeaders(headers), compressed);
      })
      .catch((error: unknown) => this.#unwritable(asked, error));
  }

  #send(
    asked: Asked,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
  ): void {
    const { request, response } = asked;
    closeUnlessRead(request, response);
    // These two have no body, and a length would be that of another answer.
    const isBodiless = status === 204 || status === 304;
    const length = isBodiless ? {} : { 'content-length': body.length };
    response.writeHead(status, wireHeaders({ ...headers, ...length }));
    const sent = request.method === 'HEAD' || isBodiless ? undefined : body;
    if (request.complete || asked.awaitsContinue()) response.end(sent);
    else this.#linger(asked, sent);
  }

  /**
   * The client is still sending what nobody wants. Closing now would make its system throw away the
   * answer, so for a while the rest is read and thrown away here.
   */
  #linger({ request, response }: Asked, body: Uint8Array | undefined): void {
    const { host, limits } = this.#settings;
    if (body === undefined || body.length === 0) response.flushHeaders();
    else response.write(body);
    const cancelTimer = host.setTimer(limits.lingerMs, () => response.end());
    response.once('close', cancelTimer);
    request.once('end', () => response.end());
    // Nobody reads it in pieces any more either.
    request.removeAllListeners('readable');
    request.resume();
  }

  #unwritable({ request, response, client }: Asked, error: unknown): void {
    this.#settings.log.error(`The answer of ${request.method} "${client.path}" can't be written`, {
      error,
    });
    response.destroy();
  }
}

/** What was not read of the request would be taken for the next one. */
function closeUnlessRead(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) response.setHeader('Connection', 'close');
}

function isAnswered(response: ServerResponse): boolean {
  return response.headersSent || response.destroyed || response.socket?.destroyed === true;
}

function isEncoded({ headers = {} }: HttpResponse): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'content-encoding');
}

/** The bytes differ from those uncompressed, so a strong tag would say too much. */
function compressedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { etag, ...others } = headers;
  const vary = others['vary'];
  return {
    ...others,
    ...(etag !== undefined && { etag: etag.startsWith('W/') ? etag : `W/${etag}` }),
    vary: vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding`,
    'content-encoding': 'gzip',
  };
}
