/**
 * Calls of schedulers, all but SUBSCRIBE, as orders.
 *
 */
import { acceptsMasterMessage } from '../../../protocol/accepts-master.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { OPERATIONS_PER_QUESTION_MAX, TASKS_PER_QUESTION_MAX } from '../../../protocol/maxima.ts';
import type { FromSchedulerToMaster } from '../../../protocol/scheduler-to-master.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { readWith } from '../../../protocol/v1/reading.ts';
import { toMasterMessage } from '../../../protocol/v1/to-nouns/scheduler-calls.ts';
import { readAccept } from './accept-reading.ts';
import { readFramework } from './framework-reading.ts';
import type { Order } from './orders.ts';

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
    case 'RECONCILE_OPERATIONS':
    case 'DECLINE':
      return tell(splitReconcile(messageOf(call, frameworkId)));
    case 'UPDATE_FRAMEWORK': {
      const said = call.update_framework;
      if (said === undefined) return refuse(400, "Expecting 'update_framework' to be present");
      return { type: 'update', framework: readFramework(said, principal) };
    }
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
  if (message?.type === 'reconcile') {
    return slices(message.tasks, TASKS_PER_QUESTION_MAX).map((tasks) => ({ ...message, tasks }));
  }
  if (message?.type === 'reconcileOperations') {
    const parts = slices(message.operations, OPERATIONS_PER_QUESTION_MAX);
    return parts.map((operations) => ({ ...message, operations }));
  }
  return message === undefined ? [] : [message];
}

/** At least one. */
function slices<Item>(items: readonly Item[], countMax: number): readonly (readonly Item[])[] {
  if (items.length <= countMax) return [items];
  return Array.from({ length: Math.ceil(items.length / countMax) }, (_, index) =>
    items.slice(index * countMax, (index + 1) * countMax),
  );
}

function tell(messages: readonly FromSchedulerToMaster[]): Order {
  return { ...NOTHING, messages };
}

function refuse(status: number, sentence: string): Order {
  return { type: 'refuse', status, sentence };
}
