/**
 * Checks, health checks and what they found, of Mesos → ours.
 *
 * One that doesn't say what it looks at has no noun: it is not valid, in the words of Mesos.
 * Source of the sentences: Mesos 1.11, src/common/validation.cpp, validateCheckInfo,
 * validateHealthCheck, validateCheckStatusInfo.
 */
import type { CheckInfo, CheckStatus, CheckTimes, HealthCheck } from '../../checks.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { msOfSeconds } from '../times.ts';
import { toCommand } from './commands.ts';

const TIMES = ['delay_seconds', 'interval_seconds', 'timeout_seconds'] as const;
const CHECK_FIELDS = [...TIMES, 'type', 'command', 'http', 'tcp'] as const;
const HEALTH_FIELDS = [...CHECK_FIELDS, 'consecutive_failures', 'grace_period_seconds'] as const;

/** What is common to the three messages: which of its parts the type names. */
interface Parts {
  readonly type?: 'UNKNOWN' | 'COMMAND' | 'HTTP' | 'TCP' | undefined;
  readonly command?: unknown;
  readonly http?: unknown;
  readonly tcp?: unknown;
}

export function toCheck(
  check: V1<'CheckInfo'>,
  report: Report,
  path: string,
): CheckInfo | undefined {
  report.rest('CheckInfo', check, CHECK_FIELDS, path);
  const { type, command, http, tcp } = check;
  const times = toTimes(check, report, path);
  if (type === 'COMMAND' && command !== undefined) {
    const at = step(path, 'command.command');
    return { type: 'command', command: toCommand(command.command, report, at), ...times };
  }
  if (type === 'HTTP' && http !== undefined) {
    const { port, path: page } = http;
    return { type: 'http', port, ...(page === undefined ? {} : { path: page }), ...times };
  }
  if (type === 'TCP' && tcp !== undefined) return { type: 'tcp', port: tcp.port, ...times };
  refuse(check, { name: 'CheckInfo', noun: 'check' }, report, path);
  return undefined;
}

export function toHealthCheck(
  check: V1<'HealthCheck'>,
  report: Report,
  path: string,
): HealthCheck | undefined {
  report.rest('HealthCheck', check, HEALTH_FIELDS, path);
  const { type, command, http, tcp, consecutive_failures, grace_period_seconds } = check;
  const common = {
    ...toTimes(check, report, path),
    ...(consecutive_failures === undefined ? {} : { consecutiveFailures: consecutive_failures }),
    ...(grace_period_seconds === undefined
      ? {}
      : { gracePeriodMs: msOfSeconds(grace_period_seconds) }),
  };
  if (type === 'COMMAND' && command !== undefined) {
    return {
      type: 'command',
      command: toCommand(command, report, step(path, 'command')),
      ...common,
    };
  }
  if (type === 'HTTP' && http !== undefined) {
    const { port, path: page, statuses } = http;
    const scheme = toScheme(http, report, step(path, 'http'));
    return {
      type: 'http',
      port,
      ...(page === undefined ? {} : { path: page }),
      ...(scheme && { scheme }),
      ...protocolOf(http),
      ...(statuses === undefined || statuses.length === 0 ? {} : { statuses }),
      ...common,
    };
  }
  if (type === 'TCP' && tcp !== undefined) {
    return { type: 'tcp', port: tcp.port, ...protocolOf(tcp), ...common };
  }
  refuse(check, { name: 'HealthCheck', noun: 'health check' }, report, path);
  return undefined;
}

export function toCheckStatus(
  status: V1<'CheckStatusInfo'>,
  report: Report,
  path: string,
): CheckStatus | undefined {
  const { type, command, http, tcp } = status;
  if (type === 'COMMAND' && command !== undefined) {
    const { exit_code: exitCode } = command;
    return { type: 'command', ...(exitCode === undefined ? {} : { exitCode }) };
  }
  if (type === 'HTTP' && http !== undefined) {
    const { status_code: statusCode } = http;
    return { type: 'http', ...(statusCode === undefined ? {} : { statusCode }) };
  }
  if (type === 'TCP' && tcp !== undefined) {
    const { succeeded } = tcp;
    return { type: 'tcp', ...(succeeded === undefined ? {} : { succeeded }) };
  }
  refuse(status, { name: 'CheckStatusInfo', noun: "check's status" }, report, path);
  return undefined;
}

const ALL_TIMES = [
  'delay_seconds',
  'grace_period_seconds',
  'interval_seconds',
  'timeout_seconds',
] as const;

function toTimes(
  check: V1<'CheckInfo'> | V1<'HealthCheck'>,
  report: Report,
  path: string,
): CheckTimes {
  const { delay_seconds: delay, interval_seconds: interval, timeout_seconds: timeout } = check;
  const seconds: Partial<Record<(typeof ALL_TIMES)[number], number | undefined>> = check;
  for (const name of ALL_TIMES) {
    if ((seconds[name] ?? 0) >= 0) continue;
    report.refuse(step(path, name), `Expecting '${name}' to be non-negative`);
  }
  return {
    ...(delay === undefined ? {} : { delayMs: msOfSeconds(delay) }),
    ...(interval === undefined ? {} : { intervalMs: msOfSeconds(interval) }),
    ...(timeout === undefined ? {} : { timeoutMs: msOfSeconds(timeout) }),
  };
}

function toScheme(
  { scheme }: V1<'HealthCheck.HTTPCheckInfo'>,
  report: Report,
  path: string,
): 'http' | 'https' | undefined {
  if (scheme === undefined || scheme === 'http' || scheme === 'https') return scheme;
  report.refuse(step(path, 'scheme'), `Unsupported HTTP health check scheme: '${scheme}'`);
  return undefined;
}

function protocolOf({ protocol }: Pick<V1<'HealthCheck.TCPCheckInfo'>, 'protocol'>) {
  if (protocol === 'IPv6') return { protocol: 'ipv6' } as const;
  return protocol === 'IPv4' ? ({ protocol: 'ipv4' } as const) : {};
}

function refuse(
  { type }: Parts,
  { name, noun }: { readonly name: string; readonly noun: string },
  report: Report,
  path: string,
): void {
  if (type === undefined) report.refuse(path, `${name} must specify 'type'`);
  else if (type === 'UNKNOWN') {
    report.refuse(step(path, 'type'), `'UNKNOWN' is not a valid ${noun} type`);
  } else {
    const part = type.toLowerCase();
    const whose = noun === "check's status" ? `${type} check's status` : `${type} ${noun}`;
    report.refuse(step(path, part), `Expecting '${part}' to be set for ${whose}`);
  }
}
