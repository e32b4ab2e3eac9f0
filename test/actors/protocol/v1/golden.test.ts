/**
 * Messages as another implementation writes them. The golden file has three lines for each: name,
 * JSON as Mesos writes it, and the bytes that `protoc --encode` made with Mesos' own .proto files. A
 * `protoc` that is installed also reads what is drawn here, and writes it anew.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeV1, encodeV1, jsonTextOf } from '../../../../actors/protocol/v1/codec.ts';
import {
  V1_DEFINITIONS,
  V1_NAMES,
  type V1Name,
} from '../../../../actors/protocol/v1/dictionary.ts';
import { anyMessage } from './arbitrary-message.ts';
import { protoText } from './proto-text.ts';

const golden = readFileSync(join(import.meta.dirname, '../../../golden/v1-messages.txt'), 'utf8')
  .trim()
  .split('\n\n')
  .map((part) => part.split('\n'));

for (const [index, [name = '', json = '', base64 = '']] of golden.entries()) {
  test(`golden message ${index}, a ${name}, is read and written as by Mesos`, () => {
    const known = name as V1Name;
    const fromJson = decodeV1(known, 'json', Buffer.from(json));
    const fromBytes = decodeV1(known, 'protobuf', Buffer.from(base64, 'base64'));
    deepEqual(fromJson, fromBytes);
    equal(jsonTextOf(known, fromBytes), json);
    equal(Buffer.from(encodeV1(known, 'protobuf', fromJson)).toString('base64'), base64);
  });
}

test('protoc reads every message, and what it writes then reads as before', (context) => {
  const { status, stdout } = spawnSync('protoc', ['--version'], { encoding: 'utf8' });
  if (status !== 0) {
    context.skip('needs protoc, of the Debian package protobuf-compiler');
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'messor-v1-'));
  try {
    writeFileSync(join(directory, 'v1.proto'), protoText(V1_DEFINITIONS));
    const drawn = V1_NAMES.flatMap((name, index) =>
      fc
        .sample(anyMessage(name), { numRuns: 4, seed: 1 })
        .map((object) => ({ index, name, object })),
    );
    const batch = Buffer.concat(
      drawn.map(({ index, name, object }) => item(index + 1, encodeV1(name, 'protobuf', object))),
    );
    const text = protoc(directory, '--decode=Batch', batch);
    const again = items(protoc(directory, '--encode=Batch', text));
    equal(again.length, drawn.length, stdout);
    for (const [index, { name, object }] of drawn.entries()) {
      deepEqual(decodeV1(name, 'protobuf', again[index] ?? Buffer.alloc(0)), object);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

function protoc(directory: string, what: string, input: Buffer): Buffer {
  const { status, stdout, stderr } = spawnSync('protoc', ['-I', directory, what, 'v1.proto'], {
    input,
    maxBuffer: 256 * 1024 * 1024,
  });
  equal(status, 0, stderr.toString());
  return stdout;
}

/** One field of `Batch`: tag, length, bytes. */
function item(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

function items(batch: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let position = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = batch[position++] ?? 0;
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (position < batch.length) {
    next();
    const length = next();
    found.push(batch.subarray(position, position + length));
    position += length;
  }
  return found;
}
