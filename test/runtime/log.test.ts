/** What a logger says, and how often. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type LogRecord, logger, WARNINGS_PER_SECOND_MAX } from '../../runtime/log.ts';

test('a record says who speaks, when, how loud and what', () => {
  const { log, records } = start();
  log.info('Hello', { count: 1 });
  deepEqual(records, [
    { level: 'info', atMs: 0, source: 'a@b:1', text: 'Hello', fields: { count: 1 } },
  ]);
});

test('of a flood of warnings the first of a second are said, and then how many were not', () => {
  const { log, records, advance } = start();
  for (let count = 0; count < WARNINGS_PER_SECOND_MAX + 7; count++) log.warn('Again');
  log.error('Worse');
  deepEqual([records.length, records.at(-1)?.text], [WARNINGS_PER_SECOND_MAX + 1, 'Worse']);
  records.length = 0;
  advance(1000);
  log.warn('Later');
  deepEqual(
    records.map(({ text }) => text),
    ['7 more warnings were left out', 'Later'],
  );
});

function start() {
  let nowMs = 0;
  const records: LogRecord[] = [];
  const log = logger(
    'a@b:1',
    () => nowMs,
    (record) => void records.push(record),
  );
  const advance = (durationMs: number) => {
    nowMs += durationMs;
  };
  return { log, records, advance };
}
