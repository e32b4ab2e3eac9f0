/** The answers about one state of things: equal questions are answered by the same bytes. */
import type { ReadEngine, ReadQuestion } from './read-changes.ts';

/** Answers that are kept; the oldest go first. */
const ANSWERS_KEPT_MAX = 64;
/**
 * Bytes of answers that are kept, or that clients who read slowly still hold: over it no new ones are
 * made, and clients are told to come again.
 */
const ANSWERS_BYTES_MAX = 1024 * 1024 * 1024;

export class KeptAnswers {
  readonly #engine: ReadEngine;
  readonly #hit: () => void;
  readonly #answers = new Map<string, Promise<Uint8Array>>();
  readonly #bodies = new Set<WeakRef<Uint8Array>>();

  /** @param hit is told of each answer that was there already */
  constructor(engine: ReadEngine, hit: () => void) {
    this.#engine = engine;
    this.#hit = hit;
  }

  /** Things are otherwise now. */
  forget(): void {
    this.#answers.clear();
  }

  /** @throws Error when slow clients hold too much */
  answer(question: ReadQuestion): Promise<Uint8Array> {
    const key = JSON.stringify(question);
    const kept = this.#answers.get(key);
    if (kept !== undefined) {
      // Who reads the metrics does not change them.
      if (question.kind !== 'gauges') this.#hit();
      return kept;
    }
    if (this.#heldBytes() > ANSWERS_BYTES_MAX) {
      return Promise.reject(new Error('Cannot read now: slow clients hold too many answers'));
    }
    const asked = this.#ask(question);
    this.#answers.set(key, asked);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= ANSWERS_KEPT_MAX) break;
      this.#answers.delete(oldest);
    }
    // The next who asks tries again.
    asked.catch(() => this.#answers.delete(key));
    return asked;
  }

  async #ask(question: ReadQuestion): Promise<Uint8Array> {
    const [body = new Uint8Array()] = await this.#engine.ask(question);
    this.#bodies.add(new WeakRef(body));
    return body;
  }

  /** Of bodies that somebody holds. */
  #heldBytes(): number {
    let sum = 0;
    for (const reference of this.#bodies) {
      const body = reference.deref();
      if (body === undefined) this.#bodies.delete(reference);
      else sum += body.byteLength;
    }
    return sum;
  }
}
