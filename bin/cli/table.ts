/** Tables for people: plain aligned columns, colours only on a terminal. */
import Table from 'cli-table3';
import { colorsFor } from '../colors.ts';

/** Rows under headings; a single sentence instead when there are no rows. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  whenEmpty: string,
): string {
  if (rows.length === 0) return `${whenEmpty}\n`;
  const { bold } = colorsFor(process.stdout);
  const table = new Table({ chars: NO_LINES, style: BARE });
  table.push(
    headings.map((heading) => bold(heading)),
    ...rows.map((row) => row.map(printable)),
  );
  return `${trimmed(table.toString())}\n`;
}

/** Names above each other, values beside them. */
export function renderFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const { bold } = colorsFor(process.stdout);
  const table = new Table({ chars: NO_LINES, style: BARE });
  table.push(...facts.map(([name, value]) => [bold(name), printable(value)]));
  return `${trimmed(table.toString())}\n`;
}

/** Names come from strangers: what would steer the terminal is shown as a question mark. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

const BARE = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true };
