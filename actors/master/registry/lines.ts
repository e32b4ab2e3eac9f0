/**
 * What the registry is written as: lines of JSON, each checked when it is read, the first of them
 * saying in which format the others are.
 *
 * How versions get on with each other: a newer master reads all that older ones wrote; a field that
 * they didn't have is optional. An older one that comes upon an operation, a record, a field or a
 * word that it doesn't know stops there and says so: had it passed over them, its registry would
 * differ from the others'. The format's number rises only when what older masters know changes its
 * meaning; then they read nothing at all.
 */
import { type Check, integer, object, sound } from '../../../runtime/decode.ts';
import { describeError } from '../../../runtime/errors.ts';
import { registryError } from './errors.ts';

const FORMAT = 1;

interface Header {
  readonly type: 'operations' | 'registry';
  readonly format: number;
}

const header = object<Header>({
  type: sound((type) =>
    type === 'operations' || type === 'registry' ? undefined : 'expected the kind of text it is',
  ),
  format: integer(1),
});

/** Faults that only who writes more than we know can cause: see `runtime/decode.ts`. */
const NEWER = /is not known here$|: expected "\w+"( or "\w+")*, got "/;

export function headerLine(type: Header['type']): string {
  return JSON.stringify({ type, format: FORMAT } satisfies Header);
}

/** @throws CodedError registryNewer, registryDamaged */
export function readHeader(line: string, type: Header['type']): void {
  const what = `the header of ${type}`;
  const read = readLine(line, header, what);
  if (read.type !== type) throw damaged(what, `it is that of ${read.type}`);
  if (read.format > FORMAT) throw newer(what, `format ${read.format}`);
}

/**
 * @param what it is, as the end of "Cannot read …"
 * @throws CodedError registryNewer, registryDamaged
 */
export function readLine<Value>(line: string, check: Check<Value>, what: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw damaged(what, describeError(error), error);
  }
  const fault = check(value);
  if (fault === undefined) return value as Value;
  throw NEWER.test(fault) ? newer(what, fault) : damaged(what, fault);
}

function newer(what: string, why: string) {
  const sentence = `Cannot read ${what}: it was written by a newer messor (${plain(why)})`;
  return registryError('registryNewer', sentence);
}

export function damaged(what: string, why: string, cause?: unknown) {
  const sentence = `Cannot read ${what}: it is damaged (${plain(why)})`;
  return registryError('registryDamaged', sentence, cause);
}

function plain(fault: string): string {
  return fault.replace(/^(\.|: )/, '');
}
