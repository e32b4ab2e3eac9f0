/**
 * The parts of the documents that are written from the code. `npm run documents` writes them anew;
 * a test says when that was forgotten.
 */
import { FLAGS, type Role } from '../../bin/flags.ts';
import { compatibilityTables } from './compatibility/tables.ts';
import { sourceFiles, textOf } from './tables.ts';

/** Documents, and what each says between its two marks. */
export const WRITTEN: Readonly<Record<string, () => string>> = {
  'docs/handbook/flags.md': flagTable,
  'docs/maxima.md': maximumTable,
  'docs/rooms.md': roomList,
  'docs/v1-compatibility.md': compatibilityTables,
};

const MARKS = /(<!-- written by npm run documents -->\n)[\s\S]*?(<!-- end -->)/;

/** The whole document as it should be. */
export function asWritten(document: string, text: string): string {
  const write = WRITTEN[document];
  if (write === undefined || !MARKS.test(text)) throw new Error(`${document} has no marks`);
  return text.replace(MARKS, (_, begin: string, end: string) => `${begin}\n${write()}\n${end}`);
}

interface AnyFlag {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly default?: string;
  readonly help: string;
  readonly roles: readonly Role[];
}

function flagTable(): string {
  const rows = Object.values<AnyFlag>(FLAGS).map(({ name, aliases = [], help, roles, ...flag }) => {
    const names = [name, ...aliases].map((each) => `\`--${each}\``);
    const initial = flag.default === undefined ? '' : `\`${flag.default}\``;
    return `| ${names.join(', ')} | ${initial} | ${roles.join(', ')} | ${help.replaceAll('|', '\\|')} |\n`;
  });
  return `| Flag | Default | Roles | Meaning |\n|---|---|---|---|\n${rows.join('')}`;
}

function roomList(): string {
  const rooms = new Map<string, string[]>();
  for (const file of [...sourceFiles()].sort()) {
    const room = file.slice(0, file.lastIndexOf('/'));
    const name = file.slice(file.lastIndexOf('/') + 1);
    const line = `| [${name}](../${file}) | ${firstSentence(file).replaceAll('|', '\\|')} |\n`;
    rooms.set(room, [...(rooms.get(room) ?? []), line]);
  }
  return [...rooms]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([room, lines]) => `## ${room}/\n\n| File | |\n|---|---|\n${lines.join('')}`)
    .join('\n');
}

/** A constant or a default whose name ends in `Max`, and what the comment beside it says. */
interface Maximum {
  readonly file: string;
  readonly name: string;
  readonly value: string;
  readonly comment: string;
}

function maximumTable(): string {
  const files = [...sourceFiles()].sort();
  const everywhere = new Map(files.flatMap((file) => [...memberComments(textOf(file))]));
  const rows = files
    .flatMap((file) => maximaOf(file, everywhere))
    .map(
      ({ file, name, value, comment }) =>
        `| \`${name}\` | \`${value}\` | [${file}](../${file}) | ${comment.replaceAll('|', '\\|')} |\n`,
    );
  return `| Name | Value | Where | What it is |\n|---|---|---|---|\n${rows.join('')}`;
}

const CONSTANT = /^(?:export )?const (\w+_MAX) = (.+);$/;
const DEFAULT = /^\s+(\w+Max): ([0-9][\w *.]*),$/;
const MEMBER = /^\s+readonly (\w+Max)\??: /;

function maximaOf(file: string, everywhere: ReadonlyMap<string, string>): readonly Maximum[] {
  const lines = textOf(file).split('\n');
  const here = memberComments(textOf(file));
  return lines.flatMap((line, index) => {
    const [, constant, given] = CONSTANT.exec(line) ?? [];
    if (constant !== undefined && given !== undefined) {
      const comment = commentAbove(lines, index);
      return [{ file, name: constant, value: given, comment }];
    }
    const [, name, value] = DEFAULT.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const comment = here.get(name) ?? everywhere.get(name) ?? '';
    return [{ file, name, value, comment }];
  });
}

/** Of the members of interfaces. One that follows another at once shares its comment. */
function memberComments(text: string): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  let last = '';
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (/^\s+readonly \w+\??: /.test(line)) {
      last = commentAbove(lines, index) || last;
      const [, name] = MEMBER.exec(line) ?? [];
      if (name !== undefined) comments.set(name, last);
    } else if (!/^\s*(\/\*\*|\*)/.test(line)) {
      last = '';
    }
  }
  return comments;
}

function commentAbove(lines: readonly string[], index: number): string {
  if (!lines[index - 1]?.trimEnd().endsWith('*/')) return '';
  let begin = index - 1;
  while (begin > 0 && !lines[begin]?.trimStart().startsWith('/**')) begin--;
  return wordsOf(lines.slice(begin, index).join('\n'));
}

/** Of the head comment. */
function firstSentence(file: string): string {
  const [comment = ''] = /^(?:#!.*\n)?\/\*\*[\s\S]*?\*\//.exec(textOf(file)) ?? [];
  const [paragraph = ''] = wordsOf(comment, '\n').split('\n\n');
  const words = paragraph.replaceAll('\n', ' ');
  return (/^.*?[.?](?=\s|$)/.exec(words)?.[0] ?? words).replace(/:$/, '.');
}

function wordsOf(comment: string, separator = ' '): string {
  return comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join(separator)
    .trim();
}
