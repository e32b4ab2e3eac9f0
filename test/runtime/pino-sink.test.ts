/** Logs of a real node, as they are written. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogRecord } from '../../runtime/log.ts';
import { type PinoSinkOptions, pinoSink } from '../../runtime/pino-sink.ts';

const record: LogRecord = {
  level: 'warn',
  atMs: Date.UTC(2026, 0, 1),
  source: 'master@here:1',
  text: 'An agent is late',
  fields: { agent: 'S1' },
};

test('away from a terminal, each record is one line of JSON', () => {
  const [line, ...rest] = written({ pretty: false }, [record]).trimEnd().split('\n');
  deepEqual(rest, []);
  deepEqual(JSON.parse(line ?? ''), {
    level: 'warn',
    time: Date.UTC(2026, 0, 1),
    source: 'master@here:1',
    agent: 'S1',
    msg: 'An agent is late',
  });
});

test('for people, a line says when, how bad, who and what', () => {
  match(
    written({ pretty: true }, [record]),
    /WARN.*master@here:1 An agent is late\n {4}agent: "S1"/,
  );
});

test('an error is written with its message and its stack', () => {
  const text = written({ pretty: false }, [{ ...record, fields: { error: new Error('oops') } }]);
  const { error } = JSON.parse(text);
  equal(error.message, 'oops');
  match(error.stack, /pino-sink\.test/);
});

test('what is under the level is not written', () => {
  equal(written({ level: 'error' }, [record]), '');
  match(written({ level: 'trace' }, [{ ...record, level: 'trace' }]), /An agent is late/);
});

function written(options: PinoSinkOptions, records: readonly LogRecord[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'messor-log-'));
  try {
    const destination = join(directory, 'log');
    const sink = pinoSink({ ...options, destination });
    for (const each of records) sink(each);
    return readFileSync(destination, 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}
