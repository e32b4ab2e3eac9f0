/** Our operations on resources, and what is said of them → those of Mesos. */
import type { AgentId } from '../../ids.ts';
import type { OperationRecord, OperationState, OperationStatus } from '../../operation.ts';
import type { ResourceOperation } from '../../resource-operations.ts';
import type { V1, V1Enum } from '../dictionary.ts';
import { uuidOfText } from '../opaque-data.ts';
import { fromResources } from './resources.ts';

const STATES: Readonly<Record<OperationState, V1Enum<'OperationState'>>> = {
  pending: 'OPERATION_PENDING',
  finished: 'OPERATION_FINISHED',
  failed: 'OPERATION_FAILED',
  error: 'OPERATION_ERROR',
  dropped: 'OPERATION_DROPPED',
  unreachable: 'OPERATION_UNREACHABLE',
  goneByOperator: 'OPERATION_GONE_BY_OPERATOR',
  recovering: 'OPERATION_RECOVERING',
  unknown: 'OPERATION_UNKNOWN',
};

/** @param role that what came of it is allocated to */
export function fromOperationStatus(
  { state, operationId, message, converted, updateId }: OperationStatus,
  agentId?: AgentId,
  role?: string,
): V1<'OperationStatus'> {
  return {
    ...(operationId !== undefined && { operation_id: { value: operationId } }),
    state: STATES[state],
    ...(message !== undefined && { message }),
    ...(converted && { converted_resources: fromResources(converted, role) }),
    ...(updateId !== undefined && { uuid: { value: uuidOfText(updateId) } }),
    ...(agentId !== undefined && { agent_id: { value: agentId } }),
  };
}

/** As they are shown to operators. */
export function fromOperation(
  { operation, operationUuid, operationId, frameworkId, role }: OperationRecord,
  status: OperationStatus,
  agentId: AgentId,
): V1<'Operation'> {
  const latest = fromOperationStatus(status, agentId, role);
  return {
    ...(frameworkId !== undefined && { framework_id: { value: frameworkId } }),
    agent_id: { value: agentId },
    info: {
      ...(operationId !== undefined && { id: { value: operationId } }),
      ...fromResourceOperation(operation, role),
    },
    latest_status: latest,
    ...(status.state !== 'pending' && { statuses: [latest] }),
    uuid: { value: uuidOfText(operationUuid) },
  };
}

/** @param role that its resources are allocated to; absent: an operator asked */
export function fromResourceOperation(
  operation: ResourceOperation,
  role?: string,
): V1<'Offer.Operation'> {
  switch (operation.type) {
    case 'reserve': {
      const { source } = operation;
      const resources = fromResources(operation.resources, role);
      const before = source && { source: fromResources(source, role) };
      return { type: 'RESERVE', reserve: { ...before, resources } };
    }
    case 'unreserve': {
      const resources = fromResources(operation.resources, role);
      return { type: 'UNRESERVE', unreserve: { resources } };
    }
    case 'createVolumes': {
      const volumes = fromResources(operation.volumes, role);
      return { type: 'CREATE', create: { volumes } };
    }
    case 'destroyVolumes': {
      const volumes = fromResources(operation.volumes, role);
      return { type: 'DESTROY', destroy: { volumes } };
    }
    case 'growVolume': {
      const [volume, addition] = [operation.volume, operation.addition].map(
        (one) => fromResources([one], role)[0],
      );
      return {
        type: 'GROW_VOLUME',
        ...(volume && addition && { grow_volume: { volume, addition } }),
      };
    }
    case 'shrinkVolume': {
      const [volume] = fromResources([operation.volume], role);
      const subtract = { value: operation.subtractMilli / 1000 };
      return { type: 'SHRINK_VOLUME', ...(volume && { shrink_volume: { volume, subtract } }) };
    }
  }
}
