/**
 * Accepts: a framework uses what it was offered. All offers of one accept are of one agent and role;
 * their resources are summed, the operations are performed on the sum in order, and what is left
 * goes back with the framework's filters, but for what has become something else.
 *
 * An accept for offers that are not there any more is normal: it crossed their being rescinded. Its
 * tasks are dropped (lost) and the scheduler is told. But one that arrives a second time finds its own
 * tasks there, and must not report them lost: it is answered with what they are.
 * Source: Mesos 1.11, src/master/master.cpp, accept, _accept.
 */
import { assert } from '../../runtime/assert.ts';
import type { OfferId } from '../protocol/ids.ts';
import { part } from '../protocol/resource-selection.ts';
import { minus, plus, type Resource, type Resources } from '../protocol/resources.ts';
import type { FromSchedulerToMaster } from '../protocol/scheduler-to-master.ts';
import type { TaskInfo } from '../protocol/task.ts';
import { countEnd, countOffers } from './counters.ts';
import { launchGroup } from './group-launch.ts';
import { bookExecutor, bookTask, isFull, launchGround, tellError } from './launch-records.ts';
import { convertHeld, giveBack } from './ledger.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { closeOffer, discardOffer } from './offers.ts';
import { tellCurrent } from './reconciliation.ts';
import { changeOffered, type Left, refuseChange } from './resource-changes.ts';
import { activeSender } from './senders.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  isPartitionAware,
  type MasterState,
  type OfferRecord,
  type TaskRecord,
} from './state.ts';
import { forwardUpdate, masterUpdate } from './task-records.ts';
import { resourcesNeeded, taskFault } from './validation.ts';

type Accept = Extract<FromSchedulerToMaster, { type: 'accept' }>;

export const operationHandlers: MasterHandlers<'accept'> = {
  accept(state, message, context) {
    const framework = activeSender(state, message.frameworkId, context);
    if (framework === undefined) return;
    const offers = findOffers(state, framework, message.offerIds);
    const fault = offersFault(message.offerIds, offers);
    if (fault !== undefined) {
      for (const record of offers.values()) discardOffer(state, record, context);
      dropLaunches(framework, message, fault, context);
      return;
    }
    perform(state, framework, [...offers.values()], message, context);
  },
};

function perform(
  state: MasterState,
  framework: FrameworkRecord,
  offers: readonly OfferRecord[],
  { operations, filters }: Accept,
  context: MasterContext,
): void {
  const [first] = offers;
  assert(first !== undefined, 'an accept without offers is refused');
  const { agentId, role, offerId } = first.offer;
  const agent = state.agents.registered.get(agentId);
  assert(agent?.connected, 'what is on offer is there');
  const { frameworkId } = framework;
  let offered: Resources = [];
  countOffers(framework.frameworkId, 'accepted', offers.length, context);
  for (const record of offers) {
    closeOffer(state, record, context);
    offered = plus(offered, record.offer.resources);
  }
  let left: Left = { resources: offered, resized: [], conversions: [] };
  /** What was offered of it may be used by any number of the tasks. */
  let shared = part(offered, isShared);
  let copies: Resources = [];
  for (const operation of operations) {
    if (operation.type === 'change') {
      left = changeOffered(state, { agent, framework, role }, operation, left, context);
      shared = part(left.resources, isShared);
      continue;
    }
    if (operation.type === 'launchGroup') {
      const { resources } = left;
      const taken = launchGroup({ agent, framework, operation, resources, role, offerId }, context);
      left = { ...left, resources: minus(resources, taken) };
      continue;
    }
    for (const task of operation.tasks) {
      const there = plus(part(left.resources, isNotShared), shared);
      const ground = launchGround(agent, framework, there);
      const fault = isFull(framework, context) ?? taskFault(task, ground);
      if (fault === undefined) {
        const needed = resourcesNeeded(task, ground);
        copies = plus(copies, minus(part(needed, isShared), left.resources));
        left = { ...left, resources: minus(left.resources, needed) };
        launch(agent, framework, task, { role, offerId }, context);
      } else {
        tellError(framework, task, { reason: 'taskInvalid', message: fault }, context);
      }
    }
  }
  const held = { frameworkId, role, agentId };
  convertHeld(state, held, left.conversions, copies, context);
  // What has become something else was not refused by anybody: it may be offered again at once.
  const changed = minus(left.resources, offered);
  giveBack(state, { ...held, resources: plus(changed, left.resized) }, context);
  giveBack(state, { ...held, resources: minus(left.resources, changed) }, context, filters);
}

