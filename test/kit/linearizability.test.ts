/** What the checker says of histories: made by hand, drawn, and recorded in the world. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkLinearizability, explainVerdict } from './linearizability.ts';
import {
  type AppendLogInput,
  appendLog,
  keyed,
  type Model,
  type Operation,
  type RegisterInput,
  register,
  type Value,
} from './linearizability-models.ts';
import { type RegisterOperation, readRegisterHistory } from './register-history.ts';

const RECORDED = join(import.meta.dirname, '../golden/linearizability/etcd-register.txt');

/** Judged for a register, in the notation of register-history.ts. */
const HAND_MADE: readonly (readonly [sentence: string, history: string, verdict: string])[] = [
  ['nothing at all', '1r', 'linearizable'],
  ['what was written is read', '1w1 1+ 2r 2=1', 'linearizable'],
  ['what was overwritten is not read', '1w1 1+ 1w2 1+ 2r 2=1', 'illegal'],
  ['what overlaps may happen in either order', '1w1 2w2 1+ 2+ 3r 3=1', 'linearizable'],
  ['all readers agree on that order', '1w1 2w2 1+ 2+ 3r 3=1 3r 3=2', 'illegal'],
  ['writing the same again is a write', '1w2 3w2 1+ 2w0 2+ 3+ 4r 4=2', 'linearizable'],
  ['a write in progress may be read', '1w1 2r 2=1 1+', 'linearizable'],
  ['a write in progress may not be read yet', '1w1 2r 2=nil 1+', 'linearizable'],
  ['what was read once stays written', '1w1 2r 2=1 3r 3=nil 1+', 'illegal'],
  ['nobody reads what nobody wrote', '1w1 1+ 2r 2=7', 'illegal'],
  ['of two that compare and set only one wins', '1c0>1 2c0>2 1+ 2+', 'illegal'],
  ['the loser learns that another was faster', '3w0 3+ 1c0>1 2c0>2 1- 2+ 3r 3=2', 'linearizable'],
  ['to lose against nobody is wrong', '3w0 3+ 1c0>1 1-', 'illegal'],
  ['what was given up may have happened', '1w1 1? 2r 2=1', 'linearizable'],
  ['what was given up may never happen', '1w1 1? 2r 2=nil', 'linearizable'],
  ['what was given up may happen late', '1w1 1? 2w2 2+ 3r 3=2 3r 3=1', 'linearizable'],
  ['what was given up happens once', '1w1 1? 2r 2=1 2w2 2+ 2r 2=1', 'illegal'],
  ['given up twice it may happen twice', '1w1 1? 1w1 1? 2r 2=1 2w2 2+ 2r 2=1', 'linearizable'],
  ['nothing happens before it was asked', '2r 2=1 1w1 1?', 'illegal'],
];

for (const [sentence, history, verdict] of HAND_MADE) {
  test(`a register: ${sentence}`, () => {
    equal(checkLinearizability(register(), readRegisterHistory(history)).type, verdict);
  });
}

test('every recorded history gets its verdict', () => {
  const [, ...histories] = readFileSync(RECORDED, 'utf8').split('\n\n');
  equal(histories.length, 102);
  for (const history of histories) {
    const [head = '', ...lines] = history.split('\n');
    const [name, expected] = head.split(' ');
    const verdict = checkLinearizability(register(), readRegisterHistory(lines.join(' ')));
    equal(verdict.type, expected, `${name}: ${explainVerdict(verdict)}`);
  }
});

test('a history that makes no sense is not read', () => {
  throws(() => readRegisterHistory('1w'), /Cannot read the event "1w"/);
  throws(() => readRegisterHistory('1r 2=1'), /Client 2 asked nothing before "2=1"/);
  throws(() => readRegisterHistory('1r 1r'), /Client 1 asks twice at "1r"/);
});

