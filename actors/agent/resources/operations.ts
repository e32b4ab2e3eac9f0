/**
 * Operations on the agent's resources, between its master and the carrier that does them.
 *
 * The master books an operation when it asks for it, so what it sends next may need what comes of it:
 * tasks wait until that is there (`admission.ts`). When an operation comes to nothing the agent has
 * something else than was booked: it says so under another resource version, and what was asked for
 * under the old one, and is still on its way, is dropped.
 * Source: Mesos 1.11, src/slave/slave.cpp; docs/operations.md.
 */
import type { OperationUuid } from '../../protocol/ids.ts';
import type {
  OperationRecord,
  OperationStatus,
  OperationUpdate,
  ReportedOperation,
} from '../../protocol/operation.ts';
import { conversionOf } from '../../protocol/resource-operations.ts';
import { onceEach } from '../../protocol/resource-selection.ts';
import { contains, equalResources, type Resources } from '../../protocol/resources.ts';
import { admitWaiting, launchedWith } from '../admission.ts';
import { count } from '../counters.ts';
import { endExecutor } from '../executors.ts';
import type { AgentContext, AgentHandlers, AgentState } from '../state.ts';
import { publishOwn } from '../updates.ts';
import { foreseen } from './operation-outcome.ts';
import { goOnWithExecutors } from './volume-news.ts';

/** Under way, or not acknowledged; one more is dropped. All are reported in one message, with the tasks. */
export const OPERATIONS_MAX = 1000;

/** That are over and acknowledged: a master that missed it may ask. */
const REMEMBERED_OPERATIONS_MAX = 1000;

export const operationHandlers: AgentHandlers<
  | 'applyOperation'
  | 'acknowledgeOperation'
  | 'resourcesRead'
  | 'resourcesFailed'
  | 'operationSettled'
  | 'forwardOperation'
> = {
  applyOperation(state, { type: _, resourceVersion, ...record }, context) {
    const { operations, operationCarrier, ending } = state;
    const { operationUuid } = record;
    const isKnown = operations.has(operationUuid) || state.pastOperations.has(operationUuid);
    if (isKnown || operationCarrier === undefined || ending !== undefined) return;
    if (operations.size >= OPERATIONS_MAX) {
      const message = `Cannot take the operation: ${operations.size} of at most ${OPERATIONS_MAX} are under way or not acknowledged`;
      tellOnce(state, record, { state: 'dropped', message }, context);
      tellTotal(state, context);
      return;
    }
    if (resourceVersion !== undefined && resourceVersion !== state.resourceVersion) {
      const message = `Cannot take the operation: ${OUTDATED}`;
      context.send(operationCarrier, { type: 'refuse', record, message });
      return;
    }
    operations.set(operationUuid, { ...record, status: pending(record) });
    state.resourceRevision++;
    const awaited = [...state.waiting.keys()].flatMap(({ info }) => info.resources);
    const inUse = [...state.occupied, ...awaited];
    context.send(operationCarrier, { type: 'apply', record, inUse });
  },

  acknowledgeOperation(state, { operationUuid, updateId }, context) {
    const { operations, pastOperations, operationCarrier } = state;
    const operation = operations.get(operationUuid);
    if (operation?.status.updateId !== updateId || operationCarrier === undefined) return;
    operations.delete(operationUuid);
    state.resourceRevision++;
    pastOperations.set(operationUuid, operation);
    const [oldest] = pastOperations.keys();
    if (pastOperations.size > REMEMBERED_OPERATIONS_MAX && oldest !== undefined) {
      pastOperations.delete(oldest);
    }
    context.send(operationCarrier, { type: 'acknowledge', operationUuid, updateId });
  },

  resourcesRead(state, { total, operations }, context) {
    state.total = total;
    for (const one of operations) state.operations.set(one.operationUuid, one);
    state.recovery.resourcesRead = true;
    admitWaiting(state, context);
    const { awaited, launcherReady } = state.recovery;
    if (launcherReady && awaited.size === 0) context.send(context.self, { type: 'executorsBack' });
  },

  resourcesFailed(_, { cause }, context) {
    count('recoveryErrors', context);
    context.log.error(cause);
    context.stop();
  },

  operationSettled(state, { operation, total }, context) {
    const { operationUuid, status } = operation;
    const wasBooked = state.operations.get(operationUuid)?.status.state === 'pending';
    state.total = total;
    state.operations.set(operationUuid, operation);
    state.resourceRevision++;
    if (status.state !== 'finished') {
      context.log.warn(`An operation came to nothing (${status.state}): ${status.message}`);
      if (wasBooked) tellTotal(state, context);
    }
    const isLast = ![...state.operations.values()].some(isPending);
    goOnWithExecutors(state, isLast, context);
    admitWaiting(state, context);
    if (isLast) giveUpOnWaiting(state, context);
  },

  forwardOperation(state, { operation }, context) {
    const { status } = operation;
    const { converted } = conversionOf(operation.operation);
    const isDone = status.state === 'finished';
    tell(state, operation, isDone ? { ...status, converted } : status, context);
  },
};

