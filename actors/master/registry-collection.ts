/**
 * The registry forgets agents that have been unreachable for long, and the oldest of too many.
 * One that comes back later is admitted as if it were new to us, with what it has.
 * Source: Mesos 1.11, src/master/master.cpp, doRegistryGc.
 */
import { tellRegistrar } from './children.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { NAMES_PER_OPERATION_MAX } from './registry/operation-text.ts';
import type { UnreachableAgent } from './state.ts';

export const registryCollectionHandlers: MasterHandlers<'registryCollectDue'> = {
  registryCollectDue(state, _message, context) {
    scheduleCollection(context);
    const { unreachable, reregistering } = state.agents;
    const { unreachableAgentCountMax, unreachableAgentAgeMsMax } = context.options.settings;
    const bornBeforeMs = context.nowMs() - unreachableAgentAgeMsMax;
    let tooManyCount = unreachable.size - unreachableAgentCountMax;
    const isDue = ({ sinceMs }: UnreachableAgent) => sinceMs < bornBeforeMs || tooManyCount > 0;
    const agentIds = [];
    for (const [agentId, agent] of unreachable) {
      if (!isDue(agent)) break;
      tooManyCount--;
      if (!reregistering.has(agentId)) agentIds.push(agentId);
    }
    for (let at = 0; at < agentIds.length; at += NAMES_PER_OPERATION_MAX) {
      const some = agentIds.slice(at, at + NAMES_PER_OPERATION_MAX);
      tellRegistrar(state, { type: 'forgetAgents', agentIds: some, replaced: false }, context);
    }
  },
};

export function scheduleCollection(context: MasterContext): void {
  const { registryCollectIntervalMs } = context.options.settings;
  context.sendSelfAfter(registryCollectIntervalMs, { type: 'registryCollectDue' });
}
