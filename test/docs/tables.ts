/** Tables of the documents, read for comparison with the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The TypeScript files of the product, as paths from the root. */
export function sourceFiles(): readonly string[] {
  return ['runtime', 'consensus', 'transport', 'actors', 'bin'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${room}/${file}`),
  );
}

/** What stands below the heading that says `title` (a link or not), up to the next heading. */
export function sectionOf(document: string, title: string): string {
  const sections = textOf(document).split(/^#+ /m);
  const found = sections.filter((section) => {
    const [heading = ''] = section.split('\n');
    return heading.replace(/^\[(.*)\]\(.*\)$/, '$1') === title;
  });
  const [section] = found;
  if (section === undefined || found.length > 1) {
    throw new Error(`${document} has ${found.length} headings "${title}" where one is expected`);
  }
  return section;
}

/** The rows of the tables in a text, without heads; backquotes around a whole cell are taken off. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  const heads = new Set(
    rows.flatMap((line, index) => (/^\|[-| :]+\|$/.test(line) ? [index - 1, index] : [])),
  );
  return rows
    .filter((_, index) => !heads.has(index))
    .map((line) =>
      line
        .replace(/^\|\s*|\s*\|$/g, '')
        .split(/(?<!\\)\s*\|\s*/)
        .map((cell) => cell.replace(/^`([^`]*)`$/, '$1').replaceAll('\\|', '|')),
    );
}

/** The members of a union of texts, in their order. */
export function membersOf(file: string, type: string): readonly string[] {
  const [, rest = ''] = textOf(file).split(`export type ${type} =`);
  const [union = ''] = rest.split(';');
  return [...union.matchAll(/'(\w+)'/g)].map(([, member = '']) => member);
}

/** The `type` of each member of a union of objects; `Exited` is the one that stands there by name. */
export function typesIn(file: string, type: string): readonly string[] {
  const [, rest = ''] = textOf(file).split(`export type ${type} =`);
  const [union = ''] = rest.split(/\n(?:export|interface|type|\/\*\*)/);
  return [...union.matchAll(/readonly type: '(\w+)'|\| (Exited)\b/g)].map(([, name]) =>
    name === undefined ? 'exited' : name,
  );
}
