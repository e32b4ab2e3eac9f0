/** Who refused all that is free is known by a bit, and nobody has one wrongly, whatever happens. */
import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  emptyFilters,
  endRefusals,
  endRefusalsOf,
  endRefusalsOn,
  isRefused,
  refuse,
} from '../../../../actors/master/allocator/filters.ts';
import { hasBit, refusedWhole } from '../../../../actors/master/allocator/refused-whole.ts';
import { emptyShareTree } from '../../../../actors/master/allocator/share-tree.ts';
import { addLeaf } from '../../../../actors/master/allocator/shares.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import { parseResources } from '../../../../actors/protocol/resources.ts';

const tree = emptyShareTree();
const LEAVES = Array.from({ length: 40 }, (_, number) =>
  addLeaf(tree, 'role', `F${number}` as FrameworkId),
);
const AGENT = 'S0' as AgentId;
const AMOUNTS = ['cpus:1', 'cpus:2;mem:64', 'cpus:4;mem:64', 'mem:128'].map(parseResources);

test('property: a leaf has a bit only where it refuses all of what is free, and after many looks it has one', () => {
  const amount = fc.constantFrom(...AMOUNTS);
  const leaf = fc.nat(LEAVES.length - 1);
  const durationMs = fc.constantFrom(10, 100, 1000);
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.record({ amount, from: leaf, durationMs }) },
    { weight: 1, arbitrary: fc.record({ leaf }) },
    { weight: 2, arbitrary: fc.record({ passMs: fc.nat(60) }) },
    { weight: 1, arbitrary: fc.record({ sweep: fc.boolean() }) },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), amount, (events, free) => {
      const filters = emptyFilters();
      let nowMs = 0;
      for (const made of events) {
        if ('amount' in made) {
          // Most refuse the same, as they do when the same agent is offered to one after the other.
          for (const each of LEAVES.slice(made.from)) {
            const endMs = nowMs + made.durationMs;
            refuse(filters, each, AGENT, { resources: made.amount, endMs });
          }
        } else if ('leaf' in made) {
          const each = LEAVES[made.leaf];
          if (each !== undefined) endRefusalsOf(filters, each);
        } else if ('passMs' in made) nowMs += made.passMs;
        else if (made.sweep) endRefusals(filters, nowMs);
        else endRefusalsOn(filters, AGENT);
        for (const what of [free, ...AMOUNTS]) {
          const whole = refusedWhole(filters.byAgent.get(AGENT), what, nowMs);
          for (const each of whole === undefined ? [] : LEAVES) {
            const has = hasBit(whole?.bits ?? new Uint32Array(0), each.at);
            ok(!has || isRefused(filters, each, AGENT, what, nowMs));
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('bits are made for a part of the whole when many without a bit have refused it', () => {
  const filters = emptyFilters();
  const [part, whole] = [parseResources('cpus:1'), parseResources('cpus:2')];
  const has = (what: typeof part) => {
    const made = refusedWhole(filters.byAgent.get(AGENT), what, 0);
    return LEAVES.filter(({ at }) => made !== undefined && hasBit(made.bits, at)).length;
  };
  for (const leaf of LEAVES) refuse(filters, leaf, AGENT, { resources: part, endMs: 100 });
  equal(has(whole), 0);
  equal(has(part), 0);
  const known = refusedWhole(filters.byAgent.get(AGENT), part, 0);
  ok(known !== undefined);
  known.missedCount = LEAVES.length;
  equal(has(part), LEAVES.length);
});
