/**
 * What schedulers reserve, by the names that Mesos' own tests have. What is only about who may
 * (authentication, authorization) is not here.
 * Mesos: "Operations", RESERVE and UNRESERVE (src/master/validation.cpp, operation::validate;
 * src/master/master.cpp, _accept; src/tests/reservation_tests.cpp).
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseResources } from '../../actors/protocol/resources.ts';
import { commandTask } from '../kit/scheduler-client.ts';
import {
  accept,
  acknowledge,
  agentShown,
  answer,
  heardOf,
  operation,
  reserved,
  reservedIn,
  shown,
  subscribeFor,
  text,
  untilOperation,
} from './resources.ts';
import { follow, mesosCluster, replaceMaster } from './stage.ts';

const SMALL = { agentResources: () => parseResources('cpus:1;mem:512') };
const WANTED = reserved('cpus:1;mem:512');

describe('ReservationTest', () => {
  test('ReserveThenUnreserve: the next offer has it reserved, and the one after that not', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const client = await subscribeFor(cluster);
    const had = await client.offer();
    const have = await answer(client, had, [operation({ type: 'reserve', resources: WANTED })]);
    equal(reservedIn(have), text(...WANTED));
    const left = await answer(client, have, [operation({ type: 'unreserve', resources: WANTED })]);
    equal(shown(left.resources), 'cpus:1;mem:512');
    deepEqual(heardOf(client), [], 'nobody asked to hear of it');
  });

  test('ReserveTwiceWithDoubleValue: tenths add up', async (t) => {
    const agentResources = () => parseResources('cpus:1;mem:512');
    const cluster = await mesosCluster(t, { agentResources });
    const client = await subscribeFor(cluster);
    const resources = reserved('cpus:0.1');
    let offer = await client.offer();
    for (const sum of ['cpus:0.1', 'cpus:0.2', 'cpus:0.3']) {
      offer = await answer(client, offer, [operation({ type: 'reserve', resources })]);
      equal(reservedIn(offer), text(...reserved(sum)));
    }
  });

  test('ReserveAndLaunchThenUnreserve: a task of the same ACCEPT has what was reserved', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const client = await subscribeFor(cluster);
    const offer = await client.offer();
    const resources = operation({ type: 'reserve', resources: WANTED }).reserve?.resources ?? [];
    const task = commandTask('task', offer, 'sleep 1; exit 0', { resources });
    const launch = { type: 'LAUNCH', launch: { task_infos: [task] } } as const;
    const seen = client.all('OFFERS').length;
    await accept(client, offer, [operation({ type: 'reserve', resources: WANTED }), launch]);
    await follow(cluster, client, () => client.statusOf('TASK_FINISHED') !== undefined);
    const again = await client.offer(seen);
    equal(reservedIn(again), text(...WANTED));
    const left = await answer(client, again, [operation({ type: 'unreserve', resources: WANTED })]);
    equal(reservedIn(left), '');
  });

  test('ReserveShareWithinRole: what one framework reserved is offered to another of its role', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const first = await subscribeFor(cluster);
    const offer = await answer(first, await first.offer(), [
      operation({ type: 'reserve', resources: WANTED }),
    ]);
    const second = await subscribeFor(cluster);
    const stranger = await subscribeFor(cluster, ['other']);
    const decline = { offer_ids: [offer.id], filters: { refuse_seconds: 1000 } };
    await first.accepted({ type: 'DECLINE', decline });
    equal(reservedIn(await second.offer()), text(...WANTED));
    deepEqual(stranger.all('OFFERS'), []);
  });

  test('DropReserveTooLarge, DropReserveWithDifferentRole, WithoutAuthenticationWithPrincipal: OPERATION_ERROR where it has an id, nothing where not', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const client = await subscribeFor(cluster, ['role', 'role/below'], {
      info: { principal: 'ann' },
    });
    const offer = await client.offer();
    const role = offer.allocation_info?.role ?? '';
    const refused = {
      large: reserved('cpus:1;mem:1024', { role, principal: 'ann' }),
      elsewhere: reserved('cpus:1', { role: 'other', principal: 'ann' }),
      anonymous: reserved('cpus:1', role),
      foreign: reserved('cpus:1', { role, principal: 'bob' }),
      // One at a time is put on top.
      twice: reserved(
        'cpus:1',
        { role, principal: 'ann' },
        { role: 'role/below', principal: 'ann' },
      ),
    };
    const asked = Object.entries(refused).flatMap(([id, resources]) => [
      operation({ type: 'reserve', resources }, id),
      operation({ type: 'reserve', resources }),
    ]);
    const again = await answer(client, offer, asked);
    equal(shown(again.resources), 'cpus:1;mem:512');
    const told = Object.fromEntries(
      heardOf(client).map(({ operation_id, state, message }) => [
        operation_id?.value,
        `${state} ${message}`,
      ]),
    );
    deepEqual(Object.keys(told), Object.keys(refused));
    match(told['large'] ?? '', /^OPERATION_ERROR cpus:1;mem:512 does not contain/);
    match(
      told['elsewhere'] ?? '',
      /^OPERATION_ERROR A reserve operation was attempted for a resource with role 'other', but the resource was allocated to role 'role/,
    );
    match(
      told['anonymous'] ?? '',
      /^OPERATION_ERROR A reserve operation was attempted by principal 'ann', but there is a reserved resource in the request with no principal set/,
    );
    match(
      told['foreign'] ?? '',
      /^OPERATION_ERROR A reserve operation was attempted by authenticated principal 'ann', which does not match a reserved resource in the request with principal 'bob'/,
    );
    match(told['twice'] ?? '', /^OPERATION_ERROR /);
  });

  test('refined: a role below takes what is reserved above it, and gives it back there', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const above = await subscribeFor(cluster);
    await answer(above, await above.offer(), [operation({ type: 'reserve', resources: WANTED })]);
    await above.accepted({ type: 'TEARDOWN' });
    const below = await subscribeFor(cluster, ['role/below']);
    const offer = await below.offer();
    equal(reservedIn(offer), text(...WANTED), 'what is of the role above');
    const refined = reserved('cpus:1;mem:512', 'role', 'role/below');
    const own = await answer(below, offer, [operation({ type: 'reserve', resources: refined })]);
    equal(reservedIn(own), text(...refined));
    const plain = await subscribeFor(cluster, ['role/below'], {
      info: { capabilities: [{ type: 'MULTI_ROLE' }] },
    });
    const decline = { offer_ids: [own.id], filters: { refuse_seconds: 3 } };
    const seen = below.all('OFFERS').length;
    await below.accepted({ type: 'DECLINE', decline });
    const again = await below.offer(seen);
    deepEqual(plain.all('OFFERS'), [], 'who knows of no refined reservations is not offered any');
    await plain.accepted({ type: 'TEARDOWN' });
    const back = await answer(below, again, [operation({ type: 'unreserve', resources: refined })]);
    equal(reservedIn(back), text(...WANTED));
  });

  test('PreventUnreservingAlienResources: what is offered of another role is not given back', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const first = await subscribeFor(cluster, ['one']);
    const half = reserved('mem:256', 'one');
    await answer(first, await first.offer(), [operation({ type: 'reserve', resources: half })]);
    await first.accepted({ type: 'SUPPRESS', suppress: {} });
    const second = await subscribeFor(cluster, ['two']);
    // The first has all on offer.
    const held = await first.offer(first.all('OFFERS').length - 1);
    await first.accepted({ type: 'DECLINE', decline: { offer_ids: [held.id] } });
    const offer = await second.offer();
    equal(shown(offer.resources), 'cpus:1;mem:256');
    await answer(second, offer, [operation({ type: 'unreserve', resources: half }, 'theft')]);
    const [told] = heardOf(second);
    match(`${told?.state} ${told?.message}`, /^OPERATION_ERROR cpus:1;mem:256 does not contain/);
    equal((await agentShown(cluster)).reserved, text(...half));
  });

  test('ResourcesCheckpointing, MasterFailover: reservations outlive agent and master', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const client = await subscribeFor(cluster);
    await answer(client, await client.offer(), [
      operation({ type: 'reserve', resources: WANTED }, 'reserve'),
    ]);
    await acknowledge(client, await untilOperation(cluster, client, 'reserve'));
    const [agent] = cluster.agents;
    agent?.node.crash();
    await cluster.world.runFor(100);
    agent?.node.restart();
    await cluster.world.runFor(3000);
    equal((await agentShown(cluster)).reserved, text(...WANTED));
    await replaceMaster(cluster);
    const next = await subscribeFor(cluster);
    equal(reservedIn(await next.offer()), text(...WANTED));
  });
});
