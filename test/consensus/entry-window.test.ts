/** Consecutive entries, found by their index. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../consensus/entry.ts';
import { EntryWindow } from '../../consensus/entry-window.ts';

test('appended behind, cut off behind and dropped in front, a window has what a list would have', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('append', 'cut', 'drop'), fc.integer({ min: 0, max: 9 })), {
        maxLength: 200,
      }),
      (actions) => {
        const window = new EntryWindow(5);
        let list: Entry[] = [];
        let first = 5;
        for (const [what, count] of actions) {
          const end = first + list.length;
          if (what === 'append') {
            const entries = Array.from({ length: count }, (_, place) => entryAt(end + place));
            window.append(entries);
            list.push(...entries);
          } else if (what === 'cut') {
            window.cutFrom(end - count);
            list = list.filter(({ index }) => index < end - count);
          } else {
            window.dropThrough(first + count - 1);
            const dropped = Math.min(count, list.length);
            list = list.slice(dropped);
            first += dropped;
          }
          deepEqual([window.firstIndex, window.endIndex], [first, first + list.length]);
          deepEqual(window.slice(window.firstIndex, window.endIndex), list);
          equal(window.at(first - 1), undefined);
          equal(window.at(first), list[0]);
        }
      },
    ),
  );
});

test('a gap is never appended, and what is not there is never sliced', () => {
  const window = new EntryWindow(5);
  throws(() => window.append([entryAt(6)]), /appended where 5 belongs/);
  window.append([entryAt(5), entryAt(6)]);
  throws(() => window.slice(4, 6), /are within 5/);
  throws(() => window.slice(5, 8), /are within 5/);
});

test('a slice stays as it is when the window changes', () => {
  const window = new EntryWindow(1);
  window.append([entryAt(1), entryAt(2), entryAt(3)]);
  const slice = window.slice(1, 3);
  window.cutFrom(2);
  window.dropThrough(1);
  deepEqual(slice, [entryAt(1), entryAt(2)]);
});

function entryAt(index: number): Entry {
  return { kind: 'empty', index, term: 1 };
}
