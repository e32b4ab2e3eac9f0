/**
 * What a master knows: agents, frameworks, tasks, offers, and how they hang together.
 *
 * Everything is indexed both ways (task and offer from agent and from framework), so that no event
 * has to search. A record is one object, shared by its indexes. What must always hold is written
 * down in `invariants.ts`.
 */
import type { Address, AnyAddress, TimerId } from '../../runtime/actor.ts';
import { formatAddress } from '../../runtime/address.ts';
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import type { FromAgentToMaster } from '../protocol/agent-to-master.ts';
import type { FrameworkInfo } from '../protocol/framework.ts';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationId,
  OperationUuid,
  TaskId,
} from '../protocol/ids.ts';
import type { InverseOffer, InverseOfferStatus, Unavailability } from '../protocol/maintenance.ts';
import type { AgentMessage, NotLeader, SchedulerMessage } from '../protocol/messages.ts';
import type { Offer } from '../protocol/offer.ts';
import type { OfferConstraints } from '../protocol/offer-constraints.ts';
import type { OperatorAnswer } from '../protocol/operator-to-master.ts';
import type { QuotaConfig } from '../protocol/quota.ts';
import type { Resources } from '../protocol/resources.ts';
import type { ExecutorInfo, Task } from '../protocol/task.ts';
import type { AllocatorMessage } from './allocator/messages.ts';
import { emptySchedule, type Schedule } from './maintenance/schedule.ts';
import type { OperationEntry } from './operation-records.ts';
import type { AwaitedChange } from './operator-changes.ts';
import type { PrincipalCalls } from './rates/throttled.ts';
import type { RegistrarMessage } from './registrar.ts';
import type { AgentMarkOperation } from './registry/agent-mark-operations.ts';
import type { MachineOperation } from './registry/machine-operations.ts';
import type { AgentMarks, GoneAgent } from './registry/registry.ts';
import type { Removals } from './removals.ts';
import type { QuotaRequest } from './roles/quota-requests.ts';

export interface MasterState {
  /** Of this leadership. */
  readonly epoch: number;
  startedMs: number;
  /** Unset only before the first turn. */
  allocator: Address<AllocatorMessage> | undefined;
  registrar: Address<RegistrarMessage> | undefined;
  /** `host:port` of all masters of the cluster. */
  masters: readonly string[];
  nextAgentNumber: number;
  nextAgentEpoch: number;
  nextFrameworkNumber: number;
  nextOfferNumber: number;
  readonly agents: Agents;
  /** Asked of the registrar and not answered yet, oldest first. */
  readonly orders: OrderToAnswer[];
  readonly schedule: Schedule;
  readonly inverseOffers: Map<OfferId, InverseOfferRecord>;
  readonly frameworks: Map<FrameworkId, FrameworkRecord>;
  /** By the scheduler's printed address. */
  readonly frameworkIds: Map<string, FrameworkId>;
  /** Oldest first. */
  readonly completedFrameworks: Map<FrameworkId, CompletedFramework>;
  /** All that have ended, also with leaders before: their ids are not taken again. */
  readonly endedFrameworks: Map<FrameworkId, { readonly endedMs: number }>;
  /** Oldest first: as all wait equally long, also the order in which they time out. */
  readonly offers: Map<OfferId, OfferRecord>;
  /** By id and name, oldest first; only for who asks why. */
  readonly refusedSubscriptions: Map<string, RefusedSubscription>;
  offersTimer: TimerId | undefined;
  readonly removals: Removals;
  /** By principal, while it has frameworks. */
  readonly principalCalls: Map<string, PrincipalCalls>;
  /** Of operators; the allocator is to say whether they can be done. */
  readonly awaitedChanges: Map<OperationUuid, AwaitedChange>;
  /** By role, as operators have set them; the others have 1. */
  readonly weights: Map<string, number>;
  /** By role. */
  readonly quotas: Map<string, QuotaConfig>;
  /** In the order of asking; the registrar has the first. */
  readonly quotaRequests: QuotaRequest[];
  /** Who waits for the registrar to have kept weights, in the order of asking; undefined: nobody. */
  readonly weightAskers: (Address<OperatorAnswer> | undefined)[];
}

