/** What a real etcd and the masters' store in it do when something is wrong. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EtcdClient } from '../../../../actors/master/registry/etcd-client.ts';
import { put } from '../../../../actors/master/registry/etcd-json.ts';
import { etcdKeys } from '../../../../actors/master/registry/etcd-keys.ts';
import { startEtcdStore } from '../../../../actors/master/registry/etcd-store.ts';
import type { Candidate } from '../../../../actors/master/registry/leader.ts';
import { etcdClient } from '../../../../bin/etcd-client.ts';
import type { LogRecord } from '../../../../runtime/log.ts';
import { nodeHost } from '../../../../runtime/node-host.ts';
import { createSystem } from '../../../../runtime/system.ts';
import { type Afterwards, eventually, lastFirst } from '../../../kit/programs.ts';
import { etcdMissing, type RealEtcd, startRealEtcd } from '../../../kit/real-etcd.ts';
import { admit, agentIdOf } from '../../../kit/registry-operations.ts';
import { type PlayedMaster, playMaster } from '../../../kit/registry-store-master.ts';

const missing = etcdMissing();
/** Short, because it is waited for; not so short that a busy machine deposes who leads. */
const TTL_S = 2;

let clusterCount = 0;
const nextCluster = () => `faults/${clusterCount++}`;

