/**
 * What the masters ask of an etcd, and how they read its answers. Pure.
 *
 * Whoever makes the key `leader` leads. The revision in which etcd made it is the claim to lead, and
 * everything that a leader writes is compared with it by etcd itself, in the same transaction: what
 * a leader asks for that was deposed, or stood still meanwhile, comes to nothing.
 */
import { registryError } from './errors.ts';
import type { EtcdPath, EtcdQuestion } from './etcd-client.ts';
import {
  createdIn,
  exists,
  type Found,
  get,
  put,
  readGranted,
  readKeptAlive,
  readTransaction,
  remove,
  type TransactionAnswer,
} from './etcd-json.ts';
import { type EtcdKeys, numberAtEnd } from './etcd-keys.ts';
import {
  type Head,
  type LeaderRecord,
  readCandidate,
  readHead,
  readLeader,
  readSuccessor,
  type SuccessorRecord,
} from './etcd-records.ts';
import type { Candidate, Leader } from './leader.ts';

/** Masters of one cluster; more are not looked at. */
export const CANDIDATE_COUNT_MAX = 100;

const TRANSACTION: EtcdPath = '/v3/kv/txn';

/** What of the registry is read along with who leads. */
export type Wanted =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'log'; readonly fromIndex: number; readonly count: number }
  | {
      readonly kind: 'snapshot';
      readonly index: number;
      readonly fromPiece: number;
      readonly count: number;
    };

export interface Page {
  readonly wanted: Wanted;
  /** `number`: of the entry, or of the piece. */
  readonly parts: readonly { readonly number: number; readonly data: Uint8Array }[];
  readonly more: boolean;
}

/** How things stood at one moment. */
export interface Seen {
  readonly clusterId: string;
  readonly revision: number;
  readonly leader?: SeenLeader;
  readonly candidates: readonly Candidate[];
  /** `host:port` */
  readonly successor?: string;
  readonly head?: Head;
  readonly page: Page;
}

export interface SeenLeader extends LeaderRecord {
  readonly createRevision: number;
  readonly lease: string;
}

export function look(keys: EtcdKeys, cluster: string, wanted: Wanted): EtcdQuestion<Seen> {
  const body = {
    success: [
      get(keys.leader),
      get(keys.candidates, CANDIDATE_COUNT_MAX),
      get(keys.successor),
      get(keys.head),
      ...wantedRange(keys, wanted),
    ],
  };
  return {
    path: TRANSACTION,
    body,
    read(text) {
      const { clusterId, revision, found } = readTransaction(text);
      const [leader, candidates, successor, head, page = NOTHING] = found;
      return {
        clusterId,
        revision,
        ...first(leader, 'leader', leaderOf),
        candidates: (candidates ?? NOTHING).all.map(readCandidate),
        ...first(successor, 'successor', (entry) => readSuccessor(entry).node),
        ...first(head, 'head', (entry) => readHead(entry, cluster)),
        page: { wanted, parts: page.all.map(partOf), more: page.more },
      };
    },
  };
}

export function grant(ttlS: number): EtcdQuestion<{ lease: string; ttlS: number }> {
  return { path: '/v3/lease/grant', body: { TTL: String(ttlS) }, read: readGranted };
}

/** Read as for how many seconds it lives on; undefined: it doesn't. */
export function keepAlive(lease: string): EtcdQuestion<number | undefined> {
  return { path: '/v3/lease/keepalive', body: { ID: lease }, read: readKeptAlive };
}

export function revoke(lease: string): Pick<EtcdQuestion<never>, 'path' | 'body'> {
  return { path: '/v3/lease/revoke', body: { ID: lease } };
}

/** Takes the place of a candidate. Read as whose lease holds it now. */
export function enter(
  keys: EtcdKeys,
  candidate: Candidate,
  lease: string,
): EtcdQuestion<{ lease: string; masterId: string } | undefined> {
  const key = keys.candidate(candidate.node);
  const body = {
    compare: [createdIn(key, 0)],
    success: [put(key, JSON.stringify(candidate), lease)],
    failure: [get(key)],
  };
  return {
    path: TRANSACTION,
    body,
    read(text) {
      const { succeeded, found } = readTransaction(text);
      if (succeeded) return { lease, masterId: candidate.masterId };
      const [entry] = found[0]?.all ?? [];
      if (entry === undefined) return undefined;
      return { lease: entry.lease, masterId: readCandidate(entry).masterId };
    },
  };
}

/** Makes the key that means to lead, if there is none. The next look says what came of it. */
export function campaign(
  keys: EtcdKeys,
  candidate: Candidate,
  lease: string,
): EtcdQuestion<TransactionAnswer> {
  const record: LeaderRecord = { candidate };
  const body = {
    compare: [createdIn(keys.leader, 0)],
    success: [put(keys.leader, JSON.stringify(record), lease)],
  };
  return { path: TRANSACTION, body, read: readTransaction };
}

