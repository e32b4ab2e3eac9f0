/**
 * Calls of schedulers, all but SUBSCRIBE, as orders.
 *
 * Operations that are acknowledged or asked about are none that a master here has.
 */
import { acceptsMasterMessage } from '../../../protocol/accepts.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { TASKS_PER_QUESTION_MAX } from '../../../protocol/maxima.ts';
import type { FromSchedulerToMaster } from '../../../protocol/messages.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { readWith } from '../../../protocol/v1/reading.ts';
import { toMasterMessage } from '../../../protocol/v1/to-nouns/scheduler-calls.ts';
import { readAccept } from './accept-reading.ts';
import { readFramework } from './framework-reading.ts';
import type { Notice, Order } from './orders.ts';

const NOTHING = { type: 'tell', messages: [], notices: [] } as const satisfies Order;

export function readCall(
  call: V1<'scheduler.Call'>,
  frameworkId: FrameworkId,
  principal: string | undefined,
): Order {
  switch (call.type) {
    case 'ACCEPT':
      return readAccept(call.accept ?? {}, frameworkId);
    case 'RECONCILE':
    case 'DECLINE':
      return tell(splitReconcile(messageOf(call, frameworkId)));
    case 'UPDATE_FRAMEWORK': {
      const said = call.update_framework;
      if (said === undefined) return refuse(400, "Expecting 'update_framework' to be present");
      return { type: 'update', framework: readFramework(said, principal) };
    }
    case 'RECONCILE_OPERATIONS':
      return {
        ...NOTHING,
        notices: (call.reconcile_operations?.operations ?? []).map(unknownOperation),
      };
    // What the allocator makes of a request is nothing, as in Mesos.
    case 'REQUEST':
    case 'ACKNOWLEDGE_OPERATION_STATUS':
      return NOTHING;
    default:
      return passedOn(call, frameworkId);
  }
}

/** What goes on to agents as it is must be what they take. */
function passedOn(call: V1<'scheduler.Call'>, frameworkId: FrameworkId): Order {
  const message = messageOf(call, frameworkId);
  if (message === undefined) return refuse(501, `${call.type ?? 'UNKNOWN'} is not supported`);
  const fault = acceptsMasterMessage(message);
  return fault === undefined
    ? tell([message])
    : refuse(400, `${call.type} can't be read: ${fault}`);
}

function messageOf(
  call: V1<'scheduler.Call'>,
  frameworkId: FrameworkId,
): FromSchedulerToMaster | undefined {
  return readWith((report) => toMasterMessage(call, frameworkId, report)).noun;
}

/** Answers come one by one: a question about all tasks at once must not keep the others waiting. */
function splitReconcile(
  message: FromSchedulerToMaster | undefined,
): readonly FromSchedulerToMaster[] {
  if (message?.type !== 'reconcile') return message === undefined ? [] : [message];
  const { tasks } = message;
  if (tasks.length <= TASKS_PER_QUESTION_MAX) return [message];
  const parts = Math.ceil(tasks.length / TASKS_PER_QUESTION_MAX);
  return Array.from({ length: parts }, (_, index) => {
    const from = index * TASKS_PER_QUESTION_MAX;
    return { ...message, tasks: tasks.slice(from, from + TASKS_PER_QUESTION_MAX) };
  });
}

function unknownOperation({
  operation_id,
  agent_id,
}: V1<'scheduler.Call.ReconcileOperations.Operation'>): Notice {
  const about = { type: 'operationUnknown', operationId: operation_id.value } as const;
  return agent_id === undefined ? about : { ...about, agentId: agent_id.value };
}

function tell(messages: readonly FromSchedulerToMaster[]): Order {
  return { ...NOTHING, messages };
}

function refuse(status: number, sentence: string): Order {
  return { type: 'refuse', status, sentence };
}
