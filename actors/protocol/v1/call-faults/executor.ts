/**
 * Calls of executors that are not valid, before it is looked at who calls.
 * Source: Mesos, src/common/validation.cpp, validateExecutorCall and validateCheckStatusInfo.
 */
import type { V1 } from '../dictionary.ts';
import { uuidFault } from './id-faults.ts';
import { absent, partFault } from './part-fault.ts';

/** @returns a sentence, or undefined */
export function executorCallFault(call: V1<'executor.Call'>): string | undefined {
  const fault = partFault('executor.Call', call);
  if (fault !== undefined || call.type !== 'UPDATE' || call.update === undefined) return fault;
  const { status } = call.update;
  if (status.uuid === undefined) return absent('uuid');
  return (
    uuidFault(status.uuid) ??
    statusFault(call, status) ??
    (status.check_status && checkStatusFault(status.check_status))
  );
}

function statusFault(
  { executor_id, framework_id }: V1<'executor.Call'>,
  status: V1<'TaskStatus'>,
): string | undefined {
  const told = status.executor_id;
  if (told !== undefined && told.value !== executor_id.value) {
    return `ExecutorID in Call: ${executor_id.value} does not match ExecutorID in TaskStatus: ${told.value}`;
  }
  const who = `from executor ${executor_id.value} of framework ${framework_id.value}`;
  if (status.source !== 'SOURCE_EXECUTOR') {
    return `Received Call ${who} with invalid source, expecting 'SOURCE_EXECUTOR'`;
  }
  return status.state === 'TASK_STAGING'
    ? `Received TASK_STAGING ${who} which is not allowed`
    : undefined;
}

function checkStatusFault(status: V1<'CheckStatusInfo'>): string | undefined {
  const { type, command, http, tcp } = status;
  switch (type) {
    case undefined:
      return "CheckStatusInfo must specify 'type'";
    case 'UNKNOWN':
      return "'UNKNOWN' is not a valid check's status type";
    case 'COMMAND':
      return command ? undefined : unset('command', type);
    case 'HTTP':
      return http ? undefined : unset('http', type);
    case 'TCP':
      return tcp ? undefined : unset('tcp', type);
  }
}

function unset(field: string, type: string): string {
  return `Expecting '${field}' to be set for ${type} check's status`;
}
