/** The dump of a log is readable, and the same log comes of it again. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRegistry } from '../../../actors/master/registry/registry.ts';
import { encodeEntry } from '../../../actors/master/registry/registry-machine.ts';
import { encodeSnapshot } from '../../../actors/master/registry/snapshot.ts';
import { DumpReader, readableDump } from '../../../bin/cli/log-dump.ts';
import type { DumpLine } from '../../../consensus/dump-log.ts';

const WEIGHTS = { type: 'updateWeights', weights: [{ role: 'web', weight: 2 }] } as const;
const MARK = {
  index: 1,
  term: 1,
  membership: {
    ...{ voters: [1], votersOutgoing: [], learners: [], learnersNext: [] },
    ...{ leavesJointItself: false, addresses: { '1': 'a:5050' } },
  },
};

test('entries and snapshots of the registry are told as what they say', () => {
  const lines = readable(dump());
  deepEqual(
    lines.map((line) => line['line']),
    ['log', 'group', 'record', 'record', 'record', 'entry', 'entry', 'end'],
  );
  deepEqual(lines[3]?.['record'], { type: 'weight', weight: { role: 'ops', weight: 3 } });
  deepEqual(lines[5]?.['entry'], {
    ...{ kind: 'operation', index: 2, term: 1 },
    ...{ epoch: 2, operations: [WEIGHTS] },
  });
  equal(lines.at(-1)?.['count'], 7);
});

test('what was read comes back byte by byte, whatever the pieces of the snapshot were', () => {
  const reader = new DumpReader();
  const back = readable(dump()).map((line) => reader.read(line) as DumpLine);
  deepEqual(snapshotOf(back), snapshotOf(dump()));
  deepEqual(
    back.filter(({ line }) => line === 'entry'),
    dump().filter(({ line }) => line === 'entry'),
  );
  let offset = 0;
  for (const line of back) {
    if (line.line !== 'snapshot') continue;
    equal(line.offset, offset);
    offset += Buffer.from(line.data, 'base64').length;
  }
});

test('what no registry of this version could be stays as it is', () => {
  const data = Buffer.from('{"epoch":2}\n{"type":"operations","format":99}\n').toString('base64');
  const entry = { kind: 'operation', index: 2, term: 1, data } as const;
  const piece = { line: 'snapshot', group: 'registry', offset: 0, data: '/w==' } as const;
  const strange = [piece, { line: 'entry', group: 'registry', entry }] as const;
  deepEqual([...readableDump(strange)], strange);
  const other = { line: 'entry', group: 'mine', entry } as const;
  deepEqual([...readableDump([other])], [other]);
});

test('a dump that somebody changed is refused with the line where it is wrong', () => {
  const weight = readable(dump()).map((line) =>
    line['line'] === 'entry' && 'operations' in Object(line['entry'])
      ? { ...line, entry: { ...Object(line['entry']), operations: [{ type: 'updateWeights' }] } }
      : line,
  );
  throws(() => readAll(weight), {
    code: 'dumpMalformed',
    message: /from line 6 of the dump: .*weights/,
  });
  const missing = readable(dump()).filter((_, index) => index !== 3);
  throws(() => readAll(missing), {
    code: 'dumpMalformed',
    message: /1 records were written and 0/,
  });
});

function readAll(lines: readonly object[]): void {
  const reader = new DumpReader();
  for (const line of lines) reader.read(line);
}

function readable(lines: readonly DumpLine[]): readonly Readonly<Record<string, unknown>>[] {
  return JSON.parse(JSON.stringify([...readableDump(lines)]));
}

function dump(): readonly DumpLine[] {
  const registry = emptyRegistry();
  registry.weights.set('ops', 3);
  const bytes = Buffer.concat([...encodeSnapshot(registry)]);
  const [half, group] = [bytes.length >> 1, 'registry'];
  const lines: readonly DumpLine[] = [
    { line: 'log', format: 1, clusterId: 'c', memberId: 1 },
    { line: 'group', group, hardState: { term: 1, vote: 1, committedIndex: 3 }, mark: MARK },
    { line: 'snapshot', group, offset: 0, data: bytes.subarray(0, half).toString('base64') },
    { line: 'snapshot', group, offset: half, data: bytes.subarray(half).toString('base64') },
    {
      ...{ line: 'entry', group },
      entry: {
        ...{ kind: 'operation', index: 2, term: 1 },
        data: Buffer.from(encodeEntry(2, [WEIGHTS])).toString('base64'),
      },
    },
    { line: 'entry', group, entry: { kind: 'empty', index: 3, term: 1 } },
  ];
  return [...lines, { line: 'end', count: lines.length }];
}

function snapshotOf(lines: readonly DumpLine[]): string {
  return lines
    .map((line) => (line.line === 'snapshot' ? Buffer.from(line.data, 'base64').toString() : ''))
    .join('');
}
