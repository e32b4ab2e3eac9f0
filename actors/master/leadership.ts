/**
 * What a leading master says of leading: to those who asked before, to the agents of the leader
 * before (it may stand still, and nobody else would tell them), and when the masters change.
 */
import type { Address } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { AgentId } from '../protocol/ids.ts';
import { AGENT_NAME, type AgentMessage, type NotLeader } from '../protocol/messages.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import type { MasterState } from './state.ts';

/**
 * Each of them may have to be dialled, and that is no reason for a new leader to be late with its
 * heartbeats: most come by themselves.
 */
const AGENTS_PER_BATCH = 20;
const BATCH_INTERVAL_MS = 20;

export const leadershipHandlers: MasterHandlers<'mastersChanged' | 'announceDue' | 'watchLeader'> =
  {
    announceDue(state, { agentIds }, context) {
      for (const agentId of agentIds.slice(0, AGENTS_PER_BATCH)) {
        const agent = state.agents.recovered.get(agentId);
        if (agent === undefined) continue;
        tellWhoLeads(state, address<AgentMessage>(AGENT_NAME, agent.node), context);
      }
      announce(agentIds.slice(AGENTS_PER_BATCH), BATCH_INTERVAL_MS, context);
    },

    watchLeader(state, { watcher }, context) {
      tellWhoLeads(state, watcher, context);
    },

    mastersChanged(state, { masters }, context) {
      state.masters = masters;
      for (const { connected, address } of state.agents.registered.values()) {
        if (connected) tellWhoLeads(state, address, context);
      }
      for (const { status, scheduler } of state.frameworks.values()) {
        if (status === 'active' && scheduler !== undefined) tellWhoLeads(state, scheduler, context);
      }
    },
  };

/** To all that are waited for: some at a time, in their order. */
export function announce(
  agentIds: readonly AgentId[],
  delayMs: number,
  context: MasterContext,
): void {
  if (agentIds.length > 0) context.sendSelfAfter(delayMs, { type: 'announceDue', agentIds });
}

/** In the words of those that don't: whom to ask is what matters. */
export function tellWhoLeads(
  { masters }: MasterState,
  asker: Address<NotLeader>,
  context: MasterContext,
): void {
  const { epoch } = context.options;
  context.send(asker, { type: 'notLeader', epoch, leader: context.self.node, masters });
}
