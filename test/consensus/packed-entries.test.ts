/** Entries as they travel. */
import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../consensus/entry.ts';
import type { PeerMessageOf } from '../../consensus/messages.ts';
import { pack, unpack } from '../../consensus/packed-entries.ts';

const entries: readonly Entry[] = [
  { kind: 'empty', index: 7, term: 2 },
  { kind: 'operation', index: 8, term: 3, data: Uint8Array.of(1, 2, 3) },
  {
    kind: 'membership',
    index: 9,
    term: 3,
    change: {
      transition: 'auto',
      steps: [{ type: 'addVoter', memberId: 4, address: 'm4:5050' }],
    },
  },
];

function message(some: readonly Entry[]): PeerMessageOf<'appendEntries'> {
  return {
    ...{ type: 'appendEntries', from: 1, to: 2, term: 3, previousIndex: 6, previousTerm: 2 },
    ...{ entries: some, committedIndex: 5 },
  };
}

test('what arrives is what was sent', () => {
  deepEqual(unpack(pack(message(entries))), message(entries));
  deepEqual(unpack(pack(message([]))), message([]));
  const other = { type: 'timeoutNow', from: 1, to: 2, term: 3 } as const;
  deepEqual(unpack(pack(other)), other);
});

test('what was packed stays as it was when the next is packed', () => {
  const first = pack(message(entries));
  pack(message([{ kind: 'operation', index: 7, term: 2, data: new Uint8Array(100).fill(9) }]));
  deepEqual(unpack(first), message(entries));
});

test('bytes that are no entries, or more than them, are refused', () => {
  const packed = pack(message(entries));
  if (packed.type !== 'appendEntries') throw new Error('It was packed as something else');
  const { length } = packed.entries;
  for (let end = 1; end < length; end++) {
    throws(() => unpack({ ...packed, entries: packed.entries.slice(0, end) }));
  }
  throws(() => unpack({ ...packed, entries: Buffer.concat([packed.entries, Buffer.of(0)]) }));
  for (const byte of [0, 2, 3, 4, 255]) {
    const other = packed.entries.slice();
    other[0] = byte;
    throws(() => unpack({ ...packed, entries: other }));
  }
});
