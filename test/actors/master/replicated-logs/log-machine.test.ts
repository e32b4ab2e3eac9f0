/** The state machine of a replicated log, as a function of its entries. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeldBytes } from '../../../../actors/master/replicated-logs/held-bytes.ts';
import {
  decodeLogOperation,
  encodeLogOperation,
  type LogOperation,
} from '../../../../actors/master/replicated-logs/log-entry.ts';
import { LogMachine } from '../../../../actors/master/replicated-logs/log-machine.ts';
import {
  LOG_APPENDS_IN_FLIGHT_MAX,
  LOG_ENTRY_COST_BYTES,
} from '../../../../actors/protocol/replicated-logs.ts';

const begin = (token: string): LogOperation => ({ kind: 'begin', token, holder: `of ${token}` });
const append = (epoch: number, sequence: number, text = 'x'): LogOperation => ({
  ...{ kind: 'append', epoch, sequence, data: new TextEncoder().encode(text) },
});
const truncate = (epoch: number, to: number): LogOperation => ({ kind: 'truncate', epoch, to });

/** Applies them from `index` on. @returns the answers */
function applyTo(machine: LogMachine, operations: readonly LogOperation[], index = 2) {
  return operations.map((operation, offset) =>
    machine.apply({ index: index + offset, term: 1, data: encodeLogOperation(operation) }),
  );
}

test('the epoch of a writer is the position where it began, and a token begins once', () => {
  const answers = applyTo(new LogMachine(), [begin('a'), begin('a'), begin('b'), begin('a')]);
  deepEqual(
    answers.map((answer) => answer.kind === 'done' && answer.position),
    [2, 2, 4, 5],
  );
});

test('an append counts once, and a repeated one gets the answer of the first', () => {
  const machine = new LogMachine();
  const answers = applyTo(machine, [begin('a'), append(2, 1), append(2, 1), append(2, 2)]);
  deepEqual(answers.slice(1), [
    { kind: 'done', position: 3 },
    { kind: 'done', position: 3 },
    { kind: 'done', position: 5 },
  ]);
  const dataAt = (index: number) =>
    machine.dataAt({ index, term: 1, data: encodeLogOperation(append(2, 1)) });
  ok(dataAt(3) !== undefined);
  equal(dataAt(4), undefined, 'readers pass the repeated one over');
});

test('an append without the one before it comes to nothing', () => {
  const machine = new LogMachine();
  const [, answer] = applyTo(machine, [begin('a'), append(2, 2)]);
  equal(answer?.kind, 'outOfOrder');
  equal(machine.ending, 0);
});

test('appends and truncations of an earlier epoch come to nothing, and say who writes', () => {
  const machine = new LogMachine();
  const operations = [begin('a'), append(2, 1), begin('b'), append(2, 2), truncate(2, 99)];
  const answers = applyTo(machine, operations);
  for (const answer of answers.slice(3)) {
    deepEqual(answer, { kind: 'fenced', writer: { epoch: 4, token: 'b', holder: 'of b' } });
  }
  equal(machine.ending, 3);
  equal(machine.beginning, 1);
});

test('the position of an append can be asked for as long as it may be on its way', () => {
  const machine = new LogMachine();
  const count = LOG_APPENDS_IN_FLIGHT_MAX + 5;
  const appends = Array.from({ length: count }, (_, index) => append(2, index + 1));
  applyTo(machine, [begin('a'), ...appends]);
  deepEqual(machine.answerTo(2, count - LOG_APPENDS_IN_FLIGHT_MAX + 1), {
    kind: 'done',
    position: 2 + count - LOG_APPENDS_IN_FLIGHT_MAX + 1,
  });
  equal(machine.answerTo(2, 1)?.kind, 'outOfOrder');
  equal(machine.answerTo(2, count + 1), undefined);
});

test('a log is truncated up to behind its end, and never back', () => {
  const machine = new LogMachine();
  const operations = [begin('a'), append(2, 1), append(2, 2), truncate(2, 4), truncate(2, 3)];
  const answers = applyTo(machine, [...operations, truncate(2, 1000)]);
  deepEqual(
    answers.slice(3).map((answer) => answer.kind === 'done' && answer.position),
    [4, 4, 5],
  );
  equal(machine.keptFrom(), 5);
});

const operations = fc.array(
  fc.oneof(
    fc.constantFrom('a', 'b', 'c').map(begin),
    fc
      .tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 6 }))
      .map(([e, s]) => append(e, s)),
    fc
      .tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 40 }))
      .map(([e, to]) => truncate(e, to)),
  ),
  { maxLength: 60 },
);

test('whoever goes on from a snapshot at any place says the same as who never stopped', () => {
  fc.assert(
    fc.property(operations, fc.nat(60), (all, cut) => {
      const whole = new LogMachine();
      const answers = applyTo(whole, all);
      const first = new LogMachine();
      applyTo(first, all.slice(0, cut));
      const second = new LogMachine();
      second.restore(first.snapshot());
      deepEqual(applyTo(second, all.slice(cut), 2 + Math.min(cut, all.length)), answers.slice(cut));
      deepEqual([...second.snapshot()], [...whole.snapshot()]);
    }),
  );
});

test('no two appends that count have one sequence of one epoch', () => {
  fc.assert(
    fc.property(operations, (all) => {
      const machine = new LogMachine();
      applyTo(machine, all);
      const counting = all.flatMap((operation, offset) => {
        const data = encodeLogOperation(operation);
        const counts = machine.dataAt({ index: 2 + offset, term: 1, data }) !== undefined;
        const isKept = 2 + offset >= machine.beginning;
        return counts && isKept && operation.kind === 'append'
          ? [`${operation.epoch}/${operation.sequence}`]
          : [];
      });
      equal(new Set(counting).size, counting.length);
    }),
  );
});

test('what is written is read again, and what is none of it is refused', () => {
  for (const operation of [begin('a'), append(7, 2 ** 40, 'text'), truncate(3, 2 ** 50)]) {
    const read = decodeLogOperation(encodeLogOperation(operation));
    deepEqual(JSON.stringify(read), JSON.stringify(operation));
  }
  for (const bytes of [[], [9], [2, 1, 2, 3]]) {
    let code: unknown;
    try {
      decodeLogOperation(new Uint8Array(bytes));
    } catch (error) {
      ({ code } = error as { code?: unknown });
    }
    equal(code, 'registryDamaged');
  }
});

test('held bytes are never too few, and not many too many', () => {
  const held = new HeldBytes();
  const bytesOf = (position: number) => LOG_ENTRY_COST_BYTES + (position % 7) * 100;
  for (let position = 1; position <= 5000; position++) held.add(position, bytesOf(position));
  for (const from of [1, 2, 700, 4999, 5000]) {
    let exact = 0;
    for (let position = from; position <= 5000; position++) exact += bytesOf(position);
    ok(held.from(from) >= exact);
    ok(held.from(from) - exact < 200 * 1000);
  }
  held.forgetBefore(4000);
  ok(held.from(4000) < held.totalBytes / 3);
  held.restart(held.totalBytes);
  equal(held.from(5001), 0);
});
