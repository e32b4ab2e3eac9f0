/** Requests of hostile or broken clients: calls of the v1 APIs in their HTTP, and targets of old endpoints. */
import type { Encoding } from '../../actors/protocol/v1/codec.ts';
import type { WholeRequest } from './keep-alive-client.ts';
import type { Random } from './random.ts';

export const MEDIA_TYPES = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
} as const satisfies Record<Encoding, string>;

const ODD_TYPES = ['text/plain', 'application/json;', '*/*', '', 'application/recordio', 'a/b;q=x'];
const PARTS = [
  ...['..', '.', '%2e%2e', '%2E%2e%2f', '%00', '%', '%ff', '%c0%ae', '//', '\\', 'x', ';', '~'],
  ...['etc', 'passwd', 'slave(1)', 'master', 'state.json', 'api', 'v1', '__proto__', '%2f', '+'],
];
const VALUES = [
  ...[
    '',
    '0',
    '-1',
    '1',
    '1e400',
    '18446744073709551616',
    'NaN',
    'Infinity',
    '../../etc/passwd',
    '/',
  ],
  ...['%2e%2e%2f%2e%2e%2fetc%2fpasswd', '%00', '/etc/passwd', 'alert(1)', 'f', '1secs', '1e9weeks'],
  ...['-5mins', '{}', '%7b%22x%22%3a1%7d', '%ff%fe', 'x'.repeat(2000), 'desc', 'asc', '__proto__'],
];
const NAMES = [
  ...['path', 'offset', 'length', 'limit', 'order', 'jsonp', 'framework_id', 'slave_id', 'task_id'],
  ...['frameworkId', 'level', 'duration', 'timeout', 'x', '__proto__', 'role', 'task', 'framework'],
];

/** Around a call, mostly as it should be. */
export function wildPost(
  random: Random,
  encoding: Encoding,
  request: {
    readonly target: string;
    readonly body: Buffer;
    readonly headers?: WholeRequest['headers'];
  },
): WholeRequest {
  const { target, body } = request;
  const type = MEDIA_TYPES[encoding];
  const headers: Record<string, string> = {
    'content-type': random.chance(0.02) ? random.pick(ODD_TYPES) : type,
    ...(random.chance(0.9) && { accept: random.chance(0.03) ? random.pick(ODD_TYPES) : type }),
    ...request.headers,
  };
  const method = random.chance(0.005) ? random.pick(['GET', 'PUT', 'DELETE', 'HEAD']) : 'POST';
  if (random.chance(0.05)) {
    // A stream of records, cut anywhere.
    headers['content-type'] = 'application/recordio';
    headers['message-content-type'] = type;
    const length = random.chance(0.8)
      ? String(body.length)
      : random.pick(['-1', '0', '9e9', '99999999']);
    return pieces(random, {
      method,
      target,
      headers,
      body: Buffer.concat([Buffer.from(`${length}\n`), body]),
    });
  }
  return random.chance(0.1)
    ? pieces(random, { method, target, headers, body })
    : { method, target, headers, body };
}

function pieces(random: Random, request: WholeRequest): WholeRequest {
  return {
    ...request,
    pieces: Array.from({ length: random.integer(5) }, () => random.integer(40)),
  };
}

/** An old endpoint with a path, a query and a form that may mean anything. */
export function wildOldRequest(
  random: Random,
  paths: readonly string[],
  known: readonly string[],
): WholeRequest {
  const base = random.pick(paths);
  const odd = () => random.chance(0.15);
  const path = [
    base,
    ...(odd() ? [random.pick(PARTS)] : []),
    ...(odd() ? [random.pick(PARTS)] : []),
  ];
  const value = () =>
    random.chance(0.3) && known.length > 0 ? random.pick(known) : random.pick(VALUES);
  const form = () =>
    Array.from({ length: random.integer(5) }, () => {
      const name = odd() ? random.pick(PARTS) : random.pick(NAMES);
      return odd() ? name : `${name}=${value()}`;
    }).join('&');
  const query = random.chance(0.7) ? `?${form()}` : '';
  const target = path.join('/') + query;
  const method = random.chance(0.7)
    ? 'GET'
    : random.pick(['POST', 'HEAD', 'PUT', 'DELETE', 'PATCH']);
  const isForm = method === 'POST' && random.chance(0.8);
  const body = Buffer.from(isForm ? form() : '');
  const headers: Record<string, string> = {
    ...(isForm && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(odd() && { 'if-none-match': random.pick(['*', '"x"', 'W/"', '"']) }),
    ...(odd() && { accept: random.pick(ODD_TYPES) }),
  };
  return { method, target, headers, body };
}
