/**
 * What agents offer a second time: it is part of what they have, only revocable, and comes and goes.
 * Offers that are made of it are taken back when it changes.
 * Source: Mesos 1.11, src/master/master.cpp, updateSlave.
 */
import { isRevocable } from '../protocol/resource-kinds.ts';
import { equalResources } from '../protocol/resources.ts';
import { announceAgent } from './agent-records.ts';
import type { MasterHandlers } from './messages.ts';
import { rescindOffer } from './offers.ts';
import { registeredSender } from './senders.ts';

export const oversubscribedHandlers: MasterHandlers<'agentOversubscribed'> = {
  agentOversubscribed(state, { agentId, oversubscribed }, context) {
    const agent = registeredSender(state, agentId, context);
    if (agent === undefined) return;
    if (!oversubscribed.every(isRevocable)) {
      context.log.warn(`Dropped what agent "${agentId}" oversubscribes: not all is revocable`);
      return;
    }
    if (equalResources(agent.oversubscribed, oversubscribed)) return;
    // The allocator is told of the agent anew, and nothing of it may be on offer then.
    for (const offer of agent.offers) rescindOffer(state, offer, context);
    agent.oversubscribed = oversubscribed;
    announceAgent(state, agent, context);
  },
};
