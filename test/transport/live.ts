/** Real transports in this process, on free ports of the loopback, which write down what they are told. */
import { EventEmitter, once } from 'node:events';
import type { AnyAddress, Tagged } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { DeadLetterReason, MessageSignal, Signal } from '../../runtime/host.ts';
import type { LogRecord } from '../../runtime/log.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import {
  startTransport,
  type Transport,
  type TransportOptions,
} from '../../transport/transport.ts';

export interface LiveNode {
  readonly transport: Transport;
  readonly node: string;
  readonly received: { readonly fromNode: string; readonly signal: Signal }[];
  readonly lost: { readonly node: string; readonly reason: string }[];
  readonly undeliverable: { readonly signal: MessageSignal; readonly reason: DeadLetterReason }[];
  readonly logged: LogRecord[];
  /** Resolves when `condition` holds, looking after each thing that is told. */
  until(condition: () => boolean): Promise<void>;
  /** Sends a message to `name` on another node; `null`: from nobody. */
  tell(
    node: string,
    message: Tagged & Readonly<Record<string, unknown>>,
    name?: string,
    from?: string | null,
  ): void;
  close(): Promise<void>;
}

let incarnation = 0;

export function liveNode(options: Partial<TransportOptions> = {}): Promise<LiveNode> {
  return start({ listen: { address: '127.0.0.1', port: 0 }, ...options });
}

/** A node that listens on no port. */
export function dialOnlyNode(options: Partial<TransportOptions> = {}): Promise<LiveNode> {
  return start(options);
}

async function start(options: Partial<TransportOptions>): Promise<LiveNode> {
  const logged: LogRecord[] = [];
  const events = new EventEmitter();
  const changed = () => events.emit('changed');
  const transport = await startTransport({
    host: nodeHost({
      logSink: (record) => {
        logged.push(record);
        changed();
      },
    }),
    cluster: 'test',
    incarnation: ++incarnation,
    ...options,
  });
  const { node } = transport;
  const received: LiveNode['received'] = [];
  const lost: LiveNode['lost'] = [];
  const undeliverable: LiveNode['undeliverable'] = [];
  transport.attach({
    deliver: (fromNode, signal) => {
      received.push({ fromNode, signal });
      changed();
    },
    nodeLost: (lostNode, reason) => {
      lost.push({ node: lostNode, reason });
      changed();
    },
    undeliverable: (signal, reason) => {
      undeliverable.push({ signal, reason });
      changed();
    },
  });
  let id = 0;
  return {
    transport,
    node,
    received,
    lost,
    undeliverable,
    logged,
    async until(condition) {
      while (!condition()) await once(events, 'changed');
    },
    tell(to, message, name = 'actor', from = 'sender') {
      const sender = from === null ? undefined : address(from, node);
      transport.send(messageSignal(address(name, to), sender, ++id, message));
    },
    close: () => transport.close(1_000),
  };
}

export function messageSignal(
  to: AnyAddress,
  from: AnyAddress | undefined,
  id: number,
  message: Tagged,
): MessageSignal {
  return { kind: 'message', to, from, id, causeId: 0, causeNode: '', message };
}

/** The `n` of each message received, in order. */
export function numbersOf({ received }: LiveNode): number[] {
  return received.flatMap(({ signal }) =>
    signal.kind === 'message' ? [(signal.message as Tagged & { readonly n: number }).n] : [],
  );
}
