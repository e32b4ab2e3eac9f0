/**
 * `a=1&b=two+words`: the query of a URL, and bodies of type `application/x-www-form-urlencoded`.
 *
 * Pairs are separated by `&` or `;`. A name without `=` has an empty value, a pair without a name is
 * left out. A name may come several times.
 * Source: URL Standard, section 5.1; the semicolon, and that the last of a name counts, as Mesos does.
 */
import { isUtf8 } from 'node:buffer';
import { decoded } from './path.ts';

/** Pairs in one form; more are refused. */
export const FORM_PAIR_COUNT_MAX = 1_000;

/** The values of each name, in order. */
export type Form = ReadonlyMap<string, readonly string[]>;

/** @returns undefined when it has too many pairs, or percent signs without bytes of UTF-8 behind */
export function parseForm(text: string): Form | undefined {
  const form = new Map<string, string[]>();
  const pairs = text.split(/[&;]/, FORM_PAIR_COUNT_MAX + 1);
  if (pairs.length > FORM_PAIR_COUNT_MAX) return undefined;
  for (const pair of pairs) {
    const sign = pair.indexOf('=');
    const name = word(sign < 0 ? pair : pair.slice(0, sign));
    const value = word(sign < 0 ? '' : pair.slice(sign + 1));
    if (name === undefined || value === undefined) return undefined;
    if (name === '') continue;
    const values = form.get(name);
    if (values === undefined) form.set(name, [value]);
    else values.push(value);
  }
  return form;
}

/**
 * The body of a POST, whatever its content type says: Mesos does not look at it either.
 * @returns undefined as `parseForm`, and when it is no UTF-8
 */
export function parseFormBody(body: Uint8Array): Form | undefined {
  return isUtf8(body) ? parseForm(Buffer.from(body).toString()) : undefined;
}

/** The last value of a name; of several, Mesos takes that one. */
export function formValue(form: Form, name: string): string | undefined {
  return form.get(name)?.at(-1);
}

function word(text: string): string | undefined {
  return decoded(text.replaceAll('+', ' '));
}
