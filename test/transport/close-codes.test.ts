/** The handbook tells of every code, and of no other. */
import { deepEqual, equal } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CLOSE, isMisfit, shortReason } from '../../transport/close-codes.ts';

test('the handbook has one row for each close code', () => {
  const page = join(import.meta.dirname, '../../docs/handbook/between-nodes.md');
  const rows = [...readFileSync(page, 'utf8').matchAll(/^\| (4\d{3}) \| (\w+) \|/gm)];
  deepEqual(
    rows.map(([, code, name]) => [name, Number(code)]),
    Object.entries(CLOSE),
  );
});

test('a reason fits into a close frame, cut between characters', () => {
  equal(shortReason('The node shuts down'), 'The node shuts down');
  for (let blanks = 0; blanks < 4; blanks++) {
    const short = shortReason(' '.repeat(blanks) + '€'.repeat(100));
    equal(Buffer.byteLength(short) <= 123 && Buffer.byteLength(short) > 119, true);
    equal(short.endsWith('€'), true);
  }
});

test('misfits are what waiting does not mend', () => {
  deepEqual(
    Object.entries(CLOSE).flatMap(([name, code]) => (isMisfit(code) ? [name] : [])),
    ['malformed', 'wrongProtocol', 'wrongCluster', 'wrongNode', 'sameNode', 'staleIncarnation'],
  );
});
