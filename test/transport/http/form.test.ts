/** Queries and form bodies. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  FORM_PAIR_COUNT_MAX,
  formValue,
  parseForm,
  parseFormBody,
} from '../../../transport/http/form.ts';

test('names and values are decoded, plus signs are blanks, duplicates keep their order', () => {
  const form = parseForm('a=1&b=two+words&a=%2B%26&c&=x&&d=1=2;e=%C3%B6');
  deepEqual(
    [...(form ?? [])],
    [
      ['a', ['1', '+&']],
      ['b', ['two words']],
      ['c', ['']],
      ['d', ['1=2']],
      ['e', ['ö']],
    ],
  );
});

test('of several values of a name the last counts', () => {
  const form = parseForm('limit=1&limit=2');
  equal(form && formValue(form, 'limit'), '2');
  equal(form && formValue(form, 'offset'), undefined);
});

test('names that every object inherits are names like others', () => {
  const form = parseForm('__proto__=1&constructor=2');
  equal(form && formValue(form, '__proto__'), '1');
  equal(form && formValue(form, 'toString'), undefined);
});

test('percent signs without UTF-8 behind them, and too many pairs, are refused', () => {
  equal(parseForm('a=%'), undefined);
  equal(parseForm('%ff=1'), undefined);
  equal(parseForm('a&'.repeat(FORM_PAIR_COUNT_MAX)), undefined);
  equal(parseForm(Array(FORM_PAIR_COUNT_MAX).fill('a').join('&'))?.get('a')?.length, 1_000);
});

test('the body of a POST is a form like a query', () => {
  const form = parseFormBody(Buffer.from('slaveId=S1&resources=[%7B%7D]'));
  equal(form && formValue(form, 'resources'), '[{}]');
  equal(parseFormBody(Uint8Array.of(0x61, 0xff)), undefined);
});

test('what URLSearchParams writes is read as it was', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string())),
      (pairs) => {
        const form = parseForm(new URLSearchParams(pairs).toString());
        const read = [...(form ?? [])].flatMap(([name, values]) => values.map((v) => [name, v]));
        const order = (one: readonly string[], other: readonly string[]) =>
          String(one[0]) < String(other[0]) ? -1 : Number(one[0] !== other[0]);
        deepEqual(
          read.toSorted(order),
          pairs.map(([name, value]) => [name, value]).toSorted(order),
        );
      },
    ),
  );
});
