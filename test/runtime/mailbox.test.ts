/** The ring that keeps what waits. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Envelope } from '../../runtime/envelope.ts';
import { Mailbox } from '../../runtime/mailbox.ts';

test('a mailbox does what a plain list does, whatever is put in, taken out and removed', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'push' as const }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'shift' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat(50) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const mailbox = new Mailbox();
      let list: Envelope[] = [];
      let id = 0;
      for (const each of steps) {
        if (each.kind === 'push') {
          const envelope = numbered(++id);
          mailbox.push(envelope);
          list.push(envelope);
        } else if (each.kind === 'shift') {
          equal(mailbox.shift(), list.shift());
        } else {
          const chosen = list[each.at % Math.max(1, list.length)];
          if (chosen === undefined) continue;
          equal(mailbox.remove(chosen), true);
          equal(mailbox.remove(chosen), false);
          list = list.filter((envelope) => envelope !== chosen);
        }
        equal(mailbox.length, list.length);
        deepEqual(mailbox.peek(), list);
      }
    }),
  );
});

test('a look shows a page and takes nothing', () => {
  const mailbox = new Mailbox();
  for (let id = 1; id <= 5; id++) mailbox.push(numbered(id));
  deepEqual(
    mailbox.peek(1, 3).map(({ id }) => id),
    [2, 3, 4],
  );
  equal(mailbox.length, 5);
});

test('what was handled or never came in cannot be removed', () => {
  const mailbox = new Mailbox();
  const [one, two, stranger] = [numbered(1), numbered(2), numbered(3)];
  equal(mailbox.remove(stranger), false);
  mailbox.push(one);
  mailbox.push(two);
  mailbox.shift();
  equal(mailbox.remove(one), false);
  equal(mailbox.remove(stranger), false);
  equal(mailbox.length, 1);
});

test('the most that ever waited at once is remembered', () => {
  const mailbox = new Mailbox();
  for (let id = 1; id <= 3; id++) mailbox.push(numbered(id));
  mailbox.shift();
  mailbox.push(numbered(4));
  equal(mailbox.depthMax, 3);
});

test('a burst comes out in order, and an empty mailbox serves again', () => {
  const mailbox = new Mailbox();
  for (const count of [20_000, 10]) {
    for (let id = 1; id <= count; id++) mailbox.push(numbered(id));
    for (let id = 1; id <= count; id++) equal(mailbox.shift()?.id, id);
    equal(mailbox.shift(), undefined);
  }
});

function numbered(id: number): Envelope {
  return new Envelope(id, 'here:1', 0, 'here:1', undefined, { type: 'x' }, undefined);
}
