/**
 * Calls of the v1 APIs as hostile or broken clients make them. A call grows from the schema, or is one that
 * is given; then branches of it are lost, doubled and replaced; while it is written, things that no
 * encoder writes get in between (`wild-json.ts`, `wild-protobuf.ts`); and at last some of its bytes are
 * changed. Each of it happens to some calls only, so that many get far. The seed decides every byte.
 */
import type { Encoding } from '../../actors/protocol/v1/codec.ts';
import { linkedMessage, type V1, type V1Name } from '../../actors/protocol/v1/dictionary.ts';
import type { LinkedField, LinkedMessage } from '../../actors/protocol/v1/linked.ts';
import { mutated } from '../transport/mutations.ts';
import type { Random } from './random.ts';
import { wildJson } from './wild-json.ts';
import { wildProtobuf } from './wild-protobuf.ts';

export type Leaf = string | number | bigint | boolean | Uint8Array;

/** A value of a field: of one that is repeated there are several branches, of a map each has its key. */
export interface Branch {
  readonly field: LinkedField;
  readonly value: Leaf | Tree;
  readonly key?: string;
}

export interface Tree {
  readonly branches: readonly Branch[];
}

export interface WildCalls<Name extends V1Name> {
  readonly random: Random;
  readonly name: Name;
  readonly encoding: Encoding;
  /** Ids that the client knows, by the message that holds them: `AgentID`. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  /** Calls that are in order. */
  readonly examples: readonly V1<Name>[];
}

const DEPTH_MAX = 7;
/** How likely a field that may be left out is there, by depth. */
const FIELD_CHANCES = [0.04, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05];
const TEXTS = [
  ...[
    'x',
    '*',
    '',
    'true',
    'cpus',
    'mem',
    'ports',
    '/',
    '.',
    '..',
    '../../../etc/passwd',
    '%2e%2e',
  ],
  ...[
    'a/b',
    '-x',
    'caf\u00e9',
    '\u0000',
    '\ud83d\ude00',
    ' ',
    'x'.repeat(300),
    '__proto__',
    '1e400',
  ],
  ...['constructor', '127.0.0.1', 'http://127.0.0.1:1/x', '[1-0]', '0'],
];
const NUMBERS = [0, -0, 1, -1, 0.1, 5, 1e9, 2 ** 31, 2 ** 53, -(2 ** 53), 5e-324, 1e308, 1e-9];
const WIDE = [0n, 1n, -1n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n];

export function wildCall<Name extends V1Name>(wild: WildCalls<Name>): Buffer {
  const { random, name, encoding, examples } = wild;
  const message = linkedMessage(name);
  const isExample = examples.length > 0 && random.chance(0.6);
  const whole = isExample
    ? treeOf(message, random.pick(examples) as Readonly<Record<string, unknown>>)
    : grown(message, 0, wild);
  const tree = random.chance(0.5) ? changed(whole, wild) : whole;
  const oddChance = random.pick([0, 0, 0.01, 0.05]);
  const odd = () => random.chance(oddChance);
  const write = encoding === 'json' ? wildJson : wildProtobuf;
  const bytes = write(tree, { random, odd });
  return random.chance(0.25) && bytes.length > 0 ? mutated(bytes, random) : bytes;
}

/** A branch of each required field, and of some of the others; of a call the part that its type says. */
function grown(message: LinkedMessage, depth: number, wild: WildCalls<V1Name>): Tree {
  const { random } = wild;
  const type = message.byName.get('type');
  const isTagged = depth < 4 && type?.type.kind === 'enum';
  const tag =
    isTagged && type.type.kind === 'enum' ? random.pick([...type.type.numbers.keys()]) : '';
  const chance = FIELD_CHANCES[depth] ?? 0;
  const fields = message.fields.filter(({ name, label }) => {
    if (name === 'type' && isTagged) return true;
    if (name === tag.toLowerCase()) return !random.chance(0.05);
    if (depth === 0 && /^(framework|executor)_id$/.test(name)) return !random.chance(0.05);
    return label === 'required' ? !random.chance(0.01) : random.chance(chance);
  });
  const branches = fields.flatMap((field) => {
    const many = field.label === 'repeated' || field.label === 'map';
    return Array.from({ length: many ? random.integer(4) : 1 }, (): Branch => {
      const value = field.name === 'type' && isTagged ? tag : anyValue(field, message, depth, wild);
      return field.label === 'map' ? { field, value, key: random.pick(TEXTS) } : { field, value };
    });
  });
  return { branches };
}

