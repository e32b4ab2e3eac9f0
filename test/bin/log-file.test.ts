/** The log in a file: bounded, whole, and never the end of a node. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LOG_FILES_MAX, LogFile } from '../../bin/log-file.ts';
import { bothSinks, fileSink, silentSink } from '../../bin/log-sink.ts';
import type { LogRecord } from '../../runtime/log.ts';

function place(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'messor-log-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const record = (text: string, atMs = 0): LogRecord => ({ level: 'info', atMs, source: 'x', text });
const textsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).msg);

test('a file that is full is followed by another one, and only the youngest are kept', (t) => {
  const directory = place(t);
  const onLoss = () => {};
  const file = new LogFile({ directory, name: 'a.log', fileBytesMax: 100, onLoss });
  for (let count = 0; count < 100; count++) file.write(`line ${count} ${'.'.repeat(20)}\n`, 0);
  const names = readdirSync(directory).sort();
  deepEqual(names, ['a.log', 'a.log.1', 'a.log.2', 'a.log.3', 'a.log.4']);
  equal(names.length, LOG_FILES_MAX);
  for (const name of names) equal(statSync(join(directory, name)).size <= 100, true, name);
  match(readFileSync(file.path, 'utf8'), /^line 9\d/);
  match(readFileSync(`${file.path}.1`, 'utf8'), /^line 9\d/);
  file.close();
});

test('a node that is started again goes on with the file there is', (t) => {
  const directory = join(place(t), 'made/for/it');
  for (const line of ['one\n', 'two\n']) {
    const file = new LogFile({ directory, name: 'a.log', onLoss: () => {} });
    file.write(line, 0);
    file.close();
  }
  equal(readFileSync(join(directory, 'a.log'), 'utf8'), 'one\ntwo\n');
});

test('a directory that cannot be made is told of at once', (t) => {
  const directory = place(t);
  const inFile = join(directory, 'file');
  new LogFile({ directory, name: 'file', onLoss: () => {} }).close();
  throws(
    () => new LogFile({ directory: inFile, name: 'a.log', onLoss: () => {} }),
    /ENOTDIR|EEXIST/,
  );
});

test('a full disk costs lines and nothing else, and the first that is written says how many', async (t) => {
  const directory = place(t);
  const full = join(directory, 'a.log');
  symlinkSync('/dev/full', full);
  const losses: string[] = [];
  const file = new LogFile({ directory, name: 'a.log', onLoss: (cause) => losses.push(cause) });
  const sink = await fileSink(file, { level: 'info', format: 'json' });
  sink(record('lost', 0));
  sink(record('not even tried', 500));
  sink(record('lost again', 1000));
  deepEqual([losses.length, file.lostCount], [1, 3]);
  match(losses[0] ?? '', /ENOSPC/);
  unlinkSync(full);
  sink(record('there is room', 2500));
  sink(record('and more', 2501));
  deepEqual(textsIn(full), [
    '3 lines of the log are lost: this file could not be written',
    'there is room',
    'and more',
  ]);
  file.close();
});

test('a file is JSON, or, when that is asked for, lines for people with the date', async (t) => {
  const directory = place(t);
  const file = new LogFile({ directory, name: 'a.log', onLoss: () => {} });
  const sink = await fileSink(file, { level: 'warn', format: 'pretty' });
  sink(record('too little'));
  sink({ ...record('hear'), level: 'error', fields: { count: 1 } });
  match(
    readFileSync(file.path, 'utf8'),
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] ERROR: x: hear {"count":1}\n$/,
  );
  file.close();
});

test('what is said more of is said more of in both', async (t) => {
  const file = new LogFile({ directory: place(t), name: 'a.log', onLoss: () => {} });
  const sink = bothSinks(silentSink(), await fileSink(file, { level: 'info', format: 'auto' }));
  sink({ ...record('no'), level: 'debug' });
  sink.verbosity.set(1);
  equal(sink.verbosity.level(), 1);
  sink({ ...record('yes'), level: 'debug' });
  sink.verbosity.set(0);
  sink({ ...record('no'), level: 'debug' });
  deepEqual(textsIn(file.path), ['yes']);
  file.close();
});