interface Agents {
  readonly registered: Map<AgentId, AgentRecord>;
  /** Wait for the registrar's answer. */
  readonly admitting: Map<AgentId, Registration>;
  /** The newest at each `host:port`, registered, recovered or admitting: one lives there at a time. */
  readonly idsByNode: Map<string, AgentId>;
  /** Wait for the registrar's answer. The newest report counts. */
  readonly reregistering: Map<AgentId, Reregistration>;
  /** The registrar has been told that they are not any more what they are here. */
  readonly leaving: Set<AgentId>;
  /** Those of them that operators gave up, and who is to hear when the registrar has it. */
  readonly givenUp: Map<AgentId, Address<OperatorAnswer | NotLeader>>;
  /** Oldest first. */
  readonly unreachable: Map<AgentId, UnreachableAgent>;
  /** The newest of them at each `host:port`. */
  readonly unreachableIdsByNode: Map<string, AgentId>;
  /** Those that left for good; oldest first. */
  readonly gone: Map<AgentId, GoneAgent>;
  /** Registered with the leader before, as the registry says, and not back yet. */
  readonly recovered: Map<AgentId, RegisteredAgentInfo>;
  /** What operators want of them, registered or not; those of which they want nothing are not in it. */
  readonly marks: Map<AgentId, OperatorMarks>;
}

/** As the registry has it. */
export interface OperatorMarks extends AgentMarks {
  /** When the agent was told of its drain last, by this master. */
  readonly drainStartedMs?: number;
}

export type OperatorOperation = AgentMarkOperation | MachineOperation;

export interface OrderToAnswer {
  readonly operation: OperatorOperation;
  /** Undefined: nobody asked, it follows from what happened. */
  readonly replyTo: Address<OperatorAnswer | NotLeader> | undefined;
}

export type Registration = Extract<FromAgentToMaster, { type: 'registerAgent' }>;
export type Reregistration = Extract<FromAgentToMaster, { type: 'reregisterAgent' }>;

export interface AgentRecord {
  readonly agentId: AgentId;
  /** See `Allocation.agentEpoch`. */
  epoch: number;
  info: RegisteredAgentInfo;
  address: Address<AgentMessage>;
  /** Its link holds. Only connected agents are offered and spoken to (but for pings). */
  connected: boolean;
  readonly registeredMs: number;
  reregisteredMs: number | undefined;
  /** The same as in `Agents.marks`. */
  marks: OperatorMarks | undefined;
  /** By the maintenance schedule. */
  unavailability: Unavailability | undefined;
  /** Outstanding; one for each framework. */
  readonly inverseOffers: Map<FrameworkId, InverseOfferRecord>;
  /** What was answered last, about this unavailability. */
  readonly inverseStatuses: Map<FrameworkId, InverseOfferStatus>;
  /** Set while disconnected. */
  deadline: { readonly atMs: number; readonly timer: TimerId } | undefined;
  pingTimer: TimerId | undefined;
  /** Sent since the last pong. */
  unansweredPingCount: number;
  /** All it has, as operations leave it once they are carried out. */
  total: Resources;
  /** Beside that: revocable, and changing. */
  oversubscribed: Resources;
  /** Of what the agent said that it has; goes with what it is sent. */
  resourceVersion: string | undefined;
  /** The latest that was heard of this life of it; what is older was under way. */
  resourceRevision: number;
  /** Not acknowledged yet, or not ended. */
  readonly operations: Map<OperationUuid, OperationEntry>;
  /** The last of those that were acknowledged: a report that is older than that may still name them. */
  readonly endedOperations: Set<OperationUuid>;
  /** Held by tasks and executors. */
  used: Resources;
  /** Held by outstanding offers. */
  offered: Resources;
  /** What the agent reported doesn't fit into what it has, for instance after a change of flags. */
  overcommitted: boolean;
  readonly offers: Set<OfferRecord>;
  /** None of the inner maps is empty. */
  readonly tasks: Map<FrameworkId, Map<TaskId, TaskRecord>>;
  readonly executors: Map<FrameworkId, Map<ExecutorId, ExecutorRecord>>;
  /** Launched and not heard of yet, oldest first. */
  readonly unconfirmed: Set<TaskRecord>;
  /** It is told to shut them down, again and again until it answers. */
  readonly endedFrameworks: Set<FrameworkId>;
  /** Asked for while disconnected, to be sent when it is back. */
  readonly pendingKills: Map<TaskRecord, { readonly killGracePeriodMs?: number }>;
}

