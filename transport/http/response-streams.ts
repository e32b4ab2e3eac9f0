/**
 * The streamed answers of a node: what `stream-port.ts` promises, on Node's responses.
 *
 * What waits for a client is bounded for each stream, and for all of them together: when the node has
 * too much waiting, each stream is held to its share of it, so that those who read are not hurt by
 * those who don't. A record is taken while less than the bound waits, whatever its own size, so that a
 * large one (all that a cluster has, at the beginning) gets through to who reads.
 */
import type { ServerResponse } from 'node:http';
import type { Host } from '../../runtime/host.ts';
import type { Logger } from '../../runtime/log.ts';
import type { HttpLimits } from '../limits.ts';
import type {
  HttpStream,
  HttpStreamEnd,
  HttpStreamListener,
  HttpStreamOpener,
} from './stream-port.ts';

/** What Node holds for each record that waits, about: counted, or tiny records would cost nothing. */
const RECORD_OVERHEAD_BYTES = 256;

export interface StreamsSettings {
  readonly host: Host;
  readonly log: Logger;
  readonly limits: HttpLimits;
}

/** For the log: whose stream it is. */
export interface StreamClient {
  readonly path: string;
  readonly remote: string;
}

export class ResponseStreams {
  readonly #settings: StreamsSettings;
  readonly #open = new Set<ResponseStream>();
  /** Requests that are read piece by piece count as streams, too. */
  #slotCount = 0;
  #waitingBytes = 0;
  #isShutDown = false;
  #whenEmpty: (() => void) | undefined;

  constructor(settings: StreamsSettings) {
    this.#settings = settings;
  }

  get isFull(): boolean {
    return this.#slotCount >= this.#settings.limits.streamCountMax;
  }

  /** Takes one of the places for streams until the response is closed. */
  takeSlot(response: ServerResponse): void {
    this.#slotCount++;
    response.once('close', () => {
      this.#slotCount--;
    });
  }

