/**
 * Regions and zones, by the names that Mesos' own tests have.
 * Mesos: docs/fault-domains.md; src/tests/master_tests.cpp.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Domain } from '../../actors/protocol/domain.ts';
import type { ClusterOptions } from '../kit/cluster.ts';
import { type HttpCluster, startHttpCluster } from '../kit/http-cluster.ts';
import { subscribeClient } from '../kit/scheduler-client.ts';
import { told } from './stage.ts';

const HERE: Domain = { region: 'us-east', zone: 'us-east-1' };
const NEAR: Domain = { region: 'us-east', zone: 'us-east-2' };
const FAR: Domain = { region: 'us-west', zone: 'us-west-1' };

const v1 = ({ region, zone }: Domain) => ({
  fault_domain: { region: { name: region }, zone: { name: zone } },
});

interface Place {
  readonly agents: readonly (Domain | undefined)[];
  readonly master?: ClusterOptions['masterOptions'];
}

async function placed(
  t: { after(end: () => Promise<void>): void },
  { agents, master = {} }: Place,
): Promise<HttpCluster> {
  const cluster = startHttpCluster({
    ...{ seed: 1, agentCount: agents.length, masterOptions: master },
    agentFacts: (index) => {
      const domain = agents[index];
      return domain === undefined ? {} : { domain };
    },
  });
  t.after(() => cluster.close());
  await cluster.world.runFor(3000);
  return cluster;
}

async function registered(cluster: HttpCluster): Promise<readonly string[]> {
  const { get_agents } = await told(cluster, 'GET_AGENTS', 'json');
  return (get_agents?.agents ?? []).map(({ agent_info }) => agent_info.hostname).toSorted();
}

async function offered(cluster: HttpCluster, isAware: boolean) {
  const capabilities = isAware ? [{ type: 'REGION_AWARE' as const }] : [];
  const client = await subscribeClient(cluster, { info: { capabilities } });
  await cluster.world.runFor(3000);
  const offers = client.all('OFFERS').flatMap((event) => event.offers?.offers ?? []);
  return { client, offers, hostnames: offers.map(({ hostname }) => hostname).toSorted() };
}

describe('MasterTest', () => {
  test('AgentDomainSameRegion and DomainEndpoints: all are offered, and it is shown where they are', async (t) => {
    const cluster = await placed(t, { agents: [HERE, NEAR, undefined], master: { domain: HERE } });
    const { client, offers, hostnames } = await offered(cluster, false);
    deepEqual(hostnames, ['agent-1', 'agent-2', 'agent-3']);
    const domains = new Map(offers.map(({ hostname, domain }) => [hostname, domain]));
    deepEqual(domains.get('agent-2'), v1(NEAR));
    equal(domains.get('agent-3'), undefined);
    deepEqual(client.all('SUBSCRIBED')[0]?.subscribed?.master_info?.domain, v1(HERE));
    const { get_agents } = await told(cluster, 'GET_AGENTS', 'protobuf');
    deepEqual(
      get_agents?.agents
        ?.map(({ agent_info }) => agent_info.domain?.fault_domain?.zone.name)
        .toSorted(),
      ['us-east-1', 'us-east-2', undefined],
    );
    const { get_master } = await told(cluster, 'GET_MASTER', 'json');
    deepEqual(get_master?.master_info?.domain, v1(HERE));
    const state = await cluster.get<{ domain: object; slaves: { domain?: object }[] }>('/state');
    deepEqual(state.domain, v1(HERE));
    equal(state.slaves.filter(({ domain }) => domain !== undefined).length, 2);
  });

  test('AgentDomainDifferentRegion: offered to those alone that are region aware', async (t) => {
    const cluster = await placed(t, { agents: [HERE, FAR], master: { domain: HERE } });
    const { client, hostnames } = await offered(cluster, false);
    deepEqual(hostnames, ['agent-1']);
    const why = await cluster.get<{ reasons: { code: string }[] }>(
      `/explain?framework=${client.frameworkId}`,
    );
    ok(why.reasons.some(({ code }) => code === 'notCapable'));
    deepEqual((await offered(cluster, true)).hostnames, ['agent-2']);
  });

  test('AgentDomainUnset: an agent without one is where the master is', async (t) => {
    const cluster = await placed(t, { agents: [undefined], master: { domain: HERE } });
    deepEqual((await offered(cluster, false)).hostnames, ['agent-1']);
  });

  test('AgentDomainMismatch: such an agent stays outside', async (t) => {
    const cluster = await placed(t, { agents: [HERE, undefined] });
    deepEqual(await registered(cluster), ['agent-2']);
  });

  test('RegistrationWithoutRequiredAgentDomain: --require-agent-domain keeps those without outside', async (t) => {
    const master = { domain: HERE, requireAgentDomain: true };
    const cluster = await placed(t, { agents: [HERE, undefined], master });
    deepEqual(await registered(cluster), ['agent-1']);
  });
});
