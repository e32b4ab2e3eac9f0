/**
 * Chance with a seed: the same seed and the same questions give the same answers on every machine.
 *
 * A source splits into named streams ('network', 'schedule', 'work', …). What a stream yields depends
 * on the seed and its name only, never on what others drew: removing one fault from a simulation
 * leaves all other dice where they were.
 * Generator: sfc32 (Doty-Humphrey, PractRand); seeded by four rounds of FNV-1a over seed and name.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform among 0, 1, … `count` - 1. */
  integer(count: number): number;
  /** Uniform in [`min`, `max`). */
  between(min: number, max: number): number;
  /** True with this probability; draws even when it is 0 or 1, so that changing it shifts nothing. */
  chance(probability: number): boolean;
  /** Exponentially distributed with this mean. */
  exponential(mean: number): number;
  /** @throws when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
  /** Another stream; the same name gives the same stream, from its beginning. */
  split(name: string): Random;
}

export function seededRandom(seed: number | string): Random {
  const path = String(seed);
  let a = hash(path, 0x811c9dc5);
  let b = hash(path, 0x9e3779b9);
  let c = hash(path, 0x85ebca6b);
  let counter = 1;

  function next(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  }
  // The first outputs still resemble the seed.
  for (let round = 0; round < 12; round++) next();

  const integer = (count: number) => Math.floor(next() * count);
  return {
    next,
    integer,
    between: (min, max) => min + next() * (max - min),
    chance: (probability) => next() < probability,
    exponential: (mean) => -mean * Math.log(1 - next()),
    pick(items) {
      const index = integer(items.length);
      if (index >= items.length) throw new RangeError('Cannot pick from an empty list');
      return items[index] as (typeof items)[number];
    },
    shuffled(items) {
      const result = [...items];
      for (let last = result.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [result[last], result[other]] = [result[other], result[last]] as [never, never];
      }
      return result;
    },
    split: (name) => seededRandom(`${path}/${name}`),
  };
}

function hash(text: string, basis: number): number {
  let value = basis;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  // FNV's low bits are weak for short texts.
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return value ^ (value >>> 13);
}
