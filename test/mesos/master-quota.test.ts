/**
 * Quotas, by the names that Mesos' own tests have. What is only about who may (authentication,
 * authorization) is not here.
 * Mesos: "Quota" (src/master/quota_handler.cpp, quota.cpp; src/tests/master_quota_tests.cpp,
 * api_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseResources } from '../../actors/protocol/resources.ts';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import type { ClusterOptions } from '../kit/cluster.ts';
import type { HttpCluster } from '../kit/http-cluster.ts';
import type { Answered } from '../kit/http-routes.ts';
import { subscribeClient } from '../kit/scheduler-client.ts';
import { failOver, leaderOf, mesosCluster, operate, run, told } from './stage.ts';

const ROLE1 = 'role1';
const ROLE2 = 'role2';

type Amounts = Readonly<Record<string, number>>;

const scalar = (name: string, value: number, more: object = {}) => ({
  ...{ name, type: 'SCALAR', scalar: { value } },
  ...more,
});
const resources = (amounts: Amounts) =>
  Object.entries(amounts).map(([name, value]) => scalar(name, value));
const values = (amounts: Amounts) =>
  Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, { value }]));

interface Config {
  readonly role: string;
  readonly guarantees?: Amounts;
  readonly limits?: Amounts;
}

function update(cluster: HttpCluster, configs: readonly Config[], force = false) {
  const quota_configs = configs.map(({ role, guarantees = {}, limits = {} }) => ({
    ...{ role, guarantees: values(guarantees), limits: values(limits) },
  }));
  return operate(cluster, { type: 'UPDATE_QUOTA', update_quota: { force, quota_configs } });
}

async function ask(cluster: HttpCluster, method: 'POST' | 'DELETE', path: string, body = '') {
  return cluster.world.settle(cluster.ask()(method, path, { body }));
}

const set = (cluster: HttpCluster, role: string, guarantee: readonly object[], force = false) =>
  ask(cluster, 'POST', '/master/quota', JSON.stringify({ role, guarantee, force }));

const remove = (cluster: HttpCluster, role: string) =>
  ask(cluster, 'DELETE', `/master/quota/${role}`);

function refused({ status, text }: Answered, expected: number, sentence: RegExp): void {
  equal(status, expected, text);
  match(text, sentence);
}

interface QuotaStatus {
  readonly infos?: readonly { readonly role: string; readonly guarantee: readonly object[] }[];
  readonly configs?: readonly Config[];
}

/** By role: what is guaranteed and the limits, or `-`. */
async function quotas(cluster: HttpCluster): Promise<readonly string[]> {
  const { configs = [] } = await cluster.get<QuotaStatus>('/quota', await leaderOf(cluster));
  return configs.map(({ role, ...quota }) => `${role} ${JSON.stringify(quota)}`);
}

/** Each with 2 cpus and 1024 MiB. */
const small = (more: Partial<ClusterOptions> = {}): Partial<ClusterOptions> => ({
  agentResources: () => parseResources('cpus:2;mem:1024'),
  ...more,
});

function offeredTo(client: Awaited<ReturnType<typeof subscribeClient>>): readonly V1<'Offer'>[] {
  const rescinded = new Set(client.all('RESCIND').map(({ rescind }) => rescind?.offer_id.value));
  return client
    .all('OFFERS')
    .flatMap(({ offers }) => offers?.offers ?? [])
    .filter(({ id }) => !rescinded.has(id.value));
}

