/**
 * How much a node's log says, changed for a while: `/logging/toggle?level=1&duration=10mins`, and the calls
 * that do the same. Without parameters it says how much it is. Source: Mesos 1.11,
 * 3rdparty/libprocess/src/logging.cpp.
 */
import type { Host } from '../../runtime/host.ts';
import { formValue, parseForm } from './form.ts';
import { type HttpHandler, type HttpRoute, textResponse } from './message.ts';

/** A port: 0 as the node was started, 1 and 2 more of it. */
export interface Verbosity {
  level(): number;
  set(level: number): void;
}

export interface LoggingLevel {
  level(): number;
  /** @returns why not, as a sentence */
  set(level: number, durationMs: number): string | undefined;
}

/** More than this is not to be had. */
const LEVEL_MAX = 2;
/** Longer than a timer can be set. */
const DURATION_MS_MAX = 2 ** 31 - 1;

/** @param host undefined while there is none: nothing is changed then */
export function loggingLevel(
  verbosity: Verbosity,
  host: () => Pick<Host, 'setTimer'> | undefined,
): LoggingLevel {
  const original = verbosity.level();
  let cancelRevert = () => {};
  return {
    level: () => verbosity.level(),
    set(level, durationMs) {
      if (level < original) return `'${level}' < original level.\n`;
      if (!(durationMs >= 0 && durationMs <= DURATION_MS_MAX)) {
        return `Invalid duration: at most ${DURATION_MS_MAX} ms.\n`;
      }
      const timers = host();
      if (timers === undefined) return 'The node is only starting; ask again.\n';
      cancelRevert();
      cancelRevert = () => {};
      verbosity.set(Math.min(level, LEVEL_MAX));
      if (level > original) {
        cancelRevert = timers.setTimer(durationMs, () => verbosity.set(original));
      }
      return undefined;
    },
  };
}

/** @param msOf reads a duration such as `10mins`; undefined for what is none */
export function loggingRoute(
  logging: LoggingLevel,
  { realm, msOf }: { readonly realm: string; msOf(text: string): number | undefined },
): HttpRoute {
  const toggle: HttpHandler = ({ query }) => {
    const form = parseForm(query);
    const level = form && formValue(form, 'level');
    const duration = form && formValue(form, 'duration');
    if (level === undefined && duration === undefined) {
      return textResponse(200, `${logging.level()}\n`);
    }
    if (level === undefined) return textResponse(400, "Expecting 'level=value' in query.\n");
    if (duration === undefined) return textResponse(400, "Expecting 'duration=value' in query.\n");
    if (!/^-?\d{1,9}$/.test(level)) {
      return textResponse(400, `Failed to convert '${level}' to number.\n`);
    }
    if (Number(level) < 0) return textResponse(400, `Invalid level '${level}'.\n`);
    const durationMs = msOf(duration);
    if (durationMs === undefined) {
      return textResponse(400, `Invalid duration '${duration}': write it like 10secs or 5mins.\n`);
    }
    const refused = logging.set(Number(level), durationMs);
    return refused === undefined ? { status: 200 } : textResponse(400, refused);
  };
  return { realm, GET: toggle, POST: toggle };
}
