/**
 * A view of any value as plain data of limited size, for those who look in from outside: what is
 * too deep, too long or too much is left out, and it says so. Pure.
 *
 * What plain data has no word for becomes an object with one key: `{ $map: [[key, value], …] }`,
 * `{ $set: […] }`, `{ $bytes: length }`, `{ $function: name }`, `{ $undefined: true }`. What is cut
 * is marked where it is: `{ $cut: 'what is missing' }`, and long text ends in `…(length)`. What is
 * called `secret`, and the `value` of what has a `name` in `_SECRET`, is `{ $secret: true }`.
 */

/** What is shown of a secret, wherever it lies. */
const MASK = { $secret: true };

export interface ViewLimits {
  /** Values within values that are shown. */
  readonly depthMax: number;
  /** Members shown of one array, map, set or object. */
  readonly memberCountMax: number;
  /** Values shown in all; 32 characters of text count as one more. */
  readonly valueCountMax: number;
  /** Characters shown of one text. */
  readonly textLengthMax: number;
}

export function plainView(value: unknown, limits: ViewLimits): unknown {
  return new Viewer(limits).view(value, 0);
}

/**
 * What lies behind `path` in `value`: keys of objects, own only, and of maps (as they print), and
 * indexes of arrays and sets.
 * @returns undefined when the path leads nowhere
 */
export function follow(value: unknown, path: readonly string[]): { value: unknown } | undefined {
  let at = value;
  for (const step of path) {
    const next = member(at, step);
    if (next === undefined) return undefined;
    at = next.value;
  }
  return { value: at };
}

function member(value: unknown, step: string): { value: unknown } | undefined {
  if (value instanceof Map) {
    for (const [key, held] of value) if (String(key) === step) return { value: held };
    return undefined;
  }
  const holder = value instanceof Set ? [...value] : value;
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, step)) {
    return undefined;
  }
  if (isSecret(holder, step)) return { value: MASK };
  return { value: (holder as Readonly<Record<string, unknown>>)[step] };
}

/** Variables of an environment are secret by their names. */
function isSecret(holder: object, key: string): boolean {
  if (key === 'secret') return true;
  if (key !== 'value') return false;
  const { name } = holder as { readonly name?: unknown };
  return typeof name === 'string' && name.endsWith('_SECRET');
}

class Viewer {
  private readonly limits: ViewLimits;
  private readonly above = new Set<object>();
  private count = 0;

  constructor(limits: ViewLimits) {
    this.limits = limits;
  }

  view(value: unknown, depth: number): unknown {
    if (++this.count > this.limits.valueCountMax) return { $cut: 'no room for more' };
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'undefined':
        return { $undefined: true };
      case 'function':
        return { $function: this.text(value.name) };
      case 'bigint':
      case 'symbol':
        return this.text(String(value));
      case 'object':
        return value === null ? null : this.object(value, depth);
      default:
        return value;
    }
  }

  private object(value: object, depth: number): unknown {
    if (ArrayBuffer.isView(value)) return { $bytes: value.byteLength };
    if (this.above.has(value)) return { $cut: 'a cycle' };
    if (depth >= this.limits.depthMax) return { $cut: 'too deep' };
    this.above.add(value);
    const seen = this.members(value, depth + 1);
    this.above.delete(value);
    return seen;
  }

  private members(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.list(value, value.length, depth);
    if (value instanceof Set) return { $set: this.list(value, value.size, depth) };
    if (value instanceof Map) return { $map: this.list(value, value.size, depth + 1) };
    if (value instanceof Error) return { name: value.name, message: this.text(value.message) };
    if (value instanceof Date) return value.toJSON();
    const entries: [string, unknown][] = [];
    const keys = Object.keys(value);
    for (const key of keys) {
      if (entries.length >= this.limits.memberCountMax || this.full) break;
      const held = isSecret(value, key) ? MASK : (value as Readonly<Record<string, unknown>>)[key];
      // Other nodes refuse the one key that can poison a prototype.
      const name = key === '__proto__' ? '$__proto__' : this.text(key);
      entries.push([name, this.view(held, depth)]);
    }
    if (entries.length < keys.length)
      entries.push(['$cut', `${keys.length - entries.length} more`]);
    return Object.fromEntries(entries);
  }

  private list(items: Iterable<unknown>, length: number, depth: number): unknown[] {
    const shown: unknown[] = [];
    for (const item of items) {
      if (shown.length >= this.limits.memberCountMax || this.full) break;
      shown.push(this.view(item, depth));
    }
    if (shown.length < length) shown.push({ $cut: `${length - shown.length} more` });
    return shown;
  }

  private get full(): boolean {
    return this.count >= this.limits.valueCountMax;
  }

  private text(text: string): string {
    const { textLengthMax } = this.limits;
    this.count += Math.min(text.length, textLengthMax) >> 5;
    return text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax)}…(${text.length})`;
  }
}
