/** What a leading master says of leading: to those who asked before, and when the masters change. */
import type { Address } from '../../runtime/actor.ts';
import type { NotLeader } from '../protocol/messages.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import type { MasterState } from './state.ts';

export const leadershipHandlers: MasterHandlers<'mastersChanged'> = {
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

/** In the words of those that don't: whom to ask is what matters. */
export function tellWhoLeads(
  { masters }: MasterState,
  asker: Address<NotLeader>,
  context: MasterContext,
): void {
  const { epoch } = context.options;
  context.send(asker, { type: 'notLeader', epoch, leader: context.self.node, masters });
}
