/**
 * Who may call for a framework, in the order in which Mesos looks: known? the same principal?
 * subscribed? by HTTP? on this stream? Source: Mesos 1.11, src/master/http.cpp, Http::scheduler.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { defineScheduler, type FrameworkId } from '../../../../../actors/framework/index.ts';
import { encodeV1 } from '../../../../../actors/protocol/v1/codec.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import {
  FRAMEWORK_INFO,
  MEDIA_TYPE,
  openClient,
  postSubscribe,
  type SchedulerCall,
  subscribeClient,
} from '../../../../kit/scheduler-client.ts';

describe('callers', () => {
  let cluster: HttpCluster;
  before(async () => {
    cluster = startHttpCluster({ seed: 13, agentCount: 0 });
    await cluster.world.runFor(1000);
  });
  after(() => cluster.close());

  async function revive(
    frameworkId: string,
    headers: Readonly<Record<string, string>> = {},
    principal?: { readonly value?: string },
  ): Promise<readonly [number, string]> {
    const call: SchedulerCall = { type: 'REVIVE', framework_id: { value: frameworkId } };
    const { status, text } = await cluster.world.settle(
      cluster.ask()('POST', '/api/v1/scheduler', {
        headers: { 'content-type': MEDIA_TYPE.json, ...headers },
        body: encodeV1('scheduler.Call', 'json', call),
        ...(principal && { principal: { ...principal, claims: {} } }),
      }),
    );
    return [status, text];
  }

  test('a framework that the master does not know is 400, also one that has ended', async () => {
    deepEqual(await revive('nobody'), [400, 'Framework cannot be found']);
    const client = await subscribeClient(cluster);
    await client.accepted({ type: 'TEARDOWN' });
    deepEqual(await revive(client.frameworkId), [400, 'Framework cannot be found']);
  });

  test('one whose client is gone is 403', async () => {
    const client = await subscribeClient(cluster, { info: { failover_timeout: 60 } });
    client.leave();
    await cluster.world.runFor(10);
    deepEqual(await revive(client.frameworkId), [403, 'Framework is not subscribed']);
  });

  test('one that a driver subscribed is 403', async () => {
    let known: FrameworkId | undefined;
    const scheduler = defineScheduler<object, object>({
      name: 'driven',
      info: () => ({ name: 'driven' }),
      initialState: () => ({}),
      on: {
        offers() {},
        update() {},
        subscribed(_state, { frameworkId }) {
          known = frameworkId;
        },
      },
    });
    cluster.startScheduler('driven:0', ({ system, masters, timings }) => {
      system.spawn(scheduler, { masters, timings });
    });
    await cluster.world.runUntil(() => known !== undefined, 10_000);
    deepEqual(await revive(known ?? ''), [403, 'Framework is not connected via HTTP']);
  });

  test('a principal other than the framework has is 400, in a call as in SUBSCRIBE', async () => {
    const client = await subscribeClient(cluster, { info: { principal: 'ann' }, principal: 'ann' });
    const headers = { 'mesos-stream-id': client.streamId };
    const sentence =
      "Authenticated principal 'bob' does not match principal 'ann' set in `FrameworkInfo`";
    deepEqual(await revive(client.frameworkId, headers, { value: 'bob' }), [400, sentence]);
    deepEqual(await revive(client.frameworkId, headers, { value: 'ann' }), [202, '']);
    const refused = await postSubscribe(cluster, { info: { principal: 'ann' }, principal: 'bob' });
    equal(refused.text, `Failed to validate scheduler::Call: ${sentence}`);
    client.leave();
  });

  test('a principal that the framework does not name becomes its own', async () => {
    const client = await subscribeClient(cluster, { principal: 'carl' });
    const [, said] = await revive(client.frameworkId, {}, { value: 'bob' });
    match(said, /match principal 'carl'/);
    client.leave();
  });

  test('who is known by claims only is 403', async () => {
    const [status, text] = await revive('nobody', {}, {});
    equal(status, 403);
    match(text, /contains claims, but no value string/);
  });

  test('another principal does not get the framework of somebody else', async () => {
    const info = { principal: 'ann', failover_timeout: 60 };
    const client = await subscribeClient(cluster, { info, principal: 'ann' });
    const id = { value: client.frameworkId };
    const thief = await openClient(cluster, { info: { id, principal: 'bob' }, principal: 'bob' });
    const { error } = await thief.until('ERROR');
    equal(error?.message, "Changing framework's principal is not allowed.");
    equal(client.ended, undefined);
    client.leave();
  });

  test('a master that does not lead sends to the leader, and one that knows none says 503', async () => {
    const masters = startHttpCluster({ seed: 14, agentCount: 0, masterCount: 3 });
    const early = await postSubscribe(masters, {});
    deepEqual([early.status, early.text], [503, 'No leader elected']);
    await masters.world.runFor(5000);
    const answers = [];
    for (const master of masters.masters) {
      const { status, headers } = await postSubscribe(masters, { master });
      answers.push(status === 307 ? headers['location'] : master.name);
    }
    const leader = answers.find((answer) => !answer?.startsWith('//'));
    const to = `//${leader}/api/v1/scheduler`;
    deepEqual(answers.toSorted(), [to, to, leader]);
    await masters.close();
  });

  test('a framework may name itself, and is taken under that name', async () => {
    const id = { value: 'chosen-by-itself' };
    const client = await subscribeClient(cluster, { info: { ...FRAMEWORK_INFO, id } });
    equal(client.frameworkId, id.value);
    client.leave();
  });
});
