/**
 * Where in an etcd the registry of a cluster is. Pure.
 *
 *     /messor/CLUSTER/leader               who leads; bound to that master's lease
 *     /messor/CLUSTER/successor            who is to lead next, where the last leader has named one
 *     /messor/CLUSTER/candidates/HOST:PORT  a master that is there; bound to its lease
 *     /messor/CLUSTER/head                 which snapshot counts
 *     /messor/CLUSTER/log/INDEX            the operations of one write
 *     /messor/CLUSTER/snapshot/INDEX/PIECE  the registry as it was after that entry of the log
 */
import type { KeyRange } from './etcd-json.ts';

/** Decimals of an index, so that keys stand in the order of numbers. */
const DIGITS = 16;
/** The character after `/`: where a range of all that begins with a path ends. */
const AFTER_SLASH = '0';

export interface EtcdKeys {
  readonly prefix: string;
  readonly leader: string;
  readonly successor: string;
  readonly head: string;
  readonly candidates: KeyRange;
  candidate(node: string): string;
  entry(index: number): string;
  entriesFrom(index: number): KeyRange;
  entriesUpTo(index: number): KeyRange;
  piece(index: number, piece: number): string;
  piecesFrom(index: number, piece: number): KeyRange;
  snapshotsBefore(index: number): KeyRange;
  snapshotsAfter(index: number): KeyRange;
}

export function etcdKeys(cluster: string): EtcdKeys {
  const prefix = `/messor/${encodeURIComponent(cluster)}/`;
  const entry = (index: number) => `${prefix}log/${digits(index)}`;
  const snapshot = (index: number) => `${prefix}snapshot/${digits(index)}`;
  const piece = (index: number, number: number) => `${snapshot(index)}/${digits(number)}`;
  return {
    prefix,
    leader: `${prefix}leader`,
    successor: `${prefix}successor`,
    head: `${prefix}head`,
    candidates: { from: `${prefix}candidates/`, to: `${prefix}candidates${AFTER_SLASH}` },
    candidate: (node) => `${prefix}candidates/${node}`,
    entry,
    entriesFrom: (index) => ({ from: entry(index), to: `${prefix}log${AFTER_SLASH}` }),
    entriesUpTo: (index) => ({ from: entry(0), to: entry(index + 1) }),
    piece,
    piecesFrom: (index, number) => ({
      from: piece(index, number),
      to: `${snapshot(index)}${AFTER_SLASH}`,
    }),
    snapshotsBefore: (index) => ({ from: snapshot(0), to: snapshot(index) }),
    snapshotsAfter: (index) => ({
      from: snapshot(index + 1),
      to: `${prefix}snapshot${AFTER_SLASH}`,
    }),
  };
}

/** The number at the end of a key; NaN when there is none. */
export function numberAtEnd(key: string): number {
  const [, text] = /\/(\d{16})$/.exec(key) ?? [];
  return text === undefined ? Number.NaN : Number(text);
}

function digits(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
