/** Broken links: an agent or a scheduler is gone, or cannot be reached. */
import type { AnyAddress } from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import { agentExited } from './agent-losses.ts';
import { schedulerExited } from './frameworks.ts';
import type { MasterHandlers } from './messages.ts';
import { type FrameworkRecord, type MasterState, schedulerKey } from './state.ts';

export const connectionHandlers: MasterHandlers<'exited'> = {
  exited(state, { address }, context) {
    const agentId = state.agents.idsByNode.get(address.node);
    const agent = agentId === undefined ? undefined : state.agents.registered.get(agentId);
    if (agent !== undefined && sameAddress(agent.address, address)) {
      agentExited(state, agent, context);
    }
    const framework = frameworkOf(state, address);
    if (framework !== undefined) schedulerExited(state, framework, context);
  },
};

function frameworkOf(state: MasterState, scheduler: AnyAddress): FrameworkRecord | undefined {
  const frameworkId = state.frameworkIds.get(schedulerKey(scheduler));
  return frameworkId === undefined ? undefined : state.frameworks.get(frameworkId);
}