describe('a store in etcd', { skip: missing ?? false, concurrency: 3 }, () => {
  let etcd: RealEtcd;
  before(async () => {
    etcd = await startRealEtcd();
  });
  after(() => etcd.close());

  test('etcd itself refuses the write of a leader that was deposed on its way', async (context) => {
    const cluster = nextCluster();
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let isHolding = false;
    const first = startMaster(context, etcd, cluster, 'a', (client) => ({
      ...client,
      async ask(path, body, timeoutMs) {
        const isWrite = body.includes(base64(etcdKeys(cluster).entry(2)).slice(0, -4));
        if (isHolding && isWrite && body.includes('"request_put"')) await held;
        return client.ask(path, body, timeoutMs);
      },
    }));
    const { epoch } = await leads(first.master);
    isHolding = true;
    const number = first.master.write([admit('stale')]);
    const second = startMaster(context, etcd, cluster, 'b');
    first.master.resign();
    const successor = await leads(second.master);
    ok(successor.epoch > epoch);
    letGo();
    const answer = await answerTo(first.master, number);
    ok(answer.type === 'writeFailed' && answer.outcome === 'notApplied', JSON.stringify(answer));
    isHolding = false;
    second.master.resign();
    await leads(first.master, successor.epoch);
    equal(first.master.elections.at(-1)?.registry.admitted.has(agentIdOf('stale')), false);
  });

  test('a write whose first answer is lost is asked for again, and kept once', async (context) => {
    let lossCount = 0;
    const { master } = startMaster(context, etcd, nextCluster(), 'a', (client) => ({
      ...client,
      async ask(path, body, timeoutMs) {
        const answer = await client.ask(path, body, timeoutMs);
        if (lossCount > 0 && body.includes('"request_put"')) {
          lossCount--;
          throw new Error('the answer of etcd is lost');
        }
        return answer;
      },
    }));
    const { epoch } = await leads(master);
    lossCount = 2;
    const answers = [master.write([admit('a')]), master.write([admit('b')])];
    for (const number of answers) equal((await answerTo(master, number)).type, 'written');
    equal(lossCount, 0);
    master.resign();
    await leads(master, epoch);
    deepEqual(
      [...(master.elections.at(-1)?.registry.admitted.keys() ?? [])],
      ['a', 'b'].map(agentIdOf),
    );
  });

  test('an election whose answers are lost is won all the same', async (context) => {
    let lossCount = 3;
    const { master } = startMaster(context, etcd, nextCluster(), 'a', (client) => ({
      ...client,
      async ask(path, body, timeoutMs) {
        const answer = await client.ask(path, body, timeoutMs);
        if (body.includes('"request_put"') && lossCount-- > 0) throw new Error('lost');
        return answer;
      },
    }));
    await leads(master);
  });

  test('who ends in order is followed at once', async (context) => {
    const cluster = nextCluster();
    const first = startMaster(context, etcd, cluster, 'a');
    await leads(first.master);
    const second = startMaster(context, etcd, cluster, 'b');
    await eventually('it follows', async () => second.master.following);
    const beganMs = performance.now();
    await first.end();
    await leads(second.master);
    ok(performance.now() - beganMs < TTL_S * 500);
  });

  test('another master under the same address is refused, and the first goes on', async (context) => {
    const cluster = nextCluster();
    const first = startMaster(context, etcd, cluster, 'a');
    const { epoch } = await leads(first.master);
    const second = startMaster(context, etcd, cluster, 'a');
    await second.ended;
    match(
      second.said('error'),
      /Another master runs as a:5050 in this cluster.*--advertise-address/,
    );
    equal(first.master.leading?.epoch, epoch);
  });

  test('snapshots replace the log, and nothing that they replace stays behind', async (context) => {
    const cluster = nextCluster();
    const { master } = startMaster(context, etcd, cluster, 'a');
    await leads(master);
    for (let round = 0; round < 12; round++) {
      const operations = Array.from({ length: 100 }, (_, index) => admit(`a${round}-${index}`));
      equal((await answerTo(master, master.write(operations))).type, 'written');
    }
    const keys = await eventually('a snapshot is saved, and one only', async () => {
      const names = (await keysOf(etcd, cluster)).map((key) =>
        key.slice(etcdKeys(cluster).prefix.length),
      );
      const snapshots = new Set(names.flatMap((name) => /^snapshot\/(\d+)/.exec(name)?.[1] ?? []));
      return snapshots.size === 1 ? { names, index: Number([...snapshots][0]) } : undefined;
    });
    const entries = keys.names.flatMap((name) => /^log\/(\d+)$/.exec(name)?.[1] ?? []).map(Number);
    ok(
      entries.every((index) => index > keys.index),
      `${keys.index} ${entries}`,
    );
    const next = startMaster(context, etcd, cluster, 'b');
    await eventually('it follows', async () => next.master.following);
    master.resign('b:5050');
    await leads(next.master);
    equal(next.master.elections.at(-1)?.registry.admitted.size, 1200);
  });

  test('pieces of a snapshot that was never finished go with the next election', async (context) => {
    const cluster = nextCluster();
    const first = startMaster(context, etcd, cluster, 'a');
    const { epoch } = await leads(first.master);
    const left = etcdKeys(cluster).piece(7, 0);
    await transact(etcd, [put(left, 'left')]);
    first.master.resign();
    await leads(first.master, epoch);
    equal((await keysOf(etcd, cluster)).includes(left), false);
  });

  test('a leader whose key is removed is deposed, and elected anew', async (context) => {
    const cluster = nextCluster();
    const { master } = startMaster(context, etcd, cluster, 'a');
    const { epoch } = await leads(master);
    await transact(etcd, [{ request_delete_range: { key: base64(etcdKeys(cluster).leader) } }]);
    await leads(master, epoch);
    ok(master.heard.some((news) => news.type === 'deposed' && /removed its key/.test(news.reason)));
  });

  const foreign: readonly (readonly [
    string,
    string,
    (keys: ReturnType<typeof etcdKeys>) => object,
    RegExp,
  ])[] = [
    [
      'of another cluster',
      'head',
      ({ head }) => put(head, headText({ cluster: 'other' })),
      /is of the cluster "other"/,
    ],
    [
      'of a newer messor',
      'head',
      ({ head }) => put(head, headText({ format: 2 })),
      /written by a newer messor \(format 2\)/,
    ],
    ['of something else', 'head', ({ head }) => put(head, 'hello'), /head in etcd: it is damaged/],
    [
      'of something else',
      'leader',
      ({ leader }) => put(leader, '{"name":"me"}'),
      /leader in etcd: it is damaged/,
    ],
    ['of something else', 'log', ({ entry }) => put(entry(1), 'hello'), /it is damaged/],
    [
      'without its beginning',
      'log',
      ({ entry }) => put(entry(2), 'hello'),
      /entry 1 of its log is missing/,
    ],
  ];
  for (const [index, [what, where, write, sentence]] of foreign.entries()) {
    test(`data ${what} under ${where} (${index}) ends the store with a sentence, and stays as it is`, async (context) => {
      const cluster = nextCluster();
      await transact(etcd, [write(etcdKeys(cluster))]);
      const { ended, said } = startMaster(context, etcd, cluster, 'a');
      await ended;
      match(said('error'), sentence);
      const keys = await keysOf(etcd, cluster);
      equal(keys.filter((key) => !key.includes('/candidates/')).length, 1, keys.join());
    });
  }

  test('a registry that is removed under a master ends it with a sentence', async (context) => {
    const cluster = nextCluster();
    const { master, ended, said } = startMaster(context, etcd, cluster, 'a');
    await leads(master);
    const { prefix } = etcdKeys(cluster);
    await transact(etcd, [
      {
        request_delete_range: { key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`) },
      },
    ]);
    await ended;
    match(said('error'), /somebody has removed it/);
  });

  test('an etcd that is away deposes the leader, which leads again when it is back', async (context) => {
    const own = await startRealEtcd();
    lastFirst(context, () => own.close());
    const { master, said } = startMaster(context, own, 'away', 'a');
    const { epoch } = await leads(master);
    equal((await answerTo(master, master.write([admit('a')]))).type, 'written');
    await own.kill();
    await eventually('it is deposed', async () => master.leading === undefined || undefined);
    match(said('warn'), /Cannot reach etcd:\/\//);
    await own.restart();
    await leads(master, epoch);
    equal(master.elections.at(-1)?.registry.admitted.size, 1);
    match(said('info'), /does what is asked again/);
  });

  test('an etcd with a user is refused, and says so', async (context) => {
    const guarded = await startRealEtcd();
    lastFirst(context, () => guarded.close());
    const post = (path: string, body: object) =>
      fetch(`http://${guarded.endpoint}${path}`, { method: 'POST', body: JSON.stringify(body) });
    await post('/v3/auth/user/add', { name: 'root', password: 'x' });
    await post('/v3/auth/user/grant', { user: 'root', role: 'root' });
    await post('/v3/auth/enable', {});
    const { ended, said } = startMaster(context, guarded, 'a', 'a');
    await ended;
    match(said('error'), /user name is empty; let the masters have an etcd of their own/);
  });
});

interface Started {
  readonly master: PlayedMaster;
  readonly ended: Promise<unknown>;
  /** All that was logged at this level. */
  said(level: LogRecord['level']): string;
  end(): Promise<void>;
}

function startMaster(
  context: Afterwards,
  { endpoint }: RealEtcd,
  cluster: string,
  name: string,
  change: (client: EtcdClient) => EtcdClient = (client) => client,
): Started {
  const logged: LogRecord[] = [];
  const node = `${name}:5050`;
  const host = nodeHost({ logSink: (record) => logged.push(record) });
  const system = createSystem({ node, incarnation: 1, host });
  const inner = etcdClient([endpoint]);
  const startStore = startEtcdStore({
    ...{ client: change(inner), cluster, sessionTtlS: TTL_S, lookIntervalMs: 20 },
    snapshotBytesMin: 200_000,
  });
  const candidate: Candidate = { node, masterId: `${name} ${host.random()}`, version: '0.1.0' };
  let ended: Promise<unknown> = Promise.resolve();
  const master = playMaster(
    {
      system,
      startStore(options) {
        const store = startStore(options, system, { onCrash: 'stop' });
        ended = system.exited(store);
        return store;
      },
    },
    candidate,
  );
  const end = async () => {
    await system.shutdown();
    await inner.close();
  };
  lastFirst(context, end);
  return {
    master,
    ended,
    end,
    said: (level) =>
      logged
        .filter((record) => record.level === level)
        .map(({ text }) => text)
        .join('\n'),
  };
}

function leads(master: PlayedMaster, afterEpoch = 0) {
  return eventually('it leads', async () =>
    master.leading !== undefined && master.leading.epoch > afterEpoch ? master.leading : undefined,
  );
}

function answerTo(master: PlayedMaster, writeNumber: number) {
  return eventually('the write is answered', async () =>
    master.answers.find((answer) => answer.writeNumber === writeNumber),
  );
}

function headText(other: object): string {
  const head = { format: 1, cluster: '', snapshotIndex: 0, pieceCount: 0, bytes: 0 };
  return JSON.stringify({ ...head, ...other });
}

async function transact(etcd: RealEtcd, success: readonly object[]): Promise<string> {
  const response = await fetch(`http://${etcd.endpoint}/v3/kv/txn`, {
    method: 'POST',
    body: JSON.stringify({ success }),
  });
  equal(response.status, 200);
  return response.text();
}

async function keysOf(etcd: RealEtcd, cluster: string): Promise<readonly string[]> {
  const { prefix } = etcdKeys(cluster);
  const range = {
    key: base64(prefix),
    range_end: base64(`${prefix.slice(0, -1)}0`),
    keys_only: true,
  };
  const text = await transact(etcd, [{ request_range: range }]);
  return [...text.matchAll(/"key":"([^"]+)"/g)].map(([, key = '']) =>
    Buffer.from(key, 'base64').toString(),
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
