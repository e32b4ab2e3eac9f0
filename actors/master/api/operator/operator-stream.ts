/**
 * The stream of events of one operator who subscribed: the whole state, a heartbeat at once and then
 * every interval, and each event, a record each.
 *
 *     joining ──state──▶ listening ──a record can't be taken──▶ lagging ──it has read all──▶ joining
 *        └──────────────────┴──client gone, evicted, deposed──▶ (ends)
 *
 * One who reads too slowly misses events and is told the whole state afresh, by another SUBSCRIBED on
 * the same stream: what waits for it never grows. (Mesos lets it grow: MESOS-7748.)
 * Source: Mesos 1.11, src/master/readonly_handler.cpp, `subscribe`; docs/operator-http-api.md.
 */
import { type Address, type Context, defineActor } from '../../../../runtime/actor.ts';
import type { MessageEncoding } from '../../../../transport/http/negotiation.ts';
import { encodeRecord } from '../../../../transport/http/recordio.ts';
import type { HttpStream } from '../../../../transport/http/stream-port.ts';
import { encodeV1 } from '../../../protocol/v1/codec.ts';
import type { Reads } from '../snapshot/reads.ts';

export type OperatorStreamMessage =
  /** From the reads of this node. The first after `subscribe` is the whole state. */
  | { readonly type: 'record'; readonly record: Uint8Array }
  /** From them: events were missed. */
  | { readonly type: 'lost' }
  /** From them: there are too many subscribers, or the master leads no longer. */
  | { readonly type: 'evicted' }
  /** From the stream: all that waited has been read. */
  | { readonly type: 'drained' }
  /** From the stream: it is over. */
  | { readonly type: 'closed' }
  /** From ourselves. */
  | { readonly type: 'heartbeatDue' };

export interface OperatorStreamOptions {
  readonly stream: HttpStream;
  readonly encoding: MessageEncoding;
  readonly reads: Reads;
  readonly heartbeatIntervalMs: number;
  /** Reads are no actor: what they tell comes as messages of nobody. */
  readonly send: (to: Address<OperatorStreamMessage>, message: OperatorStreamMessage) => void;
}

interface OperatorStreamState {
  status: 'joining' | 'listening' | 'lagging';
  unsubscribe: () => void;
  recordCount: number;
  resyncCount: number;
}

type StreamContext = Context<OperatorStreamOptions, OperatorStreamMessage>;

export const operatorStream = defineActor<
  OperatorStreamOptions,
  OperatorStreamState,
  OperatorStreamMessage
>({
  name: 'operator-stream',
  initialState: () => ({
    status: 'joining',
    unsubscribe: () => {},
    recordCount: 0,
    resyncCount: 0,
  }),
  started: join,
  handlers: {
    record(state, { record }, context) {
      if (state.status === 'lagging') return;
      const isFirst = state.status === 'joining';
      state.status = 'listening';
      if (!write(state, record, context)) return;
      // At once, so that whoever reads knows that it goes on.
      if (isFirst && state.recordCount === 1) heartbeat(state, context);
    },
    lost(state, _message, context) {
      state.resyncCount++;
      join(state, context);
    },
    evicted(_state, _message, context) {
      context.options.stream.end();
      context.stop();
    },
    drained(state, _message, context) {
      if (state.status !== 'lagging') return;
      state.resyncCount++;
      join(state, context);
    },
    closed: (_state, _message, context) => context.stop(),
    heartbeatDue: (state, _message, context) => heartbeat(state, context),
  },
  stopped: ({ unsubscribe }) => unsubscribe(),
  inspect: ({ status, recordCount, resyncCount }) => ({ status, recordCount, resyncCount }),
});

function join(state: OperatorStreamState, context: StreamContext): void {
  const { encoding, reads, send } = context.options;
  const { self } = context;
  state.status = 'joining';
  state.unsubscribe = reads.subscribe({
    encoding,
    tell: (record) => send(self, { type: 'record', record }),
    lost: () => send(self, { type: 'lost' }),
    ended: () => send(self, { type: 'evicted' }),
  });
}

function heartbeat(state: OperatorStreamState, context: StreamContext): void {
  const { encoding, heartbeatIntervalMs } = context.options;
  context.sendSelfAfter(heartbeatIntervalMs, { type: 'heartbeatDue' });
  if (state.status === 'listening') {
    const event = encodeV1('master.Event', encoding, { type: 'HEARTBEAT' });
    write(state, encodeRecord(event), context);
  }
}

/** @returns whether it was taken; else events are missed from now on */
function write(state: OperatorStreamState, record: Uint8Array, context: StreamContext): boolean {
  state.recordCount++;
  if (context.options.stream.write(record)) return true;
  state.status = 'lagging';
  state.unsubscribe();
  return false;
}
