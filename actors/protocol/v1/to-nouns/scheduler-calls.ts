/**
 * Calls of schedulers → messages to our master. Whether the call is from who it says, and has what
 * its type needs, is for the door to say; a call without its part is as one with an empty part.
 */
import type { AgentId, ExecutorId, FrameworkId, OperationId, TaskId, UpdateId } from '../../ids.ts';
import type { FromSchedulerToMaster } from '../../scheduler-to-master.ts';
import type { V1, V1Enum } from '../dictionary.ts';
import { textOfData, updateIdOfUuid } from '../opaque-data.ts';
import { type Report, step } from '../reading.ts';
import { toFilters, toOfferIds, toOperations } from './offers.ts';
import { toResources } from './resources.ts';
import { killGraceMs } from './tasks.ts';

/** Of subscriptions the door takes care itself: it is the scheduler's address. */
type CallMessage = Exclude<
  FromSchedulerToMaster,
  { readonly type: 'subscribe' } | { readonly type: 'watchLeader' }
>;

type Call = V1<'scheduler.Call'>;
type Reader = (call: Call, frameworkId: FrameworkId, report: Report) => CallMessage | undefined;

/** @returns undefined when there is no such message: the reason is in the report */
export function toMasterMessage(
  call: Call,
  frameworkId: FrameworkId,
  report: Report,
): CallMessage | undefined {
  const type = call.type ?? 'UNKNOWN';
  const read = READERS[type];
  if (read !== undefined) return read(call, frameworkId, report);
  report.valueNotSupported('scheduler.Call.type', 'type', type);
  return undefined;
}

const READERS: Readonly<Partial<Record<V1Enum<'scheduler.Call.Type'>, Reader>>> = {
  TEARDOWN: (_call, frameworkId) => ({ type: 'teardown', frameworkId }),
  ACCEPT: ({ accept }, frameworkId, report) => ({
    type: 'accept',
    frameworkId,
    offerIds: toOfferIds(accept?.offer_ids),
    operations: toOperations(accept?.operations, report, 'accept.operations'),
    filters: toFilters(accept?.filters),
  }),
  DECLINE: ({ decline }, frameworkId) => ({
    type: 'decline',
    frameworkId,
    offerIds: toOfferIds(decline?.offer_ids),
    filters: toFilters(decline?.filters),
  }),
  ACCEPT_INVERSE_OFFERS: ({ accept_inverse_offers: said }, frameworkId) =>
    inverseAnswer(said, true, frameworkId),
  DECLINE_INVERSE_OFFERS: ({ decline_inverse_offers: said }, frameworkId) =>
    inverseAnswer(said, false, frameworkId),
  REVIVE: ({ revive }, frameworkId) => ({
    type: 'revive',
    frameworkId,
    roles: revive?.roles ?? [],
  }),
  SUPPRESS: ({ suppress }, frameworkId) => ({
    type: 'suppress',
    frameworkId,
    roles: suppress?.roles ?? [],
  }),
  REQUEST: ({ request }, frameworkId, report) => ({
    type: 'request',
    frameworkId,
    requests: (request?.requests ?? []).map(({ agent_id, resources }, index) => ({
      resources: toResources(resources, report, `request.requests[${index}].resources`),
      ...(agent_id && { agentId: agent_id.value as AgentId }),
    })),
  }),
  KILL: ({ kill }, frameworkId) => {
    const agentId = kill?.agent_id?.value as AgentId | undefined;
    const grace = killGraceMs(kill?.kill_policy);
    return {
      type: 'kill',
      frameworkId,
      taskId: taskIdOf(kill),
      ...(agentId === undefined ? {} : { agentId }),
      ...(grace === undefined ? {} : { killGracePeriodMs: grace }),
    };
  },
  SHUTDOWN: ({ shutdown }, frameworkId) => ({
    type: 'shutdownExecutor',
    frameworkId,
    agentId: agentIdOf(shutdown),
    executorId: executorIdOf(shutdown),
  }),
  ACKNOWLEDGE: ({ acknowledge }, frameworkId, report) => {
    const updateId = updateIdOf(acknowledge?.uuid, report, 'acknowledge');
    if (updateId === undefined) return undefined;
    return {
      type: 'acknowledge',
      frameworkId,
      agentId: agentIdOf(acknowledge),
      taskId: taskIdOf(acknowledge),
      updateId,
    };
  },
  RECONCILE: ({ reconcile }, frameworkId) => ({
    type: 'reconcile',
    frameworkId,
    tasks: (reconcile?.tasks ?? []).map(({ task_id, agent_id }) => ({
      taskId: task_id.value as TaskId,
      ...(agent_id && { agentId: agent_id.value as AgentId }),
    })),
  }),
  ACKNOWLEDGE_OPERATION_STATUS: (call, frameworkId, report) => {
    const said = call.acknowledge_operation_status;
    const updateId = updateIdOf(said?.uuid, report, 'acknowledge_operation_status');
    if (updateId === undefined) return undefined;
    return {
      type: 'acknowledgeOperation',
      frameworkId,
      agentId: (said?.agent_id?.value ?? '') as AgentId,
      operationId: (said?.operation_id.value ?? '') as OperationId,
      updateId,
    };
  },
  RECONCILE_OPERATIONS: ({ reconcile_operations: asked }, frameworkId) => ({
    type: 'reconcileOperations',
    frameworkId,
    operations: (asked?.operations ?? []).map(({ operation_id, agent_id }) => ({
      operationId: operation_id.value as OperationId,
      ...(agent_id && { agentId: agent_id.value as AgentId }),
    })),
  }),
  MESSAGE: ({ message }, frameworkId) => ({
    type: 'schedulerMessage',
    frameworkId,
    agentId: agentIdOf(message),
    executorId: executorIdOf(message),
    data: textOfData(message?.data ?? new Uint8Array()),
  }),
};

function inverseAnswer(
  said: V1<'scheduler.Call.AcceptInverseOffers'> | undefined,
  accepted: boolean,
  frameworkId: FrameworkId,
): CallMessage {
  const inverseOfferIds = toOfferIds(said?.inverse_offer_ids);
  const filters = toFilters(said?.filters);
  return { type: 'answerInverseOffers', frameworkId, inverseOfferIds, accepted, filters };
}

function taskIdOf(part: { readonly task_id: V1<'TaskID'> } | undefined): TaskId {
  return (part?.task_id.value ?? '') as TaskId;
}

function agentIdOf(part: { readonly agent_id: V1<'AgentID'> } | undefined): AgentId {
  return (part?.agent_id.value ?? '') as AgentId;
}

function executorIdOf(part: { readonly executor_id: V1<'ExecutorID'> } | undefined): ExecutorId {
  return (part?.executor_id.value ?? '') as ExecutorId;
}

/** Source of the sentence: Mesos, src/master/validation.cpp, scheduler::call::validate. */
function updateIdOf(
  uuid: Uint8Array | undefined,
  report: Report,
  part: string,
): UpdateId | undefined {
  const updateId = updateIdOfUuid(uuid ?? new Uint8Array());
  if (updateId === undefined) report.refuse(step(part, 'uuid'), 'Not a valid UUID');
  return updateId;
}
