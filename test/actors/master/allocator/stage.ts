/** An allocator alone: what it is told, and what it hands out, as lines. */
import {
  ALLOCATOR_DEFAULTS,
  type AllocatorOptions,
  allocator,
} from '../../../../actors/master/allocator/allocator.ts';
import { allocatorInvariants } from '../../../../actors/master/allocator/invariants.ts';
import type {
  AllocatorMessage,
  FromAllocatorToMaster,
} from '../../../../actors/master/allocator/messages.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import {
  formatResources,
  parseResources,
  type Resources,
} from '../../../../actors/protocol/resources.ts';
import { address, probe } from '../../../kit/probe.ts';

export function stage(change: Partial<Omit<AllocatorOptions, 'master'>> = {}) {
  const master = address<FromAllocatorToMaster>('master');
  const actor = probe(allocator, { ...ALLOCATOR_DEFAULTS, ...change, master });
  const pass = (durationMs: number) => {
    actor.advance(durationMs);
    allocatorInvariants(actor.state);
  };
  const allocations = () =>
    actor.sentTo(master).flatMap(({ atMs, message }) =>
      (message.type === 'allocated' ? message.allocations : []).map((allocation) => ({
        atMs,
        ...allocation,
      })),
    );
  return {
    actor,
    state: actor.state,
    pass,
    /** Hands them over at once, and lets a round that is due have its turn. */
    tell(...messages: AllocatorMessage[]) {
      for (const message of messages) {
        actor.receive(message);
        allocatorInvariants(actor.state);
      }
      pass(0);
    },
    allocations,
    /** Such as `0 F1 a S1 cpus:2`: when, to whom, in which role, of which agent, what. */
    heard: () =>
      allocations().map(
        ({ atMs, frameworkId, role, agentId, resources }) =>
          `${atMs} ${frameworkId} ${role} ${agentId} ${formatResources(resources)}`,
      ),
  };
}

/** @param roles none: `*` */
export function framework(frameworkId: string, ...roles: string[]) {
  return {
    type: 'addFramework',
    frameworkId: frameworkId as FrameworkId,
    roles: roles.length === 0 ? ['*'] : roles,
    suppressedRoles: [],
    active: true,
  } as const satisfies AllocatorMessage;
}

export function agent(agentId: string, total: string | Resources) {
  return {
    type: 'addAgent',
    agentId: agentId as AgentId,
    epoch: 1,
    total: typeof total === 'string' ? parseResources(total) : total,
    attributes: [],
    used: [],
    active: true,
  } as const satisfies AllocatorMessage;
}

/** @param refuseMs undefined: nothing is refused by it */
export function recovered(
  frameworkId: string,
  agentId: string,
  resources: string,
  refuseMs?: number,
  role = '*',
): AllocatorMessage {
  return {
    type: 'recoverResources',
    frameworkId: frameworkId as FrameworkId,
    agentId: agentId as AgentId,
    role,
    resources: parseResources(resources),
    ...(refuseMs !== undefined && { filters: { refuseMs } }),
  };
}
