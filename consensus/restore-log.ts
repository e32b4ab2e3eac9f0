/**
 * Makes a new data directory from a dump: of one member, in a cluster of its own (dump-log.ts).
 */
import {
  acceptor,
  type Check,
  integer,
  object,
  sound,
  string as text,
  union,
} from '../runtime/decode.ts';
import { type CodedError, describeError } from '../runtime/errors.ts';
import { type DirectoryIdentity, removeIdentity, writeIdentity } from './directory-identity.ts';
import type { Disk } from './disk.ts';
import { DUMP_FORMAT, type DumpedEntry, type DumpLine } from './dump-log.ts';
import type { Entry, GroupId, HardState, Membership, SnapshotMark } from './entry.ts';
import { type LogAppend, type LogStorage, openLogStorage } from './log-storage.ts';
import { parseMembership, parseMembershipChange } from './records.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';
import { storageError } from './storage-errors.ts';

export interface RestoreOptions extends DirectoryIdentity {
  /** Of an empty directory. */
  readonly disk: Disk;
  /** Where the one member is, as `host:port`. */
  readonly address: string;
  /** As in `LogStorageOptions`. */
  readonly segmentBytes?: number;
}

/** Of clusters and groups: a dump with longer ones is malformed. */
const NAME_LENGTH_MAX = 1000;
/** Of one entry or one piece of a snapshot, in base64: a dump with more is malformed. */
const DATA_LENGTH_MAX = 64 * 2 ** 20;

/** Entries appended at once, about. */
const PART_BYTES = 2 ** 20;

/**
 * @param lines as `dumpLog` gave them, each parsed from JSON
 * Rejects with CodedError `logNotEmpty`, `dumpMalformed`, or why the disk could not be written; then
 * the directory is of no use.
 */
export async function restoreLog(
  lines: Iterable<unknown> | AsyncIterable<unknown>,
  { disk, address, ...identity }: RestoreOptions,
): Promise<void> {
  if (disk.listNow().length > 0) {
    const sentence = `Cannot restore a log into "${disk.path}": it is not empty`;
    throw storageError('logNotEmpty', sentence);
  }
  const membership: Membership = {
    voters: [identity.memberId],
    ...{ votersOutgoing: [], learners: [], learnersNext: [], leavesJointItself: false },
    addresses: { [String(identity.memberId)]: address },
  };
  const nothing = () => {};
  const options = { makes: true, onFailed: nothing, onNearlyFull: nothing };
  const storage = openLogStorage({ disk, ...identity, ...options });
  try {
    // A part of a log would look like a whole one: until it is whole it is nobody's, and none starts on it.
    removeIdentity(disk);
    const restoring = new Restoring(storage, membership);
    for await (const line of lines) await restoring.take(line);
    restoring.end();
  } finally {
    await answered((done) => storage.close(done));
  }
  writeIdentity(disk, identity);
}

/** A group whose lines are coming. */
interface ComingGroup {
  readonly group: GroupId;
  readonly hardState: HardState;
  readonly mark: SnapshotMark;
  readonly writer: SnapshotWriter | undefined;
  isMarked: boolean;
  entries: Entry[];
  entryBytes: number;
}

class Restoring {
  readonly #storage: LogStorage;
  readonly #membership: Membership;
  #count = 0;
  #phase: 'head' | 'groups' | 'ended' = 'head';
  #coming: ComingGroup | undefined;

  constructor(storage: LogStorage, membership: Membership) {
    this.#storage = storage;
    this.#membership = membership;
  }

