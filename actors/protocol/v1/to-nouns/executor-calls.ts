/**
 * Calls of executors → messages to our agent. Subscriptions and heartbeats are for the door; the
 * updates that an executor brings with its subscription are read one by one by `toStatusUpdate`.
 */
import type { FromExecutorToAgent } from '../../executor-to-agent.ts';
import type { ExecutorId, FrameworkId, UpdateId } from '../../ids.ts';
import type { StatusUpdate } from '../../task.ts';
import type { V1 } from '../dictionary.ts';
import { textOfData, updateIdOfUuid } from '../opaque-data.ts';
import type { Report } from '../reading.ts';
import { toStatus } from './statuses.ts';

type CallMessage = Exclude<FromExecutorToAgent, { readonly type: 'registerExecutor' }>;

/**
 * @param nowMs for a status without a timestamp
 * @returns undefined when there is no such message: the reason is in the report
 */
export function toAgentMessage(
  call: V1<'executor.Call'>,
  nowMs: number,
  report: Report,
): CallMessage | undefined {
  const frameworkId = call.framework_id.value as FrameworkId;
  const executorId = call.executor_id.value as ExecutorId;
  if (call.type === 'UPDATE' && call.update !== undefined) {
    const update = toStatusUpdate(call.update, frameworkId, nowMs, report, 'update');
    return update && { type: 'executorUpdate', frameworkId, executorId, update };
  }
  if (call.type === 'MESSAGE' && call.message !== undefined) {
    const data = textOfData(call.message.data);
    return { type: 'executorMessage', frameworkId, executorId, data };
  }
  report.valueNotSupported('executor.Call.type', 'type', call.type ?? 'UNKNOWN');
  return undefined;
}

/** @returns undefined without a proper `uuid`: the reason is in the report */
export function toStatusUpdate(
  { status }: V1<'executor.Call.Update'>,
  frameworkId: FrameworkId,
  nowMs: number,
  report: Report,
  path: string,
): (StatusUpdate & { readonly id: UpdateId }) | undefined {
  const id = updateIdOfUuid(status.uuid ?? new Uint8Array());
  const read = toStatus(status, nowMs, report, `${path}.status`);
  if (id !== undefined) return { id, frameworkId, status: read };
  report.refuse(`${path}.status.uuid`, 'Not a valid UUID');
  return undefined;
}
