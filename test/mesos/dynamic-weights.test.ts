/**
 * Weights that change while masters run, by the names that Mesos' own tests have.
 * Mesos: "Operator API: weights" (src/master/weights_handler.cpp; src/tests/dynamic_weights_tests.cpp,
 * api_tests.cpp).
 */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpCluster } from '../kit/http-cluster.ts';
import { failOver, leaderOf, mesosCluster, operate, told } from './stage.ts';

type Weights = readonly { readonly weight: number; readonly role: string }[];

async function weightsOf(cluster: HttpCluster): Promise<Record<string, number>> {
  const weights = await cluster.get<Weights>('/weights', await leaderOf(cluster));
  return Object.fromEntries(weights.map(({ role, weight }) => [role, weight]));
}

async function put(cluster: HttpCluster, body: string): Promise<number> {
  const ask = cluster.ask(await leaderOf(cluster));
  return (await cluster.world.settle(ask('PUT', '/weights', { body }))).status;
}

const infos = (weights: Record<string, unknown>) =>
  JSON.stringify(Object.entries(weights).map(([role, weight]) => ({ role, weight })));

describe('DynamicWeightsTest', () => {
  const refused: Record<string, readonly string[]> = {
    PutInvalidRequest: ['[{"weight":3.2,"role"}]', '[{"weight":3.2,"invalidField":"role1"}]'],
    ZeroWeight: [infos({ role1: 0 })],
    NegativeWeight: [infos({ role1: -2 })],
    NonNumericWeight: [infos({ role1: 'two' })],
    MissingRole: ['weights=[{"weight":2.0}]', infos({ ' ': 2 })],
  };
  for (const [name, bodies] of Object.entries(refused)) {
    test(`${name}: 400, and no weight is changed`, async (t) => {
      const cluster = await mesosCluster(t);
      for (const body of bodies) equal(await put(cluster, body), 400);
      deepEqual(await weightsOf(cluster), {});
    });
  }

  test('UnknownRole: one that is not in the list of roles has no weight', async (t) => {
    const cluster = await mesosCluster(t, { rolesAllowed: ['role1', 'role2'] });
    equal(await put(cluster, infos({ unknown: 3 })), 400);
    deepEqual(await weightsOf(cluster), {});
  });

  test('UpdateWeightsWithExplictRoles: those that are in it do', async (t) => {
    const cluster = await mesosCluster(t, { rolesAllowed: ['role1', 'role2'] });
    equal(await put(cluster, infos({ role1: 2, role2: 4 })), 200);
    deepEqual(await weightsOf(cluster), { role1: 2, role2: 4 });
  });

  test('RecoveredWeightsFromRegistry: the flag is for the first start, then the registry counts', async (t) => {
    const weights = [
      { role: 'role1', weight: 2 },
      { role: 'role2', weight: 4 },
    ];
    const cluster = await mesosCluster(t, { masterCount: 3, weights });
    deepEqual(await weightsOf(cluster), { role1: 2, role2: 4 });
    equal(await put(cluster, infos({ role1: 1, role3: 2.5 })), 200);
    deepEqual(await weightsOf(cluster), { role1: 1, role2: 4, role3: 2.5 });
    await failOver(cluster);
    deepEqual(await weightsOf(cluster), { role1: 1, role2: 4, role3: 2.5 });
  });
});

describe('MasterAPI', () => {
  for (const encoding of ['json', 'protobuf'] as const) {
    test(`GetWeights, UpdateWeights: what was set is read again at once (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t, { weights: [{ role: 'role', weight: 2 }] });
      const read = async () => (await told(cluster, 'GET_WEIGHTS', encoding)).get_weights;
      deepEqual(await read(), { weight_infos: [{ weight: 2, role: 'role' }] });
      const update_weights = { weight_infos: [{ weight: 4, role: 'role' }] };
      const { status, text } = await operate(
        cluster,
        { type: 'UPDATE_WEIGHTS', update_weights },
        { encoding },
      );
      deepEqual([status, text], [200, '']);
      deepEqual(await read(), { weight_infos: [{ weight: 4, role: 'role' }] });
    });
  }
});
