/**
 * Roles and what is shown of them, by the names that Mesos' own tests have.
 * Mesos: "Roles" (src/master/master.cpp, knownRoles; readonly_handler.cpp; src/tests/role_tests.cpp).
 */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseResources } from '../../actors/protocol/resources.ts';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import type { HttpCluster } from '../kit/http-cluster.ts';
import { openClient, subscribeClient } from '../kit/scheduler-client.ts';
import { mesosCluster, operate, run, told } from './stage.ts';

const MULTI: V1<'FrameworkInfo'>['capabilities'] = [{ type: 'MULTI_ROLE' }];

interface RoleShown {
  readonly name: string;
  readonly weight: number;
  readonly quota: Readonly<Record<'guarantee' | 'limit' | 'consumed', object>>;
  readonly allocated: object;
  readonly offered: object;
  readonly reserved: object;
  readonly frameworks: readonly string[];
}

async function roles(cluster: HttpCluster): Promise<readonly RoleShown[]> {
  // An answer is at most half a second old.
  await cluster.world.runFor(600);
  return (await cluster.get<{ readonly roles: readonly RoleShown[] }>('/roles')).roles;
}

const names = async (cluster: HttpCluster) => (await roles(cluster)).map(({ name }) => name);

function update(cluster: HttpCluster, role: string, quota: object) {
  const update_quota = { force: true, quota_configs: [{ role, ...quota }] };
  return operate(cluster, { type: 'UPDATE_QUOTA', update_quota });
}

