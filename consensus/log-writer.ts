/**
 * Writes records to the log: one frame at a time, and meanwhile collects what goes into the next.
 *
 *     idle ──records──▶ busy (write, sync) ──durable──▶ idle
 *                         │ no room, and no segment ready ──▶ waiting ──ready──▶ busy
 *                         └ error ──▶ failed: nothing is acknowledged any more
 *
 * What need not be durable at once (a commit index) rides along with the next frame, so that at most
 * one frame is ever unsynced. A failed write or sync is final: see disk.ts.
 */
import { assert } from '../runtime/assert.ts';
import type { CodedError } from '../runtime/errors.ts';
import type { Disk, DiskError } from './disk.ts';
import type { GroupId } from './entry.ts';
import { segmentName } from './file-names.ts';
import { type ChainEnd, type FramePlace, FrameWriter } from './frame.ts';
import type { LogRecord } from './records.ts';
import type { Segments } from './segments.ts';
import type { Watermark } from './watermark.ts';

/** Records that become durable together. */
export interface LogJob {
  readonly records: readonly LogRecord[];
  readonly mustSync: boolean;
  /** About. */
  readonly bytes: number;
  readonly done: (error: CodedError | undefined) => void;
}

/** Jobs of about so many bytes go into one frame; what is over it waits for the next. */
const BATCH_BYTES_MAX = 4 * 2 ** 20;

export interface LogWriterOptions {
  readonly disk: Disk;
  readonly segments: Segments;
  readonly watermark: Watermark;
  readonly offset: number;
  readonly chain: ChainEnd;
  /** All that must be known of every group at the begin of a segment, without what came before. */
  readonly checkpoint: () => readonly LogRecord[];
  /** What the records say is so from now on. `place` is meaningless for what rides along. */
  readonly onApplied: (records: readonly LogRecord[], place: FramePlace) => void;
  readonly onFailed: (error: DiskError) => void;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #frame = new FrameWriter();
  #queue: LogJob[] = [];
  /** Of each group only the last: what rides along are hard states. */
  readonly #riders = new Map<GroupId, LogRecord>();
  #phase: 'idle' | 'busy' | 'waiting' | 'failed' = 'idle';
  #batch: readonly LogJob[] = [];
  #offset: number;
  #chain: ChainEnd;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#offset = options.offset;
    this.#chain = options.chain;
  }

  /** Jobs become durable in their order. */
  write(job: LogJob): void {
    this.#queue.push(job);
    if (this.#phase === 'idle') this.#advance();
  }

  /** A segment is ready: goes on if that was waited for. */
  resume(): void {
    if (this.#phase === 'waiting') this.#advance();
  }

  get isWaiting(): boolean {
    return this.#phase === 'waiting';
  }

  /** Of what was given and is not durable yet, about. */
  get pendingBytes(): number {
    return [...this.#batch, ...this.#queue].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether something rides along that a clean stop should write. */
  get hasRiders(): boolean {
    return this.#riders.size > 0;
  }

  /** From now on nothing is written; those that wait are told. */
  fail(error: CodedError): void {
    if (this.#phase === 'failed') return;
    this.#phase = 'failed';
    const jobs = [...this.#batch, ...this.#queue];
    this.#batch = [];
    this.#queue = [];
    for (const { done } of jobs) done(error);
  }

  #advance(): void {
    // Those who are told may append more: that waits until here it is clear what comes next.
    this.#phase = 'busy';
    this.#settleRiders();
    if (this.#isOver()) return;
    if (this.#queue.length === 0) {
      this.#phase = 'idle';
      return;
    }
    const count = this.#countOfBatch();
    const batch = this.#queue.slice(0, count);
    const { segments } = this.#options;
    this.#fill(batch);
    if (this.#offset > 0 && this.#offset + this.#frame.lengthBytes > segments.activeBytes) {
      if (!segments.hasReady) {
        this.#phase = 'waiting';
        segments.prepare();
        return;
      }
      segments.advance();
      segments.prepare();
      this.#offset = 0;
      this.#fill(batch);
    }
    this.#queue.splice(0, count);
    this.#write(batch);
  }

  #isOver(): boolean {
    return this.#phase === 'failed';
  }

  /** What need not be durable is so as soon as everything before it is. */
  #settleRiders(): void {
    for (let [job] = this.#queue; job !== undefined && !job.mustSync; [job] = this.#queue) {
      this.#queue.shift();
      for (const record of job.records) this.#riders.set(record.group, record);
      this.#options.onApplied(job.records, { segment: 0, offset: 0 });
      job.done(undefined);
    }
  }

  #countOfBatch(): number {
    let bytes = 0;
    const over = this.#queue.findIndex((job, index) => {
      bytes += job.bytes;
      return index > 0 && bytes > BATCH_BYTES_MAX;
    });
    return over === -1 ? this.#queue.length : over;
  }

  /** A segment begins with all that must be known, also where its first frame was torn before. */
  #fill(batch: readonly LogJob[]): void {
    const first = this.#offset === 0 ? this.#options.checkpoint() : this.#riders.values();
    this.#frame.reset();
    for (const record of first) this.#frame.add(record);
    for (const { records } of batch) for (const record of records) this.#frame.add(record);
  }

  #write(batch: readonly LogJob[]): void {
    const { disk, segments, watermark, onFailed, onApplied } = this.#options;
    const place = { segment: segments.active, offset: this.#offset };
    const name = segmentName(place.segment);
    const { bytes, crc } = this.#frame.seal(place, this.#chain);
    const chain = { sequence: this.#chain.sequence + 1, crc };
    const offset = this.#offset + bytes.length;
    this.#batch = batch;
    const durable = () => {
      if (this.#isOver()) return;
      assert(this.#phase === 'busy', 'one frame is written at a time');
      this.#chain = chain;
      this.#offset = offset;
      this.#riders.clear();
      this.#batch = [];
      watermark.note({ sequence: chain.sequence, ...place, offset });
      for (const { records } of batch) onApplied(records, place);
      for (const { done } of batch) done(undefined);
      if (!this.#isOver()) this.#advance();
    };
    disk.write(name, place.offset, bytes, (writeError) => {
      if (writeError !== undefined) return onFailed(writeError);
      disk.sync(name, (syncError) => {
        if (syncError !== undefined) return onFailed(syncError);
        durable();
      });
    });
  }
}
