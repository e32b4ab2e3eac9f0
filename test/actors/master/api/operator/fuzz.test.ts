/**
 * Mutated calls of operators, in both encodings, against a live cluster: each is answered, nothing is
 * ended by them, and the tasks go on. `MESSOR_FUZZ=100000` for more of them.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { encodeV1 } from '../../../../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { type Random, seededRandom } from '../../../../kit/random.ts';
import { JSON_TYPE, PROTOBUF_TYPE, readingCluster } from '../reading-cluster.ts';

const COUNT = Number(process.env['MESSOR_FUZZ'] ?? 2000);

const CALLS: readonly V1<'master.Call'>[] = [
  { type: 'GET_STATE' },
  { type: 'GET_METRICS', get_metrics: { timeout: { nanoseconds: 5n } } },
  { type: 'SUBSCRIBE' },
  { type: 'TEARDOWN', teardown: { framework_id: { value: 'f' } } },
  { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: 'a' } } },
  { type: 'SET_LOGGING_LEVEL', set_logging_level: { level: 1, duration: { nanoseconds: 10n } } },
  { type: 'READ_FILE', read_file: { path: '/../x', offset: 1n, length: 2n } },
  { type: 'UPDATE_QUOTA', update_quota: { force: true, quota_configs: [{ role: 'r' }] } },
];
const PATHS = [
  '/tasks?limit=1&offset=2',
  '/slaves?slave_id=a',
  '/state?jsonp=f',
  '/logging/toggle?level=1&duration=1secs',
];

test(`${COUNT} mutated calls end nothing`, async () => {
  const { ask, world, told, get, cluster } = readingCluster(['sleep 30; exit 0']);
  await world.runUntil(() => told.includes('task-1 running'));
  const random = seededRandom(11);
  const statuses = new Set<number>();
  for (let count = 0; count < COUNT; count++) {
    const call = CALLS[count % CALLS.length] ?? { type: 'GET_HEALTH' };
    const encoding = count % 2 === 0 ? 'json' : 'protobuf';
    const type = encoding === 'json' ? JSON_TYPE : PROTOBUF_TYPE;
    const body = mutated(encodeV1('master.Call', encoding, call), random);
    const headers = { 'content-type': type, accept: count % 3 === 0 ? PROTOBUF_TYPE : '*/*' };
    const answer = await ask('POST', '/api/v1', { headers, body });
    statuses.add(answer.status);
    answer.stream?.leave();
    if (count % 10 !== 0) continue;
    const path = Buffer.from(mutated(Buffer.from(PATHS[count % PATHS.length] ?? ''), random, 8));
    const target = path.toString('latin1').replaceAll(/[^!-~]/g, '%fe');
    const [known = '/tasks'] = /^\/(tasks|slaves|state|logging\/toggle)(?=\?)/.exec(target) ?? [];
    statuses.add((await ask('GET', `${known}?${target.split('?')[1] ?? ''}`)).status);
  }
  deepEqual(
    [...statuses].filter((status) => status >= 500 && status !== 501),
    [],
  );
  ok(statuses.has(200) && statuses.has(400));
  await world.runUntil(() => told.includes('task-1 finished'));
  equal((await get('/slaves')).slaves.length, 2);
  equal((await get('/metrics/snapshot'))['master/operator_event_stream_subscribers'], 0);
  await cluster.close();
});

/** Some bytes changed, left out, doubled or made up. */
function mutated(bytes: Uint8Array, random: Random, from = 0): Uint8Array {
  const changed = [...bytes];
  for (let times = 1 + random.integer(3); times > 0; times--) {
    const at = from + random.integer(Math.max(1, changed.length - from));
    const byte = random.integer(256);
    const kind = random.integer(4);
    if (kind === 0) changed[at] = byte;
    else if (kind === 1) changed.splice(at, 1 + random.integer(4));
    else if (kind === 2) changed.splice(at, 0, byte);
    else changed.splice(at, 0, ...changed.slice(at, at + 8));
  }
  return Uint8Array.from(changed.map((byte) => byte ?? 0));
}
