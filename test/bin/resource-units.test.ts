/** Values of flags about resources: as text, and as the JSON that Mesos reads. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { FlagUnit } from '../../bin/flag-units.ts';
import {
  attributes,
  defaultRole,
  environment,
  quantities,
  resources,
} from '../../bin/resource-units.ts';

test('resources that cannot be read are refused with the part that is wrong', () => {
  equal(resources.read('cpus:4;mem:1024').length, 2);
  refuses(resources, 'cpus=4', /cpus=4/);
});

test('resources as JSON are those that the text says', () => {
  const json = JSON.stringify([
    { name: 'mem', type: 'SCALAR', scalar: { value: 24 }, role: '*' },
    { name: 'cpus', type: 'SCALAR', scalar: { value: '1.5' } },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 32000 }] } },
    { name: 'disks', type: 'SET', set: { item: ['b', 'a'] } },
  ]);
  deepEqual(
    resources.read(json),
    resources.read('cpus:1.5;mem:24;ports:[31000-32000];disks:{a,b}'),
  );
});

test('resources of roles and disks of their own are said as JSON, or roles as text', () => {
  const disk = { name: 'disk', type: 'SCALAR', scalar: { value: 8 } };
  const reservations = [{ type: 'STATIC', role: 'ads' }];
  const source = { type: 'MOUNT', mount: { root: '/mnt/data' } };
  deepEqual(resources.read(JSON.stringify([{ ...disk, reservations, disk: { source } }])), [
    {
      ...{ name: 'disk', type: 'scalar', milli: 8000 },
      reservations: [{ type: 'static', role: 'ads' }],
      disk: { source: { type: 'mount', root: '/mnt/data' } },
    },
  ]);
  deepEqual(
    resources.read(JSON.stringify([{ ...disk, role: 'ads' }])),
    resources.read('disk(ads):8'),
  );
  equal(defaultRole.read('*'), '*');
  refuses(defaultRole, 'a b', /must not contain whitespace/);
});

test('what is made of resources while an agent runs is refused at its start', () => {
  const disk = { name: 'disk', type: 'SCALAR', scalar: { value: 8 } };
  const refused = (more: object, why: RegExp) =>
    refuses(resources, JSON.stringify([{ ...disk, ...more }]), why);
  const dynamic = [{ type: 'DYNAMIC', role: 'ads' }];
  refused({ reservations: dynamic }, /^Dynamic reservations cannot be specified/);
  refused({ revocable: {} }, /^Revocable resources cannot be specified/);
  const volume = { mode: 'RW', container_path: 'data' };
  refused(
    { role: 'ads', disk: { persistence: { id: 'v' }, volume } },
    /^Persistent volumes cannot be specified/,
  );
  refused({ disk: { source: { type: 'RAW' } } }, /a provider of storage/);
  refused({ disk: { source: { type: 'PATH' } } }, /needs a root|path/i);
});

test('resources as JSON that are malformed or no list are refused with the place', () => {
  const one = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
  refuses(
    resources,
    JSON.stringify([one, { ...one, scalar: { value: -1 } }]),
    /value <= 0 \(in \[1\]/,
  );
  refuses(resources, '[{"name": "cpus"}]', /./);
  refuses(resources, '[', /Failed to parse body into JSON/);
});

test('what is worth an offer is told by quantities, one set of them or another', () => {
  deepEqual(quantities.read('disk:1|cpus:1;ports:2'), [
    [{ name: 'disk', type: 'scalar', milli: 1000 }],
    [
      { name: 'cpus', type: 'scalar', milli: 1000 },
      { name: 'ports', type: 'scalar', milli: 2000 },
    ],
  ]);
  deepEqual(quantities.read(''), []);
  refuses(quantities, 'ports:[1-2]', /numbers only/);
  refuses(quantities, 'cpus:1|', /quantities look like/);
});

test('variables for all programs are texts of a JSON object', () => {
  deepEqual(environment.read('{"PATH": "/bin", "A": ""}'), [
    { name: 'PATH', value: '/bin' },
    { name: 'A', value: '' },
  ]);
  for (const text of ['[]', '{"A": 1}', '{"A=B": "1"}', '{"": "1"}', '"x"'])
    refuses(environment, text, /variables look like/);
  refuses(environment, '{', /Failed to parse/);
});

test('attributes that cannot be read are refused with the part that is wrong', () => {
  equal(attributes.read('rack:2;u:1').length, 2);
  refuses(attributes, 'rack', /"rack" must be a name/);
});

function refuses(of: FlagUnit<unknown>, text: string, why: RegExp): void {
  throws(() => of.read(text), { name: 'FlagValueFault', message: why });
}
