/**
 * The bytes of one file on a virtual disk: as reads show them, and as they are on the platter.
 *
 *     write ▶ shown, its sectors dirty ──sync──▶ on the platter
 *                                      └power fails▶ any of the dirty sectors arrived, the others not
 */
import { SECTOR_BYTES } from '../../consensus/disk.ts';
import type { Random } from './random.ts';

export class VirtualFile {
  #shown = new Uint8Array();
  #platter = new Uint8Array();
  readonly #dirty = new Set<number>();

  get sizeBytes(): number {
    return this.#shown.length;
  }

  read(position: number, lengthBytes: number): Uint8Array {
    return this.#shown.slice(position, position + lengthBytes);
  }

  /** A gap before `position` becomes zeros. */
  write(position: number, bytes: Uint8Array): void {
    this.#shown = grown(this.#shown, position + bytes.length);
    this.#shown.set(bytes, position);
    for (const sector of sectors(position, bytes.length)) this.#dirty.add(sector);
  }

  dirtySectors(): readonly number[] {
    return [...this.#dirty];
  }

  /** They are on the platter; those that were written to since they began to be synced as well. */
  synced(dirty: readonly number[]): void {
    this.#platter = grown(this.#platter, this.#shown.length);
    for (const sector of dirty) this.#arrive(sector);
  }

  /** A sync failed: reads go on showing what was written, and nobody will try to write it again. */
  dropped(dirty: readonly number[]): void {
    for (const sector of dirty) this.#dirty.delete(sector);
  }

  /** Each dirty sector arrives with this probability; the rest is as it was. */
  losePower(random: Random, arrivalProbability: number): void {
    const arrived = this.dirtySectors().filter(() => random.chance(arrivalProbability));
    const ends = arrived.map((sector) => (sector + 1) * SECTOR_BYTES);
    const size = Math.max(this.#platter.length, Math.min(this.#shown.length, Math.max(0, ...ends)));
    this.#platter = grown(this.#platter, size);
    for (const sector of arrived) this.#arrive(sector);
    this.#dirty.clear();
    this.#shown = this.#platter.slice();
  }

  /** Changes what is there behind everybody's back. */
  damage(position: number, bytes: Uint8Array): void {
    for (const content of [this.#shown, this.#platter]) {
      const end = Math.min(bytes.length, content.length - position);
      if (end > 0) content.set(bytes.subarray(0, end), position);
    }
  }

  truncate(sizeBytes: number): void {
    this.#shown = this.#shown.slice(0, sizeBytes);
    this.#platter = this.#platter.slice(0, sizeBytes);
  }

  #arrive(sector: number): void {
    const begin = sector * SECTOR_BYTES;
    this.#platter.set(
      this.#shown.subarray(begin, Math.min(begin + SECTOR_BYTES, this.#platter.length)),
      begin,
    );
    this.#dirty.delete(sector);
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (bytes.length >= sizeBytes) return bytes;
  const larger = new Uint8Array(sizeBytes);
  larger.set(bytes);
  return larger;
}

function sectors(position: number, lengthBytes: number): readonly number[] {
  if (lengthBytes === 0) return [];
  const first = Math.floor(position / SECTOR_BYTES);
  const last = Math.floor((position + lengthBytes - 1) / SECTOR_BYTES);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
