/**
 * The catalogue of errors: docs/errors.md has every code that the code gives, and no other. Codes
 * that are only types at run time are read from the source.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { RECOVERY_ERRORS } from '../../actors/agent/recovery-errors.ts';
import { VOLUME_ERRORS } from '../../actors/agent/resources/volume-links.ts';
import { WORK_DIRECTORY_ERRORS } from '../../actors/agent/work-directory.ts';
import { REGISTRY_ERRORS } from '../../actors/master/registry/errors.ts';
import { ETCD_ERRORS } from '../../actors/master/registry/etcd-errors.ts';
import { REGISTRATION_ERRORS } from '../../actors/protocol/registration-errors.ts';
import { REPLICATED_LOG_ERRORS } from '../../actors/protocol/replicated-log-errors.ts';
import { RESOURCE_ERRORS } from '../../actors/protocol/resource-text.ts';
import { V1_ERRORS } from '../../actors/protocol/v1/faults.ts';
import { EXITS } from '../../bin/exits.ts';
import { STORAGE_ERRORS } from '../../consensus/storage-errors.ts';
import { RUNTIME_ERRORS } from '../../runtime/errors.ts';
import { TRANSPORT_ERRORS } from '../../transport/errors.ts';
import { RECORDIO_ERRORS } from '../../transport/http/recordio.ts';
import { membersOf, rowsOf, sectionOf, sourceFiles, textOf } from './tables.ts';

const DOCUMENT = 'docs/errors.md';

/** Codes with their remedies, by the heading under which they are told. */
const CATALOGUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Of the runtime': RUNTIME_ERRORS,
  'Of the transport': TRANSPORT_ERRORS,
  'Of RecordIO': RECORDIO_ERRORS,
  'Of resources and attributes as text': RESOURCE_ERRORS,
  'Of messages of the v1 APIs': V1_ERRORS,
  'Of the registration of executors': REGISTRATION_ERRORS,
  'Of replicated logs': REPLICATED_LOG_ERRORS,
  'Of the registry of the masters': REGISTRY_ERRORS,
  'Of a registry in an etcd': ETCD_ERRORS,
  "Of an agent's work directory": WORK_DIRECTORY_ERRORS,
  "Of an agent's recovery": RECOVERY_ERRORS,
  'Of volumes in sandboxes': VOLUME_ERRORS,
  'Of the storage of logs': STORAGE_ERRORS,
};

for (const [title, catalogue] of Object.entries(CATALOGUES)) {
  test(`coded errors ${title.toLowerCase()} are told with their remedies`, () => {
    deepEqual(
      table(title).map(([code, , remedy]) => [code, remedy]),
      Object.entries(catalogue),
    );
  });
}

test('a coded error that is in no catalogue is told, too', () => {
  const single = sourceFiles().flatMap((file) =>
    [...textOf(file).matchAll(/new CodedError\(\s*'(\w+)',[\s\S]*?,\s*'([^']*)',?\s*\)/g)].map(
      ([, code, remedy]) => [code, remedy],
    ),
  );
  deepEqual(
    table('Of the launcher').map(([code, , remedy]) => [code, remedy]),
    single,
  );
});

test('every catalogue of the code is compared here', () => {
  const catalogues = sourceFiles().flatMap((file) =>
    [...textOf(file).matchAll(/^(?:export )?const (\w+_ERRORS)\b/gm)].map(([, name]) => name),
  );
  equal(catalogues.length, Object.keys(CATALOGUES).length, catalogues.join(', '));
});

test('no code means two things', () => {
  const codes = [...Object.keys(CATALOGUES), 'Of the launcher'].flatMap((title) =>
    table(title).map(([code]) => code),
  );
  deepEqual(
    codes.filter((code, index) => codes.indexOf(code) !== index),
    [],
  );
});

test('every reason of a dead letter is told', () => {
  deepEqual(firstOf('Dead letters'), membersOf('runtime/host.ts', 'DeadLetterReason'));
});

test('every end of an actor is told', () => {
  deepEqual(firstOf('Ends of actors'), membersOf('runtime/actor.ts', 'ExitReason'));
});

test('every reason of a task is told, and which are never given', () => {
  const section = sectionOf(DOCUMENT, 'Reasons of task states');
  const [, reserved = ''] = section.split('never given:');
  const reservedNames = [...reserved.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
  const given = firstOf('Reasons of task states');
  deepEqual(
    [...given, ...reservedNames].sort(),
    [...membersOf('actors/protocol/task.ts', 'TaskReason')].sort(),
  );
  // A capability of the registry has the name of a reason.
  const said = sourceFiles()
    .filter((file) => !/^actors\/(protocol\/|master\/registry\/capabilities)/.test(file))
    .map(textOf)
    .join('\n');
  for (const name of given) ok(said.includes(`'${name}'`), `"${name}" is never given`);
  const [, ofExecutors = ''] = textOf('actors/protocol/task.ts').split('itself never gives these');
  deepEqual(
    reservedNames,
    [...(ofExecutors.split(';')[0] ?? '').matchAll(/'(\w+)'/g)].map(([, name]) => name),
  );
  for (const name of reservedNames) ok(!said.includes(`'${name}'`), `"${name}" is given`);
});

test('every code that HTTP answers is told with its status', () => {
  const answered = sourceFiles().flatMap((file) =>
    [...textOf(file).matchAll(/errorResponse\(\s*(\d+),\s*'(\w+)'/g)].map(
      ([, status, code]) => `${code} ${status}`,
    ),
  );
  const told = table('HTTP').map(([code, status]) => `${code} ${status}`);
  deepEqual([...told].sort(), [...new Set(answered)].sort());
});

test('every exit code is told', () => {
  deepEqual(
    table('Exit codes').map(([name, code, meaning]) => [
      name,
      Number(code),
      meaning?.replaceAll('`', '"'),
    ]),
    Object.entries(EXITS).map(([name, { code, meaning }]) => [name, code, meaning]),
  );
});

test('the handbook names the exit codes of nodes, and no others anywhere', () => {
  const codesIn = (page: string, title: string) =>
    rowsOf(sectionOf(page, title)).flatMap(([first = '']) =>
      /^\d+(, \d+)*$/.test(first) ? first.split(', ').map(Number) : [],
    );
  const all = Object.values(EXITS).map(({ code }) => code);
  deepEqual(codesIn('docs/handbook/nodes.md', 'Signals and ends'), all);
  const ofCommands = codesIn('docs/handbook/command-line.md', 'Running a job');
  deepEqual(
    ofCommands,
    all.filter((code) => ofCommands.includes(code)),
  );
});

test('every coded error knows how a door ends with it, or ends as failed', () => {
  const [, mapping = ''] = textOf('bin/door.ts').split('EXIT_OF_CODE: ');
  const codes = [...mapping.matchAll(/^ {2}(\w+): '\w+',$/gm)].map(([, code = '']) => code);
  const known = new Set(Object.values(CATALOGUES).flatMap((catalogue) => Object.keys(catalogue)));
  ok(codes.length > 0);
  deepEqual(
    codes.filter((code) => !known.has(code)),
    [],
  );
});

function table(title: string): readonly (readonly string[])[] {
  return rowsOf(sectionOf(DOCUMENT, title));
}

function firstOf(title: string): readonly (string | undefined)[] {
  return table(title).map(([first]) => first);
}
