/**
 * What tells one resource from another of its name and type: whose it is, which disk it lies on, and
 * whether it may be taken back or used by several.
 *
 * A reservation stands on another one: the first makes an amount one role's, each further one refines
 * it for a role below that. Two amounts are of one kind, and add up, when all of that is the same. A
 * volume, or a disk that is given as a whole, is one thing that is there or not: it adds up with
 * nothing. What is shared is there so many times as it has been handed out.
 * Source: Mesos 1.11, src/common/resources.cpp (addable, operator== of DiskInfo and its parts).
 */
import type { Label } from './task.ts';

export interface Reservation {
  /** `static`: by the flag of the agent; only at the bottom, and for as long as the agent is there. */
  readonly type: 'static' | 'dynamic';
  /** Never `*`. */
  readonly role: string;
  /** Who made it. */
  readonly principal?: string;
  readonly labels?: readonly Label[];
}

export interface DiskSource {
  /** `path` is divisible, `mount` is not; `block` and `raw` come from providers of storage. */
  readonly type: 'path' | 'mount' | 'block' | 'raw';
  /** Of `path` and `mount`; in the work directory where it is relative. */
  readonly root?: string;
  readonly vendor?: string;
  readonly id?: string;
  readonly metadata?: readonly Label[];
  readonly profile?: string;
}

export interface Disk {
  /** A volume that stays when its task ends, by this id within its role on its agent. */
  readonly persistence?: { readonly id: string; readonly principal?: string };
  /** Where a container finds it. Of who uses it; another one is the same disk. */
  readonly volume?: {
    readonly containerPath: string;
    readonly hostPath?: string;
    readonly mode: 'rw' | 'ro';
  };
  /** Absent: that of the work directory. */
  readonly source?: DiskSource;
}

export interface ResourceKind {
  readonly name: string;
  /** The bottom first; the last one says whose it is. Absent: nobody's. Never empty. */
  readonly reservations?: readonly Reservation[];
  /** Only of scalars. */
  readonly disk?: Disk;
  /** May be taken back at any time: its owner does not use it just now. */
  readonly revocable?: true;
  /** A volume that several tasks may use at the same time. */
  readonly shared?: true;
}

/** Nobody's, of no certain disk, and for one at a time: as nearly all resources are. */
/** It may be taken back at any time. */
export function isRevocable({ revocable }: ResourceKind): boolean {
  return revocable === true;
}

export function isPlain({ reservations, disk, revocable, shared }: ResourceKind): boolean {
  return (
    reservations === undefined &&
    disk === undefined &&
    revocable === undefined &&
    shared === undefined
  );
}

/** Negative, 0 when they are of one kind, or positive: nobody's come first. */
export function compareKinds(one: ResourceKind, other: ResourceKind): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return (
    compareText(reservationsText(one.reservations), reservationsText(other.reservations)) ||
    compareText(diskText(one.disk), diskText(other.disk)) ||
    Number(one.revocable ?? false) - Number(other.revocable ?? false) ||
    Number(one.shared ?? false) - Number(other.shared ?? false)
  );
}

/** Whose it is; undefined: nobody's. */
export function roleOf({ reservations }: ResourceKind): string | undefined {
  return reservations?.[reservations.length - 1]?.role;
}

/** There or not there: it is never given in part. */
export function isWhole({ disk }: ResourceKind): boolean {
  if (disk === undefined) return false;
  const { persistence, source } = disk;
  if (persistence !== undefined || source?.type === 'mount') return true;
  return (source?.type === 'block' || source?.type === 'raw') && source.id !== undefined;
}

export function isPersistentVolume({ disk }: ResourceKind): boolean {
  return disk?.persistence !== undefined;
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Sums and rests keep the lists of what they come from, so each is written out once. */
const reservationsTexts = new WeakMap<readonly Reservation[], string>();
const diskTexts = new WeakMap<Disk, string>();

function reservationsText(reservations: readonly Reservation[] | undefined): string {
  if (reservations === undefined) return '';
  const known = reservationsTexts.get(reservations);
  if (known !== undefined) return known;
  const text = JSON.stringify(
    reservations.map(({ type, role, principal = null, labels = null }) => [
      role,
      type,
      principal,
      labels?.map(labelText) ?? null,
    ]),
  );
  reservationsTexts.set(reservations, text);
  return text;
}

/** How it is mounted, and who made the volume, is not part of what it is. */
function diskText(disk: Disk | undefined): string {
  if (disk === undefined) return '';
  const known = diskTexts.get(disk);
  if (known !== undefined) return known;
  const { source, persistence } = disk;
  const { type, root, vendor, id, metadata, profile } = source ?? {};
  const of = [type, root, vendor, id, metadata?.map(labelText), profile].map((it) => it ?? null);
  const text = JSON.stringify([persistence?.id ?? null, ...(source === undefined ? [] : of)]);
  diskTexts.set(disk, text);
  return text;
}

function labelText({ key, value }: Label): readonly (string | null)[] {
  return [key, value ?? null];
}
