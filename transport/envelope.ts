/**
 * The wire format, version 1: what a frame between two nodes says.
 *
 * A frame is one WebSocket message: a sequence (RFC 8742) of CBOR arrays, each beginning with its
 * kind. Addresses are written without nodes, for `to` lives on the receiver's node and `from` on
 * the sender's, which the handshake has settled; so nobody can speak in another node's name.
 *
 *     [0, to, from, id, causeId, causeNode, body]   message
 *     [1, to, from]                                 link
 *     [2, to, from]                                 unlink
 *     [3, to, from, reason]                         exited
 *     [4, stamp]  ping       [5, stamp]  pong, with the stamp of the ping
 *     [8, {…}]    hello, the first item of each side (handshake.ts)
 *     [9, text]  or  [9, text, incarnation]   define: this gets the next number, from 0
 *     [10]        forget all numbers
 *     [11, code, sentence]   goodbye, or why not
 *
 * A name is its text, or `[text, incarnation]`, or the number that this was given: it gets one when
 * its text is sent for the second time on a connection, so names that live for one answer don't fill
 * the table. What is absent is null. So a body of 173 bytes travels in 188, where a map with the
 * addresses in full would have 305.
 */
import type { AnyAddress, ExitReason, Tagged } from '../runtime/actor.ts';
import { ADDRESS_PART_LENGTH_MAX } from '../runtime/address.ts';
import type { MessageSignal, Signal } from '../runtime/host.ts';
import { foreignSentence } from './close-codes.ts';
import { encodeInPlace, encodeItem, WireFault } from './codec.ts';

export const PROTOCOL_VERSION = 1;
/** At this many numbers the table begins anew. */
export const NUMBERED_COUNT_MAX = 4_096;

const KIND = {
  message: 0,
  link: 1,
  unlink: 2,
  exited: 3,
  ping: 4,
  pong: 5,
  hello: 8,
  define: 9,
  forget: 10,
  goodbye: 11,
} as const;

const EXIT_REASONS: readonly ExitReason[] = [
  'stopped',
  'crashed',
  'restarted',
  'noProcess',
  'noConnection',
];

/** Names and nodes: printable ASCII without blanks. */
const NAME = new RegExp(`^[\\x21-\\x7e]{1,${ADDRESS_PART_LENGTH_MAX}}$`);

/** What else than signals an open connection carries. */
export type Incoming =
  | Signal
  | { readonly kind: 'ping'; readonly stampMs: number }
  | { readonly kind: 'pong'; readonly stampMs: number }
  | { readonly kind: 'hello'; readonly fields: unknown }
  | { readonly kind: 'goodbye'; readonly code: number; readonly sentence: string };

/** Takes a copy of one item, which stands in a part of `source`. */
export type Append = (source: Uint8Array, start: number, end: number) => void;

/** What has a number. One text may stand here with several incarnations: the newest is first. */
interface Numbered {
  readonly incarnation: number | undefined;
  readonly number: number;
  readonly older: Numbered | undefined;
}

type Reference = string | number | readonly [text: string, incarnation: number];

/** Writes the items of one connection: it remembers which names have numbers. */
export class EnvelopeWriter {
  readonly #numbers = new Map<string, Numbered>();
  readonly #seen = new Set<string>();
  readonly #bytesMax: number;
  /** Also those that nobody uses any more, because the actor was started anew. */
  #numberedCount = 0;
  /** Definitions that go ahead of the next item. */
  #definitions: Uint8Array[] = [];

  /** @param bytesMax of an item */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * Appends `signal` as it is now: what becomes of the message afterwards doesn't matter.
   * @throws WireFault when the message is not plain data or too large, or an address can't be
   * written; nothing is appended, and the next signal is written as if there had not been this one
   * @returns how many bytes were appended
   */
  write(signal: Signal, append: Append): number {
    // An item mentions at most three names; the table must not be emptied between them.
    if (this.#numberedCount > NUMBERED_COUNT_MAX - 3) this.#forget();
    return this.#writeItem(
      signal.kind === 'message' ? this.#message(signal) : this.#other(signal),
      append,
    );
  }

