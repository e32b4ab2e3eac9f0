/** What was refused is not offered again, neither in part nor too soon. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptyFilters,
  endRefusals,
  endRefusalsOf,
  endRefusalsOn,
  isRefused,
  REFUSALS_MAX,
  refuse,
} from '../../../../actors/master/allocator/filters.ts';
import { emptyShareTree } from '../../../../actors/master/allocator/share-tree.ts';
import { addLeaf } from '../../../../actors/master/allocator/shares.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import { parseResources } from '../../../../actors/protocol/resources.ts';

const tree = emptyShareTree();
const leaf = addLeaf(tree, 'role', 'F' as FrameworkId);
const other = addLeaf(tree, 'another', 'F' as FrameworkId);
const agentId = 'S0' as AgentId;

test('a refusal covers all that it contains, for that role and that agent, until its time', () => {
  const { filters, refused } = start();
  refuse(filters, leaf, agentId, { resources: parseResources('cpus:2;mem:64'), endMs: 100 });
  equal(refused('cpus:2;mem:64'), true);
  equal(refused('cpus:1'), true);
  equal(refused('cpus:3'), false);
  equal(refused('cpus:1;gpus:1'), false);
  equal(refused('cpus:1', { nowMs: 100 }), false);
  equal(refused('cpus:1', { who: other }), false);
  equal(refused('cpus:1', { where: 'S1' as AgentId }), false);
});

test('ended refusals are forgotten, and it is said where there were such', () => {
  const { filters, refused } = start();
  refuse(filters, leaf, agentId, { resources: parseResources('cpus:1'), endMs: 100 });
  refuse(filters, leaf, agentId, { resources: parseResources('mem:1'), endMs: 200 });
  deepEqual(endRefusals(filters, 99), []);
  deepEqual(endRefusals(filters, 100), [agentId]);
  equal(refused('mem:1', { nowMs: 100 }), true);
  deepEqual(endRefusals(filters, 150), []);
  deepEqual(endRefusals(filters, 200), [agentId]);
  deepEqual(filters, emptyFilters());
});

test('all refusals of a framework in a role, or on an agent, are ended together', () => {
  const { filters, refused } = start();
  refuse(filters, leaf, agentId, { resources: parseResources('cpus:1'), endMs: 100 });
  refuse(filters, other, agentId, { resources: parseResources('cpus:1'), endMs: 100 });
  endRefusalsOf(filters, leaf);
  equal(refused('cpus:1'), false);
  equal(refused('cpus:1', { who: other }), true);
  endRefusalsOn(filters, agentId);
  deepEqual(filters, emptyFilters());
});

test('a wider refusal that lasts as long replaces a narrower one', () => {
  const { filters, refused } = start();
  refuse(filters, leaf, agentId, { resources: parseResources('cpus:1'), endMs: 100 });
  refuse(filters, leaf, agentId, { resources: parseResources('cpus:2'), endMs: 50 });
  equal(refused('cpus:1', { nowMs: 60 }), true);
  refuse(filters, leaf, agentId, { resources: parseResources('cpus:2'), endMs: 100 });
  equal(filters.byAgent.get(agentId)?.byLeaf.get(leaf)?.length, 1);
});

test('at the maximum the refusal that ends first is forgotten', () => {
  const { filters, refused } = start();
  for (let index = 0; index <= REFUSALS_MAX; index++) {
    const resources = parseResources(`kind${index}:1`);
    refuse(filters, leaf, agentId, { resources, endMs: index === 7 ? 100 : 200 });
  }
  equal(refused('kind7:1'), false);
  equal(refused('kind0:1'), true);
  equal(refused(`kind${REFUSALS_MAX}:1`), true);
});

function start() {
  const filters = emptyFilters();
  const refused = (offered: string, { who = leaf, where = agentId, nowMs = 0 } = {}) =>
    isRefused(filters, who, where, parseResources(offered), nowMs);
  return { filters, refused };
}