export interface UnreachableAgent {
  readonly info: RegisteredAgentInfo;
  /** Where it was; unset where only a leader before knew. */
  readonly address: Address<AgentMessage> | undefined;
  /** Unset where only a leader before knew. */
  readonly registeredMs: number | undefined;
  readonly sinceMs: number;
  /** What was lost with it while this master led; some of it may be forgotten by now. */
  readonly tasks: readonly { readonly frameworkId: FrameworkId; readonly taskId: TaskId }[];
}

export interface ExecutorRecord {
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly role: string;
  readonly info: ExecutorInfo;
  /** Its end was told while a task for it was on its way: the next launch may have to start it. */
  mayHaveEnded?: boolean;
}

export interface TaskRecord {
  /** Replaced at each change, never changed: views may show it as it is. */
  task: Task;
  readonly role: string;
  /** Its resources count as used. They are given back when this turns false. */
  holding: boolean;
  readonly launchedMs: number;
  /** The first of the offers it was launched from; unset when an agent reported it. */
  readonly offerId: OfferId | undefined;
}

export interface FrameworkRecord {
  readonly frameworkId: FrameworkId;
  info: FrameworkInfo;
  /** `recovered`: known from an agent's report only. Only an active one has a scheduler. */
  status: 'active' | 'disconnected' | 'recovered';
  scheduler: Address<SchedulerMessage> | undefined;
  /** The last wish about offers that was heard, by its number and who had it. */
  demand: { readonly scheduler: Address<SchedulerMessage>; readonly number: number } | undefined;
  /** Those that failed over; the last few. What they still send is old, also a subscription. */
  readonly formerSchedulers: string[];
  readonly subscribedMs: number;
  resubscribedMs: number | undefined;
  heartbeatTimer: TimerId | undefined;
  failoverTimer: TimerId | undefined;
  /** Not completed: not yet terminal, or terminal and not yet acknowledged. */
  readonly tasks: Map<TaskId, TaskRecord>;
  /** On agents that are unreachable. Oldest first. */
  readonly unreachableTasks: Map<TaskId, TaskRecord>;
  /** Oldest first. */
  readonly completedTasks: Map<TaskId, TaskRecord>;
  readonly offers: Set<OfferRecord>;
  readonly inverseOffers: Set<InverseOfferRecord>;
  /** Those that it gave an id, until it has acknowledged how they ended. */
  readonly operations: Map<OperationId, OperationEntry>;
  /** The registered agents that may know it: those to be told when it ends. */
  readonly agentIds: Set<AgentId>;
  /** Thousandths by name, of tasks and executors, and of offers. */
  readonly usedMilli: Map<string, number>;
  readonly offeredMilli: Map<string, number>;
  /** The same by role; roles in which it holds nothing are not in it. */
  readonly holdings: Map<string, RoleHoldings>;
  /** As its scheduler said last. */
  offerConstraints: OfferConstraints;
}

/** Thousandths by name. */
export interface RoleHoldings {
  readonly usedMilli: Map<string, number>;
  /** Of that, what is neither reserved nor revocable: it counts against a quota. */
  readonly unreservedMilli: Map<string, number>;
  readonly offeredMilli: Map<string, number>;
  /** The same of what it is offered. */
  readonly unreservedOfferedMilli: Map<string, number>;
}

