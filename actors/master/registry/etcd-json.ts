/**
 * Etcd's transactions and leases in the JSON of its HTTP gateway: 64-bit numbers are strings, keys
 * and values are base64, and what is zero, false or empty is left out. Pure.
 * Source: etcd 3.4, etcdserver/etcdserverpb/rpc.proto; Protocol Buffers, "ProtoJSON format".
 */
import {
  acceptor,
  also,
  array,
  boolean,
  type Check,
  openObject,
  string,
} from '../../../runtime/decode.ts';
import { describeError } from '../../../runtime/errors.ts';
import { etcdError } from './etcd-errors.ts';

/** Keys in one answer: we ask for fewer. */
const ANSWER_COUNT_MAX = 10_000;
/** Of a key or value in base64: etcd takes 1.5 MB. */
const VALUE_LENGTH_MAX = 4_194_304;
/** Operations in one transaction; more than etcd takes by default. */
const OPERATION_COUNT_MAX = 200;

/** One key, or all from the first up to the last, which is not among them. */
export type KeyRange = string | { readonly from: string; readonly to: string };

/** The key was created in this revision; 0: there is no such key. */
export function createdIn(key: string, revision: number): object {
  return {
    key: base64(key),
    target: 'CREATE',
    result: 'EQUAL',
    create_revision: String(revision),
  };
}

export function exists(key: string): object {
  return { key: base64(key), target: 'CREATE', result: 'GREATER', create_revision: '0' };
}

export function put(key: string, value: string | Uint8Array, lease?: string): object {
  const leased = lease === undefined ? {} : { lease };
  return { request_put: { key: base64(key), value: base64(value), ...leased } };
}

export function get(range: KeyRange, countMax = 0): object {
  return { request_range: { ...rangeOf(range), limit: String(countMax) } };
}

export function remove(range: KeyRange): object {
  return { request_delete_range: rangeOf(range) };
}

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: number;
  /** `0`: it is bound to none. */
  readonly lease: string;
}

export interface TransactionAnswer {
  /** Of all members of one etcd. */
  readonly clusterId: string;
  readonly revision: number;
  /** Whether everything compared was so. */
  readonly succeeded: boolean;
  /** One for each `get`. */
  readonly found: readonly Found[];
}

export interface Found {
  readonly all: readonly KeyValue[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

const whole = also<string>(string(20), (text) =>
  /^-?\d+$/.test(text) ? undefined : 'expected a whole number',
);
const revision = also<string>(whole, (text) =>
  Number.isSafeInteger(Number(text)) ? undefined : 'expected a smaller number',
);
const encoded = also<string>(string(VALUE_LENGTH_MAX), (text) =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? undefined : 'expected base64',
);

interface RawKeyValue {
  readonly key: string;
  readonly create_revision: string;
  readonly value?: string;
  readonly lease?: string;
}
interface RawRange {
  readonly kvs?: readonly RawKeyValue[];
  readonly more?: boolean;
}
interface RawHeader {
  readonly cluster_id: string;
  readonly revision: string;
}

const header = openObject<RawHeader>({ cluster_id: whole, revision });
const rawRange = openObject<RawRange>(
  {},
  {
    kvs: array(
      openObject<RawKeyValue>(
        { key: encoded, create_revision: revision },
        { value: encoded, lease: whole },
      ),
      ANSWER_COUNT_MAX,
    ),
    more: boolean,
  },
);
const transactionAnswer = openObject<{
  readonly header: RawHeader;
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: RawRange }[];
}>(
  { header },
  {
    succeeded: boolean,
    responses: array(
      openObject<{ readonly response_range?: RawRange }>({}, { response_range: rawRange }),
      OPERATION_COUNT_MAX,
    ),
  },
);
const granted = openObject<{ readonly ID: string; readonly TTL: string }>({
  ID: whole,
  TTL: revision,
});
const keptAlive = openObject<{ readonly result: { readonly TTL?: string } }>({
  result: openObject<{ readonly TTL?: string }>({}, { TTL: revision }),
});

/** @throws CodedError etcdVersion */
export function readTransaction(text: string): TransactionAnswer {
  const answer = read(text, transactionAnswer, 'a transaction');
  return {
    clusterId: answer.header.cluster_id,
    revision: Number(answer.header.revision),
    succeeded: answer.succeeded ?? false,
    found: (answer.responses ?? []).flatMap(({ response_range: range }) =>
      range === undefined ? [] : [foundOf(range)],
    ),
  };
}

/** @throws CodedError etcdVersion */
export function readGranted(text: string): { readonly lease: string; readonly ttlS: number } {
  const { ID: lease, TTL: ttl } = read(text, granted, 'a lease');
  return { lease, ttlS: Number(ttl) };
}

/** @returns for how long it lives, or undefined: there is no such lease. @throws CodedError etcdVersion */
export function readKeptAlive(text: string): number | undefined {
  const ttlS = Number(read(text, keptAlive, 'the life of a lease').result.TTL ?? '0');
  return ttlS > 0 ? ttlS : undefined;
}

function read<Value>(text: string, check: Check<Value>, what: string): Value {
  const sentence = `Cannot understand what etcd says of ${what}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw etcdError('etcdVersion', `${sentence}: ${describeError(error)}`, error);
  }
  const fault = acceptor(check)(value);
  if (fault !== undefined) throw etcdError('etcdVersion', `${sentence}: ${fault}`);
  return value as Value;
}

function foundOf({ kvs = [], more = false }: RawRange): Found {
  const all = kvs.map(({ key, value = '', create_revision, lease = '0' }) => ({
    key: Buffer.from(key, 'base64').toString('utf8'),
    value: Buffer.from(value, 'base64'),
    createRevision: Number(create_revision),
    lease,
  }));
  return { all, more };
}

function rangeOf(range: KeyRange): object {
  if (typeof range === 'string') return { key: base64(range) };
  return { key: base64(range.from), range_end: base64(range.to) };
}

function base64(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64');
}