test('two events at the same place overlap', () => {
  const write = { client: '1', input: { type: 'write', value: 1 }, invokedAt: 0 } as const;
  const read = { client: '2', input: { type: 'read' }, invokedAt: 5 } as const;
  const operations = (readAt: number) => [
    { ...write, answer: { at: 5, output: true } },
    { ...read, invokedAt: readAt, answer: { at: 9, output: null } },
  ];
  equal(checkLinearizability(register(), operations(5)).type, 'linearizable');
  equal(checkLinearizability(register(), operations(6)).type, 'illegal');
});

test('a log holds each value once, where its writer was told, and in one order for all', () => {
  const first = appended(0, 1, 'a', 1);
  equal(judgeLog(first, appended(2, 3, 'b', 2), logRead(4, 5, 'a', 'b')), 'linearizable');
  equal(judgeLog(first, appended(2, 3, 'b', 2), logRead(4, 5, 'b', 'a')), 'illegal');
  equal(judgeLog(first, appended(2, 3, 'b', 1)), 'illegal');
  equal(judgeLog(first, appended(2, 3, 'b', true), logRead(4, 5, 'b')), 'illegal');
  equal(judgeLog(first, logRead(2, 3, 'a', 'a')), 'illegal');
  const open = appendedOrNot(0, 'c');
  equal(judgeLog(first, open, logRead(2, 3, 'a'), logRead(4, 5, 'a', 'c')), 'linearizable');
  equal(judgeLog(first, open, logRead(2, 3, 'a', 'c'), logRead(4, 5, 'a')), 'illegal');
});

test('the keys of a store say nothing about each other', () => {
  const under = (key: string, history: string) =>
    readRegisterHistory(history).map((operation) => ({
      ...operation,
      input: { ...operation.input, key },
    }));
  const store = keyed(register());
  const good = under('a', '1w1 1+ 2r 2=1');
  equal(checkLinearizability(store, [...good, ...under('b', '3r 3=nil')]).type, 'linearizable');
  const verdict = checkLinearizability(store, [...good, ...under('b', '3r 3=1')]);
  equal(verdict.type === 'illegal' && verdict.part, 'b');
});

test('an illegal key is found while another one would use up the budget', () => {
  const operations = [...crowd('hard'), ...crowd('easy').slice(0, 1), misread('easy')];
  const verdict = checkLinearizability(keyed(register()), operations);
  equal(verdict.type === 'illegal' && verdict.part, 'easy');
  ok(verdict.stepCount < 3000, `found in ${verdict.stepCount} steps`);
});

test('sixty writes that were given up do not use up the budget', () => {
  const givenUp = Array.from({ length: 60 }, (_, index) => `${index}w${index} ${index}?`);
  const seen = Array.from({ length: 30 }, (_, index) => `90r 90=${index} 90w100 90+`);
  const history = `${givenUp.join(' ')} 90w100 90+ ${seen.join(' ')}`;
  const good = checkLinearizability(register(), readRegisterHistory(history));
  const bad = checkLinearizability(register(), readRegisterHistory(`${history} 90r 90=7`));
  deepEqual([good.type, bad.type], ['linearizable', 'illegal']);
});

test('what can not be decided within the budget is unknown', () => {
  const operations = [...crowd('hard'), misread('hard')];
  const verdict = checkLinearizability(keyed(register()), operations, { stepCountMax: 20_000 });
  equal(verdict.type, 'unknown');
  ok(verdict.stepCount < 20_100, `gave up after ${verdict.stepCount} steps`);
  match(explainVerdict(verdict), /^Could not decide within \d+ steps about "hard"/);
});

test('an illegal history is explained by how far one can get, and by what is in the way', () => {
  const history = readRegisterHistory('1w1 1+ 2w2 3c7>8 3? 2+ 1r 4w4 1=1 4+ 1r 1=2');
  const verdict = checkLinearizability(register(), history);
  ok(verdict.type === 'illegal');
  const { order, state, first, others } = verdict.obstacle;
  deepEqual(
    [...order, first, ...others].map(({ client }) => client),
    ['1', '2', '1', '4', '3'],
  );
  equal(state, 2);
  equal(
    explainVerdict(verdict, ({ client, input }) => `${client} ${input.type}`),
    [
      'Not linearizable',
      'The first 2 operations have an order:',
      '  1 write',
      '  2 write',
      'which leaves 2. No order has this as well before it was answered:',
      '  1 read',
      'Asked before that answer too, and not in that order:',
      '  4 write',
      '  3 compareAndSet',
    ].join('\n'),
  );
  match(explainVerdict(verdict), /client 1 \[6, 8\] \{"type":"read"\} → 1\n/);
});

