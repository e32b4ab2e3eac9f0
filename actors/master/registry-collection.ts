/**
 * The registry forgets agents that have been unreachable for long, frameworks that ended long ago,
 * and the oldest of too many. An agent that comes back later is admitted as if it were new to us,
 * with what it has.
 * Source: Mesos 1.11, src/master/master.cpp, doRegistryGc.
 */
import { tellRegistrar } from './children.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { NAMES_PER_OPERATION_MAX } from './registry/operation-text.ts';
import { oldest } from './registry/pruning.ts';

export const registryCollectionHandlers: MasterHandlers<'registryCollectDue'> = {
  registryCollectDue(state, _message, context) {
    scheduleCollection(context);
    const { settings } = context.options;
    const limits = {
      countMax: settings.unreachableAgentCountMax,
      bornBeforeMs: context.nowMs() - settings.unreachableAgentAgeMsMax,
    };
    const { unreachable, unreachableBefore, reregistering } = state.agents;
    const agentIds = [
      ...oldest(unreachableBefore, (sinceMs) => sinceMs, limits),
      ...oldest(unreachable, ({ sinceMs }) => sinceMs, limits),
    ].filter((agentId) => !reregistering.has(agentId));
    for (let at = 0; at < agentIds.length; at += NAMES_PER_OPERATION_MAX) {
      const some = agentIds.slice(at, at + NAMES_PER_OPERATION_MAX);
      tellRegistrar(state, { type: 'forgetAgents', agentIds: some, replaced: false }, context);
    }
    const frameworkIds = oldest(state.endedFrameworks, (endedMs) => endedMs, limits);
    if (frameworkIds.length === 0) return;
    for (const frameworkId of frameworkIds) state.endedFrameworks.delete(frameworkId);
    tellRegistrar(state, { type: 'forgetFrameworks', frameworkIds }, context);
  },
};

export function scheduleCollection(context: MasterContext): void {
  const { registryCollectIntervalMs } = context.options.settings;
  context.sendSelfAfter(registryCollectIntervalMs, { type: 'registryCollectDue' });
}
