/**
 * Looks after the books of the master that leads and of its allocator, each time one of them has
 * handled something: both must be right about themselves, and agree with each other.
 *
 * Looking through all is dear. What either does to the resources of an agent shows in which lists its
 * record holds, because a list is replaced and never changed: so the agents that changed are looked
 * at after each message, and everything after so many, and whenever somebody asks.
 */
import {
  allocatedAgentInvariants,
  allocatorInvariants,
} from '../../actors/master/allocator/invariants.ts';
import type {
  AgentRecord as AllocatedAgent,
  AllocatorState,
} from '../../actors/master/allocator/state.ts';
import { agentInvariants, invariants } from '../../actors/master/invariants.ts';
import type { AgentRecord, MasterState } from '../../actors/master/state.ts';
import type { AgentId } from '../../actors/protocol/ids.ts';
import { formatResources } from '../../actors/protocol/resource-text.ts';
import {
  equalResources,
  plus,
  type Resources,
  scalarMilli,
} from '../../actors/protocol/resources.ts';
import type { InsideLeader } from '../kit/cluster.ts';

/** After so many messages that either has handled everything is looked through. */
const HANDLED_COUNT_MAX = 32;

/** What of a record is replaced when it changes, as it was when it was last looked at. */
interface SeenAgent {
  total: Resources;
  used: Resources;
  offered: Resources;
  connected: boolean;
}

interface SeenAllocation {
  total: Resources;
  free: Resources | undefined;
}

export class Books {
  readonly #agents = new Map<AgentRecord, SeenAgent>();
  readonly #allocations = new Map<AllocatedAgent, SeenAllocation>();
  /** Changed since the two were last compared. */
  readonly #uncompared = new Set<AgentId>();
  #master: MasterState | undefined;
  #masterCount = 0;
  #allocatorCount = 0;
  #unlookedCount = 0;

  /** @throws with what is wrong */
  check({ master, allocator }: InsideLeader): void {
    const { state } = master;
    if (state !== this.#master) this.#open(state);
    const count = master.handledCount - this.#masterCount;
    const allocatorCount = allocator.handledCount - this.#allocatorCount;
    if (count === 0 && allocatorCount === 0) return;
    this.#masterCount = master.handledCount;
    this.#allocatorCount = allocator.handledCount;
    this.#unlookedCount += count + allocatorCount;
    if (this.#unlookedCount >= HANDLED_COUNT_MAX) {
      this.checkAll({ master, allocator });
      return;
    }
    if (count > 0) this.#checkMaster(state);
    if (allocatorCount > 0) this.#checkAllocator(allocator.state);
    // What is on its way between the two is in neither book.
    if (this.#uncompared.size === 0 || master.waitingCount > 0 || allocator.waitingCount > 0)
      return;
    for (const agentId of this.#uncompared) checkAgent(state, allocator.state, agentId);
    this.#uncompared.clear();
  }

  /** @throws with what is wrong */
  checkAll({ master, allocator }: InsideLeader): void {
    this.#unlookedCount = 0;
    const broken = invariants(master.state);
    if (broken.length > 0) throw new Error(`The master is wrong: ${broken.join('; ')}`);
    allocatorInvariants(allocator.state);
    if (master.waitingCount > 0 || allocator.waitingCount > 0) return;
    const agentIds = [...master.state.agents.registered.keys(), ...allocator.state.agents.keys()];
    for (const agentId of new Set(agentIds)) checkAgent(master.state, allocator.state, agentId);
    this.#uncompared.clear();
  }

  /** Another leads, with books of its own. */
  #open(state: MasterState): void {
    this.#master = state;
    this.#masterCount = 0;
    this.#allocatorCount = 0;
    this.#agents.clear();
    this.#allocations.clear();
    this.#uncompared.clear();
  }

  #checkMaster(state: MasterState): void {
    for (const agent of state.agents.registered.values()) {
      const { agentId, total, used, offered, connected } = agent;
      const seen = this.#agents.get(agent);
      const isSame = seen?.used === used && seen.offered === offered && seen.total === total;
      if (isSame && seen.connected === connected) continue;
      this.#agents.set(agent, { total, used, offered, connected });
      this.#uncompared.add(agentId);
      const broken = agentInvariants(state, agent);
      if (broken.length > 0) throw new Error(`The master is wrong: ${broken.join('; ')}`);
    }
  }

  #checkAllocator({ agents }: AllocatorState): void {
    for (const agent of agents.values()) {
      const { agentId, total, free } = agent;
      const seen = this.#allocations.get(agent);
      // What is free is forgotten when it changes, and counted by who looks.
      if (free !== undefined && seen?.free === free && seen.total === total) continue;
      allocatedAgentInvariants(agent);
      this.#allocations.set(agent, { total, free: agent.free });
      this.#uncompared.add(agentId);
    }
  }
}

/** Master and allocator say the same of an agent. */
function checkAgent(master: MasterState, allocator: AllocatorState, agentId: AgentId): void {
  const agent = master.agents.registered.get(agentId);
  const record = allocator.agents.get(agentId);
  if (agent === undefined && record === undefined) return;
  if (record === undefined) throw new Error(`The allocator does not know agent ${agentId}`);
  if (agent === undefined) throw new Error(`The allocator still knows agent ${agentId}`);
  if (record.active && agent.marks?.deactivated === true) {
    throw new Error(`The allocator would offer ${agentId}, which is deactivated`);
  }
  checkTotal(agent, record);
  let allocated: Resources = [];
  for (const resources of record.allocated.values()) allocated = plus(allocated, resources);
  const booked = plus(agent.used, agent.offered);
  if (agent.overcommitted || equalResources(allocated, booked)) return;
  throw new Error(
    `Master and allocator disagree on agent ${agentId}: ${formatResources(booked)} is offered ` +
      `or in use, ${formatResources(allocated)} is allocated`,
  );
}

/** Operations change what it is, and not how much: the allocator and the agent's flags say the same. */
function checkTotal(agent: AgentRecord, record: AllocatedAgent): void {
  const { agentId, total, info } = agent;
  const all = plus(total, agent.oversubscribed);
  if (!equalResources(all, record.total)) {
    throw new Error(
      `Master and allocator disagree on what agent ${agentId} has: ${formatResources(all)}, ` +
        `and ${formatResources(record.total)}`,
    );
  }
  for (const { name, type } of info.resources) {
    if (type !== 'scalar') continue;
    const [now, once] = [scalarMilli(total, name), scalarMilli(info.resources, name)];
    if (now === once) continue;
    throw new Error(`Agent ${agentId} has ${now} of ${name}, but was started with ${once}`);
  }
}
