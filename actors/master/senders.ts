/**
 * Who is speaking: an agent or a framework is believed only from where it registered or subscribed.
 *
 * What comes from elsewhere is dropped: a scheduler that has failed over, an agent's former self, or
 * somebody who only knows the id. The wire proves the node of a sender, so this is also the wall
 * between frameworks. Calls from outside actors (no sender) come from this very process.
 * Source: Mesos 1.11, src/master/master.cpp ("… because it is not expected from …").
 */
import type { AnyAddress } from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import type { AgentId, FrameworkId } from '../protocol/ids.ts';
import type { MasterContext } from './messages.ts';
import type { AgentRecord, FrameworkRecord, MasterState } from './state.ts';

/** @returns the framework, if it is active and its scheduler sent the message being handled */
export function activeSender(
  state: MasterState,
  frameworkId: FrameworkId,
  context: MasterContext,
): FrameworkRecord | undefined {
  const framework = state.frameworks.get(frameworkId);
  if (framework?.status !== 'active' || framework.scheduler === undefined) {
    context.log.debug(`Dropped a call of framework "${frameworkId}": it is not subscribed`);
    return undefined;
  }
  if (context.sender !== undefined && !sameAddress(context.sender, framework.scheduler)) {
    context.log.warn(`Dropped a call for framework "${frameworkId}": not from its scheduler`);
    return undefined;
  }
  return framework;
}

/** @returns the agent, if it is registered and sent the message being handled */
export function registeredSender(
  state: MasterState,
  agentId: AgentId,
  context: MasterContext,
): AgentRecord | undefined {
  const agent = state.agents.registered.get(agentId);
  if (agent === undefined) {
    context.log.debug(`Dropped a message of agent "${agentId}": it is not registered`);
    return undefined;
  }
  if (context.sender !== undefined && !sameAddress(context.sender, agent.address)) {
    context.log.warn(`Dropped a message for agent "${agentId}": not from its address`);
    return undefined;
  }
  return agent;
}

/** Whether who asks to be known as `address` can be reached there: nobody registers others. */
export function speaksForItself(address: AnyAddress, context: MasterContext): boolean {
  if (context.sender === undefined || sameAddress(context.sender, address)) return true;
  context.log.warn(
    `Dropped a registration of ${address.name}@${address.node}: not sent from there`,
  );
  return false;
}