  #message({ to, from, id, causeId, causeNode, message }: MessageSignal): unknown[] {
    return [
      KIND.message,
      this.#name(to.name, to.incarnation),
      from === undefined ? null : this.#name(from.name, from.incarnation),
      id,
      causeId,
      causeNode === '' ? null : this.#name(causeNode, undefined),
      message,
    ];
  }

  #other(signal: Exclude<Signal, MessageSignal>): unknown[] {
    const { kind, to, from } = signal;
    const ends = [this.#name(to.name, to.incarnation), this.#name(from.name, from.incarnation)];
    return kind === 'exited'
      ? [KIND.exited, ...ends, EXIT_REASONS.indexOf(signal.reason)]
      : [KIND[kind], ...ends];
  }

  #writeItem(item: readonly unknown[], append: Append): number {
    const encoded = encodeInPlace(item);
    const { start, end } = encoded;
    if (end - start > this.#bytesMax) {
      throw new WireFault(`it has ${end - start} bytes, and a frame may have ${this.#bytesMax}`);
    }
    let bytes = end - start;
    if (this.#definitions.length > 0) {
      for (const definition of this.#definitions) {
        append(definition, 0, definition.length);
        bytes += definition.length;
      }
      this.#definitions = [];
    }
    append(encoded, start, end);
    return bytes;
  }

  #name(text: string, incarnation: number | undefined): Reference {
    const newest = this.#numbers.get(text);
    for (let numbered = newest; numbered !== undefined; numbered = numbered.older) {
      if (numbered.incarnation === incarnation) return numbered.number;
    }
    if (newest === undefined && !this.#seen.has(text)) {
      if (!NAME.test(text)) {
        throw new WireFault(`the name "${text}" is not 1 to 255 printable ASCII characters`);
      }
      if (this.#seen.size >= NUMBERED_COUNT_MAX) this.#seen.clear();
      this.#seen.add(text);
      return incarnation === undefined ? text : [text, incarnation];
    }
    this.#seen.delete(text);
    const number = this.#numberedCount++;
    // Beside the newest, one is often used at the same time: the name without an incarnation.
    const older = newest === undefined ? undefined : { ...newest, older: undefined };
    this.#numbers.set(text, { incarnation, number, older });
    this.#definitions.push(
      encodeItem(
        incarnation === undefined ? [KIND.define, text] : [KIND.define, text, incarnation],
      ),
    );
    return number;
  }

  #forget(): void {
    this.#numbers.clear();
    this.#numberedCount = 0;
    this.#definitions.push(encodeItem([KIND.forget]));
  }
}

export function encodePing(stampMs: number): Uint8Array {
  return encodeItem([KIND.ping, stampMs]);
}

export function encodePong(stampMs: number): Uint8Array {
  return encodeItem([KIND.pong, stampMs]);
}

export function encodeHello(fields: object): Uint8Array {
  return encodeItem([KIND.hello, fields]);
}

export function encodeGoodbye(code: number, sentence: string): Uint8Array {
  return encodeItem([KIND.goodbye, code, sentence]);
}

/** A name that came, with the addresses made of it so far. */
interface Name {
  readonly text: string;
  readonly incarnation: number | undefined;
  to: AnyAddress | undefined;
  from: AnyAddress | undefined;
}

/** Understands the items of one connection: it remembers what the numbers stand for. */
export class EnvelopeReader {
  readonly #node: string;
  readonly #peer: string;
  #names: Name[] = [];

  /** @param node ours, where `to` lives; `peer`: theirs, where `from` lives */
  constructor(node: string, peer: string) {
    this.#node = node;
    this.#peer = peer;
  }

