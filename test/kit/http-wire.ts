/**
 * HTTP between the nodes of a virtual world: what a client's actor asks is answered by the routes of the
 * node that it asks, and travels on the world's network with all that goes wrong there.
 *
 *     client ──request──▶ wire ──▶ routes;  client ◀──answered, record …, ended── wire
 *
 * The link between the two is the connection: when it breaks, the client hears `exited` and takes all that
 * is open for lost, and to the routes the client is gone. As on TCP nothing is lost or comes twice while
 * the connection holds: a network that loses single messages is told to spare these (`isHttpWire`).
 */
import { type Address, type Context, defineActor, type Exited } from '../../runtime/actor.ts';
import { address, formatAddress } from '../../runtime/address.ts';
import type { Signal } from '../../runtime/host.ts';
import type { System } from '../../runtime/system.ts';
import type { HttpMethod } from '../../transport/http/message.ts';
import type { Answered, askingRoutes, ReadStream } from './http-routes.ts';

const NAME = 'http-wire';

/** What a client hears. `id`: of its request. */
export type FromHttpWire =
  | {
      readonly type: 'answered';
      readonly id: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
      /** Records follow. */
      readonly isStream: boolean;
    }
  | { readonly type: 'record'; readonly id: number; readonly bytes: Uint8Array }
  /** The stream is over. */
  | { readonly type: 'ended'; readonly id: number };

export type HttpWireMessage =
  | {
      readonly type: 'request';
      /** Of the client's; never used twice. */
      readonly id: number;
      readonly client: Address<FromHttpWire>;
      readonly method: HttpMethod;
      readonly target: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  /** The client reads no more of this stream. */
  | { readonly type: 'leave'; readonly id: number; readonly client: Address<FromHttpWire> };

type Inbox =
  | HttpWireMessage
  | { readonly type: 'over'; readonly exchange: Exchange; readonly answered: Answered }
  | Exited;

interface Exchange {
  readonly id: number;
  readonly client: Address<FromHttpWire>;
  stream: ReadStream | undefined;
  isGone: boolean;
}

export interface HttpWireOptions {
  readonly system: System;
  readonly ask: ReturnType<typeof askingRoutes>;
}

interface HttpWireState {
  /** By the client's printed address: what is not answered, or a stream that is open. */
  readonly open: Map<string, Set<Exchange>>;
}

const httpWire = defineActor<HttpWireOptions, HttpWireState, Inbox>({
  name: NAME,
  initialState: () => ({ open: new Map() }),
  accepts: ({ type }) => (type === 'request' || type === 'leave' ? undefined : 'no request'),

  handlers: {
    request(state, { id, client, method, target, headers, body }, context) {
      const { system, ask } = context.options;
      const exchange: Exchange = { id, client, stream: undefined, isGone: false };
      context.link(client);
      const key = formatAddress(client);
      const open = state.open.get(key) ?? new Set();
      state.open.set(key, open.add(exchange));
      const tell = (message: FromHttpWire) => {
        if (!exchange.isGone) system.send(client, message);
      };
      const answer = ask(method, target, {
        headers,
        body,
        listener: {
          opened: (status, answerHeaders) =>
            tell({
              ...{ type: 'answered', id, status, headers: answerHeaders },
              ...{ body: new Uint8Array(), isStream: true },
            }),
          record: (bytes) => tell({ type: 'record', id, bytes }),
          ended: () => tell({ type: 'ended', id }),
        },
      });
      context.defer(answer, {
        onValue: (answered) => ({ type: 'over', exchange, answered }),
        onError: (error) => {
          throw error;
        },
      });
    },

    over(state, { exchange, answered }, context) {
      const { id, client, isGone } = exchange;
      const { status, headers, bytes: body, stream } = answered;
      exchange.stream = stream;
      if (isGone) stream?.leave();
      if (stream !== undefined && !isGone) return;
      state.open.get(formatAddress(client))?.delete(exchange);
      if (isGone) return;
      context.send(client, { type: 'answered', id, status, headers, body, isStream: false });
    },

    leave(state, { id, client }) {
      const open = state.open.get(formatAddress(client));
      for (const exchange of open ?? []) {
        if (exchange.id !== id) continue;
        hangUp(exchange);
        open?.delete(exchange);
      }
    },

    exited(state, { address: client }) {
      const key = formatAddress(client);
      for (const exchange of state.open.get(key) ?? []) hangUp(exchange);
      state.open.delete(key);
    },
  },
});

function hangUp(exchange: Exchange): void {
  exchange.isGone = true;
  exchange.stream?.leave();
}

/** Lets a node answer. */
export function openHttpWire(options: HttpWireOptions): void {
  options.system.spawn(httpWire, options, { name: NAME });
}

/** @param node `host:port` */
export function httpWireOf(node: string): Address<HttpWireMessage> {
  return address(NAME, node);
}

/** Whether it travels on a connection of HTTP. */
export function isHttpWire(signal: Signal): boolean {
  return signal.to.name === NAME || (signal.kind === 'message' && isFromWire(signal.message.type));
}

function isFromWire(type: string): boolean {
  return type === 'answered' || type === 'record' || type === 'ended';
}

/** What a client does to open connections and ask; its actor keeps the number of its last request. */
export function askHttp<Options, Message extends { readonly type: string }>(
  context: Context<Options, Message>,
  node: string,
  request: Omit<Extract<HttpWireMessage, { type: 'request' }>, 'type' | 'client' | 'method'>,
): void {
  const wire = httpWireOf(node);
  context.link(wire);
  const client = context.self as unknown as Address<FromHttpWire>;
  context.send(wire, { type: 'request', method: 'POST', client, ...request });
}
