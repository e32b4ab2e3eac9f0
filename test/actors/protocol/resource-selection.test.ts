/** Parts of resources, by whose they are. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  allocatableTo,
  claim,
  popReservation,
  pushReservation,
  reserved,
  unreserved,
} from '../../../actors/protocol/resource-selection.ts';
import {
  contains,
  formatResources,
  parseResources,
  plus,
  scalarMilli,
} from '../../../actors/protocol/resources.ts';

const mixed = parseResources('cpus:1;cpus(eng):2;cpus(eng/ml):4;cpus(ads):8;ports(eng):[1-4]');

test("a role may have what is nobody's, its own, and that of the roles above it", () => {
  equal(
    formatResources(allocatableTo(mixed, 'eng/ml')),
    'cpus:1;cpus(eng):2;cpus(eng/ml):4;ports(eng):[1-4]',
  );
  equal(formatResources(allocatableTo(mixed, 'eng')), 'cpus:1;cpus(eng):2;ports(eng):[1-4]');
  equal(formatResources(allocatableTo(mixed, 'engineers')), 'cpus:1');
  equal(formatResources(allocatableTo(mixed, '*')), 'cpus:1');
  deepEqual(plus(reserved(mixed), unreserved(mixed)), mixed);
});

test('a reservation stands on another one, and what is below it comes back without it', () => {
  const free = parseResources('cpus:4;mem:64');
  const once = pushReservation(free, { type: 'dynamic', role: 'eng', principal: 'p' });
  const twice = pushReservation(once, { type: 'dynamic', role: 'eng/ml' });
  deepEqual(unreserved(twice), []);
  deepEqual(popReservation(twice), once);
  deepEqual(popReservation(once), free);
  ok(!contains(twice, once));
});

test('what is claimed is reserved first, and no more than there is', () => {
  const claimed = (free: string, wanted: string) => {
    const found = claim(parseResources(free), parseResources(wanted));
    return found && formatResources(found);
  };
  equal(claimed('cpus:4;cpus(a):1', 'cpus:3'), 'cpus:2;cpus(a):1');
  equal(claimed('cpus:4;cpus(a):1', 'cpus:6'), undefined);
  equal(claimed('cpus:4;cpus(a):1', 'cpus(a):1;cpus:4'), 'cpus:4;cpus(a):1');
  equal(claimed('cpus:4;cpus(a):1', 'cpus(a):2'), undefined);
  equal(claimed('ports:[1-5];ports(a):[6-9]', 'ports:[5-6]'), 'ports:[5-5];ports(a):[6-6]');
  equal(claimed('disks:{a};disks(r):{b}', 'disks:{a,b}'), 'disks:{a};disks(r):{b}');
  equal(claimed('mem:5', ''), '');
  const [revocable] = parseResources('cpus:4').map((one) => ({ ...one, revocable: true as const }));
  equal(revocable && claim([revocable], parseResources('cpus:1')), undefined);
});

test('property: a claim is part of what is free, comes to what is wanted, and is only refused for want of it', () => {
  const amount = fc.integer({ min: 1, max: 9 });
  const entry = fc.tuple(fc.constantFrom('cpus', 'cpus(a)', 'cpus(a/b)', 'mem', 'mem(a)'), amount);
  const text = (entries: readonly (readonly [string, number])[]) =>
    parseResources(entries.map(([name, value]) => `${name}:${value}`).join(';'));
  fc.assert(
    fc.property(fc.array(entry), amount, fc.nat(9), (entries, cpus, mem) => {
      const free = text(entries);
      const wanted = text([
        ['cpus', cpus],
        ['mem', mem],
      ]);
      const claimed = claim(free, wanted);
      const enough = ['cpus', 'mem'].every(
        (name) => scalarMilli(free, name) >= scalarMilli(wanted, name),
      );
      equal(claimed !== undefined, enough);
      if (claimed === undefined) return;
      ok(contains(free, claimed));
      for (const name of ['cpus', 'mem']) {
        equal(scalarMilli(claimed, name), scalarMilli(wanted, name));
      }
    }),
  );
});
