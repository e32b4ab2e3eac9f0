/**
 * Accepts: a framework uses what it was offered. All offers of one accept are of one agent and role;
 * their resources are summed, the operations are performed on the sum in order, and what is left
 * goes back with the framework's filters.
 *
 * An accept for offers that are not there any more is normal: it crossed their being rescinded. Its
 * tasks are dropped (lost) and the scheduler is told. But one that arrives a second time finds its own
 * tasks there, and must not report them lost: it is answered with what they are.
 * Source: Mesos 1.11, src/master/master.cpp, accept, _accept.
 */
import { assert } from '../../runtime/assert.ts';
import type { OfferId } from '../protocol/ids.ts';
import type { FromSchedulerToMaster } from '../protocol/messages.ts';
import { minus, plus, type Resources } from '../protocol/resources.ts';
import type { TaskInfo } from '../protocol/task.ts';
import { countEnd, countOffers } from './counters.ts';
import { launchGroup } from './group-launch.ts';
import { bookExecutor, bookTask, isFull, launchGround, tellError } from './launch-records.ts';
import { giveBack } from './ledger.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { closeOffer, discardOffer } from './offers.ts';
import { tellCurrent } from './reconciliation.ts';
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
  let resources: Resources = [];
  countOffers(framework.frameworkId, 'accepted', offers.length, context);
  for (const record of offers) {
    closeOffer(state, record, context);
    resources = plus(resources, record.offer.resources);
  }
  for (const operation of operations) {
    if (operation.type === 'launchGroup') {
      const taken = launchGroup({ agent, framework, operation, resources, role, offerId }, context);
      resources = minus(resources, taken);
      continue;
    }
    for (const task of operation.tasks) {
      const ground = launchGround(agent, framework, resources);
      const fault = isFull(framework, context) ?? taskFault(task, ground);
      if (fault === undefined) {
        resources = minus(resources, resourcesNeeded(task, ground));
        launch(agent, framework, task, { role, offerId }, context);
      } else {
        tellError(framework, task, { reason: 'taskInvalid', message: fault }, context);
      }
    }
  }
  const { frameworkId } = framework;
  giveBack(state, { frameworkId, role, agentId, resources }, context, filters);
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
  for (const { tasks } of operations) {
    for (const task of tasks) {
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
