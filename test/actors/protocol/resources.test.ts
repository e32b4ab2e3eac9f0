/** Resources: exact sums, canonical lists, and the text form of both directions. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ranges } from '../../../actors/protocol/ranges.ts';
import { isPlain, type Reservation } from '../../../actors/protocol/resource-kinds.ts';
import {
  compareResources,
  contains,
  equalResources,
  formatAttributes,
  formatResources,
  isEmpty,
  minus,
  overlap,
  parseAttributes,
  parseResources,
  plus,
  type Resource,
  type Resources,
  scalarMilli,
} from '../../../actors/protocol/resources.ts';
import { CodedError } from '../../../runtime/errors.ts';

test('scalars are rounded to thousandths, half away from zero, and sum exactly', () => {
  equal(scalarMilli(parseResources('cpus:0.0005'), 'cpus'), 1);
  equal(scalarMilli(parseResources('cpus:1.2344'), 'cpus'), 1234);
  equal(formatResources(plus(parseResources('cpus:0.1'), parseResources('cpus:0.2'))), 'cpus:0.3');
  equal(scalarMilli(parseResources('mem:1e3'), 'cpus'), 0);
});

test('what is written in any order and with blanks is read into the canonical form', () => {
  const text =
    ' mem: 1024 ; cpus:4;;ports:[ 33000-33010 , 31000 - 32000 ];disks:{ b, a };cpus:1.5;';
  equal(
    formatResources(parseResources(text)),
    'cpus:5.5;disks:{a,b};mem:1024;ports:[31000-32000,33000-33010]',
  );
});

test('overlapping and adjacent ranges are coalesced, up to 2^53 - 1', () => {
  equal(formatResources(parseResources('p:[1-3,2-5,6-6,8-9]')), 'p:[1-6,8-9]');
  const top = `p:[0-${Number.MAX_SAFE_INTEGER}]`;
  equal(formatResources(parseResources(top)), top);
});

test('amounts of nothing vanish', () => {
  ok(isEmpty(parseResources('cpus:0;mem:0.0004;ports:[];disks:{}')));
  ok(isEmpty(parseResources('')));
});

test('what cannot be parsed is quoted with what is expected', () => {
  const code = 'resourcesMalformed';
  const say = (text: string) => `Cannot parse resources: ${text}`;
  const faults: Record<string, string> = {
    cpus: '"cpus" must be a name, a colon and an amount, like "cpus:4"',
    'cpus:': '"cpus:" must be a name, a colon and an amount, like "cpus:4"',
    'cpus:1:2': '"cpus:1:2" must be a name, a colon and an amount, like "cpus:4"',
    'cpus:-1':
      '"cpus:-1" must have a number, ranges like "[1-9,20-29]" or a set like "{a,b}" after the colon',
    'mem:1;cpus:many':
      '"cpus:many" must have a number, ranges like "[1-9,20-29]" or a set like "{a,b}" after the colon',
    'cpus:1e13': '"cpus:1e13" is too much, the largest amount is 1000000000000',
    'ports:[1-2': '"ports:[1-2" does not end with "]"',
    'ports:[1-x]': '"ports:[1-x]" has "1-x" where a range like "1-9" is expected',
    'ports:[9-1]': '"ports:[9-1]" has "9-1", a range that ends before it begins',
    'ports:[1-9007199254740992]':
      '"ports:[1-9007199254740992]" has "1-9007199254740992", and no number may be above 9007199254740991',
    'disks:{a,}': '"disks:{a,}" has "" where a name is expected',
  };
  for (const [text, fault] of Object.entries(faults)) {
    throws(() => parseResources(text), { name: 'CodedError', code, message: say(fault) });
  }
});

test('a role in parentheses reserves for it, and is shown again', () => {
  const text = 'cpus:1;cpus(ads):8;cpus(eng/ml):2;ports(ads):[1-2]';
  const resources = parseResources(
    'cpus(ads):5;ports(ads):[1-2];cpus(eng/ml):2;cpus(*):1;cpus(ads):3',
  );
  equal(formatResources(resources), text);
  deepEqual(resources[1]?.reservations, [{ type: 'static', role: 'ads' }]);
  equal(scalarMilli(resources, 'cpus'), 11_000);
  throws(() => parseResources('cpus(a b):1'), {
    code: 'resourcesMalformed',
    message:
      'Cannot parse resources: "cpus(a b):1" reserves for a role that must not contain whitespace',
  });
  for (const wrong of [
    'cpus():1',
    'cpus(a/):1',
    'cpus(a)b:1',
    '(a):1',
    'cpus(a:1',
    'cpus((a)):1',
  ]) {
    throws(() => parseResources(wrong), { code: 'resourcesMalformed' }, wrong);
  }
});

test('attributes are names and values, and a value may hold a colon', () => {
  const attributes = parseAttributes('rack:r1; zone: z ;url:http://a:1');
  deepEqual(attributes, [
    { name: 'rack', value: 'r1' },
    { name: 'zone', value: 'z' },
    { name: 'url', value: 'http://a:1' },
  ]);
  equal(formatAttributes(attributes), 'rack:r1;zone:z;url:http://a:1');
  throws(() => parseAttributes('rack'), { code: 'attributesMalformed' });
  throws(() => parseAttributes('a b:c'), { code: 'attributesMalformed' });
});

test('subtraction clamps at nothing and ignores what is not there', () => {
  equal(subtracted('cpus:2;mem:10', 'cpus:3;gpus:1'), 'mem:10');
  equal(subtracted('ports:[1-10]', 'ports:[3-4,9-20]'), 'ports:[1-2,5-8]');
  equal(subtracted('ports:[1-3,5-7,9-11]', 'ports:[2-10]'), 'ports:[1-1,11-11]');
  equal(subtracted('disks:{a,b}', 'disks:{b,c}'), 'disks:{a}');
});

test('the same name with another type is another resource', () => {
  const both = plus(parseResources('disk:1'), parseResources('disk:{a}'));
  equal(formatResources(both), 'disk:1;disk:{a}');
  equal(formatResources(minus(both, parseResources('disk:{a}'))), 'disk:1');
  ok(!contains(parseResources('disk:1'), parseResources('disk:{a}')));
});

test('ranges and sets overlap when they share a member, scalars never', () => {
  const left = parseResources('cpus:1;disks:{a,b};ports:[1-5,9-12]');
  ok(overlap(left, parseResources('ports:[6-9]')));
  ok(overlap(left, parseResources('disks:{b}')));
  ok(!overlap(left, parseResources('cpus:1;disks:{c};ports:[6-8,13-14]')));
});

test('what is reserved for another role, or lies on another disk, is another resource', () => {
  const [mine, yours] = ['cpus(ads):4', 'cpus(eng):4'].map(parseResources) as [
    Resources,
    Resources,
  ];
  equal(formatResources(minus(plus(mine, yours), mine)), 'cpus(eng):4');
  ok(!contains(yours, mine));
  const [free] = parseResources('disk:10') as [Resource];
  const kinds: Partial<Resource>[] = [
    { reservations: [{ type: 'dynamic', role: 'ads' }] },
    { reservations: [{ type: 'dynamic', role: 'ads', principal: 'somebody' }] },
    { reservations: [{ type: 'dynamic', role: 'ads', labels: [{ key: 'k' }] }] },
    {
      reservations: [
        { type: 'static', role: 'ads' },
        { type: 'dynamic', role: 'ads/b' },
      ],
    },
    { disk: { persistence: { id: 'v' } } },
    { disk: { source: { type: 'path', root: '/a' } } },
    { disk: { source: { type: 'mount', root: '/a' } } },
    { revocable: true },
    { shared: true },
  ];
  const all = kinds.map((kind) => [{ ...free, ...kind } as Resource]);
  const sum = all.reduce<Resources>((some, one) => plus(some, one), [free]);
  equal(sum.length, kinds.length + 1);
  for (const one of all) ok(contains(sum, one) && !contains([free], one));
});

test('where a volume is mounted, and who made it, does not make it another one', () => {
  const volume = (containerPath: string, principal: string): Resources => [
    {
      ...{ name: 'disk', type: 'scalar', milli: 1000 },
      disk: { persistence: { id: 'v', principal }, volume: { containerPath, mode: 'rw' } },
    },
  ];
  ok(equalResources(volume('data', 'a'), volume('other', 'b')));
  deepEqual(minus(volume('data', 'a'), volume('other', 'b')), []);
});

test('a volume is there or not: it is never in part, and overlaps itself', () => {
  const volume = (milli: number): Resources => [
    { name: 'disk', type: 'scalar', milli, disk: { persistence: { id: 'v' } } },
  ];
  ok(!contains(volume(2000), volume(1000)));
  deepEqual(minus(volume(2000), volume(1000)), volume(2000));
  ok(overlap(volume(1000), volume(1000)));
  deepEqual(plus(volume(1000), volume(1000)), volume(1000));
});

test('what is shared is there as often as it was handed out', () => {
  const one: Resources = [
    { name: 'disk', type: 'scalar', milli: 1000, shared: true, disk: { persistence: { id: 'v' } } },
  ];
  const three = plus(plus(one, one), one);
  deepEqual(three, [{ ...one[0], copies: 3 }]);
  ok(contains(three, plus(one, one)) && !contains(one, three) && !overlap(one, three));
  deepEqual(minus(minus(three, one), one), one);
  deepEqual(minus(one, three), []);
  equal(formatResources(three), 'disk[v]<SHAREDx3>:1');
});

test('what only frameworks and operators make is shown as Mesos shows it', () => {
  const shown = (kind: Partial<Resource>) =>
    formatResources([{ name: 'disk', type: 'scalar', milli: 5000, ...kind } as Resource]);
  const dynamic = {
    type: 'dynamic',
    role: 'ads',
    principal: 'p',
    labels: [{ key: 'k', value: 'v' }],
  };
  equal(
    shown({ reservations: [{ type: 'static', role: 'a' }, dynamic as Reservation] }),
    'disk(reservations: [(STATIC,a),(DYNAMIC,ads,p,{k: v})]):5',
  );
  equal(
    shown({
      disk: {
        source: { type: 'mount', root: '/mnt' },
        persistence: { id: 'v' },
        volume: { containerPath: 'data', mode: 'rw' },
      },
    }),
    'disk[MOUNT:/mnt,v:data]:5',
  );
  equal(shown({ revocable: true }), 'disk{REV}:5');
});

test('property: plus is commutative and associative, and minus takes back what plus gave', () => {
  fc.assert(
    fc.property(resources(), resources(), resources(), (a, b, c) => {
      deepEqual(plus(a, b), plus(b, a));
      deepEqual(plus(plus(a, b), c), plus(a, plus(b, c)));
      ok(equalResources(plus(a, b), plus(b, a)));
      ok(contains(plus(a, b), a) && contains(plus(a, b), b));
      if (!overlap(a, b)) deepEqual(minus(plus(a, b), b), a);
      deepEqual(minus(minus(a, b), c), minus(a, plus(b, c)));
      deepEqual(minus(a, a), []);
      if (contains(a, b)) deepEqual(plus(minus(a, b), b), a);
      equal(contains(a, b), isEmpty(minus(b, a)));
      equal(equalResources(a, b), contains(a, b) && contains(b, a));
    }),
  );
});

test('property: every result is canonical, and is read back as it was written', () => {
  fc.assert(
    fc.property(resources(), resources(), (a, b) => {
      for (const result of [a, plus(a, b), minus(a, b)]) {
        canonical(result);
        const plain = result.filter(isPlain);
        deepEqual(parseResources(formatResources(plain)), plain);
      }
    }),
  );
});

test('property: ranges behave like the sets of numbers that they stand for', () => {
  const list = fc.array(fc.tuple(fc.nat(30), fc.nat(5)), { maxLength: 6 });
  const members = (resources: Resources) => {
    const [first] = resources;
    const ranges: Ranges = first?.type === 'ranges' ? first.ranges : [];
    return new Set(
      ranges.flatMap(({ begin, end }) =>
        Array.from({ length: end - begin + 1 }, (_, index) => begin + index),
      ),
    );
  };
  fc.assert(
    fc.property(list, list, (one, other) => {
      const [a, b] = [one, other].map((pairs) =>
        parseResources(`p:[${pairs.map(([begin, size]) => `${begin}-${begin + size}`)}]`),
      ) as [Resources, Resources];
      const [inA, inB] = [members(a), members(b)];
      deepEqual(members(plus(a, b)), new Set([...inA, ...inB].sort((x, y) => x - y)));
      deepEqual(members(minus(a, b)), new Set([...inA].filter((number) => !inB.has(number))));
      equal(
        contains(a, b),
        [...inB].every((number) => inA.has(number)),
      );
      equal(
        overlap(a, b),
        [...inB].some((number) => inA.has(number)),
      );
    }),
  );
});

test('property: no text makes the parser fail in any other way', () => {
  const piece = fc.constantFrom('cpus', ':', ';', '[', ']', '{', '}', '1-2', ',', '(a)', '3', 'x');
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        try {
          canonical(parseResources(text));
        } catch (error) {
          ok(error instanceof CodedError, String(error));
        }
      },
    ),
  );
});

function subtracted(left: string, right: string): string {
  return formatResources(minus(parseResources(left), parseResources(right)));
}

function resources(): fc.Arbitrary<Resources> {
  const milli = fc.integer({ min: 0, max: 5000 }).map((amount) => `${amount / 1000}`);
  const range = fc.tuple(fc.nat(20), fc.nat(5)).map(([begin, size]) => `${begin}-${begin + size}`);
  const ranges = fc.array(range, { maxLength: 4 }).map((list) => `[${list}]`);
  const set = fc.subarray(['a', 'b', 'c']).map((items) => `{${items}}`);
  const entry = fc.tuple(fc.constantFrom('cpus', 'disk', 'ports'), fc.oneof(milli, ranges, set));
  const plain = fc
    .array(entry, { maxLength: 6 })
    .map((entries) => parseResources(entries.map(([name, value]) => `${name}:${value}`).join(';')));
  return fc
    .tuple(plain, fc.array(special(), { maxLength: 4 }))
    .map(([some, specials]) => specials.reduce<Resources>((sum, one) => plus(sum, one), some));
}

/** One that is not plain; what is there as a whole is always of one size. */
function special(): fc.Arbitrary<Resources> {
  const reservations = fc.constantFrom<readonly Reservation[]>(
    [{ type: 'static', role: 'a' }],
    [{ type: 'dynamic', role: 'a' }],
    [
      { type: 'dynamic', role: 'a' },
      { type: 'dynamic', role: 'a/b', principal: 'p' },
    ],
  );
  const disks = fc.constantFrom<Pick<Resource, 'disk' | 'shared'>>(
    { disk: { persistence: { id: 'v' } } },
    { disk: { persistence: { id: 'v' } }, shared: true },
    { disk: { source: { type: 'mount', root: '/m' } } },
  );
  const amount = fc.constantFrom('cpus:1.5', 'cpus:2', 'ports:[1-4]', 'ports:[3-9]', 'disk:{a}');
  return fc.oneof(
    fc
      .tuple(reservations, disks)
      .map(
        ([its, disk]): Resources => [
          { name: 'disk', type: 'scalar', milli: 1000, reservations: its, ...disk },
        ],
      ),
    fc.tuple(amount, reservations, fc.boolean()).map(([text, its, revocable]) =>
      parseResources(text).map((one) => ({
        ...one,
        reservations: its,
        ...(revocable && { revocable: true as const }),
      })),
    ),
  );
}

function canonical(resources: Resources): void {
  resources.forEach((resource, index) => {
    if (index > 0) ok(compareResources(resources[index - 1], resource) < 0);
  });
  for (const resource of resources) {
    if (resource.type === 'scalar') ok(Number.isInteger(resource.milli) && resource.milli > 0);
    if (resource.type === 'set') {
      ok(resource.items.length > 0);
      deepEqual(resource.items, [...new Set(resource.items)].sort());
    }
    if (resource.type === 'ranges') {
      ok(resource.ranges.length > 0);
      let last = -2;
      for (const { begin, end } of resource.ranges) {
        ok(begin > last + 1 && end >= begin);
        last = end;
      }
    }
  }
}
