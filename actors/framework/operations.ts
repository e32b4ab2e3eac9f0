/**
 * Operations on resources, as the logic of a scheduler asks for them (`driver.accept`) and hears of them
 * (the event `operation`). An update is acknowledged once the logic has heard of it, and shown once.
 */

import type { OperationId } from '../protocol/ids.ts';
import type { ChangeResources } from '../protocol/offer.ts';
import type { OperationStatus } from '../protocol/operation.ts';
import { operation as operationNoun } from '../protocol/operation-checks.ts';
import type { Reservation } from '../protocol/resource-kinds.ts';
import type { ResourceOperation } from '../protocol/resource-operations.ts';
import { pushReservation } from '../protocol/resource-selection.ts';
import type { Resources, ScalarResource } from '../protocol/resources.ts';
import { LAUNCH_WEIGHT_MAX, launchWeight } from './launch-limits.ts';
import type { DriverHandlers, DriverState } from './scheduler-state.ts';
import { isFromMaster } from './subscription.ts';

/** Updates that are known to have been acknowledged; the oldest are forgotten first. */
const ACKNOWLEDGED_COUNT_MAX = 10_000;

export const operationEventHandlers: DriverHandlers<'operationUpdated' | 'operationFailed'> = {
  operationUpdated(state, { status, agentId }, turn) {
    if (!isFromMaster(state, turn)) return;
    const { updateId } = status;
    const event = { status, ...(agentId !== undefined && { agentId }) };
    if (updateId !== undefined && state.acknowledgedOperations.has(updateId)) {
      // The acknowledgement was lost, or is still on its way.
      turn.calls.acknowledgeOperation(event);
      return;
    }
    turn.emit({ type: 'operation', ...event });
    if (state.acknowledge === 'automatic') turn.calls.acknowledgeOperation(event);
  },

  operationFailed(_state, { status }, turn) {
    turn.emit({ type: 'operation', status });
  },
};

export function noteOperationAcknowledged(
  { acknowledgedOperations }: DriverState,
  { updateId }: OperationStatus,
): void {
  if (updateId === undefined) return;
  acknowledgedOperations.add(updateId);
  for (const oldest of acknowledgedOperations) {
    if (acknowledgedOperations.size <= ACKNOWLEDGED_COUNT_MAX) break;
    acknowledgedOperations.delete(oldest);
  }
}

/** @param weight of the accept up to and with this operation @returns why it can't be sent */
export function operationRefusal(
  change: ChangeResources,
  weight: number,
  connected: boolean,
): string | undefined {
  const fault = operationNoun(change);
  if (fault !== undefined) return `Cannot send the operation: ${fault.replace(/^(\.|: )/, '')}`;
  if (weight > LAUNCH_WEIGHT_MAX || launchWeight(change) > LAUNCH_WEIGHT_MAX) {
    return 'Cannot send the operation along with so much else: ask for it with the next offers';
  }
  return connected ? undefined : 'Cannot send the operation: no master listens at the moment';
}

// ------------------------------------------------------------------------ what to ask for

/**
 * Reserves: a further reservation is put on what was offered. It has to be for the role of the offer.
 * @param operationId whoever names one hears what becomes of it, by the event `operation`
 */
export function reserve(
  offered: Resources,
  reservation: Omit<Reservation, 'type'>,
  operationId?: string,
): ChangeResources {
  const resources = pushReservation(offered, { ...reservation, type: 'dynamic' });
  return change({ type: 'reserve', resources }, operationId);
}

/** Takes away the last reservation that was put on it. */
export function unreserve(reserved: Resources, operationId?: string): ChangeResources {
  return change({ type: 'unreserve', resources: reserved }, operationId);
}

/** Each as `volumeOf` describes it. */
export function createVolumes(volumes: Resources, operationId?: string): ChangeResources {
  return change({ type: 'createVolumes', volumes }, operationId);
}

/** What is in them is lost. */
export function destroyVolumes(volumes: Resources, operationId?: string): ChangeResources {
  return change({ type: 'destroyVolumes', volumes }, operationId);
}

/** What came of it is offered anew. @param addition of the same disk, reserved for the same */
export function growVolume(
  volume: ScalarResource,
  addition: ScalarResource,
  operationId?: string,
): ChangeResources {
  return change({ type: 'growVolume', volume, addition }, operationId);
}

/** What came of it is offered anew. @param subtractMilli thousandths of MiB */
export function shrinkVolume(
  volume: ScalarResource,
  subtractMilli: number,
  operationId?: string,
): ChangeResources {
  return change({ type: 'shrinkVolume', volume, subtractMilli }, operationId);
}

/**
 * A volume that stays when the tasks that use it have ended, made of reserved disk.
 * @param disk as it was offered, or a part of it: all of it becomes the volume
 * @param id within its role on its agent
 * @param containerPath relative: where a task finds it
 */
export function volumeOf(
  disk: ScalarResource,
  volume: {
    readonly id: string;
    readonly containerPath: string;
    readonly principal?: string;
    /** Several tasks may use it at the same time; the framework has to know `sharedResources`. */
    readonly shared?: boolean;
  },
): ScalarResource {
  const { id, containerPath, principal, shared } = volume;
  return {
    ...disk,
    disk: {
      ...disk.disk,
      persistence: { id, ...(principal !== undefined && { principal }) },
      volume: { containerPath, mode: 'rw' },
    },
    ...(shared === true && { shared }),
  };
}

function change(operation: ResourceOperation, operationId: string | undefined): ChangeResources {
  const named = operationId === undefined ? {} : { operationId: operationId as OperationId };
  return { type: 'change', change: operation, ...named };
}
