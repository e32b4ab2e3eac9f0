/**
 * The rules of HTTP at `/api/v1/scheduler`, by the names that Mesos' own tests have for them.
 * Source: Mesos 1.11, src/tests/scheduler_http_api_tests.cpp; src/master/http.cpp.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encodeV1 } from '../../../../../actors/protocol/v1/codec.ts';
import type { HttpMethod } from '../../../../../transport/http/message.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import type { Answered, Asking } from '../../../../kit/http-routes.ts';
import {
  FRAMEWORK_INFO,
  MEDIA_TYPE,
  openClient,
  type SchedulerCall,
  SchedulerClient,
  subscribeClient,
} from '../../../../kit/scheduler-client.ts';

const PATH = '/api/v1/scheduler';
const SUBSCRIBE: SchedulerCall = {
  type: 'SUBSCRIBE',
  subscribe: { framework_info: FRAMEWORK_INFO },
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('SchedulerHttpApi', () => {
  let cluster: HttpCluster;
  before(async () => {
    cluster = startHttpCluster({ seed: 12, agentCount: 1 });
    await cluster.world.runFor(1000);
  });
  after(() => cluster.close());

  function ask(asking: Asking, path = PATH, method: HttpMethod = 'POST'): Promise<Answered> {
    return cluster.world.settle(cluster.ask()(method, path, asking));
  }

  async function says(asking: Asking): Promise<readonly [number, string]> {
    const { status, text } = await ask(asking);
    return [status, text];
  }

  test('NoContentType: without Content-Type 400', async () => {
    deepEqual(await says({ body: json(SUBSCRIBE) }), [
      400,
      "Expecting 'Content-Type' to be present",
    ]);
  });

  test('ValidJsonButInvalidProtobuf: JSON that is no call is 400', async () => {
    const headers = { 'content-type': MEDIA_TYPE.json };
    deepEqual(await says({ headers, body: '{"string":"valid_json"}' }), [
      400,
      "Failed to validate scheduler::Call: Expecting 'type' to be present",
    ]);
    const [status, text] = await says({ headers, body: '{"type":"SUBSCRIBE","subscribe":{}}' });
    equal(status, 400);
    match(text, /^Failed to convert JSON into Call protobuf: .*framework_info/);
  });

  test('MalformedContent: what is neither JSON nor protobuf is 400, with the place of the fault', async () => {
    const asJson = { headers: { 'content-type': MEDIA_TYPE.json }, body: 'MALFORMED_CONTENT' };
    match((await ask(asJson)).text, /^Failed to parse body into JSON: /);
    const asProtobuf = { ...asJson, headers: { 'content-type': MEDIA_TYPE.protobuf } };
    const { status, text } = await ask(asProtobuf);
    equal(status, 400);
    match(text, /^Failed to parse body into Call protobuf/);
    const misplaced = '{"type":"ACCEPT","framework_id":{"value":"x"},"accept":{"filters":[7]}}';
    match((await ask({ ...asJson, body: misplaced })).text, /\(in accept\.filters\)/);
  });

  test('UnsupportedContentMediaType: another type of content is 415', async () => {
    const headers = { 'content-type': 'application/unknown' };
    deepEqual(await says({ headers, body: 'x' }), [
      415,
      "Expecting 'Content-Type' of application/json or application/x-protobuf",
    ]);
  });

  test('GetRequest: what is no POST is 405, and is told what is', async () => {
    const { status, headers } = await ask({}, PATH, 'GET');
    deepEqual([status, headers['allow']], [405, 'POST']);
  });

  for (const encoding of ['json', 'protobuf'] as const) {
    test(`Subscribe: 200, a stream id, SUBSCRIBED, and a HEARTBEAT at once (${encoding})`, async () => {
      const client = await openClient(cluster, { encoding });
      equal(client.answer.status, 200);
      equal(client.answer.headers['content-type'], MEDIA_TYPE[encoding]);
      match(client.streamId, UUID);
      await client.until('HEARTBEAT');
      deepEqual(client.types.slice(0, 2), ['SUBSCRIBED', 'HEARTBEAT']);
      await client.until('HEARTBEAT', 3);
      client.leave();
    });

    test(`SubscribedOnRetry: who subscribes again under its id keeps it, on a new stream (${encoding})`, async () => {
      const first = await subscribeClient(cluster, { encoding, info: { failover_timeout: 60 } });
      const id = { value: first.frameworkId };
      const again = await subscribeClient(cluster, { encoding, info: { id } });
      equal(again.frameworkId, first.frameworkId);
      equal(again.streamId === first.streamId, false);
      again.leave();
    });
  }

  test('RejectFrameworkWithInvalidRole: the stream says ERROR, and ends', async () => {
    const client = await openClient(cluster, { info: { role: '/test/test1' } });
    equal(client.answer.status, 200);
    const { error } = await client.until('ERROR');
    match(error?.message ?? '', /\/test\/test1/);
    await cluster.world.runFor(10);
    deepEqual([client.types, client.ended], [['ERROR'], 'ended']);
  });

  test('SubscribeWithStreamId: a SUBSCRIBE that names a stream is 400', async () => {
    const headers = { 'content-type': MEDIA_TYPE.json, 'mesos-stream-id': 'x' };
    deepEqual(await says({ headers, body: json(SUBSCRIBE) }), [
      400,
      "Subscribe calls should not include the 'Mesos-Stream-Id' header",
    ]);
  });

  test('NotAcceptable: a stream in no encoding of ours is 406, other calls do not look', async () => {
    const headers = { 'content-type': MEDIA_TYPE.json, accept: 'foo' };
    equal((await ask({ headers, body: json(SUBSCRIBE) })).status, 406);
    const client = await subscribeClient(cluster);
    const id = client.frameworkId;
    const asking = { ...headers, 'mesos-stream-id': client.streamId };
    const call = (type: string) => `{"framework_id":{"value":"${id}"},${type}}`;
    const revive = await ask({ headers: asking, body: call('"type":"REVIVE"') });
    equal(revive.status, 202);
    const reconcile = call('"type":"RECONCILE_OPERATIONS","reconcile_operations":{}');
    equal((await ask({ headers: asking, body: reconcile })).status, 406);
    client.leave();
  });

  test('NoAcceptHeader, DefaultAccept: whoever accepts anything gets JSON', async () => {
    for (const accept of [{}, { accept: '*/*' }, { accept: 'application/x-protobuf, */*' }]) {
      const headers = { 'content-type': MEDIA_TYPE.protobuf, ...accept };
      const body = encodeV1('scheduler.Call', 'protobuf', SUBSCRIBE);
      const answer = await ask({ headers, body });
      equal(answer.headers['content-type'], MEDIA_TYPE.json);
      answer.stream?.leave();
    }
  });

  test('TeardownWithoutStreamId: 400; TeardownWrongStreamId: 400, which quotes it', async () => {
    const client = await subscribeClient(cluster);
    const framework_id = { value: client.frameworkId };
    const without = await client.post({ type: 'TEARDOWN', framework_id }, {});
    deepEqual(
      [without.status, without.text],
      [400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header"],
    );
    const wrong = await client.post(
      { type: 'TEARDOWN', framework_id },
      { 'mesos-stream-id': 'other' },
    );
    deepEqual(
      [wrong.status, wrong.text],
      [
        400,
        `The stream ID 'other' included in this request didn't match the stream ID currently associated with framework ID ${client.frameworkId}`,
      ],
    );
    equal(client.ended, undefined);
    client.leave();
  });

  for (const encoding of ['json', 'protobuf'] as const) {
    test(`MalformedUUID: an acknowledgement whose uuid has not 16 bytes is 400 (${encoding})`, async () => {
      const client = await subscribeClient(cluster, { encoding });
      const { status, text } = await client.call({
        type: 'ACKNOWLEDGE',
        acknowledge: {
          agent_id: { value: 'a' },
          task_id: { value: 't' },
          uuid: Buffer.from('bad-uuid'),
        },
      });
      deepEqual([status, text], [400, 'Failed to validate scheduler::Call: Not a valid UUID']);
      client.leave();
    });
  }

  test('a call without framework_id, and one without its part, is 400', async () => {
    const client = await subscribeClient(cluster);
    const headers = { 'mesos-stream-id': client.streamId };
    const { text } = await client.post({ type: 'TEARDOWN' }, headers);
    equal(text, "Failed to validate scheduler::Call: Expecting 'framework_id' to be present");
    const accept = await client.call({ type: 'ACCEPT' });
    equal(accept.text, "Failed to validate scheduler::Call: Expecting 'accept' to be present");
    client.leave();
  });

  test('the name of the process may stand before the path, and a type may have parameters', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    const answer = await ask({ headers, body: json(SUBSCRIBE) }, `/master${PATH}`);
    equal(new SchedulerClient(cluster, {}, answer).answer.status, 200);
    answer.stream?.leave();
  });

  test('SUBSCRIBE must say one id only, in both places or in none', async () => {
    const headers = { 'content-type': MEDIA_TYPE.json };
    const call = { ...SUBSCRIBE, framework_id: { value: 'elsewhere' } };
    deepEqual(await says({ headers, body: json(call) }), [
      400,
      "Failed to validate scheduler::Call: 'framework_id' differs from 'subscribe.framework_info.id'",
    ]);
  });
});

function json(call: SchedulerCall): Uint8Array {
  return encodeV1('scheduler.Call', 'json', call);
}