/** What is said of a launch that was decided upon before the agent said what it really has. */
export const OUTDATED = 'the agent has said since that it has something else';

/** What the agent says of its resources when it registers. */
export function reportedResources(
  { total, operations, resourceVersion, resourceRevision }: AgentState,
  context: AgentContext,
): {
  readonly resources?: Resources;
  readonly operations?: readonly ReportedOperation[];
  readonly resourceVersion: string;
  readonly resourceRevision: number;
} {
  const all = [...operations.values()];
  const resources = foreseen(total, all.filter(isPending));
  return {
    ...(equalResources(resources, context.options.info.resources) ? {} : { resources }),
    ...(all.length === 0 ? {} : { operations: all }),
    resourceVersion,
    resourceRevision,
  };
}

/**
 * The master has these operations here: the agent tells how they ended, or that they never came. What
 * was launched on what they should have left may be here, though they were lost.
 */
export function reportUnknownOperations(
  state: AgentState,
  operationUuids: readonly OperationUuid[],
  context: AgentContext,
): void {
  const { operations, pastOperations } = state;
  const unknown = operationUuids.filter((operationUuid) => !operations.has(operationUuid));
  if (unknown.some((operationUuid) => !pastOperations.has(operationUuid))) {
    tellTotal(state, context);
    if (![...operations.values()].some(isPending)) giveUpOnWaiting(state, context);
  }
  for (const operationUuid of unknown) {
    const past = pastOperations.get(operationUuid);
    const message = 'The agent does not know the operation';
    const { updateId: _, ...status } = past?.status ?? ({ state: 'dropped', message } as const);
    tellOnce(state, past ?? { operationUuid }, status, context);
  }
}

/**
 * It begins as a new agent: what the old one had to say nobody waits for. All of it has ended by then.
 * Forgotten before the agent says what it has: a master that heard of it would wait for the rest.
 */
export function forgetOperations(
  { operations, operationCarrier }: AgentState,
  context: AgentContext,
): void {
  operations.clear();
  if (operationCarrier !== undefined) context.send(operationCarrier, { type: 'forgetSettled' });
}

/** The master takes this agent for something else than it is. */
function tellTotal(state: AgentState, context: AgentContext): void {
  const { agentId, master, total, operations } = state;
  state.resourceVersion = context.uuid();
  state.resourceRevision++;
  if (agentId === undefined || master === undefined) return;
  context.send(master, {
    type: 'agentUpdated',
    agentId,
    agent: context.self,
    resources: foreseen(total, [...operations.values()].filter(isPending)),
    resourceVersion: state.resourceVersion,
    resourceRevision: state.resourceRevision,
  });
}

/** On what they were launched with, and what did not come to be. */
function giveUpOnWaiting(state: AgentState, context: AgentContext): void {
  const { total } = state;
  for (const [task, framework] of state.waiting) {
    if (contains(total, onceEach(task.info.resources)) || !state.waiting.has(task)) continue;
    const partitionAware = framework.info.capabilities.includes('partitionAware');
    const message = 'Cannot take the task: an operation that it depends on came to nothing';
    const lost = partitionAware ? ('dropped' as const) : ('lost' as const);
    const what = { state: lost, reason: 'invalidOffers', message } as const;
    const executor = framework.executors.get(task.executorId);
    for (const each of launchedWith(framework, task)) {
      if (state.waiting.has(each)) publishOwn(state, framework, each, what, context);
    }
    if (executor?.taskIds.size === 0) endExecutor(executor, context, state);
  }
}

/** With nothing to acknowledge: it is told again when the agent registers again. */
function tellOnce(
  state: AgentState,
  record: Pick<OperationRecord, 'operationUuid' | 'frameworkId' | 'operationId'>,
  status: OperationStatus,
  context: AgentContext,
): void {
  const { operationId } = record;
  tell(state, record, { ...status, ...(operationId && { operationId }) }, context);
}

function tell(
  { agentId, master, resourceRevision }: AgentState,
  { operationUuid, frameworkId }: Pick<OperationRecord, 'operationUuid' | 'frameworkId'>,
  status: OperationStatus,
  context: AgentContext,
): void {
  if (agentId === undefined || master === undefined) return;
  const update: OperationUpdate = {
    operationUuid,
    agentId,
    status,
    ...(frameworkId === undefined ? {} : { frameworkId }),
  };
  const { self: agent } = context;
  context.send(master, { type: 'operationUpdated', agentId, agent, update, resourceRevision });
}

function isPending({ status }: ReportedOperation): boolean {
  return status.state === 'pending';
}

function pending({ operationId }: OperationRecord): OperationStatus {
  return { state: 'pending', ...(operationId && { operationId }) };
}