export interface CompletedFramework {
  readonly frameworkId: FrameworkId;
  readonly info: FrameworkInfo;
  readonly subscribedMs: number;
  readonly resubscribedMs: number | undefined;
  readonly endedMs: number;
  readonly completedTasks: ReadonlyMap<TaskId, TaskRecord>;
}

export interface RefusedSubscription {
  readonly frameworkId: FrameworkId | undefined;
  readonly name: string;
  /** What its scheduler was told. */
  readonly message: string;
  readonly atMs: number;
}

export interface OfferRecord {
  readonly offer: Offer;
  readonly timesOutAtMs: number;
}

export interface InverseOfferRecord {
  readonly offer: InverseOffer;
  readonly madeMs: number;
}

export function emptyMasterState(epoch: number, masters: readonly string[]): MasterState {
  return {
    epoch,
    startedMs: 0,
    allocator: undefined,
    registrar: undefined,
    masters,
    nextAgentNumber: 0,
    nextAgentEpoch: 1,
    nextFrameworkNumber: 0,
    nextOfferNumber: 0,
    agents: {
      registered: new Map(),
      admitting: new Map(),
      idsByNode: new Map(),
      reregistering: new Map(),
      leaving: new Set(),
      givenUp: new Map(),
      unreachable: new Map(),
      unreachableIdsByNode: new Map(),
      gone: new Map(),
      recovered: new Map(),
      marks: new Map(),
    },
    orders: [],
    schedule: emptySchedule(),
    inverseOffers: new Map(),
    frameworks: new Map(),
    frameworkIds: new Map(),
    completedFrameworks: new Map(),
    endedFrameworks: new Map(),
    offers: new Map(),
    refusedSubscriptions: new Map(),
    offersTimer: undefined,
    removals: { waiting: new Map(), nextMs: 0, isTimed: false },
    principalCalls: new Map(),
    awaitedChanges: new Map(),
    weights: new Map(),
    weightAskers: [],
    quotas: new Map(),
    quotaRequests: [],
  };
}

/** What frameworks of schedulers are found by: exactly this actor, not one of the same name. */
export function schedulerKey(scheduler: AnyAddress): string {
  return formatAddress(scheduler);
}

export function isPartitionAware(framework: FrameworkRecord | undefined): boolean {
  return framework?.info.capabilities.includes('partitionAware') ?? false;
}

/** Whose share it counts in when an agent doesn't say. */
export function firstRole({ info }: FrameworkRecord): string {
  return info.roles[0] ?? '*';
}

/** @returns the task, if the framework has it on this agent */
export function findTask(
  agent: AgentRecord,
  frameworkId: FrameworkId,
  taskId: TaskId,
): TaskRecord | undefined {
  return agent.tasks.get(frameworkId)?.get(taskId);
}

/** Adds to a map of maps. */
export function setNested<Outer, Inner, Value>(
  map: Map<Outer, Map<Inner, Value>>,
  outer: Outer,
  inner: Inner,
  value: Value,
): void {
  const found = map.get(outer);
  if (found === undefined) map.set(outer, new Map([[inner, value]]));
  else found.set(inner, value);
}

/** Deletes from a map of maps, and leaves no empty inner map. */
export function deleteNested<Outer, Inner, Value>(
  map: Map<Outer, Map<Inner, Value>>,
  outer: Outer,
  inner: Inner,
): void {
  const found = map.get(outer);
  if (found?.delete(inner) && found.size === 0) map.delete(outer);
}

/**
 * Adds to a map that remembers the last `countMax`; what is over it is forgotten, oldest first.
 * @returns what was forgotten
 */
export function remember<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
  countMax: number,
): readonly Key[] {
  map.delete(key);
  map.set(key, value);
  const forgotten: Key[] = [];
  for (const oldest of map.keys()) {
    if (map.size <= countMax) break;
    map.delete(oldest);
    forgotten.push(oldest);
  }
  return forgotten;
}