function anyValue(
  { type, name }: LinkedField,
  owner: LinkedMessage,
  depth: number,
  wild: WildCalls<V1Name>,
): Leaf | Tree {
  const { random, known } = wild;
  if (type.kind === 'message') {
    return depth < DEPTH_MAX ? grown(type, depth + 1, wild) : { branches: [] };
  }
  if (type.kind === 'enum') return random.pick([...type.numbers.keys()]);
  switch (type.scalar) {
    case 'bool':
      return random.chance(0.5);
    case 'bytes':
      return Uint8Array.from(
        { length: random.pick([0, 1, 15, 16, 16, 16, 17, 300] as const) },
        () => random.integer(256),
      );
    case 'string': {
      const ids = name === 'value' ? known[owner.name] : undefined;
      return ids !== undefined && ids.length > 0 && random.chance(0.8)
        ? random.pick(ids)
        : random.pick(TEXTS);
    }
    case 'int64':
    case 'uint64':
      return random.pick(WIDE);
    case 'double':
      return random.chance(0.1)
        ? random.pick([Number.NaN, Number.POSITIVE_INFINITY])
        : random.pick(NUMBERS);
    default:
      return random.integer(2 ** 31) * (random.chance(0.2) ? -1 : 1);
  }
}

function treeOf(message: LinkedMessage, object: Readonly<Record<string, unknown>>): Tree {
  const branches = message.fields.flatMap((field): Branch[] => {
    const { type, name, label } = field;
    const one = (value: unknown) =>
      type.kind === 'message'
        ? treeOf(type, value as Readonly<Record<string, unknown>>)
        : (value as Leaf);
    const value = object[name];
    if (value === undefined) return [];
    if (label === 'repeated') {
      return (value as readonly unknown[]).map((item) => ({ field, value: one(item) }));
    }
    if (label !== 'map') return [{ field, value: one(value) }];
    return [...(value as ReadonlyMap<string, unknown>)].map(([key, item]) => ({
      field,
      value: one(item),
      key,
    }));
  });
  return { branches };
}

/** With one branch, somewhere, lost, doubled, turned into another, or there many times. */
function changed(tree: Tree, wild: WildCalls<V1Name>, owner = linkedMessage(wild.name)): Tree {
  const { random } = wild;
  const { branches } = tree;
  if (branches.length === 0) return grown(owner, 2, wild);
  const at = random.integer(branches.length);
  const branch = branches[at] as Branch;
  const { field, value } = branch;
  const within = (...others: readonly Branch[]): Tree => ({
    branches: [...branches.slice(0, at), ...others, ...branches.slice(at + 1)],
  });
  if (field.type.kind === 'message' && typeof value === 'object' && 'branches' in value) {
    if (random.chance(0.75)) return within({ ...branch, value: changed(value, wild, field.type) });
  }
  const other = (): Branch => ({ ...branch, value: anyValue(field, owner, 2, wild) });
  switch (random.integer(8)) {
    case 0:
      return within();
    case 1:
      return within(branch, branch);
    case 2:
      return within(branch, other());
    case 3:
      return within(...Array.from({ length: 1 + random.integer(300) }, () => branch));
    case 4:
      return { branches: random.shuffled(branches) };
    default:
      return within(other());
  }
}
