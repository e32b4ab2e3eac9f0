/** Tables for people. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { printable, renderFacts, renderTable } from '../../../bin/cli/table.ts';

test('columns stand under their headings and lines have no tail', () => {
  const rows = [
    ['a', 'first'],
    ['long-id', ''],
  ];
  equal(
    plain(renderTable(['ID', 'NAME'], rows, 'None')),
    'ID       NAME\na        first\nlong-id\n',
  );
});

test('where there is nothing, a sentence says so', () => {
  equal(renderTable(['ID'], [], 'No tasks'), 'No tasks\n');
});

test('facts are aligned', () => {
  equal(
    plain(
      renderFacts([
        ['Id', '1'],
        ['State', 'ok'],
      ]),
    ),
    'Id     1\nState  ok\n',
  );
});

test('names cannot steer the terminal', () => {
  equal(printable('a\u001b]0;title\u0007b\nc\u009b2J'), 'a?]0;title?b?c?2J');
});

/** Without the colours that the terminal of whoever runs the tests may bring. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/\u001b\[\d+m/g, '');
}
