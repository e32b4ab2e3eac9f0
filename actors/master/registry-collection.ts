/**
 * The registry forgets agents that have been unreachable or gone for long, frameworks that ended long
 * ago, and the oldest of too many. An agent that comes back later is admitted as if it were new to
 * us, with what it has.
 * Source: Mesos 1.11, src/master/master.cpp, doRegistryGc.
 */
import { tellRegistrar } from './children.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { pruningOf } from './registry/pruning.ts';

export const registryCollectionHandlers: MasterHandlers<'registryCollectDue'> = {
  registryCollectDue(state, _message, context) {
    scheduleCollection(context);
    const { registryCountMax, registryAgeMsMax } = context.options.settings;
    const { unreachable, gone, reregistering, leaving } = state.agents;
    const isOver = { countMax: registryCountMax, bornBeforeMs: context.nowMs() - registryAgeMsMax };
    const quiet = [...unreachable].filter(([id]) => !reregistering.has(id) && !leaving.has(id));
    const known = { unreachable: new Map(quiet), gone, completedFrameworks: state.endedFrameworks };
    for (const operation of pruningOf(known, isOver)) tellRegistrar(state, operation, context);
  },
};

export function scheduleCollection(context: MasterContext): void {
  const { registryCollectIntervalMs } = context.options.settings;
  context.sendSelfAfter(registryCollectIntervalMs, { type: 'registryCollectDue' });
}
