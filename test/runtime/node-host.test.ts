/** The real outside. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { nodeHost } from '../../runtime/node-host.ts';

const host = nodeHost({ logSink: () => {} });

test('the clock says milliseconds since 1970 and never runs backwards', () => {
  let before = host.nowMs();
  ok(Math.abs(before - Date.now()) < 1000);
  for (let count = 0; count < 1000; count++) {
    const now = host.nowMs();
    ok(now >= before);
    before = now;
  }
});

test('chance is uniform enough in [0, 1)', () => {
  let sum = 0;
  for (let count = 0; count < 10_000; count++) {
    const value = host.random();
    ok(value >= 0 && value < 1);
    sum += value;
  }
  ok(Math.abs(sum / 10_000 - 0.5) < 0.05);
});

test('a timer fires once, not early; a cancelled one never', async () => {
  const beganMs = host.nowMs();
  let cancelledFired = false;
  const cancel = host.setTimer(1, () => {
    cancelledFired = true;
  });
  cancel();
  cancel();
  await new Promise<void>((resolve) => void host.setTimer(5.5, resolve));
  ok(host.nowMs() - beganMs >= 5);
  equal(cancelledFired, false);
});

test('a timer may wait longer than setTimeout can', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  const stepMs = 2 ** 31 - 1;
  host.setTimer(2 * stepMs + 100, () => fired++);
  const cancel = host.setTimer(2 * stepMs, () => fired++);
  context.mock.timers.tick(stepMs);
  cancel();
  context.mock.timers.tick(stepMs);
  context.mock.timers.tick(99);
  equal(fired, 0);
  context.mock.timers.tick(1);
  equal(fired, 1);
});

test('a turn runs after its caller has returned; a fair one after I/O had its chance', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    host.schedule(() => {
      order.push('fair');
      resolve();
    }, true);
    host.schedule(() => order.push('soon'), false);
    order.push('caller');
  });
  deepEqual(order, ['caller', 'soon', 'fair']);
});

test('turns that call for each other without end let timers through', async () => {
  let turning = true;
  const again = () => {
    if (turning) host.schedule(again, false);
  };
  again();
  await new Promise<void>((resolve) => void host.setTimer(20, resolve));
  turning = false;
});
