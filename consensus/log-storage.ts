/**
 * The durable storage of all replicated logs of one member: one write-ahead log for all groups, and
 * their snapshots, in one directory that belongs to this member for ever.
 *
 *     append ▶ log-writer ▶ segments, watermark         read ◀ group-log ◀ memory, segments
 *     open   ▶ lock ▶ identity ▶ log-recovery ▶ snapshots ▶ ready
 *
 * Its owner is one actor. Nothing here waits or sets timers: what takes time is answered by a callback
 * that the owner brings in as mail (`context.defer`), and `maintain` is to be called now and then.
 */
import { assert } from '../runtime/assert.ts';
import { CodedError, describeError } from '../runtime/errors.ts';
import type { DirectoryIdentity } from './directory-identity.ts';
import { releaseLock } from './directory-lock.ts';
import type { Disk, DiskError } from './disk.ts';
import type { Entry, GroupId, HardState, SnapshotMark } from './entry.ts';
import { entryBytes } from './entry-size.ts';
import type { FramePlace } from './frame.ts';
import { frameReader } from './frame-reader.ts';
import { GroupLog } from './group-log.ts';
import type { LogReader } from './log-reader.ts';
import { type LogJob, LogWriter } from './log-writer.ts';
import { type OpenedDirectory, openDirectory } from './open-directory.ts';
import { GROUP_ID_BYTES_MAX, type LogRecord } from './records.ts';
import { Segments } from './segments.ts';
import type { Snapshots } from './snapshots.ts';
import { isDiskFull, storageError } from './storage-errors.ts';
import { Watermark } from './watermark.ts';

export interface LogStorageOptions extends DirectoryIdentity {
  readonly disk: Disk;
  /** Where the directory is empty, make a new log. Otherwise that is an error: a disk may be missing. */
  readonly makes: boolean;
  /** Default 16 MiB. */
  readonly segmentBytes?: number;
  /** Entries from before the snapshot that stay for who is a little behind. Default 10 000. */
  readonly keptEntryCount?: number;
  /** Of each group, in memory: default 16 MiB. Older entries are read from the disk. */
  readonly cacheBytesMax?: number;
  /** Once: nothing is acknowledged any more, and the process should end. */
  readonly onFailed: (error: CodedError) => void;
  /** The disk has no room for the segment after this one: refuse proposals while that is so. */
  readonly onNearlyFull: (isNearlyFull: boolean) => void;
}

export interface LogAppend {
  readonly group: GroupId;
  /** Consecutive; they take the place of those with the same indexes and of all behind them. */
  readonly entries: readonly Entry[];
  readonly hardState?: HardState | undefined;
  /** Its snapshot is whole already. */
  readonly snapshotMark?: SnapshotMark | undefined;
  /** The snapshot came from elsewhere: the log begins anew behind it. */
  readonly restores?: boolean;
  /** Only a hard state of the same term and vote may do without. */
  readonly mustSync: boolean;
  /**
   * Everything is durable; without `mustSync`, everything before it is. Comes in the order of the
   * appends, possibly before `append` has returned. With an error nothing is promised.
   */
  readonly done: (error: CodedError | undefined) => void;
}

/** Of one append, about. A larger one is refused: it must fit into one frame. */
const APPEND_BYTES_MAX = 32 * 2 ** 20;

const DEFAULTS = {
  segmentBytes: 16 * 2 ** 20,
  keptEntryCount: 10_000,
  cacheBytesMax: 16 * 2 ** 20,
};

/**
 * Takes the directory, reads all of it, mends what a crash left, and says what was durable.
 * @throws CodedError `logInUse`, `logMissing`, `logOfOtherCluster`, `logOfOtherMember`, `logTooNew`,
 * `logUnusable`, `logDiskFull`, and `logCorrupt`: then the directory is under quarantine
 */
export function openLogStorage(options: LogStorageOptions): LogStorage {
  const all = { ...DEFAULTS, ...options };
  return new LogStorage(all, openDirectory(all));
}