function isShared({ shared }: Resource): boolean {
  return shared === true;
}

function isNotShared(resource: Resource): boolean {
  return !isShared(resource);
}

function launch(
  agent: AgentRecord,
  framework: FrameworkRecord,
  info: TaskInfo,
  { role, offerId }: { readonly role: string; readonly offerId: OfferId },
  context: MasterContext,
): void {
  const { frameworkId } = framework;
  const { executor } = info;
  const launchExecutor = executor !== undefined && bookExecutor(agent, framework, executor, role);
  bookTask(agent, framework, info, { role, offerId }, context);
  context.send(agent.address, {
    type: 'runTask',
    frameworkId,
    framework: framework.info,
    task: info,
    role,
    ...(executor === undefined ? {} : { launchExecutor }),
    launchId: offerId,
    ...(agent.resourceVersion !== undefined && { resourceVersion: agent.resourceVersion }),
  });
}

/** Those of them that are there and the framework's, each once. */
function findOffers(
  state: MasterState,
  { frameworkId }: FrameworkRecord,
  offerIds: readonly OfferId[],
): Map<OfferId, OfferRecord> {
  const found = new Map<OfferId, OfferRecord>();
  for (const offerId of offerIds) {
    const record = state.offers.get(offerId);
    if (record?.offer.frameworkId === frameworkId) found.set(offerId, record);
  }
  return found;
}

function offersFault(
  offerIds: readonly OfferId[],
  found: ReadonlyMap<OfferId, OfferRecord>,
): string | undefined {
  if (offerIds.length === 0) return 'No offers specified';
  const seen = new Set<OfferId>();
  const [first] = found.values();
  for (const offerId of offerIds) {
    if (seen.has(offerId)) return `Duplicate offer ${offerId} in offer list`;
    seen.add(offerId);
    const record = found.get(offerId);
    if (record === undefined) return `Offer ${offerId} is no longer valid`;
    if (record.offer.agentId !== first?.offer.agentId) {
      return 'Aggregated offers must belong to one single agent';
    }
    if (record.offer.role !== first.offer.role) {
      return 'Aggregated offers must be allocated to the same role';
    }
  }
  return undefined;
}

function dropLaunches(
  framework: FrameworkRecord,
  { operations, offerIds }: Accept,
  fault: string,
  context: MasterContext,
): void {
  for (const operation of operations) {
    if (operation.type === 'change') {
      refuseChange(
        framework,
        operation,
        `Operation attempted with invalid offers: ${fault}`,
        context,
      );
      continue;
    }
    for (const task of operation.tasks) {
      const known = earlierLaunch(framework, task, offerIds);
      if (known === undefined) tellDropped(framework, task, fault, context);
      else tellCurrent(framework, known.task, context);
    }
  }
}

/** The task, if it is there; or was there, launched from these very offers. */
function earlierLaunch(
  framework: FrameworkRecord,
  { taskId }: TaskInfo,
  offerIds: readonly OfferId[],
): TaskRecord | undefined {
  const active = framework.tasks.get(taskId) ?? framework.unreachableTasks.get(taskId);
  if (active !== undefined) return active;
  const completed = framework.completedTasks.get(taskId);
  const { offerId } = completed ?? {};
  return offerId !== undefined && offerIds.includes(offerId) ? completed : undefined;
}

function tellDropped(
  framework: FrameworkRecord,
  { taskId, agentId }: TaskInfo,
  fault: string,
  context: MasterContext,
): void {
  const state = isPartitionAware(framework) ? 'dropped' : 'lost';
  const message = `Task launched with invalid offers: ${fault}`;
  const { frameworkId } = framework;
  const said = { taskId, agentId, state, reason: 'invalidOffers', message } as const;
  const update = masterUpdate(frameworkId, said, context);
  countEnd(state, frameworkId, update.status, context);
  forwardUpdate(framework, update, context);
}