  async take(value: unknown): Promise<void> {
    const fault = lineFault(value);
    if (fault !== undefined) throw this.#malformed(fault);
    const line = value as DumpLine;
    const isExpected = (line.line === 'log') === (this.#phase === 'head');
    if (!isExpected || this.#phase === 'ended')
      throw this.#malformed(`"${line.line}" is misplaced`);
    switch (line.line) {
      case 'log':
        if (line.format > DUMP_FORMAT) throw this.#malformed(`format ${line.format} is too new`);
        this.#phase = 'groups';
        break;
      case 'group':
        await this.#finishGroup();
        this.#begin(line);
        break;
      case 'snapshot':
        await this.#snapshot(line);
        break;
      case 'entry':
        await this.#entry(line);
        break;
      case 'end':
        if (line.count !== this.#count) throw this.#malformed('lines are missing');
        if (this.#storage.groups().length === 0 && this.#coming === undefined)
          throw this.#malformed('there is no log in it');
        await this.#finishGroup();
        this.#phase = 'ended';
    }
    this.#count++;
  }

  end(): void {
    if (this.#phase !== 'ended') throw this.#malformed('it ends too early');
  }

  #begin({ group, hardState, mark: { index, term } }: Extract<DumpLine, { line: 'group' }>): void {
    const mark = { index, term, membership: this.#membership };
    const writer = index === 0 ? undefined : this.#storage.snapshots.begin({ group, mark }, false);
    this.#coming = {
      ...{ group, mark, writer, isMarked: false, entries: [], entryBytes: 0 },
      // The vote was another cluster's.
      hardState: { ...hardState, vote: 0 },
    };
  }

  async #snapshot({ group, offset, data }: Extract<DumpLine, { line: 'snapshot' }>): Promise<void> {
    const writer = this.#current(group).writer;
    if (writer?.offset !== offset) throw this.#malformed('a piece of a snapshot is misplaced');
    await answered((done) => writer.write(Buffer.from(data, 'base64'), done));
  }

  async #entry({ group, entry }: Extract<DumpLine, { line: 'entry' }>): Promise<void> {
    const coming = this.#current(group);
    const last = coming.entries.at(-1)?.index ?? this.#storage.reader(group).lastIndex();
    if (!coming.isMarked) await this.#mark(coming);
    const expected = Math.max(last, coming.mark.index) + 1;
    if (entry.index !== expected) throw this.#malformed(`entry ${entry.index} is misplaced`);
    coming.entries.push(restored(entry));
    coming.entryBytes += entry.kind === 'operation' ? entry.data.length : 0;
    if (coming.entryBytes > PART_BYTES) await this.#flush(coming);
  }

  #current(group: GroupId): ComingGroup {
    if (this.#coming?.group !== group) throw this.#malformed(`"${group}" was not begun`);
    return this.#coming;
  }

  /** The snapshot is whole: the log begins behind it. */
  async #mark(coming: ComingGroup): Promise<void> {
    const { writer, mark, group } = coming;
    coming.isMarked = true;
    if (writer !== undefined) await answered((done) => writer.finish(undefined, done));
    const { index: committedIndex } = mark;
    const hardState = { ...coming.hardState, committedIndex };
    await this.#append({ group, entries: [], snapshotMark: mark, hardState, restores: true });
  }

  async #flush(coming: ComingGroup): Promise<void> {
    const { group, entries } = coming;
    coming.entries = [];
    coming.entryBytes = 0;
    await this.#append({ group, entries });
  }

  async #finishGroup(): Promise<void> {
    const coming = this.#coming;
    this.#coming = undefined;
    if (coming === undefined) return;
    if (!coming.isMarked) await this.#mark(coming);
    if (coming.entries.length > 0) await this.#flush(coming);
    await this.#append({ group: coming.group, entries: [], hardState: coming.hardState });
  }

  #append(what: Omit<LogAppend, 'mustSync' | 'done'>): Promise<void> {
    return answered((done) => this.#storage.append({ ...what, mustSync: true, done }));
  }

  #malformed(why: string): CodedError {
    const sentence = `Cannot restore the log from line ${this.#count + 1} of the dump: ${why}`;
    return storageError('dumpMalformed', sentence);
  }
}

const lineFault = acceptor(lineCheck());

function lineCheck(): Check<DumpLine> {
  const [whole, group, data] = [integer(0), text(NAME_LENGTH_MAX), text(DATA_LENGTH_MAX)];
  const place = { index: integer(1), term: whole };
  return union<DumpLine, 'line'>('line', {
    log: [{ format: whole, clusterId: text(NAME_LENGTH_MAX), memberId: whole }],
    group: [
      {
        group,
        hardState: object<HardState>({ term: whole, vote: whole, committedIndex: whole }),
        mark: object<SnapshotMark>({
          index: whole,
          term: whole,
          membership: asJson(parseMembership),
        }),
      },
    ],
    snapshot: [{ group, offset: whole, data }],
    entry: [
      {
        group,
        entry: union<DumpedEntry, 'kind'>('kind', {
          empty: [place],
          operation: [{ ...place, data }],
          membership: [{ ...place, change: asJson(parseMembershipChange) }],
        }),
      },
    ],
    end: [{ count: whole }],
  });
}

/** What `parse` takes as JSON. */
function asJson<Value>(parse: (json: string) => Value): Check<Value> {
  return sound((value) => {
    try {
      parse(JSON.stringify(value));
      return undefined;
    } catch (error) {
      return describeError(error);
    }
  });
}

/** Nobody but the one member is there: what changed the members has done so. */
function restored(entry: DumpedEntry): Entry {
  if (entry.kind === 'operation') return { ...entry, data: Buffer.from(entry.data, 'base64') };
  return { kind: 'empty', index: entry.index, term: entry.term };
}

function answered(ask: (done: (error: CodedError | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    ask((error) => (error === undefined ? resolve() : reject(error)));
  });
}
