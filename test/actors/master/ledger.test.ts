/** The rule of the ledger, under random lives; see `ledger-lives.ts`. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { liveThrough } from './ledger-lives.ts';

const SEED_COUNT = 40;
const STEP_COUNT = 600;

test('whatever happens, what was handed out is held or on its way, and at the end given back', () => {
  for (let seed = 1; seed <= SEED_COUNT; seed++) {
    try {
      deepEqual(liveThrough(seed, STEP_COUNT), []);
    } catch (error) {
      throw new Error(`Seed ${seed} of ${STEP_COUNT} steps`, { cause: error });
    }
  }
});
