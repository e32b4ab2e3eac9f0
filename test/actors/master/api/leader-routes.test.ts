/** Routes for leaders: who leads answers, others send there. Source: Mesos, docs/scheduler-http-api.md. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { onLeader } from '../../../../actors/master/api/leader-routes.ts';
import { type MasterApi, masterApi } from '../../../../actors/master/api/master-api.ts';
import type { Leadership, MastershipMessage } from '../../../../actors/master/mastership.ts';
import { address } from '../../../../runtime/address.ts';
import { askingRoutes } from '../../../kit/http-routes.ts';
import { startMasterOf } from '../../../kit/lone-master.ts';
import { VirtualWorld } from '../../../kit/virtual-world.ts';

const KNOWN: Leadership = {
  type: 'leadership',
  epoch: 7,
  masters: ['a:5050', 'b:5050'],
  leader: 'b:5050',
  role: 'standby',
  masterId: '00000000-0000-4000-8000-000000000001',
  startedMs: 0,
};

function asking(known: Leadership | undefined) {
  const first = onLeader(async () => known);
  const routes = { '/state': { first, GET: () => ({ status: 200, body: 'here' }) } };
  return askingRoutes(routes, ['master']);
}

test('the leader answers, and its path may name the process', async () => {
  const ask = asking({ ...KNOWN, role: 'leading' });
  equal((await ask('GET', '/state')).text, 'here');
  equal((await ask('GET', '/master/state')).text, 'here');
});

test('another master sends the client to the leader, with path and query as they came', async () => {
  const { status, headers } = await asking(KNOWN)('POST', '/master/state?jsonp=f%28');
  equal(status, 307);
  deepEqual(headers, { location: '//b:5050/master/state?jsonp=f%28' });
});

test('where nobody is known to lead, or who leads has not begun, the client is told to wait', async () => {
  const { leader: _, ...without } = KNOWN;
  for (const known of [undefined, without]) {
    const { status, text } = await asking(known)('GET', '/state');
    deepEqual([status, text], [503, 'No leader elected']);
  }
  const { status, text } = await asking({ ...KNOWN, role: 'beginning' })('GET', '/state');
  deepEqual([status, text], [503, 'Master has not finished recovery']);
});

test('all of three masters lead a client to the leader, and after its end to the next', async () => {
  const world = new VirtualWorld({ seed: 3 });
  const names = ['a:5050', 'b:5050', 'c:5050'];
  const apis = new Map<string, MasterApi>();
  const nodes = names.map((name) =>
    world.start(name, ({ system }) => {
      const api = masterApi({ version: '0.0.0' });
      api.open({ system, mastership: startMasterOf(system, names, world.disk(name), {}) });
      apis.set(name, api);
    }),
  );
  const locations = async (of: readonly string[]) => {
    const all = [];
    for (const name of of) {
      const ask = askingRoutes(apis.get(name)?.routes ?? {}, ['master']);
      const { status, headers } = await world.settle(ask('GET', '/master/redirect'));
      all.push(status === 307 ? headers['location'] : status);
    }
    return new Set(all);
  };
  await world.runFor(3000);
  const [first, ...others] = await locations(names);
  equal(others.length, 0);
  const leader = String(first).slice(2);
  nodes.find(({ name }) => name === leader)?.crash();
  const rest = names.filter((name) => name !== leader);
  await world.runFor(3000);
  const [next, ...more] = await locations(rest);
  equal(more.length, 0);
  equal(rest.includes(String(next).slice(2)), true);
  await world.close();
});

test('where the node itself does not answer in time, the client is told that nobody leads', async () => {
  const world = new VirtualWorld({ seed: 3 });
  const api = masterApi({ version: '0.0.0' });
  world.start('a:5050', ({ system }) => {
    api.open({ system, mastership: address<MastershipMessage>('nobody', 'a:5050') });
  });
  const answer = askingRoutes(api.routes, ['master'])('GET', '/master/redirect');
  await world.runFor(11_000);
  const { status, text } = await world.settle(answer);
  deepEqual([status, text], [503, 'No leader elected']);
  await world.close();
});