export interface Claim {
  /** In which the key of the leader was made. */
  readonly revision: number;
  readonly lease: string;
}

/** Leads no longer. The next look says what came of it. */
export function release(
  keys: EtcdKeys,
  { revision, lease }: Claim,
  successor: string | undefined,
): EtcdQuestion<TransactionAnswer> {
  const record = successor === undefined ? undefined : ({ node: successor } as SuccessorRecord);
  const body = {
    compare: [createdIn(keys.leader, revision)],
    success: [
      remove(keys.leader),
      record === undefined
        ? remove(keys.successor)
        : put(keys.successor, JSON.stringify(record), lease),
    ],
  };
  return { path: TRANSACTION, body, read: readTransaction };
}

export type AppendOutcome =
  | { readonly kind: 'kept' }
  /** It leads no longer, or there is such an entry already: `found`; or that before it is missing. */
  | { readonly kind: 'refused'; readonly leads: boolean; readonly found?: Uint8Array };

/** One more entry of the log. @param begun set for the first of a leadership: says who leads now */
export function append(
  keys: EtcdKeys,
  { revision, lease }: Claim,
  entry: { readonly index: number; readonly data: Uint8Array },
  begun?: { readonly leader: Leader; readonly head: Head; readonly isFirst: boolean },
): EtcdQuestion<AppendOutcome> {
  const key = keys.entry(entry.index);
  const before = entry.index - 1;
  const hasBefore = begun !== undefined && before > begun.head.snapshotIndex;
  const body = {
    compare: [
      createdIn(keys.leader, revision),
      createdIn(key, 0),
      ...(hasBefore ? [exists(keys.entry(before))] : []),
    ],
    success: [
      put(key, entry.data),
      ...(begun === undefined
        ? []
        : [
            put(keys.leader, JSON.stringify(begun.leader satisfies LeaderRecord), lease),
            remove(keys.successor),
            // Of leaders that ended while they saved one.
            remove(keys.snapshotsBefore(begun.head.snapshotIndex)),
            remove(keys.snapshotsAfter(begun.head.snapshotIndex)),
            ...(begun.isFirst ? [put(keys.head, JSON.stringify(begun.head))] : []),
          ]),
    ],
    failure: [get(keys.leader), get(key)],
  };
  return {
    path: TRANSACTION,
    body,
    read(text) {
      const { succeeded, found } = readTransaction(text);
      if (succeeded) return { kind: 'kept' };
      const [leader, there] = found;
      const leads = leader?.all[0]?.createRevision === revision;
      const value = there?.all[0]?.value;
      return { kind: 'refused', leads, ...(value === undefined ? {} : { found: value }) };
    },
  };
}

/** Read as whether it still leads. */
export function savePieces(
  keys: EtcdKeys,
  claim: Claim,
  index: number,
  pieces: readonly { readonly number: number; readonly data: Uint8Array }[],
): EtcdQuestion<boolean> {
  const body = {
    compare: [createdIn(keys.leader, claim.revision)],
    success: pieces.map(({ number, data }) => put(keys.piece(index, number), data)),
  };
  return { path: TRANSACTION, body, read: (text) => readTransaction(text).succeeded };
}

/** From now on this snapshot counts: what it makes superfluous goes. Read as whether it still leads. */
export function saveHead(keys: EtcdKeys, claim: Claim, head: Head): EtcdQuestion<boolean> {
  const body = {
    compare: [createdIn(keys.leader, claim.revision)],
    success: [
      put(keys.head, JSON.stringify(head)),
      remove(keys.entriesUpTo(head.snapshotIndex)),
      remove(keys.snapshotsBefore(head.snapshotIndex)),
    ],
  };
  return { path: TRANSACTION, body, read: (text) => readTransaction(text).succeeded };
}

const NOTHING: Found = { all: [], more: false };

function wantedRange(keys: EtcdKeys, wanted: Wanted): readonly object[] {
  if (wanted.kind === 'nothing') return [];
  const range =
    wanted.kind === 'log'
      ? keys.entriesFrom(wanted.fromIndex)
      : keys.piecesFrom(wanted.index, wanted.fromPiece);
  return [get(range, wanted.count)];
}

function first<Name extends string, Value>(
  found: Found | undefined,
  name: Name,
  read: (entry: Found['all'][number]) => Value,
): { readonly [N in Name]?: Value } {
  const [entry] = found?.all ?? [];
  return entry === undefined
    ? {}
    : ({ [name]: read(entry) } as unknown as { readonly [N in Name]?: Value });
}

function leaderOf(entry: Found['all'][number]): SeenLeader {
  const { createRevision, lease } = entry;
  return { ...readLeader(entry), createRevision, lease };
}

function partOf({ key, value }: Found['all'][number]) {
  const number = numberAtEnd(key);
  if (Number.isSafeInteger(number)) return { number, data: value };
  const sentence = `Cannot read ${key} in etcd: it is not what messor writes there`;
  throw registryError('registryDamaged', sentence);
}
