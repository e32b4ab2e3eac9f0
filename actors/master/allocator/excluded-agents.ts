/** Which agents frameworks exclude by their offer constraints, for who asks. Pure. */
import type { AgentId } from '../../protocol/ids.ts';
import { isExcluded } from './constraints.ts';
import type { ConstraintsDescribed } from './messages.ts';
import type { AllocatorState, FrameworkRecord } from './state.ts';

/** Agents named in one answer, those of several frameworks together; the others are left out. */
export const EXCLUDED_SHOWN_MAX = 100_000;

export function excludedAgents(state: AllocatorState): ConstraintsDescribed['frameworks'] {
  const room = { left: EXCLUDED_SHOWN_MAX };
  const added = [...state.frameworks].filter(([, { added }]) => added);
  return added.map(([frameworkId, framework]) => {
    const subscribed = [...framework.memberships].filter(([, { subscribed }]) => subscribed);
    return {
      frameworkId,
      suppressedRoles: subscribed.filter(([, { suppressed }]) => suppressed).map(([role]) => role),
      excluded: subscribed.map(
        ([role]) => [role, excludedIn(state, framework, role, room)] as const,
      ),
    };
  });
}

function excludedIn(
  { agents }: AllocatorState,
  { constraints }: FrameworkRecord,
  role: string,
  room: { left: number },
): readonly AgentId[] {
  const excluded: AgentId[] = [];
  if (!constraints.has(role)) return excluded;
  for (const { agentId, facts } of agents.values()) {
    if (room.left === 0) break;
    if (!isExcluded(constraints, role, facts)) continue;
    excluded.push(agentId);
    room.left--;
  }
  return excluded;
}
