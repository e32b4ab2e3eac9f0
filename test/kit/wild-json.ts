/** JSON with things in it that no encoder writes: see `wild-calls.ts`. */
import type { Random } from './random.ts';
import type { Branch, Leaf, Tree } from './wild-calls.ts';

export interface WildWriting {
  readonly random: Random;
  /** Whether here something else comes than what should. */
  readonly odd: () => boolean;
}

/** In place of a value. */
const VALUES: readonly string[] = [
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '[[]]',
    '[null]',
    '-',
    '+1',
    '01',
    '.5',
    '1.',
    '0x1',
    '1_000',
  ],
  ...['1e400', '-1e400', '1e-400', '-0', '18446744073709551616', '-9223372036854775809', '0.1e1'],
  ...['NaN', 'Infinity', '-Infinity', 'undefined', '"NaN"', '"Infinity"', '"-Infinity"', '"1e400"'],
  ...[
    '"-1"',
    '"18446744073709551616"',
    '"0x10"',
    '" 1"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
  ],
  ...[
    '"\\x"',
    '"\u0001"',
    '"\ufeff"',
    '"..\\/..\\/etc\\/passwd"',
    "'x'",
    '/**/1',
    '"',
    '{"',
    '[',
    ']',
  ],
  '9'.repeat(400),
  `"${'9'.repeat(400)}"`,
  `"${'x'.repeat(5000)}"`,
  `${'['.repeat(250)}${']'.repeat(250)}`,
  `${'['.repeat(20_000)}`,
  `${'{"value":'.repeat(250)}1${'}'.repeat(250)}`,
  `[${'1,'.repeat(2000)}1]`,
  '{"value":{"value":{"value":"x"}}}',
  '{"type":"SCALAR","scalar":{"value":1e400}}',
  '{"nanoseconds":99999999999999999999}',
];
/** In front of a member. */
const MEMBERS: readonly string[] = [
  ...[
    '"__proto__":{"type":"TEARDOWN"},',
    '"constructor":{"prototype":{"x":1}},',
    '"toString":null,',
  ],
  ...[
    '"hasOwnProperty":1,',
    '"type":"NO_SUCH_TYPE",',
    '"type":null,',
    '"type":2,',
    '"":1,',
    '"x":1,',
  ],
  ...[
    '"value":"x",',
    '"value":1,',
    '"\\u0074ype":"TEARDOWN",',
    '"length":-1,',
    '"then":{},',
    ',',
    'x:1,',
  ],
];

export function wildJson(tree: Tree, writing: WildWriting): Buffer {
  const { random, odd } = writing;
  const text = objectOf(tree, writing);
  const framed = odd() ? random.pick(['\ufeff', ' '.repeat(5000), '[', '{}', 'x']) + text : text;
  return Buffer.from(odd() ? framed + random.pick(['}', ' {}', '\u0000', 'null']) : framed);
}

function objectOf({ branches }: Tree, writing: WildWriting): string {
  const { random, odd } = writing;
  const lists = new Map<string, Branch[]>();
  const members: string[] = [];
  for (const branch of branches) {
    const { field } = branch;
    if (field.label === 'required' || field.label === 'optional') {
      members.push(field.jsonKey + valueText(branch, writing));
      continue;
    }
    const list = lists.get(field.jsonKey) ?? [];
    lists.set(field.jsonKey, [...list, branch]);
  }
  for (const [key, list] of lists) {
    const texts = list.map((branch) => {
      const text = valueText(branch, writing);
      return branch.key === undefined ? text : `${JSON.stringify(branch.key)}:${text}`;
    });
    const isMap = list[0]?.key !== undefined;
    members.push(key + (isMap ? `{${texts.join()}}` : `[${texts.join()}]`));
  }
  return `{${members.map((text) => (odd() ? random.pick(MEMBERS) + text : text)).join()}}`;
}

function valueText({ value }: Branch, writing: WildWriting): string {
  const { random, odd } = writing;
  if (odd()) return random.pick(VALUES);
  if (typeof value === 'object' && 'branches' in value) return objectOf(value, writing);
  return leafText(value);
}

function leafText(value: Leaf): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'object') return JSON.stringify(Buffer.from(value).toString('base64'));
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  return JSON.stringify(value);
}
