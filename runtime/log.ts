/** What actors may say about themselves. The sink behind it belongs to the host (pino, or a test's list). */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogRecord {
  readonly level: LogLevel;
  readonly atMs: number;
  /** Who speaks: an actor's printed address, or a part of the node such as `transport`. */
  readonly source: string;
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type LogSink = (record: LogRecord) => void;

type Say = (text: string, fields?: Readonly<Record<string, unknown>>) => void;
export type Logger = Readonly<Record<Exclude<LogLevel, 'fatal'>, Say>>;

export function logger(source: string, nowMs: () => number, sink: LogSink): Logger {
  const say =
    (level: LogLevel): Say =>
    (text, fields) =>
      sink({ level, atMs: nowMs(), source, text, ...(fields === undefined ? {} : { fields }) });
  return {
    trace: say('trace'),
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
  };
}
