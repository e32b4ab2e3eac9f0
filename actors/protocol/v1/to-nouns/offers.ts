/** What a scheduler does with offers → ours. */
import type { OfferId, OperationId } from '../../ids.ts';
import type { Filters, Operation } from '../../offer.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { msOfSeconds } from '../times.ts';
import { toLaunchGroup } from './groups.ts';
import { toResourceOperation } from './operations.ts';
import { toTask } from './tasks.ts';

const REFUSE_SECONDS = 5;
/** A longer one counts as this. Source: Mesos, hierarchical.cpp: 365 days. */
const REFUSE_SECONDS_MAX = 31_536_000;

/** What is negative or no number counts as the default. */
export function toFilters(filters: V1<'Filters'> | undefined): Filters {
  const seconds = filters?.refuse_seconds ?? REFUSE_SECONDS;
  const valid = seconds >= 0 ? Math.min(seconds, REFUSE_SECONDS_MAX) : REFUSE_SECONDS;
  return { refuseMs: msOfSeconds(valid) };
}

export function toOfferIds(ids: readonly V1<'OfferID'>[] | undefined): readonly OfferId[] {
  return (ids ?? []).map(({ value }) => value as OfferId);
}

/** An operation that we don't have is reported as a whole, and left out. */
export function toOperations(
  operations: readonly V1<'Offer.Operation'>[] | undefined,
  report: Report,
  path: string,
): readonly Operation[] {
  return (operations ?? []).flatMap((operation, index): Operation[] => {
    const at = `${path}[${index}]`;
    const { type = 'UNKNOWN', launch } = operation;
    if (type === 'LAUNCH_GROUP') return toLaunchGroup(operation, report, at);
    if (type !== 'LAUNCH') {
      const change = toResourceOperation(operation, report, at);
      if (change === undefined) return [];
      const operationId = operation.id?.value as OperationId | undefined;
      return [{ type: 'change', change, ...(operationId !== undefined && { operationId }) }];
    }
    report.rest('Offer.Operation', operation, ['type', 'launch'], at);
    if (launch === undefined) {
      const sentence = 'A LAUNCH offer operation must have the Offer.Operation.launch field set.';
      report.refuse(step(at, 'launch'), sentence);
    }
    const tasks = (launch?.task_infos ?? []).map((task, place) =>
      toTask(task, report, step(at, 'launch.task_infos', place)),
    );
    return [{ type: 'launch', tasks }];
  });
}
