/** Clients write down what they saw; the checker judges it. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { describeRecorded, History } from './history.ts';
import { checkLinearizability, explainVerdict } from './linearizability.ts';
import { type RegisterInput, register, type Value } from './linearizability-models.ts';
import { seededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';

const READ = { type: 'read' } as const;

test('answers close an operation, failures remove it, everything else leaves it open', () => {
  const { history, judge } = scene();
  history.ok(history.invoke('a', write(1)), true);
  history.fail(history.invoke('b', write(2)));
  history.unknown(history.invoke('c', write(3)));
  history.invoke('d', write(4));
  deepEqual(history.counts(), { ok: 1, fail: 1, unknown: 1, waiting: 1 });
  deepEqual(
    history.operations().map(({ client, answer }) => [client, answer?.output]),
    [
      ['a', true],
      ['c', undefined],
      ['d', undefined],
    ],
  );
  history.ok(history.invoke('a', READ), 4);
  history.ok(history.invoke('a', READ), 3);
  equal(judge().type, 'linearizable');
  history.ok(history.invoke('a', READ), 2);
  equal(judge().type, 'illegal');
});

test('what happened at the same virtual time has an order all the same', () => {
  const { history, judge } = scene();
  history.ok(history.invoke('a', write(1)), true);
  history.ok(history.invoke('b', READ), null);
  equal(new Set(history.operations().map(({ invokedAtMs }) => invokedAtMs)).size, 1);
  equal(judge().type, 'illegal');
});

test('an answer that comes after its client gave up counts from when it came', () => {
  const { history, judge } = scene();
  const late = history.invoke('a', write(1));
  history.unknown(late);
  history.ok(history.invoke('b', READ), null);
  history.ok(late, true);
  equal(judge().type, 'linearizable');
  history.ok(history.invoke('b', READ), null);
  equal(judge().type, 'illegal');
});

test('no operation ends twice, or before it began', () => {
  const { history } = scene();
  const call = history.invoke('a', READ);
  history.ok(call, null);
  throws(() => history.ok(call, null), /call 0 ends once, and was ok already/);
  throws(() => history.fail(call), /call 0 ends once/);
  throws(() => history.unknown(7), /call 7 was invoked before it ends/);
});

test('clients of one register in a virtual world never see anything but one register', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { history, judge } = played({ seed, staleMs: 0 });
    const { ok: answered, unknown } = history.counts();
    ok(answered > 100 && unknown > 5, JSON.stringify(history.counts()));
    equal(judge().type, 'linearizable');
  }
});

test('a register whose readers are served from a copy is found out, in virtual time', () => {
  const verdict = played({ seed: 1, staleMs: 30 }).judge();
  equal(verdict.type, 'illegal');
  match(
    explainVerdict(verdict, describeRecorded),
    /client \d \[[\d.]+ ms, [\d.]+ ms\] \{"type":"read"\} → /,
  );
});

function write(value: Value): RegisterInput {
  return { type: 'write', value };
}

function scene() {
  const clock = new VirtualClock(0, 'fifo', seededRandom(1));
  const history = new History<RegisterInput, Value | boolean>(clock);
  return { clock, history, judge: () => checkLinearizability(register(), history.operations()) };
}

/**
 * Five clients, forty questions each, one after another; one in twelve answers is lost. Reads are
 * answered from a copy that learns of a write this much later.
 */
function played({ seed, staleMs }: { readonly seed: number; readonly staleMs: number }) {
  const { clock, history, judge } = scene();
  const random = seededRandom(seed);
  let copy: Value = null;

  function ask(client: string, left: number): void {
    if (left === 0) return;
    const input = random.chance(0.5) ? READ : write(random.integer(1000));
    const isLost = random.chance(1 / 12);
    const call = history.invoke(client, input);
    later(() => {
      const output = input.type === 'read' ? copy : true;
      if (input.type === 'write' && staleMs === 0) copy = input.value;
      if (input.type === 'write' && staleMs > 0) later(() => (copy = input.value), staleMs);
      later(() => {
        if (isLost) history.unknown(call);
        else history.ok(call, output);
        ask(client, left - 1);
      });
    });
  }
  function later(run: () => void, delayMs = random.between(0, 20)): void {
    clock.after(delayMs, history, run);
  }
  for (const client of ['1', '2', '3', '4', '5']) ask(client, 40);
  while (clock.step());
  return { history, judge };
}
