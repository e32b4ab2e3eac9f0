/** The registrar writes, waits, and answers; the store is played. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { type FromRegistrarToMaster, registrar } from '../../../actors/master/registrar.ts';
import {
  OPERATIONS_PER_WRITE_MAX,
  type RegistryStoreMessage,
  WRITE_BYTES_MAX,
} from '../../../actors/master/registry/store.ts';
import { address, probe } from '../../kit/probe.ts';
import { admit, agentIdOf, sizedAdmit } from '../../kit/registry-operations.ts';

const master = address<FromRegistrarToMaster>('master');
const store = address<RegistryStoreMessage>('store');

test('what comes while a write is on its way is kept together by the next', () => {
  const { receive, writes, answer } = start();
  receive(apply('a'), apply('b'), apply('c'));
  deepEqual(writes(), [['m-a']]);
  answer(undefined);
  deepEqual(writes(), [['m-a'], ['m-b', 'm-c']]);
  answer(undefined, undefined);
  receive(apply('d'));
  deepEqual(writes().at(-1), ['m-d']);
});

test('the master is answered in the order of asking, of what was refused with the reason', () => {
  const { receive, answers, answer } = start();
  receive(apply('a'), apply('b'), apply('c'));
  deepEqual(answers(), []);
  answer(undefined);
  answer('Cannot admit', undefined);
  deepEqual(answers(), ['m-a', 'm-b: Cannot admit', 'm-c']);
});

test('a write has no more operations than it may have', () => {
  const { receive, writes, answer } = start();
  const names = Array.from({ length: OPERATIONS_PER_WRITE_MAX + 2 }, (_, index) => `${index}`);
  receive(...names.map(apply));
  answer(undefined);
  equal(writes()[1]?.length, OPERATIONS_PER_WRITE_MAX);
  answer(...names.slice(1, -1).map(() => undefined));
  deepEqual(writes()[2], [`m-${OPERATIONS_PER_WRITE_MAX + 1}`]);
});

test('a write has no more bytes than it may have, but at least one operation', () => {
  const { receive, writes, answer } = start();
  const half = WRITE_BYTES_MAX / 2 + 1;
  receive(apply('a'), large('b', half), large('c', half), large('d', WRITE_BYTES_MAX));
  answer(undefined);
  answer(undefined);
  answer(undefined);
  deepEqual(writes(), [['m-a'], ['m-b'], ['m-c'], ['m-d']]);
});

test('what is too large is refused without asking the store, and in its turn', () => {
  const { receive, writes, answers, answer } = start();
  receive(large('a', WRITE_BYTES_MAX + 1));
  match(answers()[0] ?? '', /^m-a: Cannot keep operation "admitAgent": it has \d+ bytes, and at/);
  receive(apply('b'), apply('c'), large('d', WRITE_BYTES_MAX + 1), apply('e'));
  equal(answers().length, 1);
  answer(undefined);
  answer(undefined, undefined);
  deepEqual(writes(), [['m-b'], ['m-c', 'm-e']]);
  deepEqual(
    answers().map((text) => text.slice(0, 4)),
    ['m-a:', 'm-b', 'm-c', 'm-d:', 'm-e'],
  );
});

test('what no master could read again is refused without asking the store', () => {
  const { receive, writes, answers } = start();
  const { type, info } = admit('a');
  receive({ type: 'apply', operation: { type, info: { ...info, port: -1 } } });
  match(
    answers()[0] ?? '',
    /^m-a: Cannot keep operation "admitAgent": info.port: expected a whole/,
  );
  deepEqual(writes(), []);
});

test('writes are numbered, and of the epoch of the registrar', () => {
  const { receive, answer, written } = start();
  receive(apply('a'), apply('b'));
  answer(undefined);
  deepEqual(
    written().map(({ epoch, writeNumber }) => [epoch, writeNumber]),
    [
      [7, 1],
      [7, 2],
    ],
  );
});

test('an answer to another write is none', () => {
  const { receive, answers } = start();
  receive(apply('a'), { type: 'written', writeNumber: 9, refusals: [] });
  receive({ type: 'writeFailed', writeNumber: 0, outcome: 'unknown', sentence: 'Cannot' });
  deepEqual(answers(), []);
});

test('after a write that failed nothing more is asked for or answered, and the store is to resign', () => {
  const { receive, logged, sentTo, answers } = start();
  receive(apply('a'), apply('b'));
  receive({
    type: 'writeFailed',
    writeNumber: 1,
    outcome: 'unknown',
    sentence: 'Cannot write: no',
  });
  match(
    logged.at(-1)?.text ?? '',
    /^Cannot keep 1 operations, and 1 that wait, in epoch 7: Cannot write: no; it may be kept and may/,
  );
  receive(apply('c'), { type: 'written', writeNumber: 1, refusals: [undefined] });
  deepEqual(
    sentTo(store).map(({ message }) => message.type),
    ['write', 'resign'],
  );
  deepEqual(answers(), []);
});

test('a store that does not answer for 20 seconds is to resign', () => {
  const { receive, advance, answer, sentTo } = start();
  receive(apply('a'));
  advance(19_999);
  answer(undefined);
  advance(60_000);
  receive(apply('b'));
  advance(19_999);
  equal(sentTo(store).at(-1)?.message.type, 'write');
  advance(1);
  equal(sentTo(store).at(-1)?.message.type, 'resign');
});

test('who looks in sees how much waits, and how long the last write took', () => {
  const actor = start();
  actor.receive(apply('a'), apply('b'), apply('c'));
  actor.advance(12);
  actor.answer(undefined);
  deepEqual(registrar.inspect?.(actor.state), {
    hasGivenUp: false,
    waitingCount: 0,
    writingCount: 2,
    writeCount: 2,
    operationCount: 1,
    lastWriteMs: 12,
  });
});

function apply(name: string) {
  return { type: 'apply', operation: admit(name) } as const;
}

function large(name: string, bytes: number) {
  return { type: 'apply', operation: sizedAdmit(name, bytes) } as const;
}

function start() {
  const actor = probe(registrar, { master, store, epoch: 7 });
  const idOf = ({ operation }: Pick<FromRegistrarToMaster, 'operation'>) =>
    operation.type === 'admitAgent' ? operation.info.agentId : agentIdOf('?');
  const written = () =>
    actor.sentTo(store).flatMap(({ message }) => (message.type === 'write' ? [message] : []));
  return {
    ...actor,
    written,
    /** The agents of each write so far. */
    writes: () =>
      written().map(({ operations }) => operations.map((operation) => idOf({ operation }))),
    /** To the newest write. */
    answer(...refusals: (string | undefined)[]) {
      const writeNumber = written().at(-1)?.writeNumber ?? 0;
      actor.receive({ type: 'written', writeNumber, refusals });
    },
    answers: () =>
      actor
        .sentTo(master)
        .map(({ message }) =>
          message.refused === undefined ? idOf(message) : `${idOf(message)}: ${message.refused}`,
        ),
  };
}
