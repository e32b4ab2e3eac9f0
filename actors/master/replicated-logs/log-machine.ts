/**
 * What a replicated log is besides its entries: who writes, what was given up, what counts. The
 * entries themselves stay where they are agreed on, in the group's log.
 *
 *     begin(token) ──▶ writer { epoch = its position } ──append 1, 2, 3 …──▶ positions
 *          └── another token: the epoch before is fenced, and appends nothing more
 *
 * An append counts when it is of the present epoch and the next of its sequence. A repeated one gets
 * the answer of the first; what doesn't count stands in the log all the same, and readers pass it over.
 * Source: Mesos 1.11, src/log/coordinator.cpp, for what a writer may rely on.
 */
import type { Operation, StateMachine } from '../../../consensus/state-machine.ts';
import { array, integer, object, string } from '../../../runtime/decode.ts';
import { describeError } from '../../../runtime/errors.ts';
import {
  LOG_APPENDS_IN_FLIGHT_MAX,
  LOG_ENTRY_COST_BYTES,
  LOG_HOLDER_LENGTH_MAX,
} from '../../protocol/replicated-logs.ts';
import { damaged } from '../registry/lines.ts';
import { HeldBytes } from './held-bytes.ts';
import { appendedData, decodeLogOperation, type LogOperation } from './log-entry.ts';

export interface LogWriter {
  readonly epoch: number;
  readonly token: string;
  readonly holder: string;
}

export type LogAnswer =
  | { readonly kind: 'done'; readonly position: number }
  /** Another one has begun to write since; or nobody has. */
  | { readonly kind: 'fenced'; readonly writer: LogWriter | undefined }
  /** One before it is missing, or it is older than any that can still be asked about. */
  | { readonly kind: 'outOfOrder' };

interface Kept {
  readonly writer?: LogWriter;
  readonly lastSequence: number;
  readonly recentPositions: readonly number[];
  readonly beginning: number;
  readonly ending: number;
  readonly totalBytes: number;
}

export class LogMachine implements StateMachine {
  #writer: LogWriter | undefined;
  /** Of the present epoch. */
  #lastSequence = 0;
  /** Of the appends up to the last, the newest last. */
  #recentPositions: number[] = [];
  #beginning = 1;
  #ending = 0;
  readonly #held = new HeldBytes();
  /** Appends from the beginning on that don't count, ascending. */
  readonly #passedOver = new Set<number>();

  get writer(): LogWriter | undefined {
    return this.#writer;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Entries from here on can be read. */
  get beginning(): number {
    return this.#beginning;
  }

  /** Of the newest entry; below `beginning` where there is none. */
  get ending(): number {
    return this.#ending;
  }

  get heldBytes(): number {
    return this.#held.from(this.#beginning);
  }

  /** What such an append would be answered by what is known now; undefined where it would count. */
  answerTo(epoch: number, sequence: number): LogAnswer | undefined {
    if (epoch !== this.#writer?.epoch) return { kind: 'fenced', writer: this.#writer };
    if (sequence > this.#lastSequence) return undefined;
    const position = this.#recentPositions.at(sequence - this.#lastSequence - 1);
    const isRecent = this.#lastSequence - sequence < this.#recentPositions.length;
    return isRecent && position !== undefined ? { kind: 'done', position } : { kind: 'outOfOrder' };
  }

  /** @throws CodedError `registryDamaged`: this member can't go on then */
  apply({ index, data }: Operation): LogAnswer {
    const operation = decodeLogOperation(data);
    this.#held.add(index, data.length + LOG_ENTRY_COST_BYTES);
    switch (operation.kind) {
      case 'begin':
        return this.#begin(index, operation);
      case 'append':
        return this.#append(index, operation);
      case 'truncate':
        return this.#truncate(operation);
    }
  }

  /** What an entry of the log holds for readers; undefined for one that they pass over. */
  dataAt({ index, data }: Operation): Uint8Array | undefined {
    return this.#passedOver.has(index) ? undefined : appendedData(data);
  }

  keptFrom(): number {
    return this.#beginning;
  }

  snapshot(): Iterable<Uint8Array> {
    const kept: Kept = {
      ...(this.#writer === undefined ? {} : { writer: this.#writer }),
      lastSequence: this.#lastSequence,
      recentPositions: this.#recentPositions,
      beginning: this.#beginning,
      ending: this.#ending,
      totalBytes: this.#held.totalBytes,
    };
    return [new TextEncoder().encode(JSON.stringify(kept))];
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const kept = readKept(Buffer.concat([...pieces]).toString('utf8'));
    this.#writer = kept.writer;
    this.#lastSequence = kept.lastSequence;
    this.#recentPositions = [...kept.recentPositions];
    this.#beginning = kept.beginning;
    this.#ending = kept.ending;
    this.#held.restart(kept.totalBytes);
    this.#passedOver.clear();
  }

  #begin(index: number, { token, holder }: Extract<LogOperation, { kind: 'begin' }>): LogAnswer {
    if (this.#writer?.token !== token) {
      this.#writer = { epoch: index, token, holder };
      this.#lastSequence = 0;
      this.#recentPositions = [];
    }
    return { kind: 'done', position: this.#writer.epoch };
  }

  #append(
    index: number,
    { epoch, sequence }: Extract<LogOperation, { kind: 'append' }>,
  ): LogAnswer {
    const known = this.answerTo(epoch, sequence);
    if (known !== undefined || sequence !== this.#lastSequence + 1) {
      this.#passedOver.add(index);
      return known ?? { kind: 'outOfOrder' };
    }
    this.#lastSequence = sequence;
    this.#recentPositions.push(index);
    if (this.#recentPositions.length > LOG_APPENDS_IN_FLIGHT_MAX) this.#recentPositions.shift();
    this.#ending = index;
    return { kind: 'done', position: index };
  }

  #truncate({ epoch, to }: Extract<LogOperation, { kind: 'truncate' }>): LogAnswer {
    if (epoch !== this.#writer?.epoch) return { kind: 'fenced', writer: this.#writer };
    this.#beginning = Math.max(this.#beginning, Math.min(to, this.#ending + 1));
    for (const position of this.#passedOver) {
      if (position >= this.#beginning) break;
      this.#passedOver.delete(position);
    }
    this.#held.forgetBefore(this.#beginning);
    return { kind: 'done', position: this.#beginning };
  }
}

const whole = integer(0);
const keptShape = object<Kept>(
  {
    lastSequence: whole,
    recentPositions: array(whole, LOG_APPENDS_IN_FLIGHT_MAX),
    beginning: whole,
    ending: whole,
    totalBytes: whole,
  },
  {
    writer: object<LogWriter>({
      epoch: whole,
      token: string(LOG_HOLDER_LENGTH_MAX),
      holder: string(LOG_HOLDER_LENGTH_MAX),
    }),
  },
);

function readKept(text: string): Kept {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged('a replicated log', describeError(error), error);
  }
  const fault = keptShape(value);
  if (fault !== undefined) throw damaged('a replicated log', fault);
  return value as Kept;
}
