/**
 * After a change of leaders: nothing is handed out until most agents are back, where there are quotas.
 *
 * Of the few agents that come back first a guarantee would be met by what others may keep on using when
 * all are there, and a limit would be reached by nobody. Without quotas nothing is waited for.
 * Source: Mesos 1.11, hierarchical.cpp, recover.
 */
import type { AllocatorState, Told } from './state.ts';

/** @returns whether there is anything to wait for */
export function holdOff(state: AllocatorState, { agentCount }: Told<'holdOff'>): boolean {
  if (agentCount <= state.agents.size) return false;
  state.heldOffUntil = agentCount;
  return true;
}

/** Enough agents are back, or the time is over. */
export function endHoldOff(state: AllocatorState): void {
  state.heldOffUntil = undefined;
  state.allDirty = true;
}

export function hasEnoughAgents({ heldOffUntil, agents }: AllocatorState): boolean {
  return heldOffUntil !== undefined && agents.size >= heldOffUntil;
}