test('what one object did is linearizable, and the order found proves it', () => {
  fc.assert(
    fc.property(USES, (uses) => {
      const operations = played(uses);
      const verdict = checkLinearizability(register(), operations);
      ok(verdict.type === 'linearizable', explainVerdict(verdict));
      const order = verdict.orders.get('') ?? [];
      const answered = operations.filter(({ answer }) => answer !== undefined);
      deepEqual(new Set([...order, ...answered]), new Set(order));
      equal(new Set(order).size, order.length);
      ok(replays(register(), order));
    }),
  );
});

test('a read of what nobody wrote is found wherever it is', () => {
  fc.assert(
    fc.property(USES, use(40), (uses, { askedAt, waits, takes }) => {
      const answer = { at: askedAt + waits + takes, output: 77 };
      const wrong = { client: 'x', input: { type: 'read' }, invokedAt: askedAt, answer } as const;
      const verdict = checkLinearizability(register(), [...played(uses), wrong]);
      equal(verdict.type, 'illegal');
    }),
  );
});

test('of small histories it says what trying all orders says', () => {
  const counts = { linearizable: 0, illegal: 0 };
  fc.assert(
    fc.property(
      FEW_USES,
      fc.array(fc.record({ index: fc.nat(6), output: OUTPUT }), { maxLength: 2 }),
      (uses, changes) => {
        const operations = played(uses);
        for (const { index, output } of changes) {
          const operation = operations[index];
          if (operation?.answer === undefined) continue;
          operations[index] = { ...operation, answer: { ...operation.answer, output } };
        }
        const expected = hasOrder(register(), operations) ? 'linearizable' : 'illegal';
        const verdict = checkLinearizability(register(), operations);
        equal(verdict.type, expected, explainVerdict(verdict));
        counts[expected]++;
      },
    ),
    { numRuns: 1000 },
  );
  ok(counts.linearizable > 100 && counts.illegal > 100, JSON.stringify(counts));
});

test('of small histories of a log it says what trying all orders says', () => {
  fc.assert(
    fc.property(fc.array(LOG_OPERATION, { maxLength: 6 }), (operations) => {
      const expected = hasOrder(appendLog(), operations) ? 'linearizable' : 'illegal';
      equal(judgeLog(...operations), expected);
    }),
    { numRuns: 500 },
  );
});

const VALUE = fc.integer({ min: 0, max: 3 });
const OUTPUT = fc.oneof(VALUE, fc.boolean(), fc.constant(null));
const INPUT: fc.Arbitrary<RegisterInput> = fc.oneof(
  fc.constant({ type: 'read' } as const),
  fc.record({ type: fc.constant('write'), value: VALUE }),
  fc.record({ type: fc.constant('compareAndSet'), expected: VALUE, value: VALUE }),
);

/** One use of a register: it happens some time after it was asked, and is answered some time later. */
const use = (askedAtMax: number) =>
  fc.record({
    input: INPUT,
    askedAt: fc.nat(askedAtMax),
    waits: fc.nat(8),
    takes: fc.nat(8),
    fate: fc.constantFrom('answered', 'answered', 'answered', 'answerLost', 'questionLost'),
  });
