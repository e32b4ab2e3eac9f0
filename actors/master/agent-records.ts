/**
 * Records of agents: how they come, break, come back and go, whatever the occasion.
 *
 * The allocator hears in an order that keeps it from handing out what is just being taken back:
 * first that the agent is inactive or gone, then what is given back.
 */
import type { Address } from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import { assert } from '../../runtime/assert.ts';
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import type { AgentId } from '../protocol/ids.ts';
import type { AgentMessage } from '../protocol/messages.ts';
import { tellAllocator } from './children.ts';
import { countAgent, countEvent } from './counters.ts';
import { drainWords, isDeactivated, setMarks } from './drains.ts';
import { fits, releaseExecutor, totalOf, usedOn } from './ledger.ts';
import { rescindInverseOffer } from './maintenance/inverse-offers.ts';
import { unavailabilityOf } from './maintenance/schedule.ts';
import type { MasterContext } from './messages.ts';
import { closeOffer, rescindOffer, tellRescinded } from './offers.ts';
import { hasSilentOperation } from './operation-records.ts';
import { noteEvent } from './reads.ts';
import type {
  AgentRecord,
  FrameworkRecord,
  MasterState,
  TaskRecord,
  UnreachableAgent,
} from './state.ts';
import { agentView } from './views.ts';

/** Five thousand agents a second come back after the loss of their master. */
const RETURN_MS_PER_AGENT = 0.2;

/** A record for an agent that just registered. The allocator doesn't know it yet: `announceAgent`. */
export function startAgent(
  state: MasterState,
  info: RegisteredAgentInfo,
  address: Address<AgentMessage>,
  context: MasterContext,
): AgentRecord {
  const { agents } = state;
  const { agentId } = info;
  assert(!agents.registered.has(agentId), 'an agent is registered once');
  const agent: AgentRecord = {
    agentId,
    epoch: 0,
    info,
    address,
    connected: true,
    registeredMs: context.nowMs(),
    reregisteredMs: undefined,
    marks: undefined,
    unavailability: undefined,
    inverseOffers: new Map(),
    inverseStatuses: new Map(),
    deadline: undefined,
    pingTimer: undefined,
    unansweredPingCount: 0,
    total: info.resources,
    oversubscribed: [],
    resourceVersion: undefined,
    resourceRevision: 0,
    operations: new Map(),
    endedOperations: new Set(),
    used: [],
    offered: [],
    overcommitted: false,
    offers: new Set(),
    tasks: new Map(),
    executors: new Map(),
    unconfirmed: new Set(),
    endedFrameworks: new Set(),
    pendingKills: new Map(),
  };
  forgetUnreachable(state, agentId);
  forgetRecovered(state, agentId);
  agents.registered.set(agentId, agent);
  const marks = agents.marks.get(agentId);
  // It is about to be told, or to be told once more.
  if (marks?.drain !== undefined)
    setMarks(state, agentId, { ...marks, drainStartedMs: context.nowMs() });
  else agent.marks = marks;
  agents.idsByNode.set(address.node, agentId);
  context.link(address);
  sendPing(state, agent, context);
  noteEvent({ type: 'agentAdded', agent: agentView(agent) }, context);
  return agent;
}

/** Tells the allocator all about the agent, new or again. Nothing of it may be on offer. */
export function announceAgent(state: MasterState, agent: AgentRecord, context: MasterContext) {
  assert(agent.offers.size === 0, 'what is on offer would be forgotten');
  agent.epoch = state.nextAgentEpoch++;
  agent.overcommitted = !fits(agent);
  agent.unavailability = unavailabilityOf(state.schedule, agent.info);
  for (const record of agent.inverseOffers.values()) rescindInverseOffer(state, record, context);
  const { agentId, epoch, info, connected } = agent;
  const total = totalOf(agent);
  const { attributes, hostname, domain } = info;
  const facts = { attributes, hostname, ...(domain && { domain }) };
  const used = usedOn(agent);
  const active = connected && !isDeactivated(state, agentId);
  const { unavailability } = agent;
  const unavailable = unavailability === undefined ? {} : { unavailability };
  tellAllocator(
    state,
    { type: 'addAgent', agentId, epoch, total, ...facts, used, active, ...unavailable },
    context,
  );
}

/** Its link broke: it is not offered any more, and has some time to come back. */
export function disconnectAgent(state: MasterState, agent: AgentRecord, context: MasterContext) {
  const { agentId } = agent;
  agent.connected = false;
  const { agentReregisterTimeoutMs } = context.options.settings;
  agent.deadline = {
    atMs: context.nowMs() + agentReregisterTimeoutMs,
    timer: context.sendSelfAfter(agentReregisterTimeoutMs, {
      type: 'agentReregistrationTimedOut',
      agentId,
    }),
  };
  tellAllocator(state, { type: 'deactivateAgent', agentId }, context);
  // What it reports when it is back is shut down then.
  agent.endedFrameworks.clear();
  for (const offer of agent.offers) rescindOffer(state, offer, context);
  for (const record of agent.inverseOffers.values()) rescindInverseOffer(state, record, context);
}

/** It is back, perhaps as another actor. What was on offer was of its former self. */
export function reconnectAgent(
  state: MasterState,
  agent: AgentRecord,
  address: Address<AgentMessage>,
  context: MasterContext,
): void {
  for (const offer of agent.offers) rescindOffer(state, offer, context);
  if (agent.deadline !== undefined) context.cancel(agent.deadline.timer);
  agent.deadline = undefined;
  agent.connected = true;
  agent.unansweredPingCount = 0;
  agent.reregisteredMs = context.nowMs();
  if (!sameAddress(agent.address, address)) {
    // Another life of it says anew what it offers a second time, if anything.
    agent.oversubscribed = [];
    agent.resourceRevision = 0;
    context.unlink(agent.address);
    forgetNode(state, agent.address.node, agent.agentId);
    agent.address = address;
    state.agents.idsByNode.set(address.node, agent.agentId);
  }
  context.link(address);
}

