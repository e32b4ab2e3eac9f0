/**
 * Agents that are silent are given up no faster than operators allow (`--agent-removal-rate-limit`): when
 * a network fails, most of them are there.
 *
 *     due ──its turn──▶ marked unreachable
 *      └──heard of again, or gone another way──▶ (nothing)
 *
 * The first goes at once, each further one an interval after the one before. Without a limit all do.
 * Source: Mesos 1.11, master.cpp, SlaveObserver::markUnreachable, agentReregisterTimeout.
 */
import type { AgentId } from '../protocol/ids.ts';
import { tellRegistrar } from './children.ts';
import { countAgent } from './counters.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import type { MasterState } from './state.ts';

export interface Removals {
  /** The oldest first. */
  readonly waiting: Map<AgentId, Removal>;
  /** When the next one may go. */
  nextMs: number;
  /** Whether a timer runs for it. */
  isTimed: boolean;
}

export interface Removal {
  /** It leaves pings unanswered; else it has not registered in time. */
  readonly silent: boolean;
  /** The end of a sentence for the log. */
  readonly why: string;
}

export const removalHandlers: MasterHandlers<'removalDue'> = {
  removalDue(state, _message, context) {
    const { waiting } = state.removals;
    state.removals.isTimed = false;
    for (const [agentId, removal] of waiting) {
      waiting.delete(agentId);
      if (isOver(state, agentId, removal, context)) {
        countAgent('lossCanceled', context);
        continue;
      }
      remove(state, agentId, context);
      break;
    }
    waitForTurn(state, context);
  },
};

export function markUnreachable(
  state: MasterState,
  agentId: AgentId,
  removal: Removal,
  context: MasterContext,
): void {
  const { agents, removals } = state;
  if (agents.leaving.has(agentId) || removals.waiting.has(agentId)) return;
  countAgent('lossBegun', context);
  context.log.warn(`Agent "${agentId}" is taken for unreachable: ${removal.why}`);
  if (removals.waiting.size === 0 && context.nowMs() >= removals.nextMs) {
    remove(state, agentId, context);
    return;
  }
  removals.waiting.set(agentId, removal);
  waitForTurn(state, context);
}

/** It has answered: if it falls silent again, it waits at the end. */
export function keepAgent(
  { removals }: MasterState,
  agentId: AgentId,
  context: MasterContext,
): void {
  if (removals.waiting.get(agentId)?.silent !== true) return;
  context.log.info(`Agent "${agentId}" answers again, and is kept`);
  removals.waiting.delete(agentId);
  countAgent('lossCanceled', context);
}

function waitForTurn({ removals }: MasterState, context: MasterContext): void {
  if (removals.waiting.size === 0 || removals.isTimed) return;
  removals.isTimed = true;
  const delayMs = Math.max(0, removals.nextMs - context.nowMs());
  context.sendSelfAfter(delayMs, { type: 'removalDue' });
}

function isOver(
  { agents }: MasterState,
  agentId: AgentId,
  { silent }: Removal,
  context: MasterContext,
): boolean {
  if (agents.leaving.has(agentId)) return true;
  const agent = agents.registered.get(agentId);
  if (agent === undefined)
    return !agents.recovered.has(agentId) || agents.reregistering.has(agentId);
  const { pingMissCountMax } = context.options.settings;
  if (silent) return agent.unansweredPingCount < pingMissCountMax;
  // It may have come back and gone once more.
  return agent.deadline === undefined || agent.deadline.atMs > context.nowMs();
}

function remove(state: MasterState, agentId: AgentId, context: MasterContext): void {
  const { agentRemovalIntervalMs = 0 } = context.options.settings;
  const sinceMs = context.nowMs();
  state.removals.nextMs = sinceMs + agentRemovalIntervalMs;
  state.agents.leaving.add(agentId);
  countAgent('lossEnded', context);
  tellRegistrar(state, { type: 'markAgentUnreachable', agentId, sinceMs }, context);
}
