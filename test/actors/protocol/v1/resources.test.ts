/** Resources and attributes between Mesos and our nouns. Rules: Mesos, src/common/resources.cpp. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAttributes, parseResources, plus } from '../../../../actors/protocol/resources.ts';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import {
  fromAttributes,
  fromResources,
} from '../../../../actors/protocol/v1/from-nouns/resources.ts';
import { readWith } from '../../../../actors/protocol/v1/reading.ts';
import {
  allocationRoleOf,
  toAttributes,
  toResources,
} from '../../../../actors/protocol/v1/to-nouns/resources.ts';

type Resource = V1<'Resource'>;

const cpus = (value: number): Resource => ({ name: 'cpus', type: 'SCALAR', scalar: { value } });
const ports = (...pairs: readonly (readonly [bigint, bigint])[]): Resource => ({
  name: 'ports',
  type: 'RANGES',
  ranges: { range: pairs.map(([begin, end]) => ({ begin, end })) },
});

function read(...list: readonly Resource[]) {
  return readWith((report) => toResources(list, report, 'resources'));
}

function refusal(resource: Resource): string | undefined {
  return read(resource).invalid[0]?.sentence;
}

test('resources are summed into canonical ones, in thousandths', () => {
  const { noun, notSupported, invalid } = read(
    cpus(0.1),
    { name: 'disks', type: 'SET', set: { item: ['b', 'a'] } },
    ports([31002n, 31003n], [31000n, 31001n]),
    cpus(0.2004),
    cpus(0),
    { ...cpus(1), role: '*', allocation_info: { role: 'ads' } },
  );
  deepEqual(noun, parseResources('cpus:1.3;disks:{a,b};ports:[31000-31003]'));
  deepEqual([...notSupported, ...invalid], []);
});

test('what our resources cannot be is reported with its path', () => {
  const { notSupported } = read(
    { ...cpus(1), provider_id: { value: 'p' } },
    cpus(Number.POSITIVE_INFINITY),
    ports([0n, 2n ** 64n - 1n]),
    { ...cpus(1), name: 'two words' },
  );
  deepEqual(
    notSupported.map(({ path, field }) => `${path} ${field}`),
    [
      'resources[0].provider_id Resource.provider_id',
      'resources[1].scalar Resource.scalar',
      'resources[2].ranges Resource.ranges',
      'resources[3].name Resource.name',
    ],
  );
});

test('reservations of either form, volumes and the rest come back as they were', () => {
  const disk: Resource = { name: 'disk', type: 'SCALAR', scalar: { value: 64 } };
  const dynamic = { type: 'DYNAMIC', role: 'ads/b', principal: 'p' } as const;
  const labels = { labels: [{ key: 'k', value: 'v' }, { key: 'only' }] };
  const list: Resource[] = [
    {
      ...cpus(1),
      reservations: [
        { type: 'STATIC', role: 'ads' },
        { ...dynamic, labels },
      ],
    },
    { ...cpus(2), revocable: {} },
    {
      ...disk,
      reservations: [{ type: 'STATIC', role: 'ads' }],
      disk: {
        persistence: { id: 'v', principal: 'p' },
        volume: { mode: 'RW', container_path: 'data' },
        source: { type: 'MOUNT', mount: { root: '/mnt/a' } },
      },
    },
    {
      ...disk,
      reservations: [dynamic],
      disk: { persistence: { id: 'w' }, source: { type: 'PATH', path: {} } },
      shared: {},
    },
    { ...disk, disk: { source: { type: 'RAW', id: 'i', profile: 'fast', vendor: 'x' } } },
  ];
  for (const one of list) {
    const { noun, notSupported, invalid } = read(one);
    deepEqual([...notSupported, ...invalid], []);
    deepEqual(fromResources(noun), [one]);
  }
  const old = { ...cpus(1), role: 'ads', reservation: { principal: 'p' } };
  deepEqual(fromResources(read(old).noun), [
    { ...cpus(1), reservations: [{ type: 'DYNAMIC', role: 'ads', principal: 'p' }] },
  ]);
  deepEqual(fromResources(read({ ...cpus(1), role: 'ads' }).noun), [
    { ...cpus(1), reservations: [{ type: 'STATIC', role: 'ads' }] },
  ]);
  deepEqual(fromResources(read({ ...disk, disk: {} }).noun), [disk]);
});

test('what is shared comes and goes as often as it is used', () => {
  const volume: Resource = {
    ...{ name: 'disk', type: 'SCALAR', scalar: { value: 1 }, shared: {} },
    reservations: [{ type: 'DYNAMIC', role: 'ads' }],
    disk: { persistence: { id: 'v' } },
  };
  const { noun } = read(volume, volume);
  equal(noun.length, 1);
  deepEqual(fromResources(noun), [volume, volume]);
});

test('a resource that is not what it says is refused in the words of Mesos', () => {
  const refined = (...roles: readonly string[]): Resource => ({
    ...cpus(1),
    reservations: roles.map((role) => ({ type: 'DYNAMIC', role })),
  });
  const cases: readonly (readonly [Resource, string])[] = [
    [{ ...cpus(1), name: '' }, 'Empty resource name'],
    [{ name: 'cpus', type: 'SCALAR' }, 'Invalid scalar resource'],
    [{ ...cpus(1), set: {} }, 'Invalid scalar resource'],
    [cpus(-1), 'Invalid scalar resource: value <= 0'],
    [cpus(0.0004), 'Invalid scalar resource: value <= 0'],
    [cpus(Number.NaN), 'Invalid scalar resource: value <= 0'],
    [ports([2n, 1n]), 'Invalid ranges resource: begin > end'],
    [ports([1n, 3n], [5n, 6n], [3n, 4n]), 'Invalid ranges resource: overlapping ranges'],
    [
      { name: 'd', type: 'SET', set: { item: ['a', 'a'] } },
      'Invalid set resource: duplicated elements',
    ],
    [{ name: 't', type: 'TEXT' }, 'Unsupported resource type'],
    [{ ...cpus(1), disk: {} }, 'DiskInfo should not be set for cpus resource'],
    [
      { ...cpus(1), name: 'disk', disk: { source: { type: 'RAW', mount: {} } } },
      'Mount should not be set for RAW disk source',
    ],
    [
      { ...cpus(1), reservation: {} },
      'Invalid reservation: role "*" cannot be dynamically reserved',
    ],
    [
      { ...cpus(1), role: 'a', reservation: { role: 'a' } },
      "'Resource.ReservationInfo.role' must not be set for the 'Resource.reservation' field",
    ],
    [
      { ...cpus(1), reservations: [{ role: 'a' }] },
      "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.",
    ],
    [refined('*'), 'Invalid reservation: role "*" cannot be reserved'],
    [refined('/a'), "Role '/a' cannot start with a slash"],
    [{ ...cpus(1), role: '..' }, "Role '..' cannot include '..' as a component"],
    [{ ...cpus(1), shared: {} }, 'Resource cpus cannot be shared'],
    [{ ...cpus(1), name: 'disk', shared: {} }, 'Only persistent volumes can be shared'],
    [refined('a', 'b'), "Invalid refined reservation: role 'b' is not a refinement of 'a'"],
    [
      { ...refined('a'), role: 'b' },
      "Invalid resource format: 'Resource.role' field with 'b' does not match the role 'a' in 'Resource.reservations'",
    ],
  ];
  for (const [resource, sentence] of cases) equal(refusal(resource), sentence);
  equal(refusal(refined('a', 'a/b', 'a/b/c')), undefined);
});

test('our resources come back from Mesos as they were', () => {
  const scalar = fc.integer({ min: 1, max: 1e12 }).map((milli) => `cpus:${milli / 1000}`);
  const range = fc
    .tuple(fc.nat(), fc.nat({ max: 99 }))
    .map(([begin, more]) => `p:[${begin}-${begin + more}]`);
  const part = fc.oneof(scalar, range, fc.constantFrom('d:{a}', 'd:{b,c}', 'mem:0.001'));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const resources = parts.map(parseResources).reduce(plus, []);
      deepEqual(read(...fromResources(resources, 'ads')).noun, resources);
    }),
  );
});

test('resources know the role they are allocated to when it is one', () => {
  const [one, other] = ['ads', 'web'].map((role) => ({ ...cpus(1), allocation_info: { role } }));
  equal(allocationRoleOf(fromResources(parseResources('cpus:1;mem:1'), 'ads')), 'ads');
  equal(allocationRoleOf([cpus(1), cpus(1)]), undefined);
  equal(allocationRoleOf([one ?? cpus(1), other ?? cpus(1)]), undefined);
});

test('attributes that look like numbers or ranges are numbers or ranges', () => {
  const attributes = parseAttributes('rack:r1;n:1.5;ports:[1-2,5-7];s:{a}');
  const theirs = fromAttributes(attributes);
  deepEqual(theirs, [
    { name: 'rack', type: 'TEXT', text: { value: 'r1' } },
    { name: 'n', type: 'SCALAR', scalar: { value: 1.5 } },
    {
      name: 'ports',
      type: 'RANGES',
      ranges: {
        range: [
          { begin: 1n, end: 2n },
          { begin: 5n, end: 7n },
        ],
      },
    },
    { name: 's', type: 'TEXT', text: { value: '{a}' } },
  ]);
  deepEqual(readWith((report) => toAttributes(theirs, report, '')).noun, attributes);
});
