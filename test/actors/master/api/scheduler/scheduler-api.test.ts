/** The API and a subscription, each alone: what the virtual cluster can't show. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CallAnswer,
  schedulerApi,
} from '../../../../../actors/master/api/scheduler/scheduler-api.ts';
import {
  type SubscriptionMessage,
  type SubscriptionOptions,
  subscription,
} from '../../../../../actors/master/api/scheduler/subscription.ts';
import type { FrameworkId, OfferId } from '../../../../../actors/protocol/ids.ts';
import type { MasterMessage } from '../../../../../actors/protocol/messages.ts';
import type { Offer } from '../../../../../actors/protocol/offer.ts';
import { decodeV1 } from '../../../../../actors/protocol/v1/codec.ts';
import { RecordDecoder } from '../../../../../transport/http/recordio.ts';
import { address, probe } from '../../../../kit/probe.ts';
import { frameworkInfo } from '../../scene.ts';

const SUBSCRIPTION_COUNT = 5000;

test('so many schedulers may subscribe at one node, and one more when one of them is gone', () => {
  const api = probe(schedulerApi, {});
  const asker = address<{ readonly type: 'subscriptionOpening'; readonly streamId?: string }>(
    'http',
  );
  const open = () => {
    api.receive({ type: 'openSubscription', replyTo: asker });
    const { message } = api.sentTo(asker).at(-1) ?? {};
    return message?.streamId;
  };
  const streamIds = Array.from({ length: SUBSCRIPTION_COUNT }, open);
  equal(new Set(streamIds).size, SUBSCRIPTION_COUNT);
  equal(open(), undefined);
  const one = address<SubscriptionMessage>('one', 'm:1');
  api.receive({ type: 'subscriptionBegan', streamId: streamIds[0] ?? '', subscription: one });
  api.receive({ type: 'exited', address: one, reason: 'stopped' });
  equal(typeof open(), 'string');
});

function subscribed() {
  const events: unknown[] = [];
  let ends = 0;
  const options: SubscriptionOptions = {
    stream: {
      write(record) {
        const [bytes] = new RecordDecoder().push(record as Uint8Array);
        events.push(decodeV1('scheduler.Event', 'protobuf', bytes ?? new Uint8Array()));
        return true;
      },
      end: () => {
        ends++;
      },
      waitingBytes: () => 0,
    },
    encoding: 'protobuf',
    streamId: 'stream',
    api: address('scheduler-api'),
    framework: {
      info: frameworkInfo('f'),
      suppressedRoles: [],
      form: { multiRole: true, reservationRefinement: true },
      left: [],
    },
    masterInfo: { id: 'm', ip: 0, port: 5050 },
  };
  const actor = probe(subscription, options);
  return { actor, events: events as { type: string }[], ends: () => ends };
}

const WELCOME = {
  type: 'subscribed',
  frameworkId: 'f' as FrameworkId,
  master: address<MasterMessage>('master'),
  ...{ epoch: 1, masters: [], heartbeatIntervalMs: 15_000 },
} as const;

test('a master that says nothing to a subscription has its stream ended, for the client to ask again', () => {
  const { actor, events, ends } = subscribed();
  actor.advance(9999);
  equal(ends(), 0);
  actor.advance(1);
  deepEqual([ends(), events], [1, []]);
});

test('what another node says who leads ends the stream; what the leader says of itself does not', () => {
  const { actor, ends } = subscribed();
  actor.receive(WELCOME);
  const words = { type: 'notLeader', epoch: 1, masters: [] } as const;
  actor.receive({ ...words, leader: actor.self.node });
  equal(ends(), 0);
  actor.receive({ ...words, leader: 'elsewhere:5050' });
  equal(ends(), 1);
  actor.receive({ ...words });
  equal(ends(), 1);
});

test('offers beyond a thousand come in several events, so that no record is too large for clients', () => {
  const { actor, events } = subscribed();
  actor.receive(WELCOME);
  const offer: Offer = {
    offerId: 'o' as OfferId,
    frameworkId: 'f' as FrameworkId,
    agentId: 'a' as Offer['agentId'],
    agent: address('agent', 'a:5051'),
    ...{ hostname: 'a', role: '*', resources: [], attributes: [], executorIds: [] },
  };
  const offers = Array.from({ length: 2500 }, () => offer);
  actor.receive({ type: 'offersMade', offers });
  const counts = (events as { offers?: { offers?: unknown[] } }[]).map(
    (event) => event.offers?.offers?.length,
  );
  deepEqual(counts, [undefined, 1000, 1000, 500]);
});

test('a client that is gone, or was dropped because it does not read, takes the subscription with it', () => {
  const { actor } = subscribed();
  actor.receive(WELCOME);
  actor.receive({ type: 'streamClosed', why: 'tooSlow' });
  deepEqual(actor.stopped, [actor.self]);
});

test('where the master does not say who speaks for a framework, a call is answered by 503', () => {
  const api = probe(schedulerApi, {});
  const asker = address<CallAnswer>('http');
  const order = { type: 'tell', messages: [], notices: [] } as const;
  const call = { frameworkId: 'f' as FrameworkId, order };
  api.receive({ type: 'call', call, replyTo: asker });
  api.advance(4999);
  deepEqual(api.sentTo(asker), []);
  api.advance(1);
  equal(api.sentTo(asker)[0]?.message.status, 503);
});
