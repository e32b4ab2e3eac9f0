/**
 * Whether agents may come from where they say they are. What does not suit this master is for its
 * operator to change: such an agent keeps its tasks and asks again.
 * Source: Mesos 1.11, master.cpp, registerSlave and reregisterSlave.
 */
import type { Address } from '../../runtime/actor.ts';
import type { AgentInfo } from '../protocol/agent.ts';
import type { AgentMessage } from '../protocol/messages.ts';
import type { MasterContext } from './messages.ts';

/** @returns true: the agent is not answered, and the log says why */
export function isOutOfPlace(
  { node }: Address<AgentMessage>,
  { domain }: AgentInfo,
  { options, log }: MasterContext,
): boolean {
  if (domain !== undefined && options.domain === undefined) {
    const said = `{region: "${domain.region}", zone: "${domain.zone}"}`;
    log.warn(
      `Ignored an agent at ${node} with domain ${said}: this master has none; give it one by --domain, or leave it out of the agent`,
    );
    return true;
  }
  if (domain === undefined && options.requireAgentDomain === true) {
    log.warn(
      `Ignored an agent at ${node} without a domain: this master has --require-agent-domain; give the agent --domain`,
    );
    return true;
  }
  return false;
}