describe('RoleTest', () => {
  test('BadRegister: a role that is not in the list is an ERROR', async (t) => {
    const cluster = await mesosCluster(t, { rolesAllowed: ['foo'] });
    const client = await openClient(cluster, { info: { roles: ['invalid'], capabilities: MULTI } });
    const { error } = await client.until('ERROR');
    equal(error?.message, "Roles { invalid } are not present in the master's --roles");
    const other = await subscribeClient(cluster);
    equal(other.types.includes('SUBSCRIBED'), true, '* is always in it');
  });

  test('ImplicitRoleRegister, ImplicitRoleStaticReservation: without a list any role is there', async (t) => {
    const agentResources = () => parseResources('cpus(role):1;mem(role):512;cpus:1');
    const cluster = await mesosCluster(t, { agentResources });
    const info = { roles: ['role'], capabilities: MULTI };
    const client = await subscribeClient(cluster, { info });
    const offer = await client.offer();
    deepEqual(offer.resources?.map(({ name, role }) => `${name} ${role}`).sort(), [
      ...['cpus *', 'cpus role', 'mem role'],
    ]);
  });

  test('EndpointEmpty: where nothing is known there are no roles', async (t) => {
    const cluster = await mesosCluster(t);
    deepEqual(await roles(cluster), []);
  });

  test('EndpointWithWhitelistNoFrameworks: where they are listed, those', async (t) => {
    const weights = [{ role: 'role1', weight: 5 }];
    const cluster = await mesosCluster(t, { rolesAllowed: ['role1', 'role2/x'], weights });
    const shown = await roles(cluster);
    deepEqual(
      shown.map(({ name, weight }) => [name, weight]),
      [
        ['*', 1],
        ['role1', 5],
        ['role2', 1],
        ['role2/x', 1],
      ],
    );
    const nothing = { guarantee: {}, limit: {}, consumed: {} };
    deepEqual(shown[0]?.quota, { role: '*', ...nothing });
  });

  test('RolesEndpointContainsQuota: what is guaranteed, and the limit', async (t) => {
    const cluster = await mesosCluster(t, { agentCount: 0 });
    const guarantee = ['cpus', 'mem'].map((name) => ({
      name,
      type: 'SCALAR',
      scalar: { value: 512 },
    }));
    const body = JSON.stringify({ role: 'foo', guarantee, force: true });
    equal((await cluster.world.settle(cluster.ask()('POST', '/quota', { body }))).status, 200);
    const both = { cpus: 512, mem: 512 };
    const [role] = await roles(cluster);
    deepEqual(role?.quota, { role: 'foo', guarantee: both, limit: both, consumed: {} });
  });

  test('RolesEndpointContainsConsumedQuota: what is used and what is reserved, but not what is on offer', async (t) => {
    const agentResources = (index: number) =>
      parseResources(index === 0 ? 'cpus:2;mem:512;cpus(foo):1' : 'cpus:4;mem(foo/x):64');
    const cluster = await mesosCluster(t, { agentCount: 2, agentResources });
    const info = { roles: ['foo'], capabilities: MULTI };
    const client = await subscribeClient(cluster, { info });
    const first = (await client.until('OFFERS')).offers?.offers?.[0];
    const task = {
      resources: first?.resources?.filter(({ name }) => name === 'cpus').slice(0, 1) ?? [],
    };
    await run(cluster, client, 'task', { more: task });
    const shown = (await roles(cluster)).find(({ name }) => name === 'foo');
    const used = task.resources[0]?.scalar?.value ?? 0;
    const isReserved = task.resources[0]?.role === 'foo';
    deepEqual(shown?.quota.consumed, { cpus: isReserved ? 1 : 1 + used, mem: 64 });
    deepEqual(shown?.reserved, { cpus: 1, mem: 64 });
    deepEqual(shown?.allocated, { cpus: used });
  });

  test('EndpointImplicitRolesWeights: a role with a weight is known, a framework or not', async (t) => {
    const cluster = await mesosCluster(t, { weights: [{ role: 'roleX', weight: 5 }] });
    deepEqual(await names(cluster), ['roleX']);
    const info = { roles: ['roleY'], capabilities: MULTI };
    const client = await subscribeClient(cluster, { info });
    const shown = await roles(cluster);
    deepEqual(
      shown.map(({ name, weight, frameworks }) => [name, weight, frameworks]),
      [
        ['roleX', 5, []],
        ['roleY', 1, [client.frameworkId]],
      ],
    );
  });

  test('EndpointImplicitRolesQuotas: so is one with a quota, until it is removed', async (t) => {
    const cluster = await mesosCluster(t);
    equal((await update(cluster, 'roleX', { limits: { cpus: { value: 1 } } })).status, 200);
    deepEqual(await names(cluster), ['roleX']);
    const { get_roles } = await told(cluster, 'GET_ROLES');
    deepEqual(
      get_roles?.roles?.map(({ name, weight }) => [name, weight]),
      [['roleX', 1]],
    );
    equal((await update(cluster, 'roleX', {})).status, 200);
    deepEqual(await names(cluster), []);
  });

  test('EndpointImplicitRolesReservations: and one that something is reserved for', async (t) => {
    const agentResources = () => parseResources('cpus(old):1;cpus:1');
    const cluster = await mesosCluster(t, { agentResources });
    const [role] = await roles(cluster);
    deepEqual(
      [role?.name, role?.reserved, role?.quota.consumed],
      ['old', { cpus: 1 }, { cpus: 1 }],
    );
  });

  test('EndpointImplicitRolesAncestors: and those above them, with the sums of what is below', async (t) => {
    const agentResources = () => parseResources('cpus(a/b/c):1;mem:512;cpus:1');
    const cluster = await mesosCluster(t, { agentResources });
    const client = await subscribeClient(cluster, {
      info: { roles: ['a/d'], capabilities: MULTI },
    });
    await client.offer();
    const shown = await roles(cluster);
    deepEqual(
      shown.map(({ name, reserved, offered, frameworks }) => [
        ...[name, reserved, offered, frameworks.length],
      ]),
      [
        ['a', { cpus: 1 }, { cpus: 1, mem: 512 }, 0],
        ['a/b', { cpus: 1 }, {}, 0],
        ['a/b/c', { cpus: 1 }, {}, 0],
        ['a/d', {}, { cpus: 1, mem: 512 }, 1],
      ],
    );
  });
});

test('metrics of a quota: what is guaranteed, the limit, and what is held of it', async (t) => {
  const cluster = await mesosCluster(t);
  await subscribeClient(cluster, { info: { roles: ['a/b'], capabilities: MULTI } });
  const quota = { guarantees: { cpus: { value: 1 } }, limits: { cpus: { value: 4 } } };
  equal((await update(cluster, 'a', quota)).status, 200);
  await cluster.world.runFor(600);
  const metrics = await cluster.get<Record<string, number>>('/metrics/snapshot');
  const of = (name: string) => metrics[`allocator/mesos/quota/roles/a/resources/cpus/${name}`];
  deepEqual([of('guarantee'), of('limit'), of('offered_or_allocated')], [1, 4, 4]);
});
