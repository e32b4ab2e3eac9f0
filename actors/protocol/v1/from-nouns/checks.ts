/** Our checks, health checks and what they found → those of Mesos. */
import type { CheckInfo, CheckStatus, CheckTimes, HealthCheck, IpProtocol } from '../../checks.ts';
import type { V1 } from '../dictionary.ts';
import { secondsOfMs } from '../times.ts';
import { IP_PROTOCOLS } from '../words.ts';
import { fromCommand } from './commands.ts';

export function fromCheck(check: CheckInfo): V1<'CheckInfo'> {
  const times = fromTimes(check);
  switch (check.type) {
    case 'command':
      return { type: 'COMMAND', command: { command: fromCommand(check.command) }, ...times };
    case 'http':
      return { type: 'HTTP', http: { port: check.port, ...pathOf(check) }, ...times };
    case 'tcp':
      return { type: 'TCP', tcp: { port: check.port }, ...times };
  }
}

export function fromHealthCheck(check: HealthCheck): V1<'HealthCheck'> {
  const { consecutiveFailures, gracePeriodMs } = check;
  const common = {
    ...fromTimes(check),
    ...(consecutiveFailures === undefined ? {} : { consecutive_failures: consecutiveFailures }),
    ...(gracePeriodMs === undefined ? {} : { grace_period_seconds: secondsOfMs(gracePeriodMs) }),
  };
  switch (check.type) {
    case 'command':
      return { type: 'COMMAND', command: fromCommand(check.command), ...common };
    case 'http': {
      const { port, scheme, statuses, protocol } = check;
      const http = {
        port,
        ...pathOf(check),
        ...(scheme && { scheme }),
        ...protocolOf(protocol),
        ...(statuses && { statuses }),
      };
      return { type: 'HTTP', http, ...common };
    }
    case 'tcp':
      return { type: 'TCP', tcp: { port: check.port, ...protocolOf(check.protocol) }, ...common };
  }
}

export function fromCheckStatus(status: CheckStatus): V1<'CheckStatusInfo'> {
  switch (status.type) {
    case 'command': {
      const { exitCode } = status;
      return { type: 'COMMAND', command: exitCode === undefined ? {} : { exit_code: exitCode } };
    }
    case 'http': {
      const { statusCode } = status;
      return { type: 'HTTP', http: statusCode === undefined ? {} : { status_code: statusCode } };
    }
    case 'tcp': {
      const { succeeded } = status;
      return { type: 'TCP', tcp: succeeded === undefined ? {} : { succeeded } };
    }
  }
}

function fromTimes({ delayMs, intervalMs, timeoutMs }: CheckTimes) {
  return {
    ...(delayMs === undefined ? {} : { delay_seconds: secondsOfMs(delayMs) }),
    ...(intervalMs === undefined ? {} : { interval_seconds: secondsOfMs(intervalMs) }),
    ...(timeoutMs === undefined ? {} : { timeout_seconds: secondsOfMs(timeoutMs) }),
  };
}

function pathOf({ path }: { readonly path?: string }) {
  return path === undefined ? {} : { path };
}

function protocolOf(protocol: IpProtocol | undefined) {
  return protocol === undefined ? {} : { protocol: IP_PROTOCOLS[protocol] };
}
