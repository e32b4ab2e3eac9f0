/**
 * Calls of schedulers that are not valid, before it is looked at who calls.
 * Source: Mesos, src/master/validation.cpp, scheduler::call::validate.
 */
import type { V1 } from '../dictionary.ts';
import { uuidFault } from './id-faults.ts';
import { absent, partFault } from './part-fault.ts';

/** @returns a sentence, or undefined; the principal is for who knows it to compare */
export function schedulerCallFault(call: V1<'scheduler.Call'>): string | undefined {
  const { type, framework_id, subscribe, update_framework } = call;
  if (type === 'SUBSCRIBE') {
    const same = (subscribe?.framework_info.id?.value ?? '') === (framework_id?.value ?? '');
    return partFault('scheduler.Call', call) ?? (same ? undefined : differs('subscribe'));
  }
  if (type !== undefined && framework_id === undefined) return absent('framework_id');
  const fault = partFault('scheduler.Call', call);
  if (fault !== undefined) return fault;
  switch (type) {
    case 'ACKNOWLEDGE':
      return call.acknowledge && uuidFault(call.acknowledge.uuid);
    case 'ACKNOWLEDGE_OPERATION_STATUS': {
      const acknowledged = call.acknowledge_operation_status;
      const agentFault = acknowledged?.agent_id === undefined ? absent('agent_id') : undefined;
      return (acknowledged && uuidFault(acknowledged.uuid)) ?? agentFault;
    }
    case 'UPDATE_FRAMEWORK':
      return (update_framework?.framework_info.id?.value ?? '') === framework_id?.value
        ? undefined
        : differs('update_framework');
    default:
      return undefined;
  }
}

function differs(part: 'subscribe' | 'update_framework'): string {
  const other = `'${part}.framework_info.id'`;
  return `'framework_id' differs from ${other}`;
}
