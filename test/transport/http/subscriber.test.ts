/** How an actor speaks to a client of HTTP: it is started by the opener, and holds the stream. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { ActorDefinition, Address } from '../../../runtime/actor.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';
import { contentHeaders, negotiateAnswer } from '../../../transport/http/negotiation.ts';
import { encodeRecord } from '../../../transport/http/recordio.ts';
import type { HttpStream, HttpStreamEnd } from '../../../transport/http/stream-port.ts';
import { liveNode } from '../live.ts';
import { bareClient, post } from './client.ts';

type SubscriberMessage =
  | { readonly type: 'event'; readonly text: string }
  /** From its own timer. */
  | { readonly type: 'heartbeat' }
  /** From the stream: the client has read all, after it was too slow. */
  | { readonly type: 'drained' }
  /** From the stream, the last. */
  | { readonly type: 'closed'; readonly why: HttpStreamEnd };

interface SubscriberOptions {
  readonly stream: HttpStream;
  readonly heartbeatMs: number;
  readonly ended: (why: HttpStreamEnd) => void;
}

const subscriber: ActorDefinition<SubscriberOptions, object, SubscriberMessage> = {
  name: 'subscriber',
  initialState: () => ({}),
  started: (_state, context) => {
    context.options.stream.write(encodeRecord('SUBSCRIBED'));
    context.send(context.self, { type: 'heartbeat' });
  },
  handlers: {
    event: (_state, { text }, { options }) => {
      options.stream.write(encodeRecord(text));
    },
    heartbeat: (_state, message, context) => {
      const { stream, heartbeatMs } = context.options;
      stream.write(encodeRecord('HEARTBEAT'));
      context.sendSelfAfter(heartbeatMs, message);
    },
    drained: (_state, _message, { options }) => {
      options.stream.write(encodeRecord('AFRESH'));
    },
    closed: (_state, { why }, context) => {
      context.options.ended(why);
      context.stop();
    },
  },
  stopped: (_state, { options }) => options.stream.end(),
};

test('an actor subscribes a client, beats, and ends when the client does', async () => {
  const host = nodeHost({ logSink: () => {} });
  const system = createSystem({ node: 'here:1', incarnation: 1, host });
  const events = new EventEmitter();
  const ends: HttpStreamEnd[] = [];
  const subscribers: Address<SubscriberMessage>[] = [];
  const node = await liveNode({
    routes: {
      '/api/v1/scheduler': {
        POST: ({ headers }) => {
          const negotiated = negotiateAnswer(headers);
          if ('status' in negotiated) return negotiated;
          return {
            status: 200,
            headers: contentHeaders(negotiated),
            stream: (stream) => {
              const ended = (why: HttpStreamEnd) => {
                ends.push(why);
                events.emit('ended');
              };
              const to = system.spawn(subscriber, { stream, heartbeatMs: 10, ended });
              subscribers.push(to);
              events.emit('opened');
              return {
                drained: () => system.send(to, { type: 'drained' }),
                closed: (why) => system.send(to, { type: 'closed', why }),
              };
            },
          };
        },
      },
    },
  });
  try {
    const client = bareClient(node.node);
    const opened = once(events, 'opened');
    client.write(post('/api/v1/scheduler', '{}', 'accept: application/json\r\n'));
    await opened;
    const [to] = subscribers;
    ok(to);
    system.send(to, { type: 'event', text: 'OFFERS' });
    const text = await client.until((text) => text.includes('OFFERS') && beatsOf(text) >= 3);
    match(text, /Content-Type: application\/json\r\n[\s\S]*\r\n\r\nd\r\n10\nSUBSCRIBED\r\n/);
    const ended = once(events, 'ended');
    client.socket.destroy();
    await ended;
    deepEqual(ends, ['clientGone']);
    equal(await system.exited(to), 'noProcess');
  } finally {
    await system.shutdown();
    await node.close();
  }
});

function beatsOf(text: string): number {
  return text.match(/HEARTBEAT/g)?.length ?? 0;
}
