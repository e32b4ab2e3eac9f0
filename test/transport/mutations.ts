/** Frames as a hostile or broken peer might send them: made from good ones, by a seed. */
import { Encoder } from 'cbor-x';
import type { Random } from '../kit/random.ts';

const codec = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });

const NAMES = ['echo', 'inspector', 'nobody', '-', 'a'.repeat(255), 0, 1, 4_095];
const VALUES: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'echo',
  'x'.repeat(300),
  '\u0000\ud83d',
  [],
  {},
  [[[[]]]],
  { type: 'question' },
  { length: -1, toJSON: null, name: {} },
  new Uint8Array(9),
];
/** What the guard must stop, as bytes. */
const POISON = [
  'c25a000493e0',
  'd81c81d81d00',
  'd9dfff8319e00081616101',
  'd9dffe830081616101',
  'a1695f5f70726f746f5f5f01',
  'a16b636f6e7374727563746f7201',
  '1bffffffffffffffff',
  '9f',
  'bf',
  '5f',
  '7f',
  'ff',
  'f0',
  'fc',
  '9affffffff',
  'baffffffff',
  '7affffffff',
  '5b7fffffffffffffff',
].map((text) => Buffer.from(text, 'hex'));

/** An item that the other side understands, whatever it then says about the content. */
export function goodItem(random: Random): Buffer {
  const name = () => pick(random, ['echo', 'inspector', 'nobody', `ask-${random.integer(1_000)}`]);
  const end = () => (random.chance(0.5) ? name() : [name(), pick(random, [0, 1, 2 ** 31])]);
  switch (random.integer(8)) {
    case 0:
      return codec.encode([1, end(), end()]);
    case 1:
      return codec.encode([2, end(), end()]);
    case 2:
      return codec.encode([3, end(), end(), random.integer(5)]);
    case 3:
      return codec.encode([4, random.next() * 1_000]);
    case 4:
      return codec.encode(random.chance(0.5) ? [9, name()] : [9, name(), 1]);
    case 5:
      return codec.encode([10]);
    default:
      return codec.encode([
        0,
        end(),
        pick(random, [null, end()]),
        random.integer(1_000),
        random.integer(1_000),
        pick(random, [null, 'far:1']),
        goodBody(random),
      ]);
  }
}

function goodBody(random: Random): object {
  const type = pick(random, ['question', 'exited', 'tree', 'state', '', 'stop', '__proto__']);
  const body: Record<string, unknown> = { type };
  for (let count = random.integer(5); count > 0; count--) {
    const key = pick(random, ['replyTo', 'n', 'address', 'reason', 'actor', 'then', 'x']);
    body[key] = pick(random, VALUES);
  }
  return body;
}

/** A frame with something wrong, or at least odd, in it. */
export function oddFrame(random: Random): Buffer {
  const items = Array.from({ length: 1 + random.integer(4) }, () => goodItem(random));
  switch (random.integer(4)) {
    case 0:
      items.splice(random.integer(items.length + 1), 0, oddItem(random));
      return Buffer.concat(items);
    case 1:
      return mutated(Buffer.concat(items), random);
    case 2:
      return spliced(Buffer.concat(items), pick(random, POISON), random);
    default:
      return Buffer.from(Array.from({ length: random.integer(60) }, () => random.integer(256)));
  }
}

/** An array of a known kind with values that don't belong there. */
function oddItem(random: Random): Buffer {
  const kind = pick(random, [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, -1]);
  const length = random.integer(11);
  return codec.encode([
    kind,
    ...Array.from({ length }, () => pick(random, random.chance(0.5) ? NAMES : VALUES)),
  ]);
}

export function mutated(frame: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(frame);
  for (let count = 1 + random.integer(4); count > 0; count--) {
    const at = random.integer(bytes.length);
    switch (random.integer(3)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
        break;
      case 1:
        bytes[at] = random.integer(256);
        break;
      default:
        bytes.copyWithin(at, random.integer(bytes.length));
    }
  }
  return random.chance(0.3) ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
}

function spliced(frame: Buffer, poison: Buffer, random: Random): Buffer {
  const at = random.integer(frame.length + 1);
  return Buffer.concat([frame.subarray(0, at), poison, frame.subarray(at)]);
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.integer(values.length)] as Value;
}
