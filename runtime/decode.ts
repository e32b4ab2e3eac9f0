/**
 * Checks for plain data that came from elsewhere: is it what its type promises?
 *
 * A check says nothing (undefined) or names the first fault by its path:
 * `offerIds[3]: expected a string, got 7`. Checks are built once from small ones and are typed by
 * what they check: a field of the type without a check of its own doesn't compile. They make
 * nothing on the good path, never throw, and everything that can grow is given a maximum.
 */

/** @returns undefined, or the fault: a path (`.name`, `[3]`), then `: ` and what is wrong */
export interface Check<out Value> {
  (value: unknown): string | undefined;
  readonly __checks?: Value;
}

type OptionalKeys<T> = {
  [Key in keyof T]-?: Record<never, never> extends Pick<T, Key> ? Key : never;
}[keyof T];

type RequiredChecks<T> = { readonly [Key in Exclude<keyof T, OptionalKeys<T>>]: Check<T[Key]> };
type OptionalChecks<T> = {
  readonly [Key in OptionalKeys<T>]-?: Check<Exclude<T[Key], undefined>>;
};

/** The checks of an object's fields: those that must be there, and those that may be absent. */
export type FieldChecks<T> = [OptionalKeys<T>] extends [never]
  ? readonly [required: RequiredChecks<T>]
  : readonly [required: RequiredChecks<T>, optional: OptionalChecks<T>];

/** How much of a faulty value is quoted. */
const QUOTE_LENGTH_MAX = 40;

/** Makes a check ready for use: the path begins without a dot. */
export function acceptor(check: Check<unknown>): (value: unknown) => string | undefined {
  return (value) => {
    const fault = check(value);
    return fault === undefined ? undefined : fault.replace(/^(\.|: )/, '');
  };
}

export function string(lengthMax: number): Check<string> {
  return (value) => {
    if (typeof value !== 'string') return expected('a string', value);
    if (value.length <= lengthMax) return undefined;
    return `: expected at most ${lengthMax} characters, got ${value.length}`;
  };
}

export function integer(
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): Check<number> {
  return (value) => {
    if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) {
      return undefined;
    }
    return expected(`a whole number from ${min} to ${max}`, value);
  };
}

/** Finite, too. */
export function number(min: number, max: number): Check<number> {
  return (value) =>
    typeof value === 'number' && value >= min && value <= max
      ? undefined
      : expected(`a number from ${min} to ${max}`, value);
}

export const boolean: Check<boolean> = (value) =>
  typeof value === 'boolean' ? undefined : expected('true or false', value);

export function bytes(lengthMax: number): Check<Uint8Array> {
  return (value) => {
    if (!(value instanceof Uint8Array)) return expected('bytes', value);
    if (value.length <= lengthMax) return undefined;
    return `: expected at most ${lengthMax} bytes, got ${value.length}`;
  };
}

/** One of these words; the table must name all that the type has. */
export function oneOf<Word extends string>(words: Readonly<Record<Word, true>>): Check<Word> {
  const allowed: ReadonlySet<unknown> = new Set(Object.keys(words));
  const names = [...allowed].map(quote).join(' or ');
  return (value) => (allowed.has(value) ? undefined : expected(names, value));
}

/** Anything for which `fault` finds nothing to say; it gets whatever there is and never throws. */
export function sound<Value>(fault: (value: unknown) => string | undefined): Check<Value> {
  return (value) => {
    const text = fault(value);
    return text === undefined ? undefined : `: ${text}`;
  };
}

/** `check`, and then a rule on what is now known to be a `Value`. */
export function also<Value>(
  check: Check<Value>,
  fault: (value: Value) => string | undefined,
): Check<Value> {
  return (value) => {
    const first = check(value);
    if (first !== undefined) return first;
    const text = fault(value as Value);
    return text === undefined ? undefined : `: ${text}`;
  };
}

export function nullable<Value>(check: Check<Value>): Check<Value | null> {
  return (value) => (value === null ? undefined : check(value));
}

/** The field is there, and may hold undefined. */
export function maybe<Value>(check: Check<Value>): Check<Value | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

export function array<Item>(check: Check<Item>, countMax: number): Check<readonly Item[]> {
  return (value) => {
    if (!Array.isArray(value)) return expected('an array', value);
    if (value.length > countMax) {
      return `: expected at most ${countMax} items, got ${value.length}`;
    }
    for (let index = 0; index < value.length; index++) {
      const fault = check(value[index]);
      if (fault !== undefined) return `[${index}]${fault}`;
    }
    return undefined;
  };
}

