/** Values of flags about resources: as text, and as the JSON that Mesos reads. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { FlagUnit } from '../../bin/flag-units.ts';
import { attributes, environment, quantities, resources } from '../../bin/resource-units.ts';

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

test('resources as JSON that are reserved, malformed or no list are refused with the place', () => {
  const one = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
  refuses(
    resources,
    JSON.stringify([{ ...one, role: 'ads' }]),
    /Resource\.role \(in \[0\]\.role\)/,
  );
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
