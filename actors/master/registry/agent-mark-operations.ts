/**
 * What operators want of agents: no new tasks, or no tasks at all. Also of those that are unreachable.
 *
 *     active ──deactivateAgent──▶ deactivated ──reactivateAgent──▶ active
 *       └──drainAgent──▶ draining ──markAgentDrained──▶ drained ──reactivateAgent──▶ active
 *                          └──cancelDrain──▶ active
 *
 * While there is such an agent, only masters lead that know what it means.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AgentId } from '../../protocol/ids.ts';
import type { DrainRequest } from '../../protocol/maintenance.ts';
import { AGENT_DRAINING } from './capabilities.ts';
import {
  type AgentMarks,
  MUTATED,
  type OperationHandlers,
  type OperationResult,
  type Registry,
  UNCHANGED,
} from './registry.ts';

/** Each is refused when the agent is neither admitted nor unreachable. */
export type AgentMarkOperation =
  /** Without effect when it is draining in that way already. */
  | ({ readonly type: 'drainAgent' } & DrainRequest)
  /** Refused when it has not been told to drain; without effect the second time. */
  | { readonly type: 'markAgentDrained'; readonly agentId: AgentId }
  | { readonly type: 'deactivateAgent'; readonly agentId: AgentId }
  /** It takes tasks again. Refused when it isn't draining, also when it is drained already. */
  | { readonly type: 'cancelDrain'; readonly agentId: AgentId }
  /** Refused while it is draining. */
  | { readonly type: 'reactivateAgent'; readonly agentId: AgentId };

export const agentMarkOperations: OperationHandlers<AgentMarkOperation> = {
  drainAgent: (registry, { agentId, markGone, maxGracePeriodMs }) =>
    mark(registry, agentId, 'drain', ({ drain }) => {
      const grace = maxGracePeriodMs === undefined ? {} : { maxGracePeriodMs };
      const wanted = { ...grace, markGone, drained: false };
      return isDeepStrictEqual(drain, wanted) ? undefined : { deactivated: true, drain: wanted };
    }),

  markAgentDrained: (registry, { agentId }) =>
    mark(registry, agentId, 'mark drained', ({ drain }) => {
      if (drain === undefined) return 'it is not draining';
      return drain.drained ? undefined : { deactivated: true, drain: { ...drain, drained: true } };
    }),

  cancelDrain: (registry, { agentId }) =>
    mark(registry, agentId, 'cancel the drain of', ({ drain }) => {
      if (drain === undefined) return 'it is not draining';
      return drain.drained ? 'it is drained already; reactivate it' : { deactivated: false };
    }),

  deactivateAgent: (registry, { agentId }) =>
    mark(registry, agentId, 'deactivate', (agent) =>
      agent.deactivated ? undefined : { deactivated: true },
    ),

  reactivateAgent: (registry, { agentId }) =>
    mark(registry, agentId, 'reactivate', ({ deactivated, drain }) => {
      if (drain?.drained === false) return 'it is still draining';
      return deactivated ? { deactivated: false } : undefined;
    }),
};

/** @param change gives the new marks; undefined when there is nothing to change; or why it can't */
function mark(
  registry: Registry,
  agentId: AgentId,
  deed: string,
  change: (agent: AgentMarks) => AgentMarks | string | undefined,
): OperationResult {
  const { admitted, unreachable } = registry;
  const present = admitted.get(agentId);
  const lost = unreachable.get(agentId);
  const agent = present ?? lost;
  const marks = agent === undefined ? 'it is not known' : change(agent);
  if (marks === undefined) return UNCHANGED;
  if (typeof marks === 'string') {
    return { refused: `Cannot ${deed} agent "${agentId}": ${marks}` };
  }
  if (present !== undefined) admitted.set(agentId, { info: present.info, ...marks });
  if (lost !== undefined) {
    unreachable.set(agentId, { info: lost.info, sinceMs: lost.sinceMs, ...marks });
  }
  if (marks.deactivated) registry.minimumCapabilities.add(AGENT_DRAINING);
  else if (!isAnyDeactivated(registry)) registry.minimumCapabilities.delete(AGENT_DRAINING);
  return MUTATED;
}

function isAnyDeactivated({ admitted, unreachable }: Registry): boolean {
  for (const agents of [admitted, unreachable]) {
    for (const { deactivated } of agents.values()) if (deactivated) return true;
  }
  return false;
}
