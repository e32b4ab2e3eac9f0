/** What operators grant and schedule → our nouns: quotas, weights, maintenance, draining. */
import type { AgentId } from '../../ids.ts';
import type { DrainRequest, MachineId, MaintenanceWindow } from '../../maintenance.ts';
import type { QuotaConfig, RoleWeight } from '../../quota.ts';
import { SCALAR_MILLI_MAX } from '../../resource-text.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { msOfNanoseconds } from '../times.ts';

export function toQuota(
  config: V1<'quota.QuotaConfig'>,
  report: Report,
  path: string,
): QuotaConfig {
  return {
    role: config.role,
    guaranteesMilli: toAmounts(config.guarantees, report, step(path, 'guarantees')),
    limitsMilli: toAmounts(config.limits, report, step(path, 'limits')),
  };
}

/** Thousandths by name; an amount that is negative, no number or too large is not valid. */
function toAmounts(
  amounts: ReadonlyMap<string, V1<'Value.Scalar'>> | undefined,
  report: Report,
  path: string,
): Readonly<Record<string, number>> {
  const read: [string, number][] = [];
  for (const [name, { value }] of amounts ?? []) {
    const milli = Math.round(value * 1000);
    if (milli >= 0 && milli <= SCALAR_MILLI_MAX) read.push([name, milli]);
    else report.refuse(`${path}["${name}"]`, `Invalid scalar value '${value}' for '${name}'`);
  }
  return Object.fromEntries(read);
}

/** Without a role it is for none, which is not valid. Mesos, src/master/weights_handler.cpp. */
export function toWeight({ role = '', weight }: V1<'WeightInfo'>): RoleWeight {
  return { role: role.trim(), weight };
}

export function toWindow(window: V1<'maintenance.Window'>): MaintenanceWindow {
  const { start, duration } = window.unavailability;
  return {
    machineIds: (window.machine_ids ?? []).map(toMachine),
    // What began before 1970 has begun.
    startMs: Math.max(0, msOfNanoseconds(start.nanoseconds)),
    ...(duration && { durationMs: msOfNanoseconds(duration.nanoseconds) }),
  };
}

export function toMachine({ hostname, ip }: V1<'MachineID'>): MachineId {
  return {
    ...(hostname === undefined ? {} : { hostname: hostname.toLowerCase() }),
    ...(ip === undefined ? {} : { ip }),
  };
}

export function toDrain(drain: V1<'master.Call.DrainAgent'>): DrainRequest {
  const { agent_id, max_grace_period: period, mark_gone = false } = drain;
  const graceMs = period && Number(period.seconds ?? 0n) * 1000 + (period.nanos ?? 0) / 1e6;
  return {
    agentId: agent_id.value as AgentId,
    markGone: mark_gone,
    ...(graceMs === undefined ? {} : { maxGracePeriodMs: graceMs }),
  };
}
