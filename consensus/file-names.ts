/**
 * The files of a data directory, and how they are called.
 *
 *     cluster.json                            whose directory it is (directory-identity.ts)
 *     lock                                    the process that uses it (directory-lock.ts)
 *     quarantine.json                         why nobody may use it any more
 *     wal-<number>                            a segment of the write-ahead log (segments.ts)
 *     wal.mark                                how far the log was durable (watermark.ts)
 *     snap-<group>-<index>-<term>             a snapshot, whole (snapshot-format.ts)
 *     snap-<group>-<index>-<term>.part        one that is being written or received
 *     *.tmp                                   what was not finished: removed at the next start
 */
import type { GroupId } from './entry.ts';

export const IDENTITY_FILE = 'cluster.json';
export const LOCK_FILE = 'lock';
export const QUARANTINE_FILE = 'quarantine.json';
export const WATERMARK_FILE = 'wal.mark';
export const UNFINISHED = '.tmp';
export const PARTIAL = '.part';

/** Of a snapshot, as its file's name says it. */
export interface SnapshotName {
  readonly group: GroupId;
  readonly index: number;
  readonly term: number;
}

export function segmentName(segment: number): string {
  return `wal-${String(segment).padStart(10, '0')}`;
}

/** @returns undefined where the name is not a segment's */
export function parseSegmentName(name: string): number | undefined {
  const [, digits] = /^wal-(\d{10})$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export function snapshotName({ group, index, term }: SnapshotName): string {
  return `snap-${encodeURIComponent(group)}-${index}-${term}`;
}

/** Of whole ones, and of parts without the end of their name. */
export function parseSnapshotName(name: string): SnapshotName | undefined {
  const [, group, index, term] = /^snap-(.+)-(\d{1,16})-(\d{1,16})$/.exec(name) ?? [];
  if (group === undefined || index === undefined || term === undefined) return undefined;
  try {
    return { group: decodeURIComponent(group), index: Number(index), term: Number(term) };
  } catch {
    return undefined;
  }
}