  /**
   * The headers are out, and a slot is taken.
   * @returns a function that ends the stream, for the reason that is given to it
   */
  open(
    response: ServerResponse,
    opener: HttpStreamOpener,
    client: StreamClient,
  ): (why: HttpStreamEnd) => void {
    const { host, log, limits } = this.#settings;
    const stream = new ResponseStream(response, {
      mayTake: (waitingBytes) => {
        if (waitingBytes >= limits.streamBufferedBytesMax) return false;
        if (this.#waitingBytes < limits.streamsBufferedBytesMax) return true;
        return waitingBytes < limits.streamsBufferedBytesMax / this.#open.size;
      },
      changed: (bytes) => {
        this.#waitingBytes += bytes;
      },
      dropped: (why, waitingBytes) => {
        log.warn(`Dropped a client of "${client.path}"`, { why, waitingBytes, ...client });
      },
      tell: (listen) => guarded(listen, log, client.path),
    });
    this.#open.add(stream);
    response.once('close', () => {
      this.#open.delete(stream);
      if (this.#open.size === 0) this.#whenEmpty?.();
    });
    try {
      stream.listen(opener(stream.handle));
    } catch (error) {
      log.error(`The opener of the stream "${client.path}" failed`, { error });
      response.destroy();
    }
    if (this.#isShutDown) host.schedule(() => stream.end('shutdown'), false);
    return (why) => stream.end(why);
  }

  /** For an answer that can't be written: the opener is called all the same, and told why. */
  openClosed(opener: HttpStreamOpener, why: HttpStreamEnd, { path }: StreamClient): void {
    const { host, log } = this.#settings;
    try {
      const { closed } = opener({ write: () => false, end: () => {}, waitingBytes: () => 0 });
      host.schedule(() => guarded(() => closed(why), log, path), false);
    } catch (error) {
      log.error(`The opener of the stream "${path}" failed`, { error });
    }
  }

  /** Of the stream on this response, if it is one: nothing left for `stallTimeoutMs`. */
  dropStalled(response: ServerResponse): boolean {
    for (const stream of this.#open) {
      if (!stream.isOf(response)) continue;
      stream.drop('stalled');
      return true;
    }
    return false;
  }

  /** Ends all of them. Resolves when they are closed; those to come are ended at once. */
  shutdown(): Promise<void> {
    this.#isShutDown = true;
    for (const stream of this.#open) stream.end('shutdown');
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty = resolve;
    });
  }
}

interface Room {
  readonly mayTake: (waitingBytes: number) => boolean;
  readonly changed: (bytes: number) => void;
  readonly dropped: (why: HttpStreamEnd, waitingBytes: number) => void;
  readonly tell: (listen: () => void) => void;
}

class ResponseStream {
  readonly handle: HttpStream;
  readonly #response: ServerResponse;
  readonly #room: Room;
  #listener: HttpStreamListener | undefined;
  #waitingBytes = 0;
  /** A record was not taken, and the handler was not told yet that there is room again. */
  #isFull = false;
  /** Why it ends, once that is known; what still waits may have to go out before it does. */
  #why: HttpStreamEnd | undefined;
  #isDropped = false;
  #isClosed = false;

  constructor(response: ServerResponse, room: Room) {
    this.#response = response;
    this.#room = room;
    this.handle = {
      write: (record) => this.#write(record),
      end: () => this.end('ended'),
      waitingBytes: () => this.#waitingBytes,
    };
    response.once('close', () => this.#closed());
  }

  listen(listener: HttpStreamListener): void {
    this.#listener = listener;
    // A record was refused before it was known what the handler thinks of that.
    if (this.#isFull && listener.drained === undefined) this.drop('tooSlow');
  }

  isOf(response: ServerResponse): boolean {
    return this.#response === response;
  }

  #write(record: Uint8Array | string): boolean {
    if (this.#why !== undefined || this.#isFull || !isWritable(this.#response)) return false;
    if (!this.#room.mayTake(this.#waitingBytes)) {
      this.#isFull = true;
      if (this.#listener !== undefined && this.#listener.drained === undefined) {
        this.drop('tooSlow');
      }
      return false;
    }
    const bytes = typeof record === 'string' ? Buffer.from(record) : record;
    if (bytes.length === 0) return true;
    const cost = bytes.length + RECORD_OVERHEAD_BYTES;
    this.#waits(cost);
    this.#response.write(bytes, (error) => {
      if (error === undefined || error === null) this.#left(cost);
    });
    return true;
  }

  /** What waits still goes out. */
  end(why: HttpStreamEnd): void {
    if (this.#why !== undefined || this.#isClosed) return;
    this.#why = why;
    this.#response.end();
  }

  drop(why: HttpStreamEnd): void {
    if (this.#isClosed) return;
    this.#why = why;
    this.#isDropped = true;
    this.#room.dropped(why, this.#waitingBytes);
    this.#response.destroy();
  }

  #waits(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#room.changed(bytes);
  }

  #left(bytes: number): void {
    if (this.#isClosed) return;
    this.#waits(-bytes);
    if (this.#waitingBytes > 0 || !this.#isFull || this.#why !== undefined) return;
    this.#isFull = false;
    this.#room.tell(() => this.#listener?.drained?.());
  }

  #closed(): void {
    this.#isClosed = true;
    // Ended by us, but the client went before it had all.
    const isCutOff = !this.#isDropped && this.#waitingBytes > 0;
    this.#waits(-this.#waitingBytes);
    const why = isCutOff ? 'clientGone' : (this.#why ?? 'clientGone');
    this.#room.tell(() => this.#listener?.closed(why));
    this.#listener = undefined;
  }
}

/** A fault of a listener is logged: it is told from within Node, where nobody would catch it. */
function guarded(listen: () => void, log: Logger, path: string): void {
  try {
    listen();
  } catch (error) {
    log.error(`The listener of the stream "${path}" failed`, { error });
  }
}

/** False as well when the client has closed its side, and ours is closing. */
function isWritable(response: ServerResponse): boolean {
  return !response.destroyed && !response.writableEnded && response.socket?.writable !== false;
}
