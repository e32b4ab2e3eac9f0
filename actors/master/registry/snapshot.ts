/**
 * A whole registry as bytes: a header, one line of JSON for each record, and a last line.
 *
 * Written and read a chunk at a time, because that of 50 000 agents has some 20 MB: between two
 * chunks there is time for other things. Where chunks begin and end means nothing.
 */
import { createHash } from 'node:crypto';
import { describeError } from '../../../runtime/errors.ts';
import { damaged, headerLine, readHeader, readLine } from './lines.ts';
import { emptyRegistry, type Registry } from './registry.ts';
import { addLine, linesOf, type SnapshotLine, snapshotLine } from './snapshot-lines.ts';

/** A longer record is written in several chunks. */
export const CHUNK_BYTES_MAX = 262_144;
/** A longer line can't be one of ours: it is refused. Far more than any operation may have. */
const LINE_LENGTH_MAX = 16_777_216;

/** @param registry must not change until the last chunk has been taken: give a copy */
export function* encodeSnapshot(registry: Registry): Generator<Uint8Array, void> {
  let text = `${headerLine('registry')}\n`;
  let recordCount = 0;
  for (const line of linesOf(registry)) {
    recordCount++;
    text += `${JSON.stringify(line)}\n`;
    if (text.length < CHUNK_BYTES_MAX / 2) continue;
    yield* chunksOf(text);
    text = '';
  }
  yield* chunksOf(
    `${text}${JSON.stringify({ type: 'end', recordCount } satisfies SnapshotLine)}\n`,
  );
}

function* chunksOf(text: string): Generator<Uint8Array, void> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES_MAX) {
    yield bytes.subarray(start, start + CHUNK_BYTES_MAX);
  }
}

/** Takes the chunks in their order, then says what they were. */
export class SnapshotReader {
  readonly #registry = emptyRegistry();
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The beginning of a line whose end has not come yet. */
  #begun = '';
  #phase: 'header' | 'records' | 'ended' = 'header';
  #recordCount = 0;

  /** @throws CodedError registryNewer, registryDamaged */
  push(chunk: Uint8Array): void {
    const lines = `${this.#begun}${this.#decode(chunk)}`.split('\n');
    this.#begun = lines.pop() ?? '';
    if (this.#begun.length > LINE_LENGTH_MAX) throw damaged('a record', 'its line has no end');
    for (const line of lines) this.#read(line);
  }

  /** @throws CodedError registryDamaged when something is missing */
  finish(): Registry {
    if (this.#phase !== 'ended' || this.#begun !== '') {
      throw damaged('the registry', 'its end is missing');
    }
    return this.#registry;
  }

  #decode(chunk: Uint8Array): string {
    try {
      return this.#decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw damaged('the registry', describeError(error), error);
    }
  }

  #read(text: string): void {
    if (this.#phase === 'header') {
      readHeader(text, 'registry');
      this.#phase = 'records';
      return;
    }
    if (this.#phase === 'ended') throw damaged('the registry', 'something follows its end');
    const line = readLine(text, snapshotLine, 'a record of the registry');
    if (line.type !== 'end') {
      this.#recordCount++;
      addLine(this.#registry, line);
      return;
    }
    if (line.recordCount !== this.#recordCount) {
      const counts = `${line.recordCount} records were written and ${this.#recordCount} are here`;
      throw damaged('the registry', counts);
    }
    this.#phase = 'ended';
  }
}

/** Equal for equal registries, also in the order of their entries, and only for them. */
export function registryFingerprint(registry: Registry): string {
  const hash = createHash('sha256');
  for (const chunk of encodeSnapshot(registry)) hash.update(chunk);
  return hash.digest('hex');
}
