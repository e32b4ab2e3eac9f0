/** Groups under drawn faults keep what Raft promises, and get on when the faults are over. */
import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { RandomGroup } from './random-group.ts';

const SEED_COUNT = 50;
const MOMENT_COUNT = 1500;

test('under drawn faults a group never contradicts itself, and agrees again when they are over', () => {
  const total = { applied: 0, crashes: 0, changes: 0, snapshots: 0, reads: 0 };
  for (let seed = 1; seed <= SEED_COUNT; seed++) {
    const group = new RandomGroup(seed, seed % 2 === 0 ? 3 : 5);
    try {
      group.run(MOMENT_COUNT);
      group.heal();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    total.applied += group.checks.appliedIndex;
    total.crashes += group.counts.crashes;
    total.changes += group.counts.changes;
    total.snapshots += group.counts.snapshots;
    total.reads += group.counts.reads;
  }
  // Otherwise it would prove nothing.
  ok(total.applied > SEED_COUNT * 50, JSON.stringify(total));
  ok(total.crashes > SEED_COUNT * 10, JSON.stringify(total));
  ok(total.changes > SEED_COUNT, JSON.stringify(total));
  ok(total.snapshots > SEED_COUNT / 2, JSON.stringify(total));
  ok(total.reads > SEED_COUNT, JSON.stringify(total));
});
