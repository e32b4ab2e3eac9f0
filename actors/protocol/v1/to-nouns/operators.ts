/** What operators grant and schedule → our nouns: quotas, weights, maintenance, draining. */
import type { AgentId } from '../../ids.ts';
import type { DrainRequest, MachineId, MaintenanceWindow } from '../../maintenance.ts';
import type { QuotaConfig, RoleWeight } from '../../quota.ts';
import type { V1 } from '../dictionary.ts';
import { msOfNanoseconds } from '../times.ts';

/** Amounts may be negative, no numbers or too large: who decides on the quota says so. */
export function toQuota(config: V1<'quota.QuotaConfig'>): QuotaConfig {
  return {
    role: config.role,
    guaranteesMilli: toAmounts(config.guarantees),
    limitsMilli: toAmounts(config.limits),
  };
}

/** Thousandths by name: three digits count. */
function toAmounts(
  amounts: ReadonlyMap<string, V1<'Value.Scalar'>> = new Map(),
): Readonly<Record<string, number>> {
  const milli = [...amounts].map(([name, { value }]) => [name, Math.round(value * 1000)] as const);
  return Object.fromEntries(milli);
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
