/**
 * Records of frameworks: how they come, lose and change their schedulers, and end.
 *
 * As with agents, the allocator hears that a framework is inactive before anything of it is given
 * back, so that it isn't handed out to the same framework again.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Address } from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import { assert } from '../../runtime/assert.ts';
import type { FrameworkInfo } from '../protocol/framework.ts';
import type { AgentId, FrameworkId } from '../protocol/ids.ts';
import type { SchedulerMessage } from '../protocol/messages.ts';
import type { OfferConstraints } from '../protocol/offer-constraints.ts';
import { isTerminal } from '../protocol/task.ts';
import { tellAllocator, tellRegistrar } from './children.ts';
import { countEvent } from './counters.ts';
import { dropExecutor } from './executor-records.ts';
import { discardInverseOffer } from './maintenance/inverse-offers.ts';
import type { MasterContext } from './messages.ts';
import { discardOffer, rescindOffer } from './offers.ts';
import { claimOperations, orphanOperations } from './operation-records.ts';
import { noteFramework, noteTaskStatus } from './reads.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  type MasterState,
  remember,
  schedulerKey,
  type TaskRecord,
} from './state.ts';
import { completeTask, masterUpdate, noteStatus, rememberCompleted } from './task-records.ts';

/** Schedulers that a framework had before, and whose late messages are known as such; the oldest go first. */
const FORMER_SCHEDULER_COUNT_MAX = 10;

export interface Subscription {
  readonly scheduler: Address<SchedulerMessage>;
  readonly info: FrameworkInfo;
  readonly suppressedRoles: readonly string[];
  readonly offerConstraints?: OfferConstraints;
}

/** One that subscribes for the first time, or whose id this master has never heard. */
export function startFramework(
  state: MasterState,
  frameworkId: FrameworkId,
  { scheduler, info, suppressedRoles, offerConstraints = [] }: Subscription,
  context: MasterContext,
): FrameworkRecord {
  const framework = addFramework(state, frameworkId, info, context);
  framework.offerConstraints = offerConstraints;
  const demand = { ...demandOf(framework), suppressedRoles };
  tellAllocator(state, { type: 'addFramework', frameworkId, ...demand, active: true }, context);
  attachScheduler(state, framework, scheduler, context);
  noteFramework('frameworkAdded', framework, context);
  tellRegistrar(state, { type: 'admitFramework', frameworkId, info: framework.info }, context);
  return framework;
}

/**
 * One that an agent reports. Its scheduler has as long to come back as frameworks have, and at least
 * as long as agents have: master and scheduler may have gone down together.
 * (Mesos waits for it without end.)
 */
export function recoverFramework(
  state: MasterState,
  frameworkId: FrameworkId,
  info: FrameworkInfo,
  context: MasterContext,
): FrameworkRecord {
  const { agentReregisterTimeoutMs } = context.options.settings;
  const waitMs = Math.max(info.failoverTimeoutMs, agentReregisterTimeoutMs);
  tellRegistrar(state, { type: 'admitFramework', frameworkId, info }, context);
  return expectFramework(state, frameworkId, info, waitMs, context);
}

/** One without a scheduler: it has `waitMs` to get one. */
export function expectFramework(
  state: MasterState,
  frameworkId: FrameworkId,
  info: FrameworkInfo,
  waitMs: number,
  context: MasterContext,
): FrameworkRecord {
  const framework = addFramework(state, frameworkId, info, context);
  const demand = { ...demandOf(framework), suppressedRoles: [] };
  tellAllocator(state, { type: 'addFramework', frameworkId, ...demand, active: false }, context);
  framework.failoverTimer = context.sendSelfAfter(waitMs, {
    type: 'frameworkFailoverTimedOut',
    frameworkId,
  });
  noteFramework('frameworkAdded', framework, context);
  return framework;
}

/** Its scheduler is back, or another one speaks for it from now on. */
export function resumeFramework(
  state: MasterState,
  framework: FrameworkRecord,
  { scheduler, info, ...demand }: Subscription,
  context: MasterContext,
): void {
  const { frameworkId } = framework;
  if (framework.status === 'active') {
    tellAllocator(state, { type: 'deactivateFramework', frameworkId }, context);
    for (const offer of framework.offers) discardOffer(state, offer, context);
    discardInverseOffers(state, framework, context);
  }
  const former = framework.scheduler;
  detachScheduler(state, framework, context);
  if (former !== undefined && !sameAddress(former, scheduler)) {
    framework.formerSchedulers.push(schedulerKey(former));
    if (framework.formerSchedulers.length > FORMER_SCHEDULER_COUNT_MAX) {
      framework.formerSchedulers.shift();
    }
  }
  if (framework.failoverTimer !== undefined) context.cancel(framework.failoverTimer);
  framework.failoverTimer = undefined;
  updateInfo(state, framework, info, context);
  tellRegistrar(state, { type: 'markFrameworkConnected', frameworkId }, context);
  framework.resubscribedMs = context.nowMs();
  changeDemand(state, framework, demand, context);
  tellAllocator(state, { type: 'activateFramework', frameworkId }, context);
  attachScheduler(state, framework, scheduler, context);
  noteFramework('frameworkUpdated', framework, context);
}

