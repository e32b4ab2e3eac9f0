/**
 * Offer constraints from the scheduler's call to its offers.
 * Source: Mesos 1.11, docs/scheduler-http-api.md, SUBSCRIBE and UPDATE_FRAMEWORK.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttributes } from '../../../actors/protocol/resources.ts';
import type { V1 } from '../../../actors/protocol/v1/dictionary.ts';
import { startHttpCluster } from '../../kit/http-cluster.ts';
import { subscribeClient } from '../../kit/scheduler-client.ts';
import { told } from '../../mesos/stage.ts';

const ATTRIBUTES = ['rack:r1;ssd:yes', 'rack:r2', 'rack:r3;ssd:yes'];

function constrained(
  ...group: readonly [name: string, predicate: V1<'scheduler.AttributeConstraint.Predicate'>][]
): V1<'scheduler.OfferConstraints'> {
  const attribute_constraints = group.map(([attribute_name, predicate]) => ({
    selector: { attribute_name },
    predicate,
  }));
  return { role_constraints: new Map([['*', { groups: [{ attribute_constraints }] }]]) };
}

test('only agents within the constraints are offered, the others are told as excluded', async (t) => {
  const cluster = startHttpCluster({
    ...{ seed: 5, agentCount: 3 },
    agentFacts: (index) => ({ attributes: parseAttributes(ATTRIBUTES[index] ?? '') }),
  });
  t.after(() => cluster.close());
  await cluster.world.runFor(3000);
  const offer_constraints = constrained(
    ['ssd', { exists: {} }],
    ['rack', { text_matches: { regex: 'r[12]' } }],
  );
  const client = await subscribeClient(cluster, { subscribe: { offer_constraints } });
  const hostnames = () =>
    client.all('OFFERS').flatMap(({ offers }) => (offers?.offers ?? []).map((one) => one.hostname));
  await cluster.world.runFor(5000);
  deepEqual(hostnames(), ['agent-1']);

  const ask = cluster.ask();
  const debug = async () => {
    const path = '/hierarchical-allocator(1)/offer_constraints_debug';
    const { status, text } = await cluster.world.settle(ask('GET', path));
    equal(status, 200);
    return JSON.parse(text).frameworks[client.frameworkId];
  };
  const { suppressed_roles, excluded_by_attribute_constraints: excluded } = await debug();
  deepEqual([suppressed_roles, Object.keys(excluded), excluded['*'].length], [[], ['*'], 2]);
  const { get_frameworks } = await told(cluster, 'GET_FRAMEWORKS', 'protobuf');
  deepEqual(get_frameworks?.frameworks?.[0]?.offer_constraints, offer_constraints);
  const { text } = await cluster.world.settle(
    ask('GET', `/explain?framework=${client.frameworkId}`),
  );
  deepEqual(
    JSON.parse(text).reasons.map(({ code }: { readonly code: string }) => code),
    ['offersOutstanding', 'constrained', 'nothingFree'],
  );

  const framework_info = get_frameworks?.frameworks?.[0]?.framework_info;
  ok(framework_info !== undefined);
  const { status } = await client.call({
    type: 'UPDATE_FRAMEWORK',
    update_framework: { framework_info },
  });
  equal(status, 200);
  await cluster.world.runFor(5000);
  deepEqual(hostnames().toSorted(), ['agent-1', 'agent-2', 'agent-3']);
  deepEqual((await debug()).excluded_by_attribute_constraints, { '*': [] });
});
