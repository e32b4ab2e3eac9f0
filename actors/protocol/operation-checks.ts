/** Checks for operations on resources and what is told of them, as in `nouns.ts`. */
import { array, type Check, integer, object, oneOf, union } from '../../runtime/decode.ts';
import type { FrameworkId, OperationId, OperationUuid } from './ids.ts';
import * as maxima from './maxima.ts';
import { chosenId, groupFields, properId, requestedTask, role, sentence } from './nouns.ts';
import type { Operation } from './offer.ts';
import type {
  OperationState,
  OperationStatus,
  OperationUpdate,
  ReportedOperation,
} from './operation.ts';
import { resources, scalarResource } from './resource-checks.ts';
import type { ResourceOperation } from './resource-operations.ts';
import { SCALAR_MILLI_MAX } from './resource-text.ts';

/** Shape only; what is wrong with an operation the master says. */
export const resourceOperationFields = {
  reserve: [{ resources }, { source: resources }],
  unreserve: [{ resources }],
  createVolumes: [{ volumes: resources }],
  destroyVolumes: [{ volumes: resources }],
  growVolume: [{ volume: scalarResource, addition: scalarResource }],
  shrinkVolume: [{ volume: scalarResource, subtractMilli: integer(0, SCALAR_MILLI_MAX) }],
} as const;

export const resourceOperation: Check<ResourceOperation> = union<ResourceOperation, 'type'>(
  'type',
  resourceOperationFields,
);

/** What an accepting scheduler may ask for. */
export const operation = union<Operation, 'type'>('type', {
  launch: [{ tasks: array(requestedTask, maxima.TASKS_PER_LAUNCH_MAX) }],
  launchGroup: [groupFields],
  change: [{ change: resourceOperation }, { operationId: chosenId() }],
});

const operationState = oneOf<OperationState>({
  pending: true,
  finished: true,
  failed: true,
  error: true,
  dropped: true,
  unreachable: true,
  goneByOperator: true,
  recovering: true,
  unknown: true,
});

export const operationStatus = object<OperationStatus>(
  { state: operationState },
  { operationId: chosenId(), message: sentence, converted: resources, updateId: properId() },
);

const recordFields = { operationUuid: properId<OperationUuid>(), operation: resourceOperation };
const recordOptional = {
  frameworkId: properId<FrameworkId>(),
  operationId: chosenId<OperationId>(),
  role,
};

export const reportedOperation = object<ReportedOperation>(
  { ...recordFields, status: operationStatus },
  recordOptional,
);

export const operationUpdate = object<OperationUpdate>(
  { operationUuid: properId(), status: operationStatus },
  { frameworkId: properId(), agentId: properId() },
);
