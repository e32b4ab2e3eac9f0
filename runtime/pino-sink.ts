/** Where the logs of a real node go: pino, pretty for people at a terminal, JSON lines elsewhere. */
import { isatty } from 'node:tty';
import { pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { LogLevel, LogSink } from './log.ts';

const STDERR = 2;

export interface PinoSinkOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default: when standard error is a terminal. */
  readonly pretty?: boolean;
  /** File descriptor or path to write to. Default standard error. */
  readonly destination?: number | string;
}

/** Writes synchronously: what was said before a crash is there after it. */
export function pinoSink(options: PinoSinkOptions = {}): LogSink {
  const { level = 'info', destination = STDERR } = options;
  const pretty = options.pretty ?? (typeof destination === 'number' && isatty(destination));
  const stream = pretty
    ? PinoPretty({
        destination,
        sync: true,
        colorize: typeof destination === 'number' && isatty(destination),
        translateTime: 'SYS:HH:MM:ss.l',
        messageFormat: '{source} {msg}',
        ignore: 'source',
      })
    : pino.destination({ dest: destination, sync: true });
  const log = pino(
    {
      level,
      // The host's clock says when, and the actor who; process id and machine are the reader's.
      timestamp: false,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    stream,
  );
  return ({ level, atMs, source, text, fields }) =>
    log[level]({ time: Math.round(atMs), source, ...fields }, text);
}
