/**
 * What may be asked of checks. Pure; answers with what is wrong, as a sentence, or undefined.
 * Source: Mesos 1.11, src/common/validation.cpp, validateCheckInfo, validateHealthCheck.
 */
import type { CheckInfo, HealthCheck } from '../protocol/checks.ts';
import type { TaskInfo } from '../protocol/task.ts';
import { commandFault } from './command-faults.ts';

/** Of a port; beyond it there is none. */
const PORT_MAX = 65_535;

export function checksFault({ check, healthCheck }: TaskInfo): string | undefined {
  return faultOf(check, 'check') ?? faultOf(healthCheck, 'health check');
}

function faultOf(
  check: CheckInfo | HealthCheck | undefined,
  whose: 'check' | 'health check',
): string | undefined {
  if (check === undefined) return undefined;
  const fault = probeFault(check, whose) ?? timesFault(check);
  return fault === undefined ? undefined : `Task uses invalid ${whose}: ${fault}`;
}

function probeFault(check: CheckInfo | HealthCheck, whose: string): string | undefined {
  if (check.type === 'command') return commandFault(check.command, `${whose}'s command`);
  if (check.port < 1 || check.port > PORT_MAX) {
    return `The port of the ${whose} has to be from 1 to ${PORT_MAX}: ${check.port}`;
  }
  if (check.type === 'tcp' || check.path === undefined || check.path.startsWith('/')) {
    return undefined;
  }
  return `The path of the ${whose} has to begin with "/": "${check.path}"`;
}

function timesFault(check: CheckInfo | HealthCheck): string | undefined {
  const { delayMs, intervalMs, timeoutMs } = check;
  const gracePeriodMs = 'gracePeriodMs' in check ? check.gracePeriodMs : undefined;
  for (const [name, ms = 0] of Object.entries({ delayMs, gracePeriodMs, intervalMs, timeoutMs })) {
    if (!(ms >= 0)) return `"${name}" must not be negative: ${ms}`;
  }
  return undefined;
}
