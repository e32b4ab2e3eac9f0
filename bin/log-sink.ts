/**
 * Where a node's log goes: standard error and, where it is wanted, a file, by pino; pretty for people, JSON
 * lines for machines.
 */
import { type Logger, pino } from 'pino';
import type { PrettyOptions } from 'pino-pretty';
import type { LogLevel, LogSink } from '../runtime/log.ts';
import { colorsFor } from './colors.ts';
import type { LogFile } from './log-file.ts';

export interface LogSinkOptions {
  readonly level: LogLevel;
  readonly format: 'auto' | 'pretty' | 'json';
}

const STANDARD_ERROR = 2;

/** How much is said may be changed: 0 as it was started, 1 and 2 a level more each. */
export interface LeveledSink extends LogSink {
  readonly verbosity: { level(): number; set(level: number): void };
}

export async function standardErrorSink({ level, format }: LogSinkOptions): Promise<LeveledSink> {
  // Synchronous, so that the last words of a node that dies are not lost.
  const logger =
    actualFormat(format) === 'json'
      ? pino({ ...PLAIN, level }, pino.destination({ fd: STANDARD_ERROR, sync: true }))
      : await prettyLogger(level);
  return leveled(sinkOf(logger), setterOf(logger, level));
}

/** Without colors, and with dates. @param format as of standard error; `auto`: JSON */
export async function fileSink(
  file: LogFile,
  { level, format }: LogSinkOptions,
): Promise<LeveledSink> {
  let nowMs = 0;
  const shown = format === 'pretty' ? await prettyLines() : (line: string) => line;
  const write = (line: string) => file.write(shown(line), nowMs);
  const logger = pino({ ...PLAIN, level }, { write });
  const sink = sinkOf(logger);
  return leveled(
    (record) => {
      nowMs = record.atMs;
      if (!file.isOpenTo(nowMs)) return;
      const { lostCount } = file;
      if (lostCount > 0) {
        const text = `${lostCount} lines of the log are lost: this file could not be written`;
        sink({ level: 'warn', atMs: nowMs, source: 'log', text });
        if (file.lostCount > 0) return;
      }
      sink(record);
    },
    setterOf(logger, level),
  );
}

/** What one is told, both are told. */
export function bothSinks(one: LeveledSink, other: LeveledSink): LeveledSink {
  const sink: LogSink = (record) => {
    one(record);
    other(record);
  };
  return Object.assign(sink, {
    verbosity: {
      level: () => one.verbosity.level(),
      set(wanted: number) {
        one.verbosity.set(wanted);
        other.verbosity.set(wanted);
      },
    },
  });
}

function sinkOf(logger: Logger): LogSink {
  return ({ level, atMs, source, text, fields }) =>
    logger[level]({ time: Math.floor(atMs), source, ...(fields && { fields }) }, text);
}

function setterOf(logger: Logger, level: LogLevel) {
  return (verbosity: number) => {
    logger.level = LEVELS[Math.max(0, LEVELS.indexOf(level) - verbosity)] ?? level;
  };
}

function leveled(sink: LogSink, onChange: (verbosity: number) => void): LeveledSink {
  let verbosity = 0;
  return Object.assign(sink, {
    verbosity: {
      level: () => verbosity,
      set(wanted: number) {
        verbosity = wanted;
        onChange(wanted);
      },
    },
  });
}

/** `--quiet` */
export function silentSink(): LeveledSink {
  return leveled(
    () => {},
    () => {},
  );
}

/** Each says what those behind it say, and more. */
const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export function actualFormat(format: LogSinkOptions['format']): 'pretty' | 'json' {
  if (format !== 'auto') return format;
  return process.stderr.isTTY === true ? 'pretty' : 'json';
}

/** Loaded only where it is used: it takes longer to load than all of the rest. */
async function prettyLogger(level: LogLevel): Promise<Logger> {
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    ...PRETTY,
    colorize: colorsFor(process.stderr).isColorSupported,
    destination: STANDARD_ERROR,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return pino({ ...PLAIN, level }, stream);
}

/** Makes of a line of JSON one for people. */
async function prettyLines(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const shown = prettyFactory({
    ...PRETTY,
    colorize: false,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
  });
  return (line) => shown(line) ?? line;
}

const PRETTY: PrettyOptions = {
  ignore: 'source,fields',
  messageFormat: (record, messageKey) => {
    const { source, fields, [messageKey]: text } = record;
    const details = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
    return `${String(source)}: ${String(text)}${details}`;
  },
};

/** The time is the record's own; host name and process id are for who collects the lines to add. */
const PLAIN = {
  base: null,
  timestamp: false,
  formatters: { level: (label: string) => ({ level: label }) },
} as const;
