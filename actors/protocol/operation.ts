/**
 * Operations on resources on their way: asked for by a framework or an operator, carried out by the
 * agent, told until acknowledged.
 *
 *     asked ──master books it──▶ pending ──agent carries it out──▶ finished
 *                                   │          └──its resources are not there──▶ dropped
 *                                   ├──the agent is unreachable, recovering, gone──▶ (told as such)
 *                                   └──the agent does not know it any more──▶ dropped
 *
 * The master books an operation at once, so that what comes after it sees its result; the agent writes
 * it down before it acts. An update is sent again until it is acknowledged: by the framework where the
 * framework gave the operation an id, by the master for all others.
 * Source: Mesos 1.11, mesos.proto (OperationStatus), src/messages/messages.proto.
 */
import type { AgentId, FrameworkId, OperationId, OperationUuid, UpdateId } from './ids.ts';
import type { ResourceOperation } from './resource-operations.ts';
import type { Resources } from './resources.ts';

export type OperationState =
  | 'pending'
  | 'finished'
  | 'failed'
  /** Refused by the master: it never began. */
  | 'error'
  /** It never reached the agent, or what it needs is not there any more. */
  | 'dropped'
  /** The agent is not reachable; it may still come to an end. */
  | 'unreachable'
  | 'goneByOperator'
  /** The agent is known to the registry and has not come back to this master. */
  | 'recovering'
  | 'unknown';

export interface OperationStatus {
  readonly state: OperationState;
  /** Given by the framework; absent: it wants no feedback, or an operator asked. */
  readonly operationId?: OperationId;
  readonly message?: string;
  /** Of `finished`: what came of it. */
  readonly converted?: Resources;
  /** To be acknowledged; absent: it is told once. */
  readonly updateId?: UpdateId;
}

/** An operation as master and agent know it. */
export interface OperationRecord {
  /** Chosen by the master: ids of frameworks may be there twice, or not at all. */
  readonly operationUuid: OperationUuid;
  readonly operation: ResourceOperation;
  /** Absent: an operator asked. */
  readonly frameworkId?: FrameworkId;
  readonly operationId?: OperationId;
  /** The role that the resources were offered to. */
  readonly role?: string;
}

/** As an agent tells it when it registers again. */
export interface ReportedOperation extends OperationRecord {
  /** The newest; a terminal one that is not acknowledged yet, or `pending`. */
  readonly status: OperationStatus;
}

/** From the agent to the master, and on to the scheduler. */
export interface OperationUpdate {
  readonly operationUuid: OperationUuid;
  readonly frameworkId?: FrameworkId;
  readonly agentId?: AgentId;
  readonly status: OperationStatus;
}

export function isTerminalOperation({ state }: OperationStatus): boolean {
  return (
    state === 'finished' ||
    state === 'failed' ||
    state === 'error' ||
    state === 'dropped' ||
    state === 'goneByOperator'
  );
}
