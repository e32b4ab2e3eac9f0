/** What framework authors import as `messor/testkit`: complete, and nothing of the tests themselves. */
import { deepEqual, ok } from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import * as testkit from './index.ts';

const root = join(import.meta.dirname, '../..');
/** Also in packages that depend on nothing of ours. */
const OF_TESTS = /^(node:test|node:assert.*|fast-check|tsx|c8)$/;

test('the kit brings nothing along that only our own tests need', () => {
  const files = importedFrom(join(root, 'test/kit/index.ts'));
  const wrong = [...files].flatMap(([file, imports]) =>
    imports.filter((name) => OF_TESTS.test(name)).map((name) => `${file} imports ${name}`),
  );
  deepEqual(wrong, []);
  const outside = [...files.keys()].filter((file) => /^(bin|transport|test\/(?!kit\/))/.test(file));
  deepEqual(outside, []);
  ok([...files.keys()].every((file) => !file.endsWith('.test.ts')));
});

test('the kit is built into the package, and found there', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as object;
  const { exports, files } = read('package.json') as {
    readonly exports: Readonly<Record<string, string>>;
    readonly files: readonly string[];
  };
  const { include } = read('tsconfig.build.json') as { readonly include: readonly string[] };
  const { ['./testkit']: target = '' } = exports;
  const source = target.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts');
  ok(existsSync(join(root, source)), `"${target}" is built from nothing`);
  ok(include.includes(source));
  ok(files.includes('dist'));
  deepEqual(Object.keys(testkit).sort(), [
    'WorldFault',
    'address',
    'parseExecutorEnvironment',
    'probe',
    'startCluster',
  ]);
});

/** All files that are reached, with what each imports. Types are left out: they are not there at run time. */
function importedFrom(start: string): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (path: string) => {
    const name = relative(root, path);
    if (found.has(name)) return;
    const source = readFileSync(path, 'utf8').replace(/import type [^;]*;/g, '');
    const imports = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
      ([, to = '']) => to,
    );
    found.set(name, imports);
    for (const to of imports) if (to.startsWith('.')) visit(join(dirname(path), to));
  };
  visit(start);
  return found;
}
