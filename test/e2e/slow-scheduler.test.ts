/** A scheduler that stops reading, over the real wire: it is dropped, and its framework with it. */
import { equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { masterApi } from '../../actors/master/api/master-api.ts';
import type { MasterState } from '../../actors/master/state.ts';
import { MASTER_NAME, type SchedulerMessage } from '../../actors/protocol/messages.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem } from '../../runtime/system.ts';
import { startLoneMaster } from '../kit/lone-master.ts';
import { lookInside } from '../kit/look-inside.ts';
import { eventually } from '../kit/programs.ts';
import { bareClient, post } from '../transport/http/client.ts';
import { liveNode } from '../transport/live.ts';

/** In base64: who reads has all of the last message before the next one, or it would be dropped as well. */
const MESSAGE_CHARS_MIN = Math.ceil(500_000 / 3) * 4;
/** More than the kernel takes for who doesn't read. */
const MESSAGE_COUNT = 40;
const MESSAGE = {
  type: 'executorMessage',
  agentId: 'a',
  executorId: 'e',
  data: 'x'.repeat(500_000),
} as SchedulerMessage;

test('a scheduler that stops reading is dropped at the bound, and another reads on', async () => {
  const system = createSystem({
    node: 'here:1',
    incarnation: 1,
    host: nodeHost({ logSink: () => {} }),
  });
  const api = masterApi({ version: '0.0.0' });
  const node = await liveNode({
    routes: api.routes,
    limits: { http: { streamBufferedBytesMax: 1_000_000 } },
  });
  api.open({ system, mastership: startLoneMaster(system, {}) });
  const frameworks = () => {
    const inside = lookInside<MasterState>(system, { name: MASTER_NAME });
    return inside !== undefined && 'frameworks' in inside.state
      ? inside.state.frameworks
      : undefined;
  };
  try {
    await eventually('the master leads', async () => frameworks());
    const subscribe = async (name: string) => {
      const client = bareClient(node.node);
      const call = { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'x', name } } };
      const headers = 'content-type: application/json\r\n';
      client.write(post('/api/v1/scheduler', JSON.stringify(call), headers));
      await client.until((text) => text.includes('HEARTBEAT'));
      return client;
    };
    const slow = await subscribe('slow');
    const good = await subscribe('good');
    slow.socket.pause();
    const before = good.text().length;
    for (let count = 0; count < MESSAGE_COUNT; count++) {
      for (const { scheduler } of frameworks()?.values() ?? []) {
        if (scheduler !== undefined) system.send(scheduler, MESSAGE);
      }
      const wanted = before + (count + 1) * MESSAGE_CHARS_MIN;
      await good.until((text) => text.length > wanted);
    }
    await eventually('the slow one is gone', async () =>
      frameworks()?.size === 1 ? true : undefined,
    );
    equal([...(frameworks()?.values() ?? [])][0]?.info.name, 'good');
    ok(node.logged.some(({ text }) => /^Dropped a client of "\/api\/v1\/scheduler"/.test(text)));
    good.socket.destroy();
    slow.socket.destroy();
    await eventually('both are gone', async () => (frameworks()?.size === 0 ? true : undefined));
    match(good.text(), /mesos-stream-id: [0-9a-f-]{36}/i);
  } finally {
    await system.shutdown();
    await node.close();
  }
});
