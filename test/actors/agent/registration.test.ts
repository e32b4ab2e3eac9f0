/** When the agent asks to be registered. Source: Mesos 1.11, src/slave/slave.cpp. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BEFORE_REGISTRATION,
  nextStep,
  type Registration,
  type RegistrationEvent,
  spreadWithTasks,
} from '../../../actors/agent/registration.ts';

const limits = { delayMsMin: 1000, delayMsMax: 60_000, returnSpreadMs: 2000 };
const step = (from: Registration, event: RegistrationEvent, random = 0.5) =>
  nextStep(from, event, limits, () => random);

test('a new agent asks as soon as it is ready', () => {
  deepEqual(step(BEFORE_REGISTRATION, 'ready'), {
    registration: { phase: 'registering', attempt: 1 },
    ask: true,
    waitMs: 1500,
  });
});

test('unanswered, it asks again after a wait that doubles up to a minute, its upper half by chance', () => {
  let registration: Registration = { phase: 'registering', attempt: 0 };
  const waits: (readonly [number | undefined, number | undefined])[] = [];
  for (let count = 0; count < 7; count++) {
    const next = step(registration, 'unanswered', 1);
    ok(next?.ask);
    waits.push([step(registration, 'unanswered', 0)?.waitMs, next.waitMs]);
    registration = next.registration;
  }
  deepEqual(waits, [
    ...[
      [1000, 2000],
      [2000, 4000],
      [4000, 8000],
    ],
    ...[
      [8000, 16_000],
      [16_000, 32_000],
    ],
    ...[
      [30_000, 60_000],
      [30_000, 60_000],
    ],
  ]);
});

test('one that lost its master waits a part of the time for all, so that not all come at once', () => {
  deepEqual(step({ phase: 'registered', attempt: 0 }, 'lost', 0.25), {
    registration: { phase: 'reregistering', attempt: 0 },
    ask: false,
    waitMs: 500,
  });
});

test('sent to another master it asks at once, and waits no less when that one is silent', () => {
  const registration: Registration = { phase: 'reregistering', attempt: 3 };
  deepEqual(step(registration, 'redirected', 1), { registration, ask: true, waitMs: 32_000 });
  equal(step({ phase: 'registered', attempt: 0 }, 'redirected'), undefined);
});

test('coming back, it repeats no sooner than all others may need for coming back', () => {
  const next = step({ phase: 'reregistering', attempt: 0 }, 'unanswered', 0);
  equal(next?.waitMs, 2000);
});

test('with many tasks it takes longer for coming back, but never longer than the longest wait', () => {
  equal(spreadWithTasks(2000, 0), 2000);
  equal(spreadWithTasks(2000, 50), 22_000);
  const endless = { ...limits, returnSpreadMs: spreadWithTasks(2000, 1e6) };
  equal(nextStep({ phase: 'registered', attempt: 0 }, 'lost', endless, () => 1)?.waitMs, 60_000);
});

test('where the connection breaks by which it asked, it asks again soon, however often it did', () => {
  for (const phase of ['registering', 'reregistering'] as const) {
    deepEqual(step({ phase, attempt: 9 }, 'unreached', 1), {
      registration: { phase, attempt: 0 },
      ask: false,
      waitMs: phase === 'registering' ? 1000 : 2000,
    });
  }
  equal(step({ phase: 'registered', attempt: 0 }, 'unreached'), undefined);
});

test('no wait is ever longer than the maximum, and a registered agent waits for nothing', () => {
  const events = fc.constantFrom<RegistrationEvent>(
    ...(['ready', 'unanswered', 'redirected', 'unreached', 'registered', 'lost'] as const),
  );
  const chance = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(events, chance)), (story) => {
      let registration = BEFORE_REGISTRATION;
      for (const [event, random] of story) {
        const next = step(registration, event, random);
        if (next === undefined) continue;
        registration = next.registration;
        ok((next.waitMs ?? 0) <= limits.delayMsMax);
        equal(next.waitMs === undefined, registration.phase === 'registered');
      }
    }),
  );
});
