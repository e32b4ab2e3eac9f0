/**
 * A new leader begins with what those before it have kept: agents that are to come back, and
 * frameworks whose schedulers are.
 *
 * | in the registry          | now                                                              |
 * |---|---|
 * | an admitted agent        | recovered: it has `agentReregisterTimeoutMs` to register again   |
 * | an unreachable one       | unreachable; it may come back at any time                        |
 * | what is wanted of them   | the same: draining goes on where it was                          |
 * | a framework              | expected: it has its failover timeout, from when it was lost     |
 * | one that had a scheduler | expected; at least as long as agents have                        |
 * | one that has ended       | its id is not taken again                                        |
 * | weights and quotas       | told to the allocator before anything else                       |
 *
 * Offers are made as agents return, not after all have; where there are quotas, when most have. Source: Mesos 1.11, master.cpp, _recover,
 * recoveredSlavesTimeout; frameworks are Messor's (MESOS-1719).
 */
import { addRecovered, addUnreachable } from './agent-records.ts';
import { tellAllocator } from './children.ts';
import { setMarks } from './drains.ts';
import { expectFramework } from './framework-records.ts';
import { announce } from './leadership.ts';
import { recoverMaintenance } from './maintenance/maintenance.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { markUnreachable } from './removals.ts';
import { recoverQuotas } from './roles/quota.ts';
import { recoverWeights } from './roles/weights.ts';
import type { MasterState } from './state.ts';

export const recoveryHandlers: MasterHandlers<'recoveryTimedOut'> = {
  recoveryTimedOut(state, _message, context) {
    const { recovered, reregistering } = state.agents;
    for (const agentId of recovered.keys()) {
      if (reregistering.has(agentId)) continue;
      const why = 'it did not come back to the new leader';
      markUnreachable(state, agentId, { silent: false, why }, context);
    }
  },
};

export function recover(state: MasterState, context: MasterContext): void {
  const { registry, settings } = context.options;
  const { agents, endedFrameworks } = state;
  recoverWeights(state, context);
  recoverQuotas(state, context);
  holdOff(state, context);
  for (const { info } of registry.admitted.values()) addRecovered(state, info);
  for (const known of [registry.admitted, registry.unreachable]) {
    for (const [agentId, { deactivated, drain }] of known) {
      if (deactivated) setMarks(state, agentId, { deactivated, ...(drain && { drain }) });
    }
  }
  for (const { info, sinceMs } of registry.unreachable.values()) {
    const before = { address: undefined, registeredMs: undefined, tasks: [] };
    addUnreachable(state, { info, sinceMs, ...before });
  }
  for (const [agentId, agent] of registry.gone) agents.gone.set(agentId, agent);
  for (const [frameworkId, { endedMs }] of registry.completedFrameworks) {
    endedFrameworks.set(frameworkId, { endedMs });
  }
  const nowMs = context.nowMs();
  for (const [frameworkId, { info, disconnectedMs }] of registry.frameworks) {
    const waitMs =
      disconnectedMs === undefined
        ? Math.max(info.failoverTimeoutMs, settings.agentReregisterTimeoutMs)
        : Math.max(0, disconnectedMs + info.failoverTimeoutMs - nowMs);
    expectFramework(state, frameworkId, info, waitMs, context);
  }
  recoverMaintenance(state, context);
  if (agents.recovered.size === 0) return;
  context.log.info(`Waiting for ${agents.recovered.size} agents of the leader before`);
  announce([...agents.recovered.keys()], 0, context);
  context.sendSelfAfter(settings.agentReregisterTimeoutMs, { type: 'recoveryTimedOut' });
}

/** Where there are quotas: what the first agents have is not yet what the cluster has. */
function holdOff(state: MasterState, context: MasterContext): void {
  const { registry, settings } = context.options;
  if (registry.quotas.size === 0) return;
  const agentCount = Math.floor(registry.admitted.size * settings.allocatorRecoveryFactor);
  const timeoutMs = settings.allocatorRecoveryTimeoutMs;
  tellAllocator(state, { type: 'holdOff', agentCount, timeoutMs }, context);
}