const USES = fc.array(use(40), { maxLength: 60 });
const FEW_USES = fc.array(use(10), { maxLength: 7 });
type Use = ReturnType<typeof use> extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** What clients see of a register that does one after another. */
function played(uses: readonly Use[]): RegisterOperation[] {
  let content: Value = null;
  const operations: RegisterOperation[] = [];
  const inOrder = uses
    .map((use, index) => ({ ...use, client: String(index), happensAt: use.askedAt + use.waits }))
    .sort((one, other) => one.happensAt - other.happensAt);
  for (const { client, input, askedAt, happensAt, takes, fate } of inOrder) {
    const asked = { client, input, invokedAt: askedAt };
    if (fate === 'questionLost') {
      operations.push(asked);
      continue;
    }
    let output: Value | boolean = true;
    if (input.type === 'read') output = content;
    else if (input.type === 'write') content = input.value;
    else if (content === input.expected) content = input.value;
    else output = false;
    const answer = { at: happensAt + takes, output };
    operations.push(fate === 'answered' ? { ...asked, answer } : asked);
  }
  return operations;
}

/** Whether one client after another could have seen this, and nothing comes after what came after it. */
function replays<Input, Output, State>(
  model: Model<Input, Output, State>,
  order: readonly Operation<Input, Output>[],
): boolean {
  let state: State | undefined = model.initial;
  for (const [index, { input, invokedAt, answer }] of order.entries()) {
    state = model.step(state, input, answer?.output);
    if (state === undefined) return false;
    const later = order.slice(index + 1);
    if (later.some((other) => other.answer !== undefined && other.answer.at < invokedAt))
      return false;
  }
  return true;
}

/** By trying all. */
function hasOrder<Input, Output, State>(
  model: Model<Input, Output, State>,
  rest: readonly Operation<Input, Output>[],
  before: readonly Operation<Input, Output>[] = [],
): boolean {
  if (!replays(model, before)) return false;
  if (rest.every(({ answer }) => answer === undefined)) return true;
  return rest.some((next) => {
    const others = rest.filter((other) => other !== next);
    const mustBeEarlier = others.some(({ answer }) => (answer?.at ?? Infinity) < next.invokedAt);
    return !mustBeEarlier && hasOrder(model, others, [...before, next]);
  });
}

/** Forty clients write at once, each a value of its own: all subsets are possible. */
function crowd(key: string) {
  return Array.from({ length: 40 }, (_, index) => ({
    client: String(index),
    input: { type: 'write', value: index, key } as const,
    invokedAt: 0,
    answer: { at: 100, output: true },
  }));
}

function misread(key: string) {
  const answer = { at: 102, output: -1 };
  return { client: 'x', input: { type: 'read', key } as const, invokedAt: 101, answer };
}

type LogOperation = Operation<AppendLogInput, readonly Value[] | number | true>;

const PLACE = fc.tuple(fc.nat(6), fc.nat(6)).map(([one, other]) => [one, one + other] as const);
const LETTER = fc.constantFrom('a', 'b');
const LOG_OPERATION: fc.Arbitrary<LogOperation> = fc.oneof(
  fc
    .tuple(PLACE, LETTER, fc.constantFrom(true as const, true as const, 1, 2))
    .map(([[from, to], value, output]) => appended(from, to, value, output)),
  fc.tuple(fc.nat(6), LETTER).map(([from, value]) => appendedOrNot(from, value)),
  fc
    .tuple(PLACE, fc.array(LETTER, { maxLength: 3 }))
    .map(([[from, to], values]) => logRead(from, to, ...values)),
);

function judgeLog(...operations: readonly LogOperation[]): string {
  return checkLinearizability(appendLog(), operations).type;
}

function appended(
  invokedAt: number,
  at: number,
  value: Value,
  output: number | true,
): LogOperation {
  return { client: '1', input: { type: 'append', value }, invokedAt, answer: { at, output } };
}

/** By a client that gave up. */
function appendedOrNot(invokedAt: number, value: Value): LogOperation {
  return { client: '3', input: { type: 'append', value }, invokedAt };
}

function logRead(invokedAt: number, at: number, ...output: readonly Value[]): LogOperation {
  return { client: '2', input: { type: 'read' }, invokedAt, answer: { at, output } };
}