/** An object whose keys are data: every value is checked, and the keys for their length. */
export function record<Value>(
  check: Check<Value>,
  countMax: number,
  keyLengthMax: number,
): Check<Readonly<Record<string, Value>>> {
  return (value) => {
    if (!isPlainObject(value)) return expected('an object', value);
    let count = 0;
    for (const key in value) {
      if (++count > countMax) return `: expected at most ${countMax} entries`;
      if (key.length > keyLengthMax) {
        return `: expected keys of at most ${keyLengthMax} characters, got ${quote(key)}`;
      }
      const fault = check(value[key]);
      if (fault !== undefined) return `[${quote(key)}]${fault}`;
    }
    return undefined;
  };
}

/** Exactly these fields: what is not known is refused, so that nothing unchecked comes along. */
export function object<T extends object>(...checks: FieldChecks<NoInfer<T>>): Check<T> {
  return fields(checks as AnyFieldChecks, undefined);
}

/** These fields, and others that nobody looks at: what a program says that may grow more of them. */
export function openObject<T extends object>(...checks: FieldChecks<NoInfer<T>>): Check<T> {
  return fields(checks as AnyFieldChecks, undefined, true);
}

/**
 * One of several objects, told apart by the field `tag`. The table has an entry for each of them:
 * the checks of the other fields, or `neverRemote` for what must not come from elsewhere.
 */
export function union<Union extends object, Tag extends keyof Union & string>(
  tag: Tag,
  table: {
    readonly [Key in Union[Tag] & string]:
      | FieldChecks<Omit<Extract<Union, { readonly [T in Tag]: Key }>, Tag>>
      | 'neverRemote';
  },
): Check<Union> {
  const checks = new Map<unknown, Check<object>>();
  for (const [key, entry] of Object.entries<AnyFieldChecks | 'neverRemote'>(table)) {
    checks.set(key, entry === 'neverRemote' ? neverRemote : fields(entry, tag));
  }
  return (value) => {
    if (!isPlainObject(value)) return expected('an object', value);
    const check = checks.get(value[tag]);
    if (check === undefined) return `.${tag}: ${quote(value[tag])} is not known here`;
    return check(value);
  };
}

type AnyFieldChecks = readonly [
  required: Readonly<Record<string, Check<unknown>>>,
  optional?: Readonly<Record<string, Check<unknown>>>,
];

const neverRemote: Check<object> = () => ': is never sent from elsewhere';

/** @param tag a field that has been looked at already */
function fields<T extends object>(
  [required, optional = {}]: AnyFieldChecks,
  tag: string | undefined,
  isOpen = false,
): Check<T> {
  const requiredNames = Object.keys(required);
  const requiredChecks = Object.values(required);
  const optionalNames = Object.keys(optional);
  const optionalChecks = Object.values(optional);
  const known = new Set([...requiredNames, ...optionalNames, ...(tag === undefined ? [] : [tag])]);
  return (value) => {
    if (!isPlainObject(value)) return expected('an object', value);
    let left = tag === undefined ? 0 : -1;
    for (const _ in value) left++;
    for (let index = 0; index < requiredNames.length; index++) {
      const name = requiredNames[index] ?? '';
      const field = value[name];
      if (field === undefined && !Object.hasOwn(value, name)) return `.${name}: is missing`;
      const fault = requiredChecks[index]?.(field);
      if (fault !== undefined) return `.${name}${fault}`;
    }
    left -= requiredNames.length;
    // Most messages have none of their optional fields.
    if (left === 0) return undefined;
    for (let index = 0; index < optionalNames.length; index++) {
      const name = optionalNames[index] ?? '';
      if (!Object.hasOwn(value, name)) continue;
      left--;
      const fault = optionalChecks[index]?.(value[name]);
      if (fault !== undefined) return `.${name}${fault}`;
    }
    if (left === 0 || isOpen) return undefined;
    const unknown = Object.keys(value).find((name) => !known.has(name));
    return `: has a field ${quote(unknown)} that is not known here`;
  };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function expected(what: string, value: unknown): string {
  return `: expected ${what}, got ${quote(value)}`;
}

function quote(value: unknown): string {
  if (typeof value === 'string') {
    const cut = value.length > QUOTE_LENGTH_MAX ? `${value.slice(0, QUOTE_LENGTH_MAX)}…` : value;
    return JSON.stringify(cut);
  }
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value).slice(0, QUOTE_LENGTH_MAX);
}