/**
 * The agent is gone, and all that was on it. `fate` decides about each of its tasks; their resources
 * need not be given back.
 */
export function dropAgent(
  state: MasterState,
  agent: AgentRecord,
  fate: (framework: FrameworkRecord, record: TaskRecord) => void,
  context: MasterContext,
): void {
  const { agentId } = agent;
  tellAllocator(state, { type: 'removeAgent', agentId }, context);
  for (const record of agent.offers) {
    closeOffer(state, record, context);
    tellRescinded(state, record.offer, context);
  }
  for (const record of agent.inverseOffers.values()) rescindInverseOffer(state, record, context);
  for (const [frameworkId, tasks] of agent.tasks) {
    const framework = knownFramework(state, frameworkId);
    for (const record of tasks.values()) fate(framework, record);
  }
  for (const [frameworkId, executors] of agent.executors) {
    const framework = knownFramework(state, frameworkId);
    for (const record of executors.values()) releaseExecutor(agent, framework, record);
  }
  agent.executors.clear();
  if (agent.deadline !== undefined) context.cancel(agent.deadline.timer);
  if (agent.pingTimer !== undefined) context.cancel(agent.pingTimer);
  context.unlink(agent.address);
  state.agents.registered.delete(agentId);
  noteEvent({ type: 'agentRemoved', agentId }, context);
  countAgent('removed', context);
  forgetNode(state, agent.address.node, agentId);
  for (const framework of state.frameworks.values()) {
    framework.agentIds.delete(agentId);
    if (framework.scheduler === undefined || framework.status !== 'active') continue;
    context.send(framework.scheduler, { type: 'failed', agentId });
    countEvent(framework.frameworkId, 'FAILURE', context);
  }
}

/** Also to an agent whose link broke: it may not have noticed, and learns so that it is to register. */
export function sendPing(state: MasterState, agent: AgentRecord, context: MasterContext): void {
  const { agentId } = agent;
  const connected = agent.connected && !hasSilentOperation(agent, context);
  agent.unansweredPingCount++;
  context.send(agent.address, {
    ...{ type: 'ping', master: context.self, agentId, connected },
    ...{ returnSpreadMs: returnSpreadMs(state), ...drainWords(state, agentId) },
  });
  const { pingIntervalMs } = context.options.settings;
  agent.pingTimer = context.sendSelfAfter(pingIntervalMs, { type: 'pingDue', agentId });
}

/** What the master says of itself to an agent that it registers. */
export function firstWords(state: MasterState, agentId: AgentId, { self, options }: MasterContext) {
  const { masters } = state;
  const { pingIntervalMs, pingMissCountMax } = options.settings;
  return {
    master: self,
    epoch: options.epoch,
    masters,
    // An agent that hears no ping for this long knows that it is taken for unreachable, or will be.
    pingTimeoutMs: pingIntervalMs * pingMissCountMax,
    returnSpreadMs: returnSpreadMs(state),
    ...drainWords(state, agentId),
  };
}

/** An agent hears it when it comes, and again while others come after it. */
function returnSpreadMs({ agents }: MasterState): number {
  return (agents.registered.size + agents.recovered.size) * RETURN_MS_PER_AGENT;
}

/** Registered, or waited for since the leader before had it. */
export function isHere({ agents }: MasterState, agentId: AgentId): boolean {
  return agents.registered.has(agentId) || agents.recovered.has(agentId);
}

/** What the registry has as unreachable; `tasks`: what was lost with it, as far as is known. */
export function addUnreachable({ agents }: MasterState, agent: UnreachableAgent): void {
  const { agentId, node } = agent.info;
  agents.unreachable.set(agentId, agent);
  agents.unreachableIdsByNode.set(node, agentId);
}

export function forgetUnreachable({ agents }: MasterState, agentId: AgentId): void {
  const agent = agents.unreachable.get(agentId);
  if (agent === undefined) return;
  agents.unreachable.delete(agentId);
  const { node } = agent.info;
  if (agents.unreachableIdsByNode.get(node) === agentId) agents.unreachableIdsByNode.delete(node);
}

/** What leaders before have admitted: it is to come back. */
export function addRecovered({ agents }: MasterState, info: RegisteredAgentInfo): void {
  agents.recovered.set(info.agentId, info);
  agents.idsByNode.set(info.node, info.agentId);
}

/** @returns what it was, if it was waited for */
export function forgetRecovered(
  state: MasterState,
  agentId: AgentId,
): RegisteredAgentInfo | undefined {
  const info = state.agents.recovered.get(agentId);
  if (info === undefined) return undefined;
  state.agents.recovered.delete(agentId);
  forgetNode(state, info.node, agentId);
  return info;
}

function forgetNode({ agents }: MasterState, node: string, agentId: AgentId): void {
  if (agents.idsByNode.get(node) === agentId) agents.idsByNode.delete(node);
}

function knownFramework(state: MasterState, frameworkId: FrameworkRecord['frameworkId']) {
  const framework = state.frameworks.get(frameworkId);
  assert(framework !== undefined, 'what is on an agent belongs to a known framework');
  return framework;
}
