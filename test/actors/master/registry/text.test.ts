/** Operations and registries as bytes. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeOperations,
  encodeOperations,
} from '../../../../actors/master/registry/operation-text.ts';
import { applyAll } from '../../../../actors/master/registry/operations.ts';
import { emptyRegistry, type Registry } from '../../../../actors/master/registry/registry.ts';
import {
  CHUNK_BYTES_MAX,
  encodeSnapshot,
  registryFingerprint,
  SnapshotReader,
} from '../../../../actors/master/registry/snapshot.ts';
import { seededRandom } from '../../../kit/random.ts';
import {
  admit,
  agentIdOf,
  begin,
  complete,
  drain,
  drawOperations,
  frameworkOf,
  lose,
  OPERATION_CASES,
  quota,
} from '../../../kit/registry-operations.ts';

const ALL = Object.values(OPERATION_CASES).flatMap(({ given, permitted, refused, unchanged }) =>
  [given, permitted, refused, unchanged].flat(),
);

test('operations are read as they were written, and do the same', () => {
  const read = decodeOperations(encodeOperations(ALL));
  deepEqual(read, ALL);
  equal(fingerprintAfter(read), fingerprintAfter(ALL));
  deepEqual(decodeOperations(encodeOperations([])), []);
});

test('a registry is read as it was written, however its bytes are cut', () => {
  const registry = full();
  for (const countMax of [1, 7, 1000, CHUNK_BYTES_MAX]) {
    const read = readAll(cut(bytesOf(registry), countMax));
    deepEqual(read, registry);
    equal(registryFingerprint(read), registryFingerprint(registry));
  }
  deepEqual(readAll([bytesOf(emptyRegistry())]), emptyRegistry());
});

test('no chunk is longer than the maximum, not even of a record that is', () => {
  const registry = emptyRegistry();
  const value = '€'.repeat(200_000);
  const labels = [{ key: 'long', value }];
  const info = { ...frameworkOf('f'), labels };
  applyAll(registry, [begin('e'), { ...begin('f'), info }]);
  const chunks = [...encodeSnapshot(registry)];
  ok(chunks.length > 2);
  ok(chunks.every(({ length }) => length <= CHUNK_BYTES_MAX));
  deepEqual(readAll(chunks), registry);
});

test('what has the same entries in another order has another fingerprint', () => {
  const one = fingerprintAfter([admit('a'), admit('b')]);
  equal(one === fingerprintAfter([admit('b'), admit('a')]), false);
  equal(one, fingerprintAfter([admit('a'), admit('b')]));
});

test('what a newer version wrote is refused and says so: upgrade', () => {
  const lines = [
    '{"type":"teleportAgent","agentId":"a"}',
    '{"type":"markAgentDrained","agentId":"a","softly":true}',
    JSON.stringify(begin('f')).replace('partitionAware', 'clairvoyant'),
  ];
  for (const line of lines) refuses(operations(line), 'registryNewer', /a newer messor \(/);
  const text = '{"type":"operations","format":2}\n';
  refuses(() => decodeOperations(Buffer.from(text)), 'registryNewer', /format 2/);
  const records = [
    '{"type":"comet"}',
    '{"type":"machine","machine":{"machineId":{"ip":"1"},"mode":"flying"}}',
    '{"type":"goneAgent","agentId":"a","agent":{"sinceMs":1,"why":"old"}}',
  ];
  for (const record of records) refuses(snapshot(record), 'registryNewer', /a newer messor \(/);
});

test('what is not sound is refused with the place of the fault', () => {
  refuses(
    operations('{"type":"markAgentDrained","agentId":7}'),
    'registryDamaged',
    /agentId: an id must/,
  );
  refuses(operations('{"type":"markAgentDrained"}'), 'registryDamaged', /agentId: is missing/);
  refuses(operations('{"type":'), 'registryDamaged', /JSON/);
  refuses(() => decodeOperations(new Uint8Array()), 'registryDamaged', /the header of operations/);
  refuses(() => decodeOperations(bytesOf(full())), 'registryDamaged', /that of registry/);
  refuses(
    snapshot('{"type":"weight","weight":{"role":"r","weight":0}}'),
    'registryDamaged',
    /1e-6|0.000001/,
  );
});

test('what is cut off anywhere is noticed', () => {
  const bytes = bytesOf(full());
  for (let length = 0; length < bytes.length; length += 97) {
    throws(() => readAll([bytes.subarray(0, length)]), { code: 'registryDamaged' });
  }
  throws(() => readAll([bytes.subarray(0, -1)]), { code: 'registryDamaged' });
  throws(() => readAll([bytes, Buffer.from('\n')]), { code: 'registryDamaged' });
  const lines = Buffer.from(bytes).toString().split('\n');
  const without = Buffer.from([...lines.slice(0, 3), ...lines.slice(4)].join('\n'));
  throws(() => readAll([without]), /records were written and/);
  throws(() => readAll([bytes.subarray(0, 60), Buffer.from([0xff, 0xff])]), {
    code: 'registryDamaged',
  });
});

function full(): Registry {
  const registry = emptyRegistry();
  applyAll(registry, ALL);
  applyAll(registry, drawOperations(seededRandom(5), 300));
  applyAll(registry, [admit('ä€😀'), admit('y'), drain('y'), lose('y'), admit('z')]);
  applyAll(registry, [{ type: 'markAgentGone', agentId: agentIdOf('z'), sinceMs: 1.5 }]);
  applyAll(registry, [begin('y'), begin('z'), complete('z'), quota('dev', { cpus: 1 })]);
  applyAll(registry, [...OPERATION_CASES.updateMaintenanceSchedule.given]);
  applyAll(registry, [{ type: 'updateWeights', weights: [{ role: 'dev', weight: 2 }] }]);
  for (const part of Object.values<unknown>({ ...registry })) {
    ok(part instanceof Map || part instanceof Set ? part.size > 0 : part !== undefined);
  }
  return registry;
}

function bytesOf(registry: Registry): Uint8Array {
  return Buffer.concat([...encodeSnapshot(registry)]);
}

function* cut(bytes: Uint8Array, countMax: number) {
  for (let at = 0; at < bytes.length; at += countMax) yield bytes.subarray(at, at + countMax);
}

function readAll(chunks: Iterable<Uint8Array>): Registry {
  const reader = new SnapshotReader();
  for (const chunk of chunks) reader.push(chunk);
  return reader.finish();
}

function fingerprintAfter(operations: Parameters<typeof applyAll>[1]): string {
  const registry = emptyRegistry();
  applyAll(registry, operations);
  return registryFingerprint(registry);
}

function operations(line: string) {
  return () => decodeOperations(Buffer.from(`{"type":"operations","format":1}\n${line}\n`));
}

function snapshot(line: string) {
  return () => readAll([Buffer.from(`{"type":"registry","format":1}\n${line}\n`)]);
}

function refuses(read: () => unknown, code: string, message: RegExp): void {
  throws(read, (error: Error & { code?: string }) => {
    equal(error.code, code);
    ok(message.test(error.message), error.message);
    return true;
  });
}
