/**
 * What a message looks like after a journey: a copy that shares nothing with the original and cannot
 * be changed. What no wire could carry (functions, instances of classes, cycles) is refused loudly,
 * because it would work in one process and fail in two.
 */
const DEPTH_MAX = 32;

/** @throws TypeError with the path of what cannot travel */
export function wireCopy<Value>(value: Value): Value {
  return copy(value, '', 0) as Value;
}

function copy(value: unknown, path: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      break;
    default:
      throw unfit(path, `a ${typeof value}`);
  }
  if (value === null) return null;
  if (depth > DEPTH_MAX) throw unfit(path, `more than ${DEPTH_MAX} levels, or a cycle`);
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item, index) => copy(item, `${path}[${index}]`, depth + 1)));
  }
  if (value instanceof Uint8Array) return value.slice();
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw unfit(path, `an instance of ${value.constructor.name}`);
  }
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    result[key] = copy(item, path === '' ? key : `${path}.${key}`, depth + 1);
  }
  return Object.freeze(result);
}

function unfit(path: string, what: string): TypeError {
  return new TypeError(`Cannot carry "${path}" to another node: it is ${what}, not plain data`);
}
