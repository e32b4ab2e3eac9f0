/**
 * Reads JSON without losing digits: an integer that a double cannot hold becomes a bigint, of which
 * `JSON.parse` of Node 20 knows nothing.
 *
 * As strict as RFC 8259; of two values with one key the last counts; objects become maps, so that no
 * key means anything to JavaScript. Depth and number of values are bounded.
 * Source of the error texts: Mesos, 3rdparty/stout/include/stout/json.hpp, and picojson below it.
 */
import { Fault, quoted, within } from './faults.ts';
import { V1_JSON_DEPTH_MAX, V1_VALUES_PER_MESSAGE_MAX } from './limits.ts';

export type JsonValue = null | boolean | number | bigint | string | JsonList | JsonObject;
export type JsonList = readonly JsonValue[];
export type JsonObject = ReadonlyMap<string, JsonValue>;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
/** Any integer of so many characters is exact as a double. */
const EXACT_LENGTH_MAX = 15;
/** The longest integer of 64 bits; longer ones are doubles, as for Mesos. */
const INTEGER_LENGTH_MAX = 20;

const ESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** @throws Fault */
export function readJsonText(text: string): JsonValue {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class JsonReader {
  private readonly text: string;
  private position = 0;
  private valuesLeft = V1_VALUES_PER_MESSAGE_MAX;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): JsonValue {
    if (--this.valuesLeft < 0) {
      throw new Fault('messageTooLarge', `More than ${V1_VALUES_PER_MESSAGE_MAX} values`);
    }
    this.blanks();
    switch (this.text[this.position]) {
      case '{':
        return this.object(depth + 1);
      case '[':
        return this.list(depth + 1);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  /** Nothing but blanks follows. */
  end(): void {
    this.blanks();
    if (this.position === this.text.length) return;
    const rest = quoted(this.text.slice(this.position, this.position + 100).trimEnd());
    throw new Fault(
      'jsonMalformed',
      `Parsed JSON included non-whitespace trailing characters: ${rest}`,
    );
  }

  private object(depth: number): JsonObject {
    this.deepen(depth);
    const object = new Map<string, JsonValue>();
    this.blanks();
    if (this.take('}')) return object;
    do {
      this.blanks();
      const key = this.string();
      this.blanks();
      this.need(':');
      try {
        object.set(key, this.value(depth));
      } catch (error) {
        throw within(quoted(key), error);
      }
      this.blanks();
    } while (this.take(','));
    this.need('}');
    return object;
  }

  private list(depth: number): JsonList {
    this.deepen(depth);
    const list: JsonValue[] = [];
    this.blanks();
    if (this.take(']')) return list;
    do {
      try {
        list.push(this.value(depth));
      } catch (error) {
        throw within(list.length, error);
      }
      this.blanks();
    } while (this.take(','));
    this.need(']');
    return list;
  }

  private string(): string {
    this.need('"');
    let read = '';
    let from = this.position;
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code === 0x22) {
        read += this.text.slice(from, this.position++);
        return read;
      }
      if (code === 0x5c) {
        read += this.text.slice(from, this.position++);
        read += this.escaped();
        from = this.position;
      } else if (code >= 0x20) {
        this.position++;
      } else {
        // A control character, or (NaN) the end.
        throw this.malformed();
      }
    }
  }

  private escaped(): string {
    const letter = this.text[this.position++] ?? '';
    if (letter !== 'u') {
      const character = ESCAPED[letter];
      if (character === undefined) throw this.malformed();
      return character;
    }
    const digits = this.text.slice(this.position, this.position + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.malformed();
    this.position += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.position;
    const [token, fraction, exponent] = NUMBER.exec(this.text) ?? [];
    if (token === undefined) throw this.malformed();
    this.position += token.length;
    const whole = fraction === undefined && exponent === undefined;
    if (whole && token.length > EXACT_LENGTH_MAX && token.length <= INTEGER_LENGTH_MAX) {
      return BigInt(token);
    }
    const number = Number(token);
    if (!Number.isFinite(number)) throw new Fault('jsonMalformed', 'Value out of range');
    return number;
  }

  private word<Value>(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.position)) throw this.malformed();
    this.position += word.length;
    return value;
  }

  private deepen(depth: number): void {
    if (depth > V1_JSON_DEPTH_MAX) throw this.malformed();
    this.position++;
  }

  private blanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.position++;
    }
  }

  private take(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  private need(character: string): void {
    if (!this.take(character)) throw this.malformed();
  }

  private malformed(): Fault {
    const before = this.text.slice(0, this.position);
    const line = before.split('\n').length;
    const [near = ''] = this.text.slice(this.position, this.position + 100).split('\n');
    return new Fault('jsonMalformed', `syntax error at line ${line} near: ${quoted(near)}`);
  }
}
