/** Our agents → those of Mesos. */
import type { RegisteredAgentInfo } from '../../agent.ts';
import type { AgentView } from '../../views.ts';
import type { V1 } from '../dictionary.ts';
import { fromDomain } from '../domains.ts';
import { nanosecondsOfMs } from '../times.ts';
import { MESOS_VERSION } from '../versions.ts';
import { fromDrain } from './operators.ts';
import { fromAttributes, fromResources } from './resources.ts';

export function fromAgent(info: RegisteredAgentInfo): V1<'AgentInfo'> {
  return {
    hostname: info.hostname,
    port: info.port,
    resources: fromResources(info.resources),
    attributes: fromAttributes(info.attributes),
    ...(info.domain && { domain: fromDomain(info.domain) }),
    id: { value: info.agentId },
  };
}

/** An agent as operators see it; one that is `recovered` is among the `recovered_agents` instead. */
export function fromAgentView(view: AgentView): V1<'master.Response.GetAgents.Agent'> {
  const { registeredMs, reregisteredMs, drainStartedMs: startedMs } = view;
  return {
    agent_info: fromAgent(view.info),
    active: isActive(view),
    deactivated: view.deactivated ?? false,
    version: MESOS_VERSION,
    pid: `slave(1)@${view.address.node}`,
    ...(registeredMs === undefined ? {} : { registered_time: timeOf(registeredMs) }),
    ...(reregisteredMs === undefined ? {} : { reregistered_time: timeOf(reregisteredMs) }),
    total_resources: fromResources(view.total),
    ...(view.used && { allocated_resources: fromResources(view.used) }),
    ...(view.offered && { offered_resources: fromResources(view.offered) }),
    capabilities: [
      { type: 'MULTI_ROLE' },
      { type: 'HIERARCHICAL_ROLE' },
      { type: 'AGENT_DRAINING' },
    ],
    ...(view.drain && { drain_info: fromDrain(view.drain) }),
    ...(startedMs === undefined ? {} : { estimated_drain_start_time: timeOf(startedMs) }),
  };
}

/** It is connected, and its resources may be offered. */
export function isActive({ state, deactivated }: AgentView): boolean {
  return state === 'active' && deactivated !== true;
}

function timeOf(ms: number): V1<'TimeInfo'> {
  return { nanoseconds: nanosecondsOfMs(ms) };
}
