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
import { equalResources, plus, type Resources } from '../../actors/protocol/resources.ts';
import type { InsideLeader } from '../kit/cluster.ts';

/** After so many messages that either has handled everything is looked through. */
const HANDLED_COUNT_MAX = 16;

/** What of an agent's record is replaced when it changes, as it was when it was last looked at. */
interface Seen {
  record: AgentRecord | undefined;
  used: Resources | undefined;
  offered: Resources | undefined;
  connected: boolean;
  allocation: AllocatedAgent | undefined;
  free: Resources | undefined;
  total: Resources | undefined;
}

export class Books {
  readonly #seen = new Map<AgentId, Seen>();
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
    this.#seen.clear();
    this.#uncompared.clear();
  }

  #checkMaster(state: MasterState): void {
    for (const [agentId, record] of state.agents.registered) {
      const seen = this.#seenOf(agentId);
      const { used, offered, connected } = record;
      if (
        seen.record === record &&
        seen.used === used &&
        seen.offered === offered &&
        seen.connected === connected
      ) {
        continue;
      }
      Object.assign(seen, { record, used, offered, connected });
      this.#uncompared.add(agentId);
      const broken = agentInvariants(state, record);
      if (broken.length > 0) throw new Error(`The master is wrong: ${broken.join('; ')}`);
    }
  }

  #checkAllocator({ agents }: AllocatorState): void {
    for (const [agentId, allocation] of agents) {
      const seen = this.#seenOf(agentId);
      const { free, total } = allocation;
      // What is free is forgotten when it changes, and counted by who looks.
      const isSame = seen.allocation === allocation && seen.total === total;
      if (isSame && free !== undefined && seen.free === free) continue;
      allocatedAgentInvariants(allocation);
      Object.assign(seen, { allocation, total, free: allocation.free });
      this.#uncompared.add(agentId);
    }
  }

  #seenOf(agentId: AgentId): Seen {
    let seen = this.#seen.get(agentId);
    if (seen === undefined) {
      seen = {
        record: undefined,
        used: undefined,
        offered: undefined,
        connected: false,
        allocation: undefined,
        free: undefined,
        total: undefined,
      };
      this.#seen.set(agentId, seen);
    }
    return seen;
  }
}

/** Master and allocator say the same of an agent. */
function checkAgent(master: MasterState, allocator: AllocatorState, agentId: AgentId): void {
  const agent = master.agents.registered.get(agentId);
  const record = allocator.agents.get(agentId);
  if (agent === undefined && record === undefined) return;
  if (record === undefined) throw new Error(`The allocator does not know agent ${agentId}`);
  if (agent === undefined) throw new Error(`The allocator still knows agent ${agentId}`);
  let allocated: Resources = [];
  for (const resources of record.allocated.values()) allocated = plus(allocated, resources);
  const booked = plus(agent.used, agent.offered);
  if (agent.overcommitted || equalResources(allocated, booked)) return;
  throw new Error(
    `Master and allocator disagree on agent ${agentId}: ${formatResources(booked)} is offered ` +
      `or in use, ${formatResources(allocated)} is allocated`,
  );
}
