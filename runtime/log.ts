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

/**
 * Warnings of one logger in a second. Most of them tell what somebody else did wrong, and who wants to
 * can do that without end; how many were left out is said with the first of a later second.
 */
export const WARNINGS_PER_SECOND_MAX = 100;

export function logger(source: string, nowMs: () => number, sink: LogSink): Logger {
  const say =
    (level: LogLevel): Say =>
    (text, fields) =>
      sink({ level, atMs: nowMs(), source, text, ...(fields === undefined ? {} : { fields }) });
  const warn = say('warn');
  let secondEndMs = 0;
  let warningCount = 0;
  return {
    trace: say('trace'),
    debug: say('debug'),
    info: say('info'),
    warn(text, fields) {
      if (nowMs() >= secondEndMs) {
        const omittedCount = warningCount - WARNINGS_PER_SECOND_MAX;
        if (omittedCount > 0) warn(`${omittedCount} more warnings were left out`);
        secondEndMs = nowMs() + 1000;
        warningCount = 0;
      }
      if (++warningCount <= WARNINGS_PER_SECOND_MAX) warn(text, fields);
    },
    error: say('error'),
  };
}
