/**
 * Bodies of requests: as a whole, within the limits of one and of all together; or piece by piece.
 *
 * A body is not read before it is known who asks and for what. Who waits for `100 Continue` gets it
 * then, and who is refused never sends their body.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assert } from '../../runtime/assert.ts';
import type { Host } from '../../runtime/host.ts';
import type { HttpLimits } from '../limits.ts';
import type { HttpBody, HttpPiece } from './body-port.ts';
import { decompress } from './compression.ts';
import { GatheredBytes } from './gathered-bytes.ts';
import { errorResponse, type HttpResponse } from './message.ts';

/** How a body is encoded; the refusal when we don't read that. */
export function bodyEncodingOf(request: IncomingMessage): 'identity' | 'gzip' | HttpResponse {
  const coding = (request.headers['transfer-encoding'] ?? 'chunked').trim().toLowerCase();
  if (coding !== 'chunked') {
    // Node takes the chunks apart and says nothing of what else was done to them.
    const sentence = `Cannot read a body sent as "${coding}": send it in chunks, or with its length`;
    return errorResponse(501, 'transferCodingUnknown', sentence);
  }
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  const sentence = `Cannot read a body encoded as "${encoding}": use gzip, or no encoding`;
  const { headers, ...refusal } = errorResponse(415, 'encodingUnknown', sentence);
  return { ...refusal, headers: { ...headers, 'accept-encoding': 'gzip' } };
}

/** Reads whole bodies, and knows how much of them the node holds. */
export class BodyReader {
  readonly #host: Host;
  readonly #limits: HttpLimits;
  #heldBytes = 0;

  constructor(host: Host, limits: HttpLimits) {
    this.#host = host;
    this.#limits = limits;
  }

  /** Calls back once, with the body or with the refusal; not at all when the client is gone. */
  read(
    request: IncomingMessage,
    response: ServerResponse,
    done: (body: Uint8Array | HttpResponse) => void,
  ): void {
    const { bodyBytesMax, requestTimeoutMs } = this.#limits;
    const encoding = bodyEncodingOf(request);
    if (typeof encoding !== 'string') {
      done(encoding);
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) {
      done(this.#tooLarge());
      return;
    }
    const hold = this.#holder(response);
    const body = new GatheredBytes(bodyBytesMax);
    const finish = (outcome: Uint8Array | HttpResponse) => {
      cancelTimer();
      request.off('data', take);
      request.off('end', ended);
      done(outcome);
    };
    const refuse = (refusal: HttpResponse) => {
      request.pause();
      finish(refusal);
    };
    const take = (part: Buffer) => {
      if (!body.add(part)) refuse(this.#tooLarge());
      else if (!hold(part.length)) refuse(this.#tooMany());
    };
    const ended = () => {
      cancelTimer();
      if (encoding === 'identity') finish(body.whole());
      else void this.#decode(body.whole(), hold).then(finish);
    };
    const cancelTimer = this.#host.setTimer(requestTimeoutMs, () => {
      refuse(errorResponse(408, 'requestTooSlow', 'Cannot read the request: it came too slowly'));
    });
    response.on('close', cancelTimer);
    request.on('data', take);
    request.on('end', ended);
  }

  async #decode(
    body: Uint8Array,
    hold: (bytes: number) => boolean,
  ): Promise<Uint8Array | HttpResponse> {
    const plain = await decompress(body, this.#limits.bodyBytesMax);
    if (plain === 'tooLarge') return this.#tooLarge();
    if (plain === 'malformed') {
      return errorResponse(400, 'bodyNotGzip', 'Cannot read the body: it is no gzip');
    }
    return hold(plain.length) ? plain : this.#tooMany();
  }

  /** Counts what is held for one request, until it is answered. */
  #holder(response: ServerResponse): (bytes: number) => boolean {
    let heldBytes = 0;
    response.on('close', () => {
      this.#heldBytes -= heldBytes;
      heldBytes = 0;
    });
    return (bytes) => {
      if (this.#heldBytes + bytes > this.#limits.bodiesBytesMax) return false;
      this.#heldBytes += bytes;
      heldBytes += bytes;
      return true;
    };
  }

  #tooLarge(): HttpResponse {
    const sentence = `Cannot read the request: its body is larger than ${this.#limits.bodyBytesMax} bytes`;
    return errorResponse(413, 'bodyTooLarge', sentence);
  }

  #tooMany(): HttpResponse {
    const sentence = 'Cannot read the request: too many others are being read; try again later';
    return errorResponse(503, 'bodiesTooMany', sentence);
  }
}

export interface PiecesSettings {
  readonly host: Host;
  /** All pieces are there. */
  readonly ended: () => void;
  /** Who took a piece threw. */
  readonly failed: (error: unknown) => void;
}

/** Reads a piece only when it is asked for; between, the client waits. */
export function piecesOf(
  request: IncomingMessage,
  response: ServerResponse,
  { host, ended, failed }: PiecesSettings,
): HttpBody {
  let taker: ((piece: HttpPiece) => void) | undefined;
  let isBroken = false;
  let isOver = false;
  const read = (): HttpPiece | undefined => {
    const bytes: Buffer | null = request.read();
    if (bytes !== null) return { kind: 'bytes', bytes };
    if (request.readableEnded) return { kind: 'end' };
    return isBroken ? { kind: 'broken' } : undefined;
  };
  const give = () => {
    if (taker === undefined) return;
    const piece = read();
    if (piece === undefined) return;
    const take = taker;
    taker = undefined;
    isOver = piece.kind !== 'bytes';
    try {
      take(piece);
    } catch (error) {
      failed(error);
    }
  };
  const gone = () => {
    isBroken = !request.readableEnded;
    give();
  };
  request.on('readable', give);
  request.on('end', () => {
    ended();
    give();
  });
  request.on('close', gone);
  // Once it is answered, Node throws away what is left of the request and says no more of it.
  response.on('close', gone);
  return {
    next(take) {
      assert(taker === undefined, 'one piece of a body is asked for at a time');
      assert(!isOver, 'nothing comes after the last piece of a body');
      taker = take;
      host.schedule(give, false);
    },
  };
}
