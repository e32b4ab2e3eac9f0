/** What stands under the keys of an etcd, besides the operations and the snapshot: lines of JSON. */
import { integer, object, openObject, string } from '../../../runtime/decode.ts';
import { count, name } from '../../protocol/nouns.ts';
import { registryError } from './errors.ts';
import { etcdError } from './etcd-errors.ts';
import type { KeyValue } from './etcd-json.ts';
import type { Candidate } from './leader.ts';
import { readLine } from './lines.ts';
import { candidate } from './operation-text.ts';

/** Rises only when what older masters know changes its meaning. */
const FORMAT = 1;
/** Of the name of a cluster; longer ones can't travel in a greeting either. */
const CLUSTER_LENGTH_MAX = 255;

/** Which snapshot counts; index 0: none, the log begins at 1. */
export interface Head {
  readonly format: number;
  readonly cluster: string;
  readonly snapshotIndex: number;
  readonly pieceCount: number;
  readonly bytes: number;
}

/** Without an epoch it has been elected, and has not begun. */
export interface LeaderRecord {
  readonly candidate: Candidate;
  readonly epoch?: number;
}

export interface SuccessorRecord {
  readonly node: string;
}

const head = object<Head>({
  format: integer(1),
  cluster: string(CLUSTER_LENGTH_MAX),
  snapshotIndex: count,
  pieceCount: count,
  bytes: count,
});
const leaderRecord = object<LeaderRecord>({ candidate }, { epoch: count });
const successor = object<SuccessorRecord>({ node: name });
const formatted = openObject<{ readonly format: number }>({ format: integer(1) });

export function headOf(
  cluster: string,
  snapshot: Pick<Head, 'snapshotIndex' | 'pieceCount' | 'bytes'>,
): Head {
  return { format: FORMAT, cluster, ...snapshot };
}

/** @throws CodedError registryNewer, registryDamaged, etcdForeign */
export function readHead(entry: KeyValue, cluster: string): Head {
  const what = `${entry.key} in etcd`;
  const { format } = readLine(text(entry), formatted, what);
  if (format > FORMAT) {
    const sentence = `Cannot read ${what}: it was written by a newer messor (format ${format})`;
    throw registryError('registryNewer', sentence);
  }
  const read = readLine(text(entry), head, what);
  if (read.cluster === cluster) return read;
  const sentence = `Cannot use ${entry.key} in etcd: it is of the cluster "${read.cluster}", not of "${cluster}"`;
  throw etcdError('etcdForeign', sentence);
}

/** @throws CodedError registryNewer, registryDamaged */
export function readLeader(entry: KeyValue): LeaderRecord {
  return readLine(text(entry), leaderRecord, `${entry.key} in etcd`);
}

/** @throws CodedError registryNewer, registryDamaged */
export function readCandidate(entry: KeyValue): Candidate {
  return readLine(text(entry), candidate, `${entry.key} in etcd`);
}

/** @throws CodedError registryNewer, registryDamaged */
export function readSuccessor(entry: KeyValue): SuccessorRecord {
  return readLine(text(entry), successor, `${entry.key} in etcd`);
}

function text({ value }: KeyValue): string {
  return Buffer.from(value).toString('utf8');
}
