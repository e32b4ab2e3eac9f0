/** Where a node's log goes: standard error, by pino; pretty for people, JSON lines for machines. */
import { type Logger, pino } from 'pino';
import type { LogLevel, LogSink } from '../runtime/log.ts';
import { colorsFor } from './colors.ts';

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
  const logger = actualFormat(format) === 'json' ? jsonLogger(level) : await prettyLogger(level);
  const sink: LogSink = ({ level: ofRecord, atMs, source, text, fields }) =>
    logger[ofRecord]({ time: Math.floor(atMs), source, ...(fields && { fields }) }, text);
  let verbosity = 0;
  return Object.assign(sink, {
    verbosity: {
      level: () => verbosity,
      set(wanted: number) {
        verbosity = wanted;
        logger.level = LEVELS[Math.max(0, LEVELS.indexOf(level) - wanted)] ?? level;
      },
    },
  });
}

/** `--quiet` */
export function silentSink(): LeveledSink {
  let verbosity = 0;
  return Object.assign(() => {}, {
    verbosity: {
      level: () => verbosity,
      set(wanted: number) {
        verbosity = wanted;
      },
    },
  });
}

/** Each says what those behind it say, and more. */
const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export function actualFormat(format: LogSinkOptions['format']): 'pretty' | 'json' {
  if (format !== 'auto') return format;
  return process.stderr.isTTY === true ? 'pretty' : 'json';
}

/** Synchronous, so that the last words of a node that dies are not lost. */
function jsonLogger(level: LogLevel): Logger {
  return pino({ ...PLAIN, level }, pino.destination({ fd: STANDARD_ERROR, sync: true }));
}

/** Loaded only where it is used: it takes longer to load than all of the rest. */
async function prettyLogger(level: LogLevel): Promise<Logger> {
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    colorize: colorsFor(process.stderr).isColorSupported,
    destination: STANDARD_ERROR,
    sync: true,
    ignore: 'source,fields',
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: (record, messageKey) => {
      const { source, fields, [messageKey]: text } = record;
      const details = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
      return `${String(source)}: ${String(text)}${details}`;
    },
  });
  return pino({ ...PLAIN, level }, stream);
}

/** The time is the record's own; host name and process id are for who collects the lines to add. */
const PLAIN = {
  base: null,
  timestamp: false,
  formatters: { level: (label: string) => ({ level: label }) },
} as const;
