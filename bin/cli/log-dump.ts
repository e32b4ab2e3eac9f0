/**
 * The dump of a log for people: what is in the registry's entries and snapshots as plain JSON, where
 * the dump of `consensus/dump-log.ts` has bytes. Nothing is lost: it can be restored, also after
 * somebody changed it, line by line.
 *
 *     {"line":"entry","group":"registry","entry":{…,"epoch":…,"operations":[…]}}   for "data"
 *     {"line":"record","group":"registry","record":{…}}       a line of the snapshot; for "snapshot"
 *
 * What can't be said so that the same bytes come of it again stays as it is.
 */
import { REGISTRY_GROUP } from '../../actors/master/registry/raft-store.ts';
import { decodeEntry, encodeEntry } from '../../actors/master/registry/registry-machine.ts';
import { SnapshotReader } from '../../actors/master/registry/snapshot.ts';
import type { DumpLine } from '../../consensus/dump-log.ts';
import { storageError } from '../../consensus/storage-errors.ts';
import { describeError } from '../../runtime/errors.ts';

type PieceLine = Extract<DumpLine, { readonly line: 'snapshot' }>;

/** @returns lines that JSON can say */
export function* readableDump(lines: Iterable<DumpLine>): Generator<object> {
  let count = 0;
  let pieces: PieceLine[] = [];
  for (const line of lines) {
    if (line.line === 'snapshot' && line.group === REGISTRY_GROUP) {
      pieces.push(line);
      continue;
    }
    const records = readableSnapshot(pieces);
    pieces = [];
    yield* records;
    count += records.length;
    yield line.line === 'end' ? { ...line, count } : readableEntry(line);
    count++;
  }
}

/** Turns lines back into those of `consensus/dump-log.ts`, one into one. */
export class DumpReader {
  #lineNumber = 0;
  /** Of the registry, while records of it come. */
  #snapshot: { readonly reader: SnapshotReader; offset: number } | undefined;

  /** @throws CodedError `dumpMalformed` for what is readable and nothing that a registry could be */
  read(value: unknown): unknown {
    this.#lineNumber++;
    const line = value as ReadableLine | null;
    try {
      if (line?.line === 'record') return this.#piece(line);
      this.#snapshot?.reader.finish();
      this.#snapshot = undefined;
      if (line?.line !== 'entry' || line.entry?.operations === undefined) return value;
      const { epoch, operations, ...place } = line.entry;
      const data = encodeEntry(epoch, operations);
      decodeEntry(data);
      return { ...line, entry: { ...place, data: Buffer.from(data).toString('base64') } };
    } catch (error) {
      throw malformed(this.#lineNumber, describeError(error));
    }
  }

  #piece({ group, record }: RecordLine): PieceLine {
    this.#snapshot ??= { reader: new SnapshotReader(), offset: 0 };
    const { reader, offset } = this.#snapshot;
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    reader.push(bytes);
    this.#snapshot.offset += bytes.length;
    return { line: 'snapshot', group, offset, data: bytes.toString('base64') };
  }
}

export function malformed(lineNumber: number, why: string) {
  const sentence = `Cannot restore the log from line ${lineNumber} of the dump: ${why}`;
  return storageError('dumpMalformed', sentence);
}

interface RecordLine {
  readonly line: 'record';
  readonly group: string;
  readonly record: unknown;
}

/** What a line may look like; it is checked by what it is read with. */
type ReadableLine =
  | RecordLine
  | {
      readonly line: 'entry';
      readonly entry?: ReturnType<typeof decodeEntry> & { readonly kind: string };
    }
  | { readonly line: Exclude<DumpLine['line'], 'entry'> };

function readableEntry(line: DumpLine): object {
  if (line.line !== 'entry' || line.group !== REGISTRY_GROUP) return line;
  const { entry, ...head } = line;
  if (entry.kind !== 'operation') return line;
  const { data, ...place } = entry;
  const bytes = Buffer.from(data, 'base64');
  try {
    const decoded = decodeEntry(bytes);
    const { epoch, operations } = decoded;
    const isSame = bytes.equals(encodeEntry(epoch, operations));
    return isSame ? { ...head, entry: { ...place, epoch, operations } } : line;
  } catch {
    return line;
  }
}

function readableSnapshot(pieces: readonly PieceLine[]): readonly object[] {
  const [first] = pieces;
  if (first === undefined) return [];
  try {
    const bytes = Buffer.concat(pieces.map(({ data }) => Buffer.from(data, 'base64')));
    const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n');
    const isEnded = lines.pop() === '';
    const records = lines.map((line): unknown => JSON.parse(line));
    const isSame = records.every((record, index) => JSON.stringify(record) === lines[index]);
    if (!isEnded || !isSame) return pieces;
    return records.map((record) => ({ line: 'record', group: first.group, record }));
  } catch {
    return pieces;
  }
}