export class LogStorage {
  readonly snapshots: Snapshots;
  readonly #options: LogStorageOptions & typeof DEFAULTS;
  readonly #groups: Map<GroupId, GroupLog>;
  readonly #segments: Segments;
  readonly #watermark: Watermark;
  readonly #writer: LogWriter;
  /** Of each group the last hard state, durable or on its way. */
  readonly #handedIn = new Map<GroupId, HardState>();
  #nearlyFull = false;
  #failure: CodedError | undefined;
  #closed = false;

  constructor(options: LogStorageOptions & typeof DEFAULTS, opened: OpenedDirectory) {
    const { disk, segmentBytes } = options;
    const { active, ready, old, end } = opened;
    this.#options = options;
    this.#groups = new Map(opened.groups);
    this.snapshots = opened.snapshots;
    const failed = (error: DiskError) => this.#fail(this.#diskFault(error));
    this.#watermark = new Watermark(disk, failed);
    this.#segments = new Segments(
      {
        ...{ disk, segmentBytes },
        onFailed: failed,
        onPrepared: (error) => this.#prepared(error),
      },
      [...old, active],
      ready,
    );
    this.#writer = new LogWriter({
      ...{ disk, segments: this.#segments, watermark: this.#watermark },
      offset: end.offset,
      chain: end.chain,
      checkpoint: () => this.#checkpoint(),
      onApplied: (records, place) => this.#apply(records, place),
      onFailed: failed,
    });
    this.#segments.prepare();
    this.#compact();
  }

  /** All that anything was ever appended of, sorted. */
  groups(): readonly GroupId[] {
    const used = [...this.#groups].filter(([, log]) => !log.isUnused());
    return used.map(([group]) => group).sort();
  }

  /** What is durable of the group; follows what is appended. A new group's is empty. */
  reader(group: GroupId): LogReader {
    return this.#group(group);
  }

  append({ group, mustSync, done, ...what }: LogAppend): void {
    const records = recordsOf(group, what);
    assert(mustSync || this.#mayWait(group, records), 'what is promised is synced');
    if (what.hardState !== undefined) this.#handedIn.set(group, what.hardState);
    const marked = what.snapshotMark;
    assert(
      marked === undefined || marked.index === 0 || this.snapshots.has(group, marked),
      'the snapshot of a mark is whole',
    );
    const bytes = what.entries.reduce(
      (sum, entry) => sum + entryBytes(entry),
      records.length * 100,
    );
    if (bytes > APPEND_BYTES_MAX) {
      const sentence = `Cannot append ${bytes} bytes to the log "${group}": one append has at most ${APPEND_BYTES_MAX}`;
      done(storageError('appendTooLarge', sentence));
      return;
    }
    this.#write({ records, mustSync, bytes, done });
  }

  /** The group is no longer, here: its log and its snapshots are removed. */
  forget(group: GroupId, done: (error: CodedError | undefined) => void): void {
    this.#write({ records: [{ kind: 'forgotten', group }], mustSync: true, bytes: 100, done });
  }

  /** To be called every 200 ms or so: makes the watermark durable, and looks for room on a full disk. */
  maintain(): void {
    if (this.#refusal() !== undefined) return;
    this.#watermark.sync(() => {});
    if (!this.#segments.hasReady) this.#segments.prepare();
  }

  /** Of what was appended and is not durable yet, about. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  get isNearlyFull(): boolean {
    return this.#nearlyFull;
  }

  /** Writes what waits, and lets go of the directory. After a failure only the latter. */
  close(done: (error: CodedError | undefined) => void): void {
    const refusal = this.#refusal();
    const leave = (error: CodedError | undefined) => {
      this.#segments.stop();
      this.#segments.whenIdle(() => {
        releaseLock(this.#options.disk);
        this.#options.disk.closeNow();
        done(error);
      });
    };
    if (refusal !== undefined) {
      this.#closed = true;
      leave(this.#failure);
      return;
    }
    const mustSync = this.#writer.hasRiders || this.#writer.pendingBytes > 0;
    this.#write({
      ...{ records: [], mustSync, bytes: 0 },
      done: (error) => {
        if (error !== undefined) return leave(error);
        this.#watermark.sync((syncError) =>
          leave(syncError === undefined ? undefined : this.#diskFault(syncError)),
        );
      },
    });
    this.#closed = true;
  }

  #write(job: LogJob): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) job.done(refusal);
    else this.#writer.write(job);
  }

  #refusal(): CodedError | undefined {
    if (this.#failure !== undefined || !this.#closed) return this.#failure;
    const sentence = `Cannot append to the log in "${this.#options.disk.path}": it is closed`;
    return storageError('logClosed', sentence);
  }

  #group(group: GroupId): GroupLog {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    const { disk, cacheBytesMax } = this.#options;
    assert(
      new TextEncoder().encode(group).length <= GROUP_ID_BYTES_MAX,
      'names of groups are short',
    );
    const log = new GroupLog(cacheBytesMax, frameReader(disk, group));
    this.#groups.set(group, log);
    return log;
  }

  #apply(records: readonly LogRecord[], place: FramePlace): void {
    for (const record of records) {
      const { group } = record;
      this.#group(group).apply(record, place);
      if (record.kind === 'forgotten') {
        this.#groups.delete(group);
        this.#handedIn.delete(group);
        this.snapshots.removeAll(group);
      } else if (record.kind === 'snapshotMark') this.snapshots.removeOld(group, record.mark);
      else continue;
      this.#compact();
    }
  }

  /** Removes the segments that no group needs. */
  #compact(): void {
    const { keptEntryCount } = this.#options;
    let needed = this.#segments.active;
    for (const log of this.#groups.values()) {
      needed = Math.min(needed, log.segmentNeeded(keptEntryCount));
    }
    for (const log of this.#groups.values()) log.forgetSegments(needed - 1);
    this.#segments.removeUpTo(needed - 1);
  }

  #checkpoint(): readonly LogRecord[] {
    return this.groups().flatMap((group): LogRecord[] => {
      const log = this.#group(group);
      return [
        { kind: 'snapshotMark', group, mark: log.snapshotMark(), restores: false },
        { kind: 'hardState', group, hardState: log.hardState() },
      ];
    });
  }

  /** Term and vote are the same as in the last one that was handed in, which may be on its way yet. */
  #mayWait(group: GroupId, records: readonly LogRecord[]): boolean {
    const { term, vote } = this.#handedIn.get(group) ?? this.#group(group).hardState();
    return records.every(
      (record) =>
        record.kind === 'hardState' &&
        record.hardState.term === term &&
        record.hardState.vote === vote,
    );
  }

  #prepared(error: DiskError | undefined): void {
    if (error !== undefined && !isDiskFull(error)) {
      this.#fail(this.#diskFault(error));
      return;
    }
    const isFull = error !== undefined;
    if (isFull !== this.#nearlyFull) {
      this.#nearlyFull = isFull;
      this.#options.onNearlyFull(isFull);
    }
    if (error === undefined) this.#writer.resume();
    else if (this.#writer.isWaiting) this.#fail(this.#diskFault(error));
  }

  #fail(error: CodedError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#segments.stop();
    this.#writer.fail(error);
    this.#options.onFailed(error);
  }

  #diskFault(error: DiskError): CodedError {
    if (error instanceof CodedError) return error;
    const code = isDiskFull(error) ? 'logDiskFull' : 'logWriteFailed';
    const { path } = this.#options.disk;
    return storageError(code, `Cannot write the log in "${path}": ${describeError(error)}`, error);
  }
}

/** In an order in which every part of them would be a log as well. */
function recordsOf(
  group: GroupId,
  { entries, hardState, snapshotMark, restores = false }: Partial<LogAppend>,
): readonly LogRecord[] {
  const records: LogRecord[] = [];
  if (snapshotMark !== undefined) {
    records.push({ kind: 'snapshotMark', group, mark: snapshotMark, restores });
  }
  if (entries !== undefined && entries.length > 0)
    records.push({ kind: 'entries', group, entries });
  if (hardState !== undefined) records.push({ kind: 'hardState', group, hardState });
  return records;
}
