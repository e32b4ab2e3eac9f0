/** Amounts of quotas as they are given on the command line, and bars. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { bar } from '../../../bin/cli/bars.ts';
import { quotaAmounts } from '../../../bin/cli/quota.ts';

test('amounts are in thousandths, sizes may have units, and nothing is an amount', () => {
  deepEqual(quotaAmounts.read('cpus:1.5; mem:2GB;disk:100;gpus:0'), {
    cpus: 1500,
    mem: 2_048_000,
    disk: 100_000,
    gpus: 0,
  });
});

for (const text of [
  '',
  'cpus',
  'cpus:',
  ':1',
  'cpus:-1',
  'cpus:1:2',
  'cpus:1;cpus:2',
  'cpus:2GB',
]) {
  test(`"${text}" is no list of amounts`, () => {
    throws(() => quotaAmounts.read(text), /amounts look like/);
  });
}

test('a bar is full at the whole, and says how much more it is', () => {
  equal(bar(0), '░░░░░░░░░░   0%');
  equal(bar(0.26), '███░░░░░░░  26%');
  equal(bar(1.5), '██████████ 150%');
  equal(bar(Number.POSITIVE_INFINITY), '██████████ 100%');
});
