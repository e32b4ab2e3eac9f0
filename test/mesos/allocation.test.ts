/**
 * Who is offered what, through a master: what it says of it to who asks, and what frameworks ask for.
 * Mesos: "Allocator algorithm" (src/master/allocator/mesos/hierarchical.cpp, __generateOffers); explaining
 * it, and REQUEST, which Mesos ignores, are Messor's.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Explanation } from '../../actors/protocol/explanation.ts';
import { parseResources } from '../../actors/protocol/resources.ts';
import type { HttpCluster } from '../kit/http-cluster.ts';
import type { SchedulerClient } from '../kit/scheduler-client.ts';
import { amount } from './offers.ts';
import { order, reserved, shown, subscribeFor } from './resources.ts';
import { mesosCluster, operate } from './stage.ts';

/** @returns the codes of the reasons */
async function explained(cluster: HttpCluster, { frameworkId }: SchedulerClient, needs = '') {
  const more = needs === '' ? '' : `&needs=${encodeURIComponent(needs)}`;
  const target = `/explain?framework=${frameworkId}${more}`;
  const { reasons } = await cluster.get<Omit<Explanation, 'type'>>(target);
  return reasons.map(({ code }) => code);
}

function limit(cluster: HttpCluster, role: string, limits: object, guarantees: object = {}) {
  const quota_configs = [{ role, limits, guarantees }];
  const update_quota = { force: true, quota_configs };
  return operate(cluster, { type: 'UPDATE_QUOTA', update_quota });
}

const DECLINED = { refuse_seconds: 1000 };

async function decline(client: SchedulerClient, from = 0, filters = DECLINED): Promise<void> {
  const { id } = await client.offer(from);
  await client.accepted({ type: 'DECLINE', decline: { offer_ids: [id], filters } });
}

describe('REQUEST', () => {
  test('who asks for much is not offered less, as long as an agent could hold it, and is told so', async (t) => {
    const sizes = ['cpus:1;mem:512', 'cpus:4;mem:512'];
    const agentResources = (index: number) => parseResources(sizes[index] ?? '');
    const cluster = await mesosCluster(t, { agentCount: 2, agentResources });
    const client = await subscribeFor(cluster, ['role'], {
      subscribe: { suppressed_roles: ['role'] },
    });
    const resources = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 3 } }] as const;
    await client.accepted({ type: 'REQUEST', request: { requests: [{ resources }] } });
    await client.accepted({ type: 'REVIVE' });
    await cluster.world.runFor(5000);
    const offers = client.all('OFFERS').flatMap((event) => event.offers?.offers ?? []);
    equal(amount(offers, 'cpus'), 4, 'the small agent is not offered');
    ok((await explained(cluster, client)).includes('lessThanRequested'));
    await client.accepted({ type: 'REQUEST', request: { requests: [] } });
    const rest = await client.offer(offers.length);
    equal(
      shown(rest.resources),
      'cpus:1;mem:512',
      'who asks for nothing in particular is offered all',
    );
  });
});

describe('What keeps offers from a framework is said', () => {
  test('refused, waitingForInterval; how long who wants offers has had none is measured', async (t) => {
    const cluster = await mesosCluster(t, {
      masterSettings: { offerTimeoutMs: 600_000 },
    });
    const wait = async () => {
      const metrics = await cluster.get<Record<string, number>>('/metrics/snapshot');
      return metrics['allocator/longest_offer_wait_ms'] ?? -1;
    };
    const first = await subscribeFor(cluster);
    await first.offer();
    const second = await subscribeFor(cluster);
    await cluster.world.runFor(10_000);
    match((await explained(cluster, second)).join(), /nothingFree/);
    ok((await wait()) >= 10_000);
    await decline(first);
    await second.offer();
    ok((await wait()) < 10_000, 'its wait is over');
    await decline(second, 0, { refuse_seconds: 0 });
    match((await explained(cluster, second)).join(), /waitingForInterval/);
    await decline(second, 1);
    await cluster.world.runFor(3000);
    match((await explained(cluster, second)).join(), /refused/);
  });

  test('limitReached, quotaReached, guaranteesNeedIt: what quotas allow, and keep for others', async (t) => {
    const agentResources = () => parseResources('cpus:4;mem:512');
    const cluster = await mesosCluster(t, { agentResources });
    await limit(cluster, 'small', { cpus: { value: 0 }, mem: { value: 0 } });
    const small = await subscribeFor(cluster, ['small']);
    const codes = await explained(cluster, small);
    ok(codes.includes('limitReached') || codes.includes('quotaReached'), codes.join());
    await small.accepted({ type: 'TEARDOWN' });
    const all = { cpus: { value: 4 }, mem: { value: 512 } };
    await limit(cluster, 'kept', all, all);
    const other = await subscribeFor(cluster, ['other']);
    await cluster.world.runFor(2000);
    deepEqual(other.all('OFFERS'), []);
    match((await explained(cluster, other)).join(), /guaranteesNeedIt/);
  });

  test('reserved, gpusKept, tooSmall, agentsInactive, noRoles', async (t) => {
    const sizes = ['cpus:1;mem:64', 'cpus:1;mem:64;gpus:1', 'cpus:0.001;mem:1'];
    const agentResources = (index: number) => parseResources(sizes[index] ?? '');
    const cluster = await mesosCluster(t, { agentCount: 3, agentResources });
    const { slaves } = await cluster.get<{ slaves: { id: string; hostname: string }[] }>('/slaves');
    const id = slaves.find(({ hostname }) => hostname === 'agent-1')?.id ?? '';
    const resources = reserved('cpus:1;mem:64', 'other');
    equal((await order(cluster, id, { type: 'reserve', resources })).status, 202);
    const client = await subscribeFor(cluster);
    await cluster.world.runFor(2000);
    deepEqual(client.all('OFFERS'), []);
    deepEqual((await explained(cluster, client)).toSorted(), ['gpusKept', 'reserved', 'tooSmall']);
    for (const { node } of cluster.agents.slice(1)) node.crash();
    await cluster.world.runFor(3000);
    match((await explained(cluster, client)).join(), /agentsInactive/);
    const none = await subscribeFor(cluster, []);
    match((await explained(cluster, none)).join(), /noRoles/);
  });
});
