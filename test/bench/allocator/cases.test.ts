/** The cases of the allocator's bench do what they say, at sizes that take no time. */
import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { CASES } from './cases.ts';
import type { Figure } from './figures.ts';

for (const [name, { run, sizes, variants }] of CASES) {
  if (name === 'MultiFrameworkAllocations') continue;
  test(`bench: ${name} has figures for a small cluster`, () => {
    // Variants of one size come smallest first.
    for (const variant of sizes === 'fixed' ? variants.slice(0, 1) : variants) {
      const figures: Figure[] = [];
      run({ agents: 30, frameworks: 5 }, variant, (figure) => figures.push(figure));
      ok(figures.length > 0);
      ok(figures.every(({ count, cpuMs }) => count > 0 && cpuMs >= 0));
    }
  });
}
