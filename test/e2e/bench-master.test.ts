/** The bench of a whole master works, at sizes that take seconds. */
import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { measureLoad } from '../bench/master/load.ts';

test('a master with played agents launches tasks, and has figures', async () => {
  const rows = await measureLoad({ agents: 10, frameworks: 2, seconds: 1.2, tasks: 5 });
  ok(rows.some(({ what, figure }) => what === 'tasks finished' && !figure.startsWith('0')));
});
