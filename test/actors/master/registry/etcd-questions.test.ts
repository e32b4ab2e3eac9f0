/** What is asked of an etcd, what its answers mean, and what of its refusals: without one. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { askEtcd, type EtcdPath } from '../../../../actors/master/registry/etcd-client.ts';
import { ETCD_ERRORS, refusalOf } from '../../../../actors/master/registry/etcd-errors.ts';
import {
  readGranted,
  readKeptAlive,
  readTransaction,
} from '../../../../actors/master/registry/etcd-json.ts';
import { etcdKeys, numberAtEnd } from '../../../../actors/master/registry/etcd-keys.ts';
import { append, enter, look, release } from '../../../../actors/master/registry/etcd-questions.ts';
import { headOf } from '../../../../actors/master/registry/etcd-records.ts';
import {
  OPERATIONS_PER_WRITE_MAX,
  WRITE_BYTES_MAX,
} from '../../../../actors/master/registry/store.ts';
import type { CodedError } from '../../../../runtime/errors.ts';

const keys = etcdKeys('test');
const claim = { revision: 7, lease: '42' };
const candidate = { node: 'a:5050', masterId: 'A', version: '0.1.0' };
const header = { cluster_id: '1', member_id: '2', revision: '9', raft_term: '3' };
const ETCD_REQUEST_BYTES_MAX = 1_572_864;

test('keys stand under the name of the cluster, in the order of their numbers', () => {
  equal(etcdKeys('test').entry(12), '/messor/test/log/0000000000000012');
  equal(etcdKeys('a/b c').prefix, '/messor/a%2Fb%20c/');
  const sorted = [1, 9, 10, 99, 100, 1e15].map(keys.entry);
  deepEqual([...sorted].sort(), sorted);
  equal(numberAtEnd(keys.piece(3, 14)), 14);
  ok(Number.isNaN(numberAtEnd('/messor/test/log/x')));
});

test('ranges have what they are called after, and nothing else', () => {
  const has = (range: unknown, key: string) => {
    const { from, to } = range as { from: string; to: string };
    return key >= from && key < to;
  };
  deepEqual(
    [1, 2, 3].map((index) => has(keys.entriesFrom(2), keys.entry(index))),
    [false, true, true],
  );
  deepEqual(
    [1, 2, 3].map((index) => has(keys.entriesUpTo(2), keys.entry(index))),
    [true, true, false],
  );
  const pieceOf = (index: number) => keys.piece(index, 5);
  deepEqual(
    [1, 2, 3].map((index) => has(keys.snapshotsBefore(2), pieceOf(index))),
    [true, false, false],
  );
  deepEqual(
    [1, 2, 3].map((index) => has(keys.snapshotsAfter(2), pieceOf(index))),
    [false, false, true],
  );
  deepEqual(
    [1, 2, 3].map((index) => has(keys.piecesFrom(2, 5), pieceOf(index))),
    [false, true, false],
  );
  for (const other of [keys.head, keys.leader, keys.successor, keys.candidate('a:5050')]) {
    ok(!has(keys.entriesFrom(0), other) && !has(keys.snapshotsAfter(0), other));
  }
});

test('what a leader writes is compared with its claim, and with the log, by etcd', () => {
  const { body } = append(keys, claim, { index: 3, data: Buffer.from('x') });
  deepEqual((body as { compare: unknown }).compare, [
    { key: base64(keys.leader), target: 'CREATE', result: 'EQUAL', create_revision: '7' },
    { key: base64(keys.entry(3)), target: 'CREATE', result: 'EQUAL', create_revision: '0' },
  ]);
});

test('who begins makes sure of the entry before, unless a snapshot has it', () => {
  const leader = { epoch: 8, candidate };
  const compared = (snapshotIndex: number) => {
    const head = headOf('test', { snapshotIndex, pieceCount: 1, bytes: 1 });
    const { body } = append(
      keys,
      claim,
      { index: 3, data: Buffer.from('x') },
      { leader, head, isFirst: false },
    );
    return (body as { compare: readonly { key: string }[] }).compare.map(({ key }) => key);
  };
  ok(compared(1).includes(base64(keys.entry(2))));
  ok(!compared(2).includes(base64(keys.entry(2))));
});

test('the largest write fits in what etcd takes at once', () => {
  const data = Buffer.alloc(WRITE_BYTES_MAX + OPERATIONS_PER_WRITE_MAX + 1000);
  const leader = { epoch: 8, candidate };
  const head = headOf('test', { snapshotIndex: 1, pieceCount: 1, bytes: 1 });
  const { body } = append(keys, claim, { index: 3, data }, { leader, head, isFirst: true });
  ok((JSON.stringify(body).length / 4) * 3 < ETCD_REQUEST_BYTES_MAX);
});

test('the outcome of a write is read from what was found', () => {
  const { read } = append(keys, claim, { index: 3, data: Buffer.from('x') });
  const found = (leader: object[], entry: object[]) =>
    read(answer(false, [{ kvs: leader }, { kvs: entry }]));
  deepEqual(read(answer(true, [])), { kind: 'kept' });
  deepEqual(found([], []), { kind: 'refused', leads: false });
  deepEqual(found([keyValue(keys.leader, '{}', 8)], []), { kind: 'refused', leads: false });
  const ours = found([keyValue(keys.leader, '{}', 7)], [keyValue(keys.entry(3), 'x', 9)]);
  deepEqual(ours, { kind: 'refused', leads: true, found: Buffer.from('x') });
});

test('a look reads who leads, who is there, and a page of the log', () => {
  const wanted = { kind: 'log', fromIndex: 4, count: 2 } as const;
  const { read } = look(keys, 'test', wanted);
  const head = headOf('test', { snapshotIndex: 3, pieceCount: 1, bytes: 10 });
  const seen = read(
    answer(true, [
      { kvs: [keyValue(keys.leader, JSON.stringify({ candidate, epoch: 8 }), 7)] },
      { kvs: [keyValue(keys.candidate('a:5050'), JSON.stringify(candidate), 5)] },
      {},
      { kvs: [keyValue(keys.head, JSON.stringify(head), 6)] },
      { kvs: [keyValue(keys.entry(4), 'x', 9)], more: true },
    ]),
  );
  deepEqual(seen, {
    clusterId: '1',
    revision: 9,
    leader: { candidate, epoch: 8, createRevision: 7, lease: '42' },
    candidates: [candidate],
    head,
    page: { wanted, parts: [{ number: 4, data: Buffer.from('x') }], more: true },
  });
  deepEqual(read(answer(true, [{}, {}, {}, {}, {}])), {
    clusterId: '1',
    revision: 9,
    candidates: [],
    page: { wanted, parts: [], more: false },
  });
});

test('a place is held by whose lease is at its key', () => {
  const { read } = enter(keys, candidate, '42');
  deepEqual(read(answer(true, [])), { lease: '42', masterId: 'A' });
  const other = { ...candidate, masterId: 'B' };
  const text = answer(false, [
    { kvs: [keyValue(keys.candidate('a:5050'), JSON.stringify(other), 5)] },
  ]);
  deepEqual(read(text), { lease: '42', masterId: 'B' });
  equal(read(answer(false, [{}])), undefined);
});

test('a successor is named with the lease of who names it, so that nobody waits for ever', () => {
  const { body } = release(keys, claim, 'b:5050');
  const [, named] = (body as { success: readonly object[] }).success;
  deepEqual(named, {
    request_put: { key: base64(keys.successor), value: base64('{"node":"b:5050"}'), lease: '42' },
  });
});

test('leases are read, also when they live no longer', () => {
  deepEqual(readGranted(JSON.stringify({ header, ID: '5', TTL: '2' })), { lease: '5', ttlS: 2 });
  equal(readKeptAlive(JSON.stringify({ result: { header, ID: '5', TTL: '2' } })), 2);
  equal(readKeptAlive(JSON.stringify({ result: { header, ID: '5' } })), undefined);
});

test('what is no answer of etcd is refused by the path of its fault', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['<html>', /a transaction: .*JSON/],
    ['[]', /expected an object, got an array/],
    ['{}', /header: is missing/],
    [
      JSON.stringify({ header: { ...header, revision: '1e9' } }),
      /header.revision: expected a whole number/,
    ],
    [
      JSON.stringify({ header: { ...header, revision: '9'.repeat(19) } }),
      /expected a smaller number/,
    ],
    [
      answer(true, [{ kvs: [{ key: '%', create_revision: '1' }] }]),
      /kvs\[0\].key: expected base64/,
    ],
    [answer(true, [{ kvs: [{ create_revision: '1' }] }]), /kvs\[0\].key: is missing/],
  ];
  for (const [text, sentence] of wrong) {
    throws(
      () => readTransaction(text),
      (error: CodedError) => {
        match(error.message, sentence);
        return error.code === 'etcdVersion';
      },
    );
  }
});

test('refusals of etcd are told apart by what to do about them', () => {
  const codes: readonly (readonly [string, keyof typeof ETCD_ERRORS])[] = [
    ['etcdserver: requested lease not found', 'etcdLeaseLost'],
    ['etcdserver: user name is empty', 'etcdForbidden'],
    ['etcdserver: permission denied', 'etcdForbidden'],
    ['etcdserver: mvcc: database space exceeded', 'etcdFull'],
    ['etcdserver: request is too large', 'etcdLimit'],
    ['grpc: received message larger than max (2600014 vs. 2097152)', 'etcdLimit'],
    ['etcdserver: too many operations in txn request', 'etcdLimit'],
    ['etcdserver: request timed out', 'etcdRefused'],
  ];
  for (const [message, code] of codes) {
    for (const text of [
      { error: message, code: 1 },
      { message, code: 1, details: [] },
    ]) {
      const refusal = refusalOf(400, JSON.stringify(text));
      equal(refusal.code, code);
      equal(refusal.remedy, ETCD_ERRORS[code]);
      ok(refusal.message.endsWith(message));
    }
  }
  equal(refusalOf(404, 'Not Found').code, 'etcdVersion');
  equal(refusalOf(502, '<html>Bad Gateway</html>').code, 'etcdRefused');
  ok(refusalOf(404, 'x'.repeat(10_000)).message.length < 1000);
});

test('a question is one request, and its answer is read', async () => {
  const asked: [EtcdPath, string][] = [];
  const client = {
    place: 'etcd://a:2379',
    async ask(path: EtcdPath, body: string) {
      asked.push([path, body]);
      return { status: 200, text: 'four' };
    },
    tell() {},
  };
  const question = {
    path: '/v3/kv/txn',
    body: { a: 1 },
    read: (text: string) => text.length,
  } as const;
  equal(await askEtcd(client, question, 1000), 4);
  deepEqual(asked, [['/v3/kv/txn', '{"a":1}']]);
});

function answer(succeeded: boolean, ranges: readonly object[]): string {
  const responses = ranges.map((range) => ({ response_range: { header, ...range, count: '1' } }));
  return JSON.stringify({
    header,
    succeeded,
    responses: [{ response_put: { header } }, ...responses],
  });
}

function keyValue(key: string, value: string, createRevision: number): object {
  return {
    key: base64(key),
    value: base64(value),
    create_revision: `${createRevision}`,
    mod_revision: '9',
    version: '1',
    lease: '42',
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
