/** The documents and the code say the same: flags, commands, scripts, files, decisions. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { messorProgram } from '../../bin/cli/program.ts';
import { FLAGS, type FlagKey } from '../../bin/flags.ts';
import { namesOf } from '../../bin/mesos-flags/mesos-flags.ts';
import { membersOf, root, rowsOf, sectionOf, textOf, typesIn } from './tables.ts';
import { asWritten, WRITTEN } from './written.ts';

const { commands } = messorProgram('0.0.0', () => {});

const DOCUMENTS = ['.', 'docs', 'docs/handbook', 'docs/decisions'].flatMap((directory) =>
  readdirSync(join(root, directory), { encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(directory, file)),
);

for (const document of Object.keys(WRITTEN)) {
  test(`${document} says what the code says`, () => {
    const text = textOf(document);
    ok(
      asWritten(document, text) === text,
      `${document} is not what the code says any more: run "npm run documents"`,
    );
  });
}

test('every maximum says what it is', () => {
  const silent = textOf('docs/maxima.md')
    .split('\n')
    .filter((line) => line.startsWith('| `') && /\|\s*\|$/.test(line));
  deepEqual(silent, []);
});

test('every command of messor is documented with every option', () => {
  const page = textOf('docs/handbook/command-line.md');
  const told = rowsOf(page).map(([first = '']) => first.replaceAll('`', ''));
  for (const command of commands) {
    ok(page.includes(`\`${command.name()}`), `"${command.name()}" is not documented`);
    for (const part of command.commands) {
      const isTold = told.some(
        (row) => row.startsWith(`${command.name()} `) && row.includes(part.name()),
      );
      ok(isTold, `"${command.name()} ${part.name()}" is not documented`);
    }
    for (const { long } of [command, ...command.commands].flatMap(({ options }) => options)) {
      ok(page.includes(`\`${long}`), `"${long}" of "${command.name()}" is not documented`);
    }
  }
});

test('no command line in the documents has a flag or a command that there is not', () => {
  const ofNode = new Set(
    (Object.keys(FLAGS) as FlagKey[]).flatMap(namesOf).map((name) => `--${name}`),
  );
  const wrong = DOCUMENTS.flatMap((document) =>
    linesOfShell(textOf(document)).flatMap((line) => {
      const [, name] = /\bmessor ([a-z-]+)/.exec(line) ?? [];
      const isNode = /\bbin\/node\b/.test(line);
      if (!isNode && name === undefined) return [];
      const command = commands.find((each) => each.name() === name);
      if (!isNode && command === undefined) return [`${document}: ${line}`];
      const ofCommand = [command, ...(command?.commands ?? [])].flatMap(
        (each) => each?.options.map(({ long }) => long ?? '') ?? [],
      );
      const known = isNode ? ofNode : new Set(ofCommand);
      const [ours = ''] = line.replace(/#.*$/, '').split(' -- ');
      return [...ours.matchAll(/(?<=\s)--[a-z-]+/g)]
        .filter(([flag]) => !known.has(flag))
        .map(([flag]) => `${document}: ${flag} in ${line}`);
    }),
  );
  deepEqual(wrong, []);
});

test('every script of npm that the documents name is there', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const named = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/npm run (?:--silent )?([a-z]+)/g)].map(([, name = '']) => name),
  );
  deepEqual(
    [...new Set(named)].filter((name) => !Object.hasOwn(scripts, name)),
    [],
  );
});

test('every file that the documents name is there', () => {
  const wrong = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/`((?:runtime|transport|actors|bin|test|docs)\/[\w./-]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${document} names ${path}`),
  );
  deepEqual(wrong, []);
});

test('the times that the handbook gives beside a flag are its defaults', () => {
  const units: Readonly<Record<string, number>> = { s: 1000, min: 60_000 };
  const defaults = new Map(
    Object.values<{ readonly name: string; readonly default?: string; readonly unit: AnyUnit }>(
      FLAGS,
    ).flatMap(({ name, default: initial, unit }) =>
      initial === undefined ? [] : [[name, unit.read(initial)] as const],
    ),
  );
  const told = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/`--([a-z-]+)` \((\d+)(?: (s|min))?[,)]/g)].map(
      ([whole, name = '', number = '', unit = '']) => ({
        whole: `${document}: ${whole}`,
        right: !defaults.has(name) || defaults.get(name) === Number(number) * (units[unit] ?? 1),
      }),
    ),
  );
  ok(told.length > 5);
  deepEqual(
    told.filter(({ right }) => !right).map(({ whole }) => whole),
    [],
  );
});

test('the handbook tells of every state of a task', () => {
  const [, told = ''] = /`state` of a task: ([^.]*)\./.exec(
    textOf('docs/handbook/command-line.md'),
  ) ?? [''];
  deepEqual(told.split(/,\s+|\s+or\s+/), membersOf('actors/protocol/task.ts', 'TaskState'));
});

test('the handbook tells of every question that an inspector answers', () => {
  const told = rowsOf(sectionOf('docs/handbook/look-inside.md', 'One node')).map(([name]) => name);
  deepEqual(told, typesIn('runtime/inspect.ts', 'InspectorMessage'));
});

test('the handbook tells of every reason of an explanation', () => {
  const page = textOf('docs/handbook/explain.md');
  const told = rowsOf(page).flatMap(([codes = '']) => codes.replaceAll('`', '').split(', '));
  const codes = ['OfferReasonCode', 'TaskReasonCode'].flatMap((type) =>
    membersOf('actors/protocol/explanation.ts', type),
  );
  ok(codes.length > 20);
  deepEqual([...told].sort(), [...codes].sort());
});

test('the handbook tells of all that a scheduler hears and calls', () => {
  const page = textOf('docs/handbook/write-a-framework.md');
  const source = textOf('actors/framework/scheduler-logic.ts');
  const [, calls = ''] = /interface SchedulerCalls \{([\s\S]*?)\n\}/.exec(source) ?? [];
  const names = [
    ...typesIn('actors/framework/scheduler-logic.ts', 'SchedulerEvent'),
    ...[...calls.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name = '']) => name),
  ];
  ok(names.length > 20);
  deepEqual(
    names.filter((name) => !new RegExp(`\`${name}[(\`]`).test(page)),
    [],
  );
});

test('the journeys of ARCHITECTURE.md go through files that are there', () => {
  const [, journeys = ''] = textOf('ARCHITECTURE.md').split('## Journeys');
  const named = [...journeys.matchAll(/`((?:master|agent|framework|allocator)\/[a-z/-]+)`/g)].map(
    ([, path = '']) => path,
  );
  ok(named.length > 5);
  deepEqual(
    named.filter((path) =>
      ['actors', 'actors/master'].every((room) => !existsSync(join(root, room, `${path}.ts`))),
    ),
    [],
  );
});

test('the index of the documents leads to every page', () => {
  const index = textOf('docs/README.md');
  const missing = DOCUMENTS.filter((path) => /^docs\/(handbook\/)?[^/]+\.md$/.test(path))
    .map((path) => path.slice('docs/'.length))
    .filter((path) => path !== 'README.md' && !index.includes(`](${path})`));
  deepEqual(missing, []);
});

test('decisions are numbered from 1 without gaps, each with its number in the title', () => {
  const files = DOCUMENTS.filter((path) => path.startsWith('docs/decisions/')).sort();
  for (const [index, file] of files.entries()) {
    const number = index + 1;
    ok(file.startsWith(`docs/decisions/${String(number).padStart(4, '0')}-`), file);
    equal(textOf(file).split(' ')[1], `${number}.`, file);
  }
});

function linesOfShell(text: string): readonly string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
}

interface AnyUnit {
  read(text: string): unknown;
}