/**
 * Its scheduler subscribes again: it repeats itself, or has lost sight of the master and of its
 * offers. Both know after this which offers there are: none.
 */
export function confirmFramework(
  state: MasterState,
  framework: FrameworkRecord,
  { info, ...demand }: Subscription,
  context: MasterContext,
): void {
  updateInfo(state, framework, info, context);
  changeDemand(state, framework, demand, context);
  for (const offer of framework.offers) rescindOffer(state, offer, context);
}

/** The allocator hears which roles the framework has now, and what it wants in them. */
export function changeDemand(
  state: MasterState,
  framework: FrameworkRecord,
  { suppressedRoles, offerConstraints = [] }: Omit<Subscription, 'scheduler' | 'info'>,
  context: MasterContext,
): void {
  const { frameworkId } = framework;
  framework.offerConstraints = offerConstraints;
  const demand = { ...demandOf(framework), suppressedRoles };
  tellAllocator(state, { type: 'updateFramework', frameworkId, ...demand }, context);
}

/** What the allocator is told of a framework, whenever it is told. */
function demandOf({ info, offerConstraints }: FrameworkRecord) {
  const { roles, capabilities, offerMinima: minAllocatable } = info;
  return {
    ...{ roles, capabilities },
    ...(minAllocatable && { minAllocatable }),
    ...(offerConstraints.length > 0 && { offerConstraints }),
  };
}

/** All but its user and whether it is checkpointed, which stay. Agents that know it hear. */
export function updateInfo(
  state: MasterState,
  framework: FrameworkRecord,
  given: FrameworkInfo,
  context: MasterContext,
): void {
  const { user, checkpoint } = framework.info;
  const { checkpoint: _, ...said } = given;
  const info = { ...said, user, ...(checkpoint === undefined ? {} : { checkpoint }) };
  if (isDeepStrictEqual(info, framework.info)) return;
  framework.info = info;
  const { frameworkId } = framework;
  context.options.reads?.metrics.addFramework(frameworkId, info.name);
  tellRegistrar(state, { type: 'updateFramework', frameworkId, info }, context);
  for (const agentId of framework.agentIds) {
    const agent = state.agents.registered.get(agentId);
    // One that is away says what it knows when it comes back, and hears then.
    if (!agent?.connected) continue;
    context.send(agent.address, { type: 'updateFramework', frameworkId, framework: info });
  }
  // Of one that is not active more is about to change, and is told then.
  if (framework.status === 'active') noteFramework('frameworkUpdated', framework, context);
}

/** Its scheduler is gone: its tasks go on for the failover timeout. */
export function disconnectFramework(
  state: MasterState,
  framework: FrameworkRecord,
  context: MasterContext,
): void {
  const { frameworkId, info } = framework;
  framework.status = 'disconnected';
  const sinceMs = context.nowMs();
  tellRegistrar(state, { type: 'markFrameworkDisconnected', frameworkId, sinceMs }, context);
  stopHeartbeats(framework, context);
  tellAllocator(state, { type: 'deactivateFramework', frameworkId }, context);
  for (const offer of framework.offers) discardOffer(state, offer, context);
  discardInverseOffers(state, framework, context);
  framework.failoverTimer = context.sendSelfAfter(info.failoverTimeoutMs, {
    type: 'frameworkFailoverTimedOut',
    frameworkId,
  });
  noteFramework('frameworkUpdated', framework, context);
}

/** For good: its tasks are killed without a word to it, and its id is not taken again. */
export function endFramework(
  state: MasterState,
  framework: FrameworkRecord,
  context: MasterContext,
): void {
  const { frameworkId } = framework;
  tellAllocator(state, { type: 'deactivateFramework', frameworkId }, context);
  for (const offer of framework.offers) discardOffer(state, offer, context);
  discardInverseOffers(state, framework, context);
  orphanOperations(state, framework, context);
  for (const agentId of framework.agentIds) clearAgent(state, framework, agentId, context);
  assert(framework.tasks.size === 0, 'the tasks of a framework are on its agents');
  for (const record of framework.unreachableTasks.values()) {
    rememberCompleted(framework, record, context);
  }
  if (framework.failoverTimer !== undefined) context.cancel(framework.failoverTimer);
  detachScheduler(state, framework, context);
  state.frameworks.delete(frameworkId);
  noteFramework('frameworkRemoved', framework, context);
  tellAllocator(state, { type: 'removeFramework', frameworkId }, context);
  const { info, subscribedMs, resubscribedMs, completedTasks } = framework;
  const endedMs = context.nowMs();
  state.endedFrameworks.set(frameworkId, { endedMs });
  tellRegistrar(state, { type: 'completeFramework', frameworkId, endedMs }, context);
  const { reads, settings } = context.options;
  const forgotten = remember(
    state.completedFrameworks,
    frameworkId,
    { frameworkId, info, subscribedMs, resubscribedMs, endedMs, completedTasks },
    settings.completedFrameworkCountMax,
  );
  for (const id of forgotten) reads?.metrics.removeFramework(id);
}

