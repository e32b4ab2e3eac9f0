/** The package as others import it: a program joins a cluster over the wire. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../../actors/protocol/messages.ts';
import type { MasterPage } from '../../actors/protocol/views.ts';
import { connect, defineScheduler, runExecutor, type System } from '../../bin/sdk.ts';
import { defineActor } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem } from '../../runtime/system.ts';
import { startTransport } from '../../transport/transport.ts';
import { startLoneMaster } from '../kit/lone-master.ts';

const silent = () => {};

test('a scheduler on a node that only dials subscribes and tears down its framework', async (context) => {
  const cluster = await startMaster(context);
  const node = await connect({ master: cluster.node, cluster: 'sdk-test', logSink: silent });
  const heard: string[] = [];
  const scheduler = defineScheduler<object, object, { readonly type: 'leave' }>({
    name: 'guest',
    info: () => ({ name: 'guest' }),
    initialState: () => ({}),
    on: {
      subscribed(_state, { frameworkId }, _driver, context) {
        heard.push(frameworkId);
        context.sendSelfAfter(0, { type: 'leave' });
      },
      offers: silent,
      update: silent,
    },
    handlers: {
      leave: (_state, _message, driver) => driver.teardown(),
    },
  });
  equal(await node.exited(node.start(scheduler, {})), 'stopped');
  equal(heard.length, 1);
  // By the connection that the teardown took: it arrives behind it.
  const frameworks = await frameworksOf(cluster.node, node.system);
  deepEqual(
    frameworks.map(({ frameworkId, state }) => [frameworkId, state]),
    [[heard[0], 'completed']],
  );
});

test('a scheduler whose logic throws ends, and says why in the log', async (context) => {
  const cluster = await startMaster(context);
  const texts: string[] = [];
  const node = await connect({
    master: cluster.node,
    cluster: 'sdk-test',
    logSink: ({ level, text, fields }) => {
      if (level === 'error') texts.push(`${text} ${JSON.stringify(fields)}`);
    },
  });
  context.after(() => node.close());
  const faulty = defineScheduler<object, object>({
    name: 'faulty',
    info: () => ({ name: 'faulty' }),
    initialState: () => ({}),
    on: {
      subscribed() {
        throw new Error('planted');
      },
      offers: silent,
      update: silent,
    },
  });
  equal(await node.exited(node.start(faulty, {})), 'crashed');
  ok(texts.some((text) => text.includes('planted')));
});

test('a master must be named by host and port', async () => {
  await rejects(connect({ master: 'nowhere' }), {
    message: 'Cannot find a master at "nowhere": write host:port, as in 10.0.0.1:5050',
  });
});

test('an executor’s program that no agent started is told so', async () => {
  const definition = defineActor<never, object, never>({
    name: 'lost',
    initialState: () => ({}),
    handlers: {},
  });
  await rejects(runExecutor(definition, {}), (error: Error) => {
    match(error.message, /^Cannot run as an executor: MESSOR_AGENT_ENDPOINT is not set/);
    return true;
  });
});

async function startMaster(context: TestContext) {
  const host = nodeHost({ logSink: silent });
  const incarnation = Math.floor(host.nowMs());
  const transport = await startTransport({
    host,
    cluster: 'sdk-test',
    incarnation,
    listen: { address: '127.0.0.1', port: 0 },
  });
  const { node } = transport;
  const system = createSystem({ node, incarnation, host, carrier: transport });
  startLoneMaster(system, {});
  context.after(() => system.shutdown());
  return { node };
}

async function frameworksOf(node: string, system: System) {
  const page = await system.ask<MasterMessage, MasterPage | NotLeader>(
    address(MASTER_NAME, node),
    (replyTo) => ({
      type: 'describeMaster',
      section: 'frameworks',
      offset: 0,
      countMax: 10,
      replyTo,
    }),
    5000,
  );
  return page.type === 'masterPage' && page.section === 'frameworks' ? page.items : [];
}
