/** The tripwire around the real outside. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { withoutOutside } from './outside-guard.ts';

test('time, chance and turns of the real machine are out of reach meanwhile', () => {
  const trips: string[] = [];
  const deeds = [
    () => Date.now(),
    () => Math.random(),
    () => performance.now(),
    () => setTimeout(() => {}, 0),
    () => setInterval(() => {}, 1000),
    () => setImmediate(() => {}),
  ];
  withoutOutside(
    () => {
      for (const deed of deeds) throws(deed, /ask the host/);
    },
    (error) => void trips.push(error.message.split(' ')[2] ?? ''),
  );
  deepEqual(trips, ['now', 'random', 'now', 'setTimeout', 'setInterval', 'setImmediate']);
});

test('afterwards everything is as before, also after an error', () => {
  const before = [Date.now, Math.random, performance.now, setTimeout, setInterval, setImmediate];
  throws(
    () =>
      withoutOutside(
        () => {
          throw new Error('on purpose');
        },
        () => {},
      ),
    /on purpose/,
  );
  const after = [Date.now, Math.random, performance.now, setTimeout, setInterval, setImmediate];
  deepEqual(after, before);
  equal(
    withoutOutside(
      () => 7,
      () => {},
    ),
    7,
  );
  match(String(Date.now()), /^\d+$/);
});