  /**
   * @returns undefined when the item was for the table of names only
   * @throws WireFault when it is none of version 1
   */
  read(item: unknown): Incoming | undefined {
    if (!Array.isArray(item)) throw new WireFault('an item is not an array');
    const [kind] = item as unknown[];
    switch (kind) {
      case KIND.message: {
        const [, to, from, id, causeId, causeNode, body] = expectLength(item, 7);
        return {
          kind: 'message',
          to: this.#to(to),
          from: from === null ? undefined : this.#from(from),
          id: count(id),
          causeId: count(causeId),
          causeNode: causeNode === null ? '' : this.#name(causeNode).text,
          message: tagged(body),
        };
      }
      case KIND.link:
      case KIND.unlink: {
        const [, to, from] = expectLength(item, 3);
        return {
          kind: kind === KIND.link ? 'link' : 'unlink',
          to: this.#to(to),
          from: this.#from(from),
        };
      }
      case KIND.exited: {
        const [, to, from, reasonIndex] = expectLength(item, 4);
        const reason = EXIT_REASONS[count(reasonIndex)];
        if (reason === undefined) throw new WireFault('an exit has an unknown reason');
        return { kind: 'exited', to: this.#to(to), from: this.#from(from), reason };
      }
      case KIND.ping:
      case KIND.pong: {
        const [, stampMs] = expectLength(item, 2);
        if (typeof stampMs !== 'number') throw new WireFault('a ping without a number');
        return { kind: kind === KIND.ping ? 'ping' : 'pong', stampMs };
      }
      case KIND.hello: {
        const [, fields] = expectLength(item, 2);
        return { kind: 'hello', fields };
      }
      case KIND.define: {
        const [, text, incarnation] = item.length === 3 ? item : expectLength(item, 2);
        if (this.#names.length >= NUMBERED_COUNT_MAX) {
          throw new WireFault(`more than ${NUMBERED_COUNT_MAX} names have numbers`);
        }
        this.#names.push(newName(text, item.length === 3 ? count(incarnation) : undefined));
        return undefined;
      }
      case KIND.forget:
        this.#names = [];
        return undefined;
      case KIND.goodbye: {
        const [, code, sentence] = expectLength(item, 3);
        if (typeof sentence !== 'string') throw new WireFault('a goodbye without a sentence');
        return { kind: 'goodbye', code: count(code), sentence: foreignSentence(sentence) };
      }
      default:
        throw new WireFault('an item of unknown kind');
    }
  }

  #name(reference: unknown): Name {
    if (typeof reference === 'number') {
      const known = this.#names[reference];
      if (known === undefined) throw new WireFault('a number that stands for no name');
      return known;
    }
    if (!Array.isArray(reference)) return newName(reference, undefined);
    const [text, incarnation] = expectLength(reference, 2);
    return newName(text, count(incarnation));
  }

  #to(reference: unknown): AnyAddress {
    const name = this.#name(reference);
    name.to ??= addressOf(this.#node, name);
    return name.to;
  }

  #from(reference: unknown): AnyAddress {
    const name = this.#name(reference);
    name.from ??= addressOf(this.#peer, name);
    return name.from;
  }
}

function newName(text: unknown, incarnation: number | undefined): Name {
  if (typeof text !== 'string' || !NAME.test(text)) {
    throw new WireFault('a name is not 1 to 255 printable ASCII characters');
  }
  return { text, incarnation, to: undefined, from: undefined };
}

function addressOf(node: string, { text, incarnation }: Name): AnyAddress {
  return incarnation === undefined ? { node, name: text } : { node, name: text, incarnation };
}

function expectLength(item: readonly unknown[], length: number): readonly unknown[] {
  if (item.length !== length) throw new WireFault('an item of the wrong length');
  return item;
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new WireFault('a count is not a whole number from 0 to 2^53 - 1');
  }
  // Decoded numbers may be stored as floats. One such in a field makes the engine convert every
  // signal of this shape, also those that were made elsewhere.
  const small = value | 0;
  return small === value ? small : value;
}

function tagged(body: unknown): Tagged {
  if (typeof body !== 'object' || body === null) {
    throw new WireFault('a message is not an object');
  }
  const { type } = body as { readonly type?: unknown };
  if (typeof type !== 'string' || Array.isArray(body)) {
    throw new WireFault('a message does not say its type');
  }
  return body as Tagged;
}
