/**
 * An allocator that only keeps books: what was handed out and not given back. It complains when
 * something is given back that nobody has.
 */
import type {
  Allocation,
  FromMasterToAllocator,
} from '../../../actors/master/allocator/messages.ts';
import type { AgentId, FrameworkId } from '../../../actors/protocol/ids.ts';
import {
  contains,
  isEmpty,
  minus,
  plus,
  type Resources,
} from '../../../actors/protocol/resources.ts';

interface BookedAgent {
  readonly epoch: number;
  total: Resources;
  active: boolean;
  /** By framework and role. */
  readonly allocated: Map<string, Resources>;
}

export function playedAllocator() {
  const agents = new Map<AgentId, BookedAgent>();
  const frameworks = new Map<FrameworkId, { roles: readonly string[]; active: boolean }>();
  /** Handed out, and not yet told to the master. */
  const underway: Allocation[] = [];

  function hear(message: FromMasterToAllocator): void {
    switch (message.type) {
      case 'addAgent': {
        const allocated = new Map<string, Resources>();
        for (const { frameworkId, role, resources } of message.used) {
          const key = `${frameworkId} ${role}`;
          allocated.set(key, plus(allocated.get(key) ?? [], resources));
        }
        const { agentId, epoch, total, active } = message;
        agents.set(agentId, { epoch, total, active, allocated });
        return;
      }
      case 'removeAgent':
        agents.delete(message.agentId);
        return;
      case 'activateAgent':
      case 'deactivateAgent': {
        const agent = agents.get(message.agentId);
        if (agent !== undefined) agent.active = message.type === 'activateAgent';
        return;
      }
      case 'addFramework':
        frameworks.set(message.frameworkId, { roles: message.roles, active: message.active });
        return;
      case 'activateFramework':
      case 'deactivateFramework': {
        const framework = frameworks.get(message.frameworkId);
        if (framework !== undefined) framework.active = message.type === 'activateFramework';
        return;
      }
      case 'removeFramework':
        frameworks.delete(message.frameworkId);
        return;
      case 'recoverResources': {
        const { frameworkId, role, agentId, resources } = message;
        const agent = agents.get(agentId);
        if (agent === undefined) throw new Error(`Given back for agent ${agentId}, which is gone`);
        const key = `${frameworkId} ${role}`;
        const had = agent.allocated.get(key) ?? [];
        if (!contains(had, resources)) {
          throw new Error(`Given back more than ${key} has on ${agentId}`);
        }
        const rest = minus(had, resources);
        if (isEmpty(rest)) agent.allocated.delete(key);
        else agent.allocated.set(key, rest);
      }
    }
  }

  /** Hands out `part` of what is free on the agent, if both are active. */
  function handOut(
    agentId: AgentId,
    frameworkId: FrameworkId,
    roleIndex: number,
    part: (free: Resources) => Resources,
  ): void {
    const agent = agents.get(agentId);
    const framework = frameworks.get(frameworkId);
    if (!agent?.active || !framework?.active) return;
    const role = framework.roles[roleIndex % framework.roles.length] ?? '*';
    const resources = part(freeOn(agent));
    if (isEmpty(resources)) return;
    const key = `${frameworkId} ${role}`;
    agent.allocated.set(key, plus(agent.allocated.get(key) ?? [], resources));
    underway.push({ frameworkId, role, agentId, agentEpoch: agent.epoch, resources });
  }

  /** What the master has to have booked on the agent: in use, on offer, or on its way to it. */
  function allocatedOn(agentId: AgentId): Resources {
    let sum: Resources = [];
    for (const resources of agents.get(agentId)?.allocated.values() ?? []) {
      sum = plus(sum, resources);
    }
    return sum;
  }

  function freeOn(agent: BookedAgent): Resources {
    let free = agent.total;
    for (const resources of agent.allocated.values()) free = minus(free, resources);
    return free;
  }

  return { agents, frameworks, underway, hear, handOut, allocatedOn };
}
