/**
 * Agents come and go.
 *
 *     (new) ──admitAgent──▶ admitted ◀──markAgentReachable── unreachable ──forgetAgents──▶ (unknown)
 *                            │   └──────markAgentUnreachable──▶ │
 *                            └───────────▶ gone ◀──markAgentGone┘     gone ──forgetGoneAgents──▶
 */
import { isDeepStrictEqual } from 'node:util';
import type { RegisteredAgentInfo } from '../../protocol/agent.ts';
import type { AgentId } from '../../protocol/ids.ts';
import {
  type AgentMarks,
  MUTATED,
  type OperationHandlers,
  type Registry,
  UNCHANGED,
} from './registry.ts';

export type AgentOperation =
  /** A new agent. Refused when the id is known already. */
  | { readonly type: 'admitAgent'; readonly info: RegisteredAgentInfo }
  /** What it has or is called changed. Refused when it isn't admitted. */
  | { readonly type: 'updateAgent'; readonly info: RegisteredAgentInfo }
  /** Refused when it isn't admitted. */
  | { readonly type: 'markAgentUnreachable'; readonly agentId: AgentId; readonly sinceMs: number }
  /**
   * Also admits one that nobody knows any more: it may have been forgotten. Without effect when it
   * is admitted; refused when it is gone.
   */
  | { readonly type: 'markAgentReachable'; readonly info: RegisteredAgentInfo }
  /**
   * It left, another one is where it was, or an operator gave it up: it must not come back. Refused when
   * it is neither admitted nor unreachable.
   */
  | {
      readonly type: 'markAgentGone';
      readonly agentId: AgentId;
      readonly sinceMs: number;
      readonly byOperator?: boolean;
    }
  /** Unreachable ones are forgotten; who is not unreachable any more stays. */
  | { readonly type: 'forgetAgents'; readonly agentIds: readonly AgentId[] }
  /** So that those who are gone don't grow without end. */
  | { readonly type: 'forgetGoneAgents'; readonly agentIds: readonly AgentId[] };

export const agentOperations: OperationHandlers<AgentOperation> = {
  admitAgent(registry, { info }) {
    const { agentId } = info;
    const place = placeOf(registry, agentId);
    if (place !== undefined) return refuse('admit', agentId, `it is ${place} already`);
    registry.admitted.set(agentId, { info, deactivated: false });
    return MUTATED;
  },

  updateAgent({ admitted }, { info }) {
    const agent = admitted.get(info.agentId);
    if (agent === undefined) return refuse('update', info.agentId, 'it is not admitted');
    if (isDeepStrictEqual(agent.info, info)) return UNCHANGED;
    admitted.set(info.agentId, { info, ...marksOf(agent) });
    return MUTATED;
  },

  markAgentUnreachable({ admitted, unreachable }, { agentId, sinceMs }) {
    const agent = admitted.get(agentId);
    if (agent === undefined) return refuse('mark unreachable', agentId, 'it is not admitted');
    admitted.delete(agentId);
    unreachable.set(agentId, { info: agent.info, sinceMs, ...marksOf(agent) });
    return MUTATED;
  },

  markAgentReachable({ admitted, unreachable, gone }, { info }) {
    const { agentId } = info;
    if (gone.has(agentId)) return refuse('mark reachable', agentId, 'it is gone');
    if (admitted.has(agentId)) return UNCHANGED;
    admitted.set(agentId, { info, ...marksOf(unreachable.get(agentId)) });
    unreachable.delete(agentId);
    return MUTATED;
  },

  markAgentGone({ admitted, unreachable, gone }, { agentId, sinceMs, byOperator }) {
    if (gone.has(agentId)) return refuse('mark gone', agentId, 'it is gone already');
    if (!admitted.delete(agentId) && !unreachable.delete(agentId)) {
      return refuse('mark gone', agentId, 'it is not known');
    }
    gone.set(agentId, { sinceMs, ...(byOperator === undefined ? {} : { byOperator }) });
    return MUTATED;
  },

  forgetAgents: ({ unreachable }, { agentIds }) => forget(unreachable, agentIds),
  forgetGoneAgents: ({ gone }, { agentIds }) => forget(gone, agentIds),
};

function placeOf({ admitted, unreachable, gone }: Registry, agentId: AgentId): string | undefined {
  if (admitted.has(agentId)) return 'admitted';
  if (unreachable.has(agentId)) return 'unreachable';
  return gone.has(agentId) ? 'gone' : undefined;
}

/** The fields in one order everywhere: the text of equal registries is equal. */
function marksOf(agent: AgentMarks | undefined): AgentMarks {
  const { deactivated = false, drain } = agent ?? {};
  return drain === undefined ? { deactivated } : { deactivated, drain };
}

function forget(agents: Map<AgentId, unknown>, agentIds: readonly AgentId[]) {
  const countBefore = agents.size;
  for (const agentId of agentIds) agents.delete(agentId);
  return agents.size < countBefore ? MUTATED : UNCHANGED;
}

function refuse(deed: string, agentId: AgentId, reason: string) {
  return { refused: `Cannot ${deed} agent "${agentId}": ${reason}` };
}