describe('MasterQuotaTest', () => {
  test('UpdateAndGetQuota: guarantees and limits are set, replaced, and ended', async (t) => {
    const cluster = await mesosCluster(t);
    const is = async (...expected: readonly string[]) => deepEqual(await quotas(cluster), expected);
    await is();
    const one = { role: ROLE1, guarantees: { cpus: 1, mem: 1024 }, limits: { cpus: 2, mem: 2048 } };
    equal((await update(cluster, [one])).status, 200);
    const shown = '{"guarantees":{"cpus":{"value":1},"mem":{"value":1024}}';
    await is(`${ROLE1} ${shown},"limits":{"cpus":{"value":2},"mem":{"value":2048}}}`);
    // The old form shows what is guaranteed.
    const { infos } = await cluster.get<QuotaStatus>('/quota');
    deepEqual(infos, [
      {
        role: ROLE1,
        guarantee: [scalar('cpus', 1, { role: '*' }), scalar('mem', 1024, { role: '*' })],
      },
    ]);
    equal((await update(cluster, [{ role: ROLE1, limits: { cpus: 0 } }])).status, 200);
    await is(`${ROLE1} {"limits":{"cpus":{"value":0}}}`);
    equal((await update(cluster, [{ role: ROLE1 }])).status, 200);
    await is();
  });

  test('UpdateQuotaMultipleRoles: all of them, or none', async (t) => {
    const cluster = await mesosCluster(t);
    const sound = { role: ROLE1, guarantees: { cpus: 1 } };
    const tooMuch = { role: ROLE2, guarantees: { cpus: 100 } };
    refused(await update(cluster, [sound, tooMuch]), 400, /exceed cluster capacity/);
    deepEqual(await quotas(cluster), []);
    equal((await update(cluster, [sound, tooMuch], true)).status, 200);
    equal((await quotas(cluster)).length, 2);
  });

  test('UpdateQuotaTooLarge: more than an exabyte, or a trillion, is refused', async (t) => {
    const cluster = await mesosCluster(t);
    for (const name of ['cpus', 'mem', 'disk']) {
      const words = name === 'cpus' ? '1 trillion' : '1 exabyte';
      for (const what of ['guarantees', 'limits'] as const) {
        const config = { role: ROLE1, [what]: { [name]: 1024 ** 4 + 1 } };
        const sentence = `Invalid QuotaConfig: Invalid 'QuotaConfig.${what}': {'${name}': `;
        const { status, text } = await update(cluster, [config], true);
        deepEqual([status, text.startsWith(sentence), text.includes(words)], [400, true, true]);
      }
    }
  });

  test('SetForNonExistentRole: one that is not in the list of roles has no quota', async (t) => {
    const cluster = await mesosCluster(t, { rolesAllowed: [ROLE1] });
    const answer = await set(cluster, 'non-existent-role', resources({ cpus: 1, mem: 512 }), true);
    refused(
      answer,
      400,
      /^Failed to validate set quota request: Unknown role 'non-existent-role'$/,
    );
  });

  test('InvalidSetRequest: what is no JSON, has no role or no guarantee is refused', async (t) => {
    const cluster = await mesosCluster(t);
    const post = (body: string) => ask(cluster, 'POST', '/quota', body);
    refused(await post('{  invalidJson}'), 400, /^Failed to parse set quota request JSON '\{ /);
    refused(await post('[]'), 400, /Expecting a JSON object$/);
    const of = JSON.stringify({ resources: resources({ cpus: 1 }) });
    refused(await post(of), 400, /QuotaInfo must specify a role$/);
    refused(await post('{"role":"some-role","unknownField":"x"}'), 400, /with empty 'guarantee'$/);
    refused(await post('{"resources":[" invalidResource" : 1]}'), 400, /^Failed to parse/);
    refused(await post('{"role":"r","guarantee":[{"name":"cpus"}]}'), 400, /^Failed to validate/);
  });

  test('SetRequestWithInvalidData: only plain scalars are guaranteed', async (t) => {
    const cluster = await mesosCluster(t);
    const plain = resources({ cpus: 1, mem: 512 });
    const not = async (sentence: RegExp, ...more: readonly object[]) =>
      refused(await set(cluster, ROLE1, [...plain, ...more]), 400, sentence);
    const range = [{ begin: 31_000, end: 31_001 }];
    const ports = { name: 'ports', type: 'RANGES', ranges: { range } };
    await not(/must not include non-scalar resources$/, ports);
    await not(/must not contain any ReservationInfo$/, scalar('disk', 128, { role: ROLE1 }));
    await not(
      /^Failed to validate set quota request: QuotaInfo contains duplicate resource name 'cpus'$/,
      scalar('cpus', 1),
    );
    const persistence = { id: 'id1' };
    await not(/must not contain DiskInfo$/, scalar('disk', 128, { disk: { persistence } }));
    await not(/must not contain RevocableInfo$/, scalar('gpus', 1, { revocable: {} }));
    const reservations = [{ type: 'DYNAMIC', role: ROLE1, principal: 'p' }];
    await not(/must not contain any ReservationInfo$/, scalar('disk', 1, { reservations }));
  });

  test('SetExistingQuota: the old way sets a quota once', async (t) => {
    const cluster = await mesosCluster(t);
    equal((await set(cluster, ROLE1, resources({ cpus: 1, mem: 512 }))).status, 200);
    const again = await set(cluster, ROLE1, resources({ cpus: 2 }));
    refused(again, 400, /Cannot set quota for role 'role1' which already has quota$/);
  });

  test('RemoveSingleQuota: only one that is there, by its whole path', async (t) => {
    const cluster = await mesosCluster(t);
    refused(
      await ask(cluster, 'DELETE', '/master/quota'),
      400,
      /expected 3 tokens, found 2 tokens$/,
    );
    refused(await remove(cluster, ROLE1), 400, /Role 'role1' has no quota set$/);
    equal((await set(cluster, ROLE1, resources({ cpus: 1 }))).status, 200);
    equal((await remove(cluster, ROLE1)).status, 200);
    deepEqual(await quotas(cluster), []);
  });

  test('RemoveQuotaRace: of two at once one is too late', async (t) => {
    const cluster = await mesosCluster(t);
    equal((await set(cluster, ROLE1, resources({ cpus: 1 }))).status, 200);
    const both = await Promise.all([remove(cluster, ROLE1), remove(cluster, ROLE1)]);
    deepEqual(both.map(({ status }) => status).sort(), [200, 400]);
  });

  test('Status: GET /quota shows what was set', async (t) => {
    const cluster = await mesosCluster(t);
    deepEqual(await cluster.get('/quota'), {});
    equal((await set(cluster, ROLE1, resources({ cpus: 1 }))).status, 200);
    deepEqual(await quotas(cluster), [
      `${ROLE1} {"guarantees":{"cpus":{"value":1}},"limits":{"cpus":{"value":1}}}`,
    ]);
  });

  for (const agentCount of [1, 2]) {
    const name = agentCount === 1 ? 'SingleAgent' : 'MultipleAgents';
    test(`InsufficientResources${name}, AvailableResources${name}: no more than there is, unless it is forced`, async (t) => {
      const cluster = await mesosCluster(t, small({ agentCount }));
      const much = resources({ cpus: 2 * agentCount + 0.001 });
      refused(await set(cluster, ROLE1, much), 409, /^Quota guarantees overcommit the cluster/);
      equal((await set(cluster, ROLE1, much, true)).status, 200);
      equal((await remove(cluster, ROLE1)).status, 200);
      equal((await set(cluster, ROLE1, resources({ cpus: 2 * agentCount }))).status, 200);
    });
  }

  test('AvailableResourcesSingleReservedAgent: what is reserved counts as being there', async (t) => {
    const agentResources = () => parseResources('cpus(other):2;mem(other):1024');
    const cluster = await mesosCluster(t, { agentResources });
    equal((await set(cluster, ROLE1, resources({ cpus: 2, mem: 1024 }))).status, 200);
  });

  test('AvailableResourcesSingleDisconnectedAgent: so does an agent that is cut off', async (t) => {
    const cluster = await mesosCluster(t, small());
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(1000);
    equal((await set(cluster, ROLE1, resources({ cpus: 2, mem: 1024 }))).status, 200);
  });

  test('ValidateLimitAgainstConsumed: a limit is not below what is consumed, unless it is forced', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, {
      info: { roles: [ROLE1], capabilities: MULTI },
    });
    await run(cluster, client, 'task');
    const low = { role: ROLE1, limits: { cpus: 0.5 } };
    refused(
      await update(cluster, [low]),
      400,
      /^Invalid QuotaConfig: Role 'role1' is already consuming 'cpus:1; mem:32'; this is more than the requested limits 'cpus:0.5' \(use 'force' flag/,
    );
    equal((await update(cluster, [{ role: ROLE1, limits: { cpus: 1 } }])).status, 200);
    equal((await update(cluster, [low], true)).status, 200);
  });

  test('AvailableResourcesAfterRescinding: what others were offered goes to whom it is guaranteed', async (t) => {
    const cluster = await mesosCluster(t, small({ agentCount: 3 }));
    const greedy = await subscribeClient(cluster, {
      info: { roles: [ROLE2], capabilities: MULTI },
    });
    await greedy.offer();
    await cluster.world.runFor(100);
    equal(offeredTo(greedy).length, 3);
    const entitled = await subscribeClient(cluster, {
      info: { roles: [ROLE1], capabilities: MULTI },
    });
    equal((await set(cluster, ROLE1, resources({ cpus: 2, mem: 1024 }))).status, 200);
    const { allocation_info } = await entitled.offer();
    equal(allocation_info?.role, ROLE1);
    ok(greedy.all('RESCIND').length >= 1);
  });

  test('RescindOffersForUpdateQuotaGuarantees: the same by UPDATE_QUOTA, and no more than would do', async (t) => {
    const cluster = await mesosCluster(t, small({ agentCount: 3 }));
    const greedy = await subscribeClient(cluster, {
      info: { roles: [ROLE2], capabilities: MULTI },
    });
    await greedy.offer();
    await cluster.world.runFor(100);
    const guarantees = { cpus: 2, mem: 1024 };
    equal((await update(cluster, [{ role: ROLE1, guarantees }])).status, 200);
    await cluster.world.runFor(10);
    equal(greedy.all('RESCIND').length, 1);
  });

  test('RescindOffersEnforcingLimits: offers over a limit are rescinded, and not made again', async (t) => {
    const cluster = await mesosCluster(t, small({ agentCount: 2 }));
    const client = await subscribeClient(cluster, {
      info: { roles: [ROLE1], capabilities: MULTI },
    });
    await client.offer();
    await cluster.world.runFor(100);
    equal(offeredTo(client).length, 2);
    const limits = { cpus: 2, mem: 1024 };
    equal((await update(cluster, [{ role: ROLE1, limits }])).status, 200);
    await cluster.world.runFor(5000);
    equal(client.all('RESCIND').length, 1);
    equal(offeredTo(client).length, 1);
  });

  test('RecoverQuotaEmptyCluster, NoRecoveryInsufficientQuota: quotas survive the leader, and the next offers nothing before most agents are back', async (t) => {
    const cluster = await mesosCluster(t, { masterCount: 3, agentCount: 3 });
    const master = await leaderOf(cluster);
    const body = JSON.stringify({ role: ROLE1, guarantee: resources({ cpus: 1 }), force: true });
    const answer = await cluster.world.settle(cluster.ask(master)('POST', '/quota', { body }));
    equal(answer.status, 200);
    const [, ...others] = cluster.agents;
    for (const { node } of others) node.crash();
    const next = await failOver(cluster);
    const client = await subscribeClient(cluster, { master: next });
    await cluster.world.runFor(8000);
    deepEqual(client.all('OFFERS'), []);
    const explain = `/explain?framework=${client.frameworkId}`;
    const { reasons } = await cluster.get<{ reasons: { code: string }[] }>(explain, next);
    ok(reasons.some(({ code }) => code === 'heldOff'));
    others[0]?.node.restart();
    await client.offer();
    deepEqual(await quotas(cluster), [
      `${ROLE1} {"guarantees":{"cpus":{"value":1}},"limits":{"cpus":{"value":1}}}`,
    ]);
    const gone = await cluster.world.settle(cluster.ask(next)('DELETE', '/quota/role1'));
    equal(gone.status, 200);
    deepEqual(await quotas(cluster), []);
  });

  test('ChildRole, ChildRoleDeleteParentQuota: a role below another has a quota of its own', async (t) => {
    const cluster = await mesosCluster(t);
    equal((await set(cluster, 'eng', resources({ cpus: 3 }))).status, 200);
    equal((await set(cluster, 'eng/dev', resources({ cpus: 1 }))).status, 200);
    refused(
      await remove(cluster, 'eng'),
      400,
      /^Failed to remove quota for path '\/master\/quota\/eng': Invalid quota configuration\. Parent role 'eng'/,
    );
    equal((await remove(cluster, 'eng/dev')).status, 200);
    equal((await remove(cluster, 'eng')).status, 200);
  });

  test('ChildRoleWithNoParentQuota, ChildRoleExceedsParentQuota, ChildRoleSumExceedsParentQuota: of what is guaranteed to the one above', async (t) => {
    const cluster = await mesosCluster(t);
    const exceeds = /does not contain the sum of its children's guarantees/;
    refused(await set(cluster, 'eng/dev', resources({ cpus: 1 })), 400, exceeds);
    equal((await set(cluster, 'eng', resources({ cpus: 2 }))).status, 200);
    refused(await set(cluster, 'eng/dev', resources({ cpus: 3 })), 400, exceeds);
    equal((await set(cluster, 'eng/dev', resources({ cpus: 1.5 }))).status, 200);
    refused(await set(cluster, 'eng/prod', resources({ cpus: 1 })), 400, exceeds);
  });

  test('ClusterCapacityWithNestedRoles: what is guaranteed below counts once', async (t) => {
    const cluster = await mesosCluster(t);
    equal((await set(cluster, 'eng', resources({ cpus: 4 }))).status, 200);
    equal((await set(cluster, 'eng/dev', resources({ cpus: 4 }))).status, 200);
    refused(await set(cluster, 'ops', resources({ cpus: 0.1 })), 409, /overcommit the cluster/);
  });
});

describe('MasterAPI', () => {
  for (const encoding of ['json', 'protobuf'] as const) {
    test(`GetQuota, SetQuota, RemoveQuota: the calls of before UPDATE_QUOTA (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t);
      const read = async () => (await told(cluster, 'GET_QUOTA', encoding)).get_quota?.status;
      const quota_request = {
        role: ROLE1,
        guarantee: resources({ cpus: 1, mem: 512 }),
        force: true,
      };
      const set_quota = { quota_request };
      equal((await operate(cluster, { type: 'SET_QUOTA', set_quota }, { encoding })).status, 200);
      const [info] = (await read())?.infos ?? [];
      deepEqual([info?.role, info?.guarantee?.length], [ROLE1, 2]);
      const remove_quota = { role: ROLE1 };
      const { status } = await operate(
        cluster,
        { type: 'REMOVE_QUOTA', remove_quota },
        { encoding },
      );
      deepEqual([status, (await read())?.infos ?? []], [200, []]);
    });
  }
});

const MULTI: V1<'FrameworkInfo'>['capabilities'] = [{ type: 'MULTI_ROLE' }];
