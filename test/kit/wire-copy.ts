/**
 * What a message looks like after a journey: a copy that shares nothing with the original and cannot
 * be changed. What no wire could carry (functions, instances of classes, cycles) is refused loudly,
 * because it would work in one process and fail in two.
 */
const DEPTH_MAX = 32;

/** @throws TypeError with the path of what cannot travel */
export function wireCopy<Value>(value: Value): Value {
  try {
    return copy(value, 0) as Value;
  } catch (error) {
    // Nearly all can travel: where each part is, is only found out for what cannot.
    throw unfitIn(value, '', 0) ?? error;
  }
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object') {
    if (isRefused(value)) throw unfit('', `a ${typeof value}`);
    return value;
  }
  if (value === null) return null;
  if (depth > DEPTH_MAX) throw unfit('', TOO_DEEP);
  if (Array.isArray(value)) return Object.freeze(value.map((item) => copy(item, depth + 1)));
  if (value instanceof Uint8Array) return value.slice();
  if (isInstance(value)) throw unfit('', `an instance of ${value.constructor.name}`);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    result[key] = copy((value as Record<string, unknown>)[key], depth + 1);
  }
  return Object.freeze(result);
}

function unfitIn(value: unknown, path: string, depth: number): TypeError | undefined {
  if (typeof value !== 'object') {
    return isRefused(value) ? unfit(path, `a ${typeof value}`) : undefined;
  }
  if (value === null || value instanceof Uint8Array) return undefined;
  if (depth > DEPTH_MAX) return unfit(path, TOO_DEEP);
  const isList = Array.isArray(value);
  if (!isList && isInstance(value)) return unfit(path, `an instance of ${value.constructor.name}`);
  for (const [key, item] of Object.entries(value)) {
    const place = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const fault = unfitIn(item, place, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const TOO_DEEP = `more than ${DEPTH_MAX} levels, or a cycle`;

function isRefused(value: unknown): boolean {
  return typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint';
}

function isInstance(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null;
}

function unfit(path: string, what: string): TypeError {
  return new TypeError(`Cannot carry "${path}" to another node: it is ${what}, not plain data`);
}
