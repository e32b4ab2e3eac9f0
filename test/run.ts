/** Runs every `*.test.ts` in this one process: deterministic tests share nothing and need no walls. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const directory = import.meta.dirname;
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`No test file matches ${only.join(' ')}`);
  process.exit(1);
}
// A test begins as soon as it is declared, unless another is running: this one holds them all up until
// whatever stands below them in their files is there too.
let loaded = () => {};
const loading = new Promise<void>((resolve) => {
  loaded = resolve;
});
test('every test file loads', () => loading);
for (const file of files) await import(join(directory, file));
loaded();
