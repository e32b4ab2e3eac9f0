/**
 * What users of a replicated log did and were told, and whether that can be: pure.
 *
 * Every append has a text of its own, so the log at the end tells what became of each.
 */
import type { LogEntry } from '../../../actors/protocol/replicated-logs.ts';

export interface Append {
  readonly text: string;
  readonly epoch: number;
  readonly askedMs: number;
  /** Unset: it failed, or nobody knows. */
  acknowledged?: { readonly position: number; readonly atMs: number };
}

export interface Epoch {
  readonly epoch: number;
  readonly acknowledgedMs: number;
}

export interface Reading {
  readonly askedMs: number;
  readonly beginning: number;
  /** As far as the page went. */
  readonly next: number;
  readonly ending: number;
  readonly from: number;
  readonly entries: readonly ReadEntry[];
}

export interface ReadEntry {
  readonly position: number;
  readonly text: string;
}

export interface LogHistory {
  readonly appends: Append[];
  readonly epochs: Epoch[];
  readonly readings: Reading[];
  /** What each follower got, from one place on without a break. */
  readonly followed: ReadEntry[][];
  /** Beginnings that truncations were acknowledged with. */
  truncatedTo: number;
}

export function emptyHistory(): LogHistory {
  return { appends: [], epochs: [], readings: [], followed: [], truncatedTo: 0 };
}

export function readEntry({ position, data }: LogEntry): ReadEntry {
  return { position, text: new TextDecoder().decode(data) };
}

/** @param final the whole log at the end, from its beginning on @returns what can't be, as sentences */
export function faultsOf(
  { appends, epochs, readings, followed, truncatedTo }: LogHistory,
  final: readonly ReadEntry[],
  beginning: number,
): readonly string[] {
  const faults: string[] = [];
  if (beginning < truncatedTo)
    faults.push(`it begins with ${beginning}, truncated to ${truncatedTo}`);

  // All that was ever seen at a position, by anybody, is the same.
  const seen = new Map<number, string>();
  const see = ({ position, text }: ReadEntry, who: string) => {
    const known = seen.get(position);
    if (known !== undefined && known !== text) {
      faults.push(`${who} has "${text}" at ${position}, where "${known}" is`);
    }
    seen.set(position, text);
  };
  for (const entry of final) see(entry, 'the end');
  for (const entries of followed) for (const entry of entries) see(entry, 'a follower');
  for (const { entries } of readings) for (const entry of entries) see(entry, 'a reader');
  for (const { text, acknowledged } of appends) {
    if (acknowledged !== undefined) see({ position: acknowledged.position, text }, 'its writer');
  }

  const placesOf = new Map<string, number[]>();
  for (const [position, text] of seen) {
    placesOf.set(text, [...(placesOf.get(text) ?? []), position]);
  }
  for (const [text, places] of placesOf) {
    if (places.length > 1) faults.push(`"${text}" is there twice, at ${places.join(' and ')}`);
    if (!appends.some((append) => append.text === text)) faults.push(`nobody appended "${text}"`);
  }

  const finalPositions = new Set(final.map(({ position }) => position));
  for (const { text, acknowledged, epoch } of appends) {
    if (acknowledged === undefined) continue;
    const { position } = acknowledged;
    if (position >= beginning && !finalPositions.has(position)) {
      faults.push(`"${text}" was acknowledged at ${position} and is lost`);
    }
    if (position <= epoch) faults.push(`"${text}" of epoch ${epoch} is at ${position}`);
  }
  const known = [...seen.keys()].sort((one, other) => one - other);
  for (const { text, epoch, askedMs } of appends) {
    const [place] = placesOf.get(text) ?? [];
    if (place === undefined) continue;
    const after = epochs.find((other) => other.epoch > epoch && other.epoch < place);
    if (after !== undefined) {
      faults.push(`"${text}" of epoch ${epoch} is at ${place}, behind the begin of ${after.epoch}`);
    }
    const fenced = epochs.find((other) => other.epoch > epoch && other.acknowledgedMs < askedMs);
    if (fenced !== undefined) {
      faults.push(`"${text}" was appended in epoch ${epoch} after ${fenced.epoch} had begun`);
    }
  }

  for (const entries of followed) {
    const first = entries[0]?.position ?? 0;
    const last = entries.at(-1)?.position ?? -1;
    const expected = known.filter((position) => position >= first && position <= last);
    const got = entries.map(({ position }) => position);
    if (got.join() !== expected.join()) {
      faults.push(`a follower got ${got.join(' ')} instead of ${expected.join(' ')}`);
    }
  }
  for (const { askedMs, from, next, ending, entries, beginning: begins } of readings) {
    const acknowledged = appends.flatMap(({ acknowledged: one }) =>
      one !== undefined && one.atMs < askedMs ? [one.position] : [],
    );
    const newest = Math.max(0, ...acknowledged);
    if (ending < newest) faults.push(`a read ends with ${ending}, and ${newest} was acknowledged`);
    const got = new Set(entries.map(({ position }) => position));
    const missed = acknowledged.find(
      (position) => position >= Math.max(from, begins) && position < next && !got.has(position),
    );
    if (missed !== undefined) faults.push(`a read has not ${missed}, which was acknowledged`);
  }
  return faults;
}
