/**
 * What a history is judged by: the objects as they are when one client after another uses them.
 *
 * - `register`: one value with compare-and-set. `keyed(register())` is a key-value store.
 * - `appendLog`: a list that only grows and is read as a whole.
 */
export interface Operation<Input, Output> {
  readonly client: string;
  readonly input: Input;
  /** A place in the order of all events; two events at the same place overlap. */
  readonly invokedAt: number;
  /** Absent where nobody knows whether it happened. */
  readonly answer?: { readonly at: number; readonly output: Output };
}

/** What the object does when one client after another uses it. States are never changed in place. */
export interface Model<Input, Output, State> {
  readonly initial: State;
  /**
   * The state after `input` was answered with `output`, or undefined where that is no answer to it here.
   * Without an output it is not known; then every input has a state after it.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Whether no state is changed by an `input` that is answered with this `output`. */
  isRead(input: Input, output: Output): boolean;
  /** Whether two states answer alike for ever. */
  same(one: State, other: State): boolean;
  /** 32 bits; the same for the same states. */
  hash(state: State): number;
  /** Which independent part of the object this uses. Absent: the object is one part. */
  partOf?(input: Input): string;
}

/** null: nothing was written yet, or it was taken away. */
export type Value = string | number | null;

export type RegisterInput =
  /** Answered by the value. */
  | { readonly type: 'read' }
  /** Answered by true. */
  | { readonly type: 'write'; readonly value: Value }
  /** Answered by whether `expected` was there, and `value` is now. */
  | { readonly type: 'compareAndSet'; readonly expected: Value; readonly value: Value };

export function register(initial: Value = null): Model<RegisterInput, Value | boolean, Value> {
  return {
    initial,
    step(value, input, output) {
      switch (input.type) {
        case 'read':
          return agrees(output, value) ? value : undefined;
        case 'write':
          return agrees(output, true) ? input.value : undefined;
        case 'compareAndSet': {
          const done = value === input.expected;
          if (!agrees(output, done)) return undefined;
          return done ? input.value : value;
        }
      }
    },
    isRead: ({ type }, output) => type === 'read' || (type === 'compareAndSet' && output === false),
    same: (one, other) => one === other,
    hash: hashValue,
  };
}

/** Many objects of one kind, each under its key: what is done to one says nothing about the others. */
export function keyed<Input, Output, State>(
  model: Model<Input, Output, State>,
): Model<Input & { readonly key: string }, Output, State> {
  return { ...model, partOf: ({ key }) => key };
}

export type AppendLogInput =
  /** Answered by its position, the first is 1; or by true from a log that keeps positions to itself. */
  | { readonly type: 'append'; readonly value: Value }
  /** Answered by all values, the oldest first. */
  | { readonly type: 'read' };

/** Its last value and the log before it: longer logs share what they have in common. */
export interface LogState {
  readonly length: number;
  readonly hash: number;
  readonly value: Value;
  readonly before: LogState | undefined;
}

const EMPTY_LOG: LogState = { length: 0, hash: 0, value: null, before: undefined };

export function appendLog(): Model<AppendLogInput, readonly Value[] | number | true, LogState> {
  return {
    initial: EMPTY_LOG,
    step(log, input, output) {
      if (input.type === 'read') {
        return output === undefined || (isList(output) && holds(log, output)) ? log : undefined;
      }
      const length = log.length + 1;
      if (output !== undefined && output !== true && output !== length) return undefined;
      const hash = mix(Math.imul(log.hash, 31) + hashValue(input.value));
      return { length, hash, value: input.value, before: log };
    },
    isRead: ({ type }) => type === 'read',
    same(one, other) {
      if (one.length !== other.length || one.hash !== other.hash) return false;
      let [left, right]: (LogState | undefined)[] = [one, other];
      while (left !== right && left?.value === right?.value) {
        left = left?.before;
        right = right?.before;
      }
      return left === right;
    },
    hash: (log) => log.hash,
  };
}

function agrees<Output>(output: Output | undefined, expected: Output): boolean {
  return output === undefined || output === expected;
}

function isList(output: readonly Value[] | number | true): output is readonly Value[] {
  return typeof output === 'object';
}

function holds(log: LogState, values: readonly Value[]): boolean {
  if (log.length !== values.length) return false;
  let rest: LogState | undefined = log;
  for (let index = values.length - 1; index >= 0; index--) {
    if (rest?.value !== values[index]) return false;
    rest = rest?.before;
  }
  return true;
}

function hashValue(value: Value): number {
  if (typeof value === 'number' && Number.isInteger(value)) return mix(value + 1);
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (const character of String(value)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return mix(hash);
}

/** The finalizer of MurmurHash3: each bit that goes in changes half of those that come out. */
export function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
