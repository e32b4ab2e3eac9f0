/** How the command of the bench is read. */
import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { type BenchCommand, readCommand, usage } from './flags.ts';

const SUITES = ['local', 'allocator'];

test('bench: usage names all suites and flags', () => {
  const text = usage(SUITES);
  match(text, /\[local\] \[allocator\]/);
  for (const name of ['rounds', 'case', 'agents', 'quick', 'json', 'help']) {
    match(text, new RegExp(`--${name} `));
  }
  equal((readCommand(['--help'], SUITES) as BenchCommand).flags.help, true);
});

test('bench: what cannot be run is said in a sentence', () => {
  for (const [words, said] of [
    [['nobody'], /^Cannot run "nobody": there are local, allocator$/],
    [['--rounds', '0'], /^Cannot read --rounds "0": give whole numbers from 1/],
    [['--tasks', '1,2'], /^Cannot read --tasks "1,2": give one whole number from 1$/],
    [['--agents', 'many'], /^Cannot read --agents "many"/],
    [['--no-such-flag'], /^Unknown option '--no-such-flag'/],
  ] as const) {
    match(String(readCommand(words, SUITES)), said);
  }
});
