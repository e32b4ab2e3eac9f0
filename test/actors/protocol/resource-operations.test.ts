/** Operations on resources: they change what a part is, never how much there is. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Disk, Reservation } from '../../../actors/protocol/resource-kinds.ts';
import {
  conversionOf,
  converted,
  type ResourceOperation,
} from '../../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../../actors/protocol/resource-selection.ts';
import {
  formatResources,
  minus,
  parseResources,
  plus,
  type Resources,
  type ScalarResource,
  scalarMilli,
} from '../../../actors/protocol/resources.ts';

const dynamic = (role: string): Reservation => ({ type: 'dynamic', role });
const total = parseResources('cpus:4;mem:64;disk:100;ports:[1-9]');

function applied(resources: Resources, ...operations: readonly ResourceOperation[]): Resources {
  return operations.reduce((sum, operation) => {
    const next = converted(sum, conversionOf(operation));
    ok(next !== undefined, `${operation.type} is possible`);
    return next;
  }, resources);
}

function volume(milli: number, more: Partial<ScalarResource> = {}): ScalarResource {
  const disk: Disk = { persistence: { id: 'v' }, volume: { containerPath: 'data', mode: 'rw' } };
  return { name: 'disk', type: 'scalar', milli, reservations: [dynamic('a')], disk, ...more };
}

test('what is reserved is what it was with one reservation more, and comes back', () => {
  const part = parseResources('cpus:1;ports:[3-4]');
  const once = pushReservation(part, dynamic('a'));
  const twice = pushReservation(once, dynamic('a/b'));
  const reserved = applied(total, { type: 'reserve', resources: once });
  deepEqual(reserved, plus(minus(total, part), once));
  const refined = applied(reserved, { type: 'reserve', resources: twice });
  equal(
    formatResources(minus(refined, parseResources('cpus:4;mem:64;disk:100;ports:[1-9]'))),
    formatResources(twice),
  );
  deepEqual(applied(refined, { type: 'unreserve', resources: twice }), reserved);
  deepEqual(applied(reserved, { type: 'unreserve', resources: once }), total);
});

test('an operator moves a reservation from one role to another', () => {
  const [source, resources] = ['a', 'b'].map((role) =>
    pushReservation(parseResources('cpus:1'), dynamic(role)),
  ) as [Resources, Resources];
  const reserved = applied(total, { type: 'reserve', resources: source });
  deepEqual(
    applied(reserved, { type: 'reserve', source, resources }),
    applied(total, { type: 'reserve', resources }),
  );
});

test('what is not there can not be changed', () => {
  const resources = pushReservation(parseResources('cpus:5'), dynamic('a'));
  equal(converted(total, conversionOf({ type: 'reserve', resources })), undefined);
  equal(
    converted(total, conversionOf({ type: 'destroyVolumes', volumes: [volume(1)] })),
    undefined,
  );
});

test('a volume is made of reserved disk, and leaves it', () => {
  const disk = pushReservation(parseResources('disk:50'), dynamic('a'));
  const reserved = applied(total, { type: 'reserve', resources: disk });
  const volumes = [volume(20_000)];
  const created = applied(reserved, { type: 'createVolumes', volumes });
  equal(scalarMilli(created, 'disk'), 100_000);
  deepEqual(applied(created, { type: 'destroyVolumes', volumes }), reserved);
  const grown = applied(created, {
    type: 'growVolume',
    volume: volume(20_000),
    addition: { name: 'disk', type: 'scalar', milli: 30_000, reservations: [dynamic('a')] },
  });
  ok(grown.some((one) => one.type === 'scalar' && one.milli === 50_000 && one.disk));
  deepEqual(
    applied(grown, { type: 'shrinkVolume', volume: volume(50_000), subtractMilli: 30_000 }),
    created,
  );
});

test('on a disk of its own, a volume leaves that disk', () => {
  const source = { type: 'mount', root: '/mnt' } as const;
  const whole: ScalarResource = {
    ...{ name: 'disk', type: 'scalar', milli: 5000, disk: { source } },
    reservations: [dynamic('a')],
  };
  const volumes = [{ ...whole, disk: { ...volume(1).disk, source } }];
  const created = applied([whole], { type: 'createVolumes', volumes });
  deepEqual(created, volumes);
  deepEqual(applied(created, { type: 'destroyVolumes', volumes }), [whole]);
});

test('property: whatever is done, there is as much of everything', () => {
  const roles = fc.constantFrom('a', 'b');
  const milli = fc.integer({ min: 1, max: 60_000 });
  const operation = fc.oneof(
    fc.tuple(roles, milli).map(
      ([role, amount]): ResourceOperation => ({
        type: 'reserve',
        resources: [{ name: 'disk', type: 'scalar', milli: amount, reservations: [dynamic(role)] }],
      }),
    ),
    fc.tuple(roles, milli).map(
      ([role, amount]): ResourceOperation => ({
        type: 'unreserve',
        resources: [{ name: 'disk', type: 'scalar', milli: amount, reservations: [dynamic(role)] }],
      }),
    ),
    milli.map(
      (amount): ResourceOperation => ({ type: 'createVolumes', volumes: [volume(amount)] }),
    ),
    milli.map(
      (amount): ResourceOperation => ({ type: 'destroyVolumes', volumes: [volume(amount)] }),
    ),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      let resources = total;
      for (const each of operations) {
        // A volume of this id is made once.
        if (each.type === 'createVolumes' && resources.some(({ disk }) => disk)) continue;
        resources = converted(resources, conversionOf(each)) ?? resources;
        for (const name of ['cpus', 'mem', 'disk']) {
          equal(scalarMilli(resources, name), scalarMilli(total, name));
        }
      }
    }),
  );
});