export function sendHeartbeat(framework: FrameworkRecord, context: MasterContext): void {
  const { frameworkId, scheduler } = framework;
  assert(scheduler !== undefined, 'only an active framework is sent heartbeats');
  context.send(scheduler, { type: 'heartbeat' });
  countEvent(frameworkId, 'HEARTBEAT', context);
  const { heartbeatIntervalMs } = context.options.settings;
  const message = { type: 'heartbeatDue', frameworkId } as const;
  framework.heartbeatTimer = context.sendSelfAfter(heartbeatIntervalMs, message);
}

/** Also the answer to a scheduler that asks again. */
export function tellSubscribed(
  state: MasterState,
  scheduler: Address<SchedulerMessage>,
  frameworkId: FrameworkId,
  context: MasterContext,
): void {
  const { heartbeatIntervalMs } = context.options.settings;
  context.send(scheduler, {
    type: 'subscribed',
    frameworkId,
    master: context.self,
    epoch: context.options.epoch,
    masters: state.masters,
    heartbeatIntervalMs,
  });
  countEvent(frameworkId, 'SUBSCRIBED', context);
}

function addFramework(
  state: MasterState,
  frameworkId: FrameworkId,
  info: FrameworkInfo,
  context: MasterContext,
): FrameworkRecord {
  const framework: FrameworkRecord = {
    frameworkId,
    info,
    status: 'recovered',
    scheduler: undefined,
    demand: undefined,
    formerSchedulers: [],
    subscribedMs: context.nowMs(),
    resubscribedMs: undefined,
    heartbeatTimer: undefined,
    failoverTimer: undefined,
    tasks: new Map(),
    unreachableTasks: new Map(),
    completedTasks: new Map(),
    offers: new Set(),
    inverseOffers: new Set(),
    operations: new Map(),
    agentIds: new Set(),
    usedMilli: new Map(),
    offeredMilli: new Map(),
    offerConstraints: [],
    holdings: new Map(),
  };
  state.frameworks.set(frameworkId, framework);
  claimOperations(state, framework);
  context.options.reads?.metrics.addFramework(frameworkId, info.name);
  return framework;
}

function attachScheduler(
  state: MasterState,
  framework: FrameworkRecord,
  scheduler: Address<SchedulerMessage>,
  context: MasterContext,
): void {
  framework.status = 'active';
  framework.scheduler = scheduler;
  state.frameworkIds.set(schedulerKey(scheduler), framework.frameworkId);
  context.link(scheduler);
  tellSubscribed(state, scheduler, framework.frameworkId, context);
  sendHeartbeat(framework, context);
}

function detachScheduler(
  state: MasterState,
  framework: FrameworkRecord,
  context: MasterContext,
): void {
  const { scheduler } = framework;
  stopHeartbeats(framework, context);
  if (scheduler === undefined) return;
  context.unlink(scheduler);
  state.frameworkIds.delete(schedulerKey(scheduler));
  framework.scheduler = undefined;
}

function stopHeartbeats(framework: FrameworkRecord, context: MasterContext): void {
  if (framework.heartbeatTimer !== undefined) context.cancel(framework.heartbeatTimer);
  framework.heartbeatTimer = undefined;
}

function clearAgent(
  state: MasterState,
  framework: FrameworkRecord,
  agentId: AgentId,
  context: MasterContext,
): void {
  const { frameworkId } = framework;
  const agent = state.agents.registered.get(agentId);
  assert(agent !== undefined, 'a framework knows only registered agents');
  for (const record of agent.tasks.get(frameworkId)?.values() ?? []) {
    noteKilled(record, context);
    completeTask(state, agent, framework, record, context);
  }
  for (const record of agent.executors.get(frameworkId)?.values() ?? []) {
    dropExecutor(state, agent, record, context);
  }
  tellToShutDown(agent, frameworkId, context);
}

function discardInverseOffers(
  state: MasterState,
  { inverseOffers }: FrameworkRecord,
  context: MasterContext,
): void {
  for (const record of inverseOffers) discardInverseOffer(state, record, context);
}

/** One that is away is told when it is back: the framework is among the completed ones then. */
function tellToShutDown(agent: AgentRecord, frameworkId: FrameworkId, context: MasterContext) {
  if (!agent.connected) return;
  agent.endedFrameworks.add(frameworkId);
  context.send(agent.address, { type: 'shutdownFramework', frameworkId });
}

function noteKilled(record: TaskRecord, context: MasterContext): void {
  const { taskId, frameworkId, agentId, state } = record.task;
  if (isTerminal(state)) return;
  const message = 'The framework has ended';
  const said = { taskId, agentId, state: 'killed', reason: 'frameworkRemoved', message } as const;
  const { task: before } = record;
  const { status } = masterUpdate(frameworkId, said, context);
  noteStatus(record, status, { state: 'killed', updateState: 'killed', updateId: undefined });
  noteTaskStatus({ task: before }, record, status, context);
}
