/**
 * The watermark: how far the log was durable, noted in another file than the log itself.
 *
 * A checksum can't protect the last frame: one that is damaged looks like one that was never wholly
 * written. So each sync that is done is noted in `wal.mark`, in two slots by turns, so that one is
 * always whole. The note itself is synced now and then only; until then it protects from what
 * happens to the log, not from a loss of power in the same moment.
 *
 *     0 magic u32 | 4 CRC-32C u32 of the rest | 8 sequence | 16 segment u32 | 20 end offset u32
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { crc32c } from './crc32c.ts';
import { type Disk, type Done, SECTOR_BYTES } from './disk.ts';
import { WATERMARK_FILE } from './file-names.ts';

const MAGIC = 0x4b52_4d57;
const SLOT_COUNT = 2;
const NOTE_BYTES = 24;

/** All frames up to `sequence` are durable; the last ends at `offset`. */
export interface DurableEnd {
  readonly sequence: number;
  readonly segment: number;
  readonly offset: number;
}

export const NOTHING_DURABLE: DurableEnd = { sequence: 0, segment: 1, offset: 0 };

/** @returns undefined where the file is missing, or neither slot is whole */
export function readWatermark(disk: Disk): DurableEnd | undefined {
  if (!disk.listNow().includes(WATERMARK_FILE)) return undefined;
  const bytes = disk.readNow(WATERMARK_FILE, 0, SLOT_COUNT * SECTOR_BYTES);
  let newest: DurableEnd | undefined;
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const note = readSlot(bytes, slot * SECTOR_BYTES);
    if (note !== undefined && note.sequence >= (newest?.sequence ?? 0)) newest = note;
  }
  return newest;
}

/** Makes the file of a new log, or brings both slots to what recovery found. */
export function resetWatermark(disk: Disk, end: DurableEnd): void {
  const slot = slotOf(end);
  const bytes = new Uint8Array(SLOT_COUNT * SECTOR_BYTES);
  for (let index = 0; index < SLOT_COUNT; index++) bytes.set(slot, index * SECTOR_BYTES);
  disk.writeNow(WATERMARK_FILE, 0, bytes);
  disk.syncNow(WATERMARK_FILE);
}

export class Watermark {
  readonly #disk: Disk;
  readonly #failed: (error: Error) => void;
  #turn = 0;
  #unsynced = false;

  /** `failed` is told when the note can't be written: then the disk is not to be trusted. */
  constructor(disk: Disk, failed: (error: Error) => void) {
    this.#disk = disk;
    this.#failed = failed;
  }

  /**
   * When this returns the system has the note: nobody was told yet that the log is durable so far, and
   * if this process ends now, the note outlives it. It is a copy of one sector into memory.
   */
  note(end: DurableEnd): void {
    this.#turn = (this.#turn + 1) % SLOT_COUNT;
    try {
      this.#disk.writeNow(WATERMARK_FILE, this.#turn * SECTOR_BYTES, slotOf(end));
      this.#unsynced = true;
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  /** Makes what was noted durable; `done` at once where that is so already. */
  sync(done: Done): void {
    if (!this.#unsynced) {
      done(undefined);
      return;
    }
    this.#unsynced = false;
    this.#disk.sync(WATERMARK_FILE, (error) => {
      if (error !== undefined) this.#failed(error);
      done(error);
    });
  }
}

function slotOf(end: DurableEnd): Uint8Array {
  const writer = new ByteWriter(SECTOR_BYTES);
  writer.u32(MAGIC);
  writer.u32(0);
  writer.whole(end.sequence);
  writer.u32(end.segment);
  writer.u32(end.offset);
  writer.patchU32(4, crc32c(writer.written(), 0, 8));
  writer.zeros(SECTOR_BYTES - NOTE_BYTES);
  return writer.written();
}

function readSlot(bytes: Uint8Array, position: number): DurableEnd | undefined {
  if (position + NOTE_BYTES > bytes.length) return undefined;
  const reader = new ByteReader(bytes, position);
  const [magic, crc] = [reader.u32(), reader.u32()];
  if (magic !== MAGIC || crc !== crc32c(bytes, 0, position + 8, position + NOTE_BYTES)) {
    return undefined;
  }
  return { sequence: reader.whole(), segment: reader.u32(), offset: reader.u32() };
}
