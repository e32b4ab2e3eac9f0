/**
 * The code checks its own manners: who imports whom, who may touch the outside, which package belongs
 * where, and that the documents tell the truth about the tree. ARCHITECTURE.md prints the table.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** A room may import itself and these. The longest matching path decides which room a file is in. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  consensus: ['runtime'],
  transport: ['runtime'],
  'actors/protocol': ['runtime'],
  'actors/master': ['runtime', 'consensus', 'transport/http', 'actors/protocol'],
  'actors/agent': ['runtime', 'transport/http', 'actors/protocol'],
  'actors/framework': ['runtime', 'transport/http', 'actors/protocol'],
  bin: ['runtime', 'consensus', 'transport', 'actors'],
  'docs/examples': [],
  test: ['runtime', 'consensus', 'transport', 'actors', 'bin', 'docs/examples'],
};

/** Each package has its rooms; test/ may import any. */
const PACKAGE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  nact: ['runtime'],
  pino: ['runtime', 'bin'],
  'pino-pretty': ['runtime', 'bin'],
  ws: ['transport'],
  'cbor-x': ['transport'],
  re2js: ['actors/master'],
  '@bufbuild/protobuf': ['actors/protocol'],
  execa: ['actors/agent', 'bin'],
  systeminformation: ['actors/agent'],
  commander: ['bin'],
  'cli-table3': ['bin'],
  picocolors: ['bin'],
  'cli-progress': ['bin'],
  messor: ['docs/examples'],
};

/** Clock, chance, timers and turns: only the real host reads them; everybody else is given them. */
const OUTSIDE =
  /\b(Date\.now|Math\.random|performance\.now|process\.hrtime|setTimeout|setInterval|setImmediate|new Date\(\)|randomUUID|randomBytes)\b/;
const OUTSIDE_ALLOWED = ['runtime/node-host.ts', 'bin/'];

const BANNED_FILE_NAMES = /(^|\/)(utils?|helpers?|common|misc)(\.test)?\.ts$/;

interface Import {
  readonly from: string;
  readonly to: string;
}

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(runtime|transport|consensus|actors|bin|test|docs\/examples)\//.test(file))
  .filter((file) => file.endsWith('.ts'))
  .sort();
const text = new Map(sources.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const imports: Import[] = [...text].flatMap(([from, source]) =>
  [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => ({
    from,
    to: match[1] ?? '',
  })),
);

test('every file imports only what its room may import', () => {
  const wrong = imports
    .filter(({ to }) => to.startsWith('.'))
    .map(({ from, to }) => ({ from, to: normalize(join(dirname(from), to)) }))
    .filter(({ from, to }) => !mayImport(from, to))
    .map(({ from, to }) => `${from} imports ${to}`);
  equal(wrong.join('\n'), '');
});

test('ARCHITECTURE.md prints the table of who may import whom', () => {
  const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const [head = [], ...rows] = architecture
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .slice(0, 10)
    .filter(([, first]) => first !== undefined && !/^-+$/.test(first));
  const printed = rows.map(([, room = '', ...cells]) => [
    room,
    cells.flatMap((cell, index) => (cell === '✓' || cell === 'its HTTP messages' ? [index] : [])),
  ]);
  const columns = [
    'runtime',
    'consensus',
    'transport',
    ...['protocol', 'master', 'agent', 'framework'],
  ];
  deepEqual(head.slice(2, -1), columns);
  const expected = Object.entries(MAY_IMPORT)
    .filter(([room]) => room !== 'test' && room !== 'docs/examples')
    .map(([room, others]) => [
      room,
      columns.flatMap((column, index) =>
        others.some((other) => `actors/${column}`.startsWith(other) || other.startsWith(column))
          ? [index]
          : [],
      ),
    ]);
  deepEqual(printed, expected);
});

test('every package is imported only in its rooms', () => {
  const wrong = imports
    .filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'))
    .filter(({ from }) => !from.startsWith('test/'))
    .filter(({ from, to }) => {
      const rooms = PACKAGE_ROOMS[packageOf(to)];
      return rooms === undefined || !rooms.some((room) => from.startsWith(`${room}/`));
    })
    .map(({ from, to }) => `${from} imports ${to}`);
  equal(wrong.join('\n'), '');
});

test('only the real host reads a clock, rolls dice, or waits', () => {
  const wrong = [...text]
    .filter(([file]) => !file.startsWith('test/') && !file.startsWith('docs/'))
    .filter(([file]) => !OUTSIDE_ALLOWED.some((allowed) => file.startsWith(allowed)))
    .flatMap(([file, source]) =>
      withoutComments(source)
        .split('\n')
        .flatMap((line, index) =>
          OUTSIDE.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [],
        ),
    );
  equal(wrong.join('\n'), '');
});

test('no file is called after having no job', () => {
  equal(sources.filter((file) => BANNED_FILE_NAMES.test(file)).join('\n'), '');
});

test('no word of something unfinished stays behind', () => {
  const marks = /\b(TODO|FIXME|XXX|HACK)\b/;
  const wrong = [...text].filter(
    ([file, source]) => file !== 'test/tidy.test.ts' && marks.test(source),
  );
  equal(wrong.map(([file]) => file).join('\n'), '');
});

test('every source file has a head comment', () => {
  const wrong = [...text].filter(([, source]) => !/^(#![^\n]*\n)?\/\*\*/.test(source));
  equal(wrong.map(([file]) => file).join('\n'), '');
});

test('every link between the documents leads somewhere', () => {
  const documents = ['.', 'docs', 'docs/handbook', 'docs/decisions', 'docs/examples'].flatMap(
    (directory) =>
      existsSync(join(root, directory))
        ? readdirSync(join(root, directory), { encoding: 'utf8' })
            .filter((file) => file.endsWith('.md'))
            .map((file) => join(root, directory, file))
        : [],
  );
  const wrong = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => !existsSync(join(dirname(document), link)))
      .map((link) => `${relative(root, document)} links to ${link}`),
  );
  equal(wrong.join('\n'), '');
});

test('format, lint, types and unused code are in order', (context) => {
  if (process.env['CI'] === undefined) {
    context.skip(
      'npm run ok runs these three before the tests; here they run only where CI is set',
    );
    return;
  }
  for (const script of ['lint', 'types', 'unused']) {
    const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
      cwd: root,
      encoding: 'utf8',
    });
    equal(status, 0, `npm run ${script}\n${stdout}\n${stderr}`);
  }
});

function mayImport(from: string, to: string): boolean {
  const own = roomOf(from);
  return [own, ...(MAY_IMPORT[own] ?? [])].some((room) => to.startsWith(`${room}/`));
}

function roomOf(file: string): string {
  const [room] = Object.keys(MAY_IMPORT)
    .filter((candidate) => file.startsWith(`${candidate}/`))
    .sort((one, other) => other.length - one.length);
  return room ?? '';
}

function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

/** Comments blanked out, lines kept, so that the number in the report is right. */
function withoutComments(source: string): string {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)\/\/[^\n]*/g, '$1');
}
