/**
 * Asks routes without a socket, so that HTTP can be spoken in a virtual world: the same order of route,
 * gate, method and handler as on the wire; streams are read record by record.
 */
import { ok } from 'node:assert/strict';
import type {
  HttpAnswer,
  HttpMethod,
  HttpPrincipal,
  HttpResponse,
  HttpRoutes,
} from '../../transport/http/message.ts';
import { parseTarget } from '../../transport/http/path.ts';
import { methodsOf, Router } from '../../transport/http/router.ts';
import type { HttpStreamEnd, HttpStreamListener } from '../../transport/http/stream-port.ts';

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly principal?: HttpPrincipal;
  /** Hears a stream as it comes; then nothing of it is kept. */
  readonly listener?: ReadListener;
}

export interface ReadListener {
  /** Before the first record. */
  opened(status: number, headers: Readonly<Record<string, string>>): void;
  record(bytes: Uint8Array): void;
  ended(why: HttpStreamEnd): void;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a whole answer. */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Set where the answer is a stream. */
  readonly stream?: ReadStream;
}

/** A client that reads at once. */
export interface ReadStream {
  /** What came so far, record by record. */
  readonly records: readonly Uint8Array[];
  /** Set when it is over. */
  readonly ended: HttpStreamEnd | undefined;
  /** The client goes away. */
  leave(): void;
}

export function askingRoutes(routes: HttpRoutes, processes: readonly string[] = []) {
  const router = new Router(routes, processes);
  return async (method: HttpMethod, target: string, asking: Asking = {}): Promise<Answered> => {
    const parsed = parseTarget(target);
    ok(parsed !== undefined, `"${target}" is a target`);
    const match = router.match(parsed.path);
    if (match === undefined) return whole({ status: 404 });
    const { route, subpath } = match;
    const { headers = {}, body = '', principal, listener } = asking;
    const head = {
      ...{ method, path: parsed.path, query: parsed.query, target: parsed.raw, subpath, headers },
      remote: '127.0.0.1:1',
      ...(principal && { principal }),
    };
    const first = await route.first?.(head);
    if (first !== undefined) return answered(first, listener);
    const handler = route[method];
    if (handler === undefined) {
      return whole({ status: 405, headers: { allow: methodsOf(route).join(', ') } });
    }
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    return answered(await handler({ ...head, body: bytes }), listener);
  };
}

function answered(answer: HttpAnswer, reader: ReadListener | undefined): Answered {
  if (!('stream' in answer)) return whole(answer);
  const records: Uint8Array[] = [];
  let ended: HttpStreamEnd | undefined;
  let listener: HttpStreamListener | undefined;
  const end = (why: HttpStreamEnd) => {
    if (ended !== undefined) return;
    ended = why;
    reader?.ended(why);
    // Never from within a call of the handler.
    queueMicrotask(() => listener?.closed(why));
  };
  reader?.opened(answer.status, answer.headers ?? {});
  listener = answer.stream({
    write(record) {
      if (ended !== undefined) return false;
      const bytes = typeof record === 'string' ? new TextEncoder().encode(record) : record;
      if (reader === undefined) records.push(bytes);
      else reader.record(bytes);
      return true;
    },
    end: () => end('ended'),
    waitingBytes: () => 0,
  });
  const stream: ReadStream = {
    records,
    get ended() {
      return ended;
    },
    leave: () => end('clientGone'),
  };
  return { ...whole({ status: answer.status, headers: answer.headers ?? {} }), stream };
}

function whole({ status, headers = {}, body = '' }: HttpResponse): Answered {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return { status, headers, bytes, text: new TextDecoder().decode(bytes) };
}
