/**
 * ACCEPT, operation by operation: what the master can do goes to it, and what it can't is refused here,
 * task by task, so that one task that asks for too much costs no other its launch. Nothing is left
 * out silently.
 *
 * | what is asked for                        | what the scheduler hears                             |
 * |---|---|
 * | a task with a field that we don't have   | TASK_ERROR, which names it                           |
 * | a group that we can't launch             | TASK_ERROR for each of its tasks                     |
 * | LAUNCH with an `id`                      | TASK_ERROR for each of its tasks                     |
 * | an operation that is not valid, or that we don't have | OPERATION_ERROR, where it has an `id`     |
 *
 * A group is launched as soon as `toOperations` has a noun for it.
 * Source of the sentences: Mesos 1.11, src/master/master.cpp, Master::accept; validation.cpp.
 */
import { acceptor } from '../../../../runtime/decode.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { requestedTask } from '../../../protocol/nouns.ts';
import type { Operation } from '../../../protocol/offer.ts';
import { operation as operationNoun } from '../../../protocol/operation-checks.ts';
import type { TaskInfo } from '../../../protocol/task.ts';
import type { V1, V1Enum } from '../../../protocol/v1/dictionary.ts';
import { type NotSupported, type Reading, readWith } from '../../../protocol/v1/reading.ts';
import { toFilters, toOfferIds, toOperations } from '../../../protocol/v1/to-nouns/offers.ts';
import { toTask } from '../../../protocol/v1/to-nouns/tasks.ts';
import type { Notice, Order } from './orders.ts';

type TaskReason = Extract<Notice, { readonly type: 'taskRefused' }>['reason'];

const taskShapeFault = acceptor(requestedTask);
const operationShapeFault = acceptor(operationNoun);

export function readAccept(
  accept: V1<'scheduler.Call.Accept'>,
  frameworkId: FrameworkId,
): Extract<Order, { readonly type: 'tell' }> {
  const notices: Notice[] = [];
  const operations = (accept.operations ?? []).flatMap((operation) => {
    switch (operation.type) {
      case 'LAUNCH':
        return readLaunch(operation, frameworkId, notices);
      case 'LAUNCH_GROUP':
        return readGroup(operation, frameworkId, notices);
      default:
        return readOther(operation, notices);
    }
  });
  const offerIds = toOfferIds(accept.offer_ids);
  const filters = toFilters(accept.filters);
  const message = { type: 'accept', frameworkId, offerIds, operations, filters } as const;
  return { type: 'tell', messages: [message], notices };
}

function readLaunch(
  { id, launch }: V1<'Offer.Operation'>,
  frameworkId: FrameworkId,
  notices: Notice[],
): Operation[] {
  const tasks: TaskInfo[] = [];
  for (const task of launch?.task_infos ?? []) {
    const reading = readWith((report) => toTask(task, report, ''));
    const fault =
      id === undefined
        ? (readingFault(reading) ??
          shapeFault(taskShapeFault(reading.noun)) ??
          strangerFault(task.executor, frameworkId))
        : idOn('LAUNCH');
    if (fault === undefined) tasks.push(reading.noun);
    else notices.push(refusedTask(task, 'REASON_TASK_INVALID', fault));
  }
  return tasks.length === 0 ? [] : [{ type: 'launch', tasks }];
}

/** All of its tasks, or none. */
function readGroup(
  operation: V1<'Offer.Operation'>,
  frameworkId: FrameworkId,
  notices: Notice[],
): Operation[] {
  const { noun, fault } = readOperation(operation);
  const { executor } = operation.launch_group ?? {};
  const why = fault ?? strangerFault(executor, frameworkId);
  const wrong = operation.id === undefined ? why : idOn('LAUNCH_GROUP');
  if (wrong === undefined) return [...noun];
  for (const task of operation.launch_group?.task_group.tasks ?? []) {
    notices.push(refusedTask(task, 'REASON_TASK_GROUP_INVALID', wrong));
  }
  return [];
}

function readOther(operation: V1<'Offer.Operation'>, notices: Notice[]): Operation[] {
  const { id, type } = operation;
  const { noun, fault } = readOperation(operation);
  const isKnown = type !== undefined && type in CHANGES;
  const wrong = fault ?? sourceFault(operation);
  if (wrong === undefined) return [...noun];
  const sentence = isKnown ? `Operation attempted with invalid resources: ${wrong}` : wrong;
  if (id !== undefined) {
    notices.push({ type: 'operationRefused', operationId: id.value, sentence });
  }
  return [];
}

const CHANGES: Readonly<Partial<Record<V1Enum<'Offer.Operation.Type'>, true>>> = {
  RESERVE: true,
  UNRESERVE: true,
  CREATE: true,
  DESTROY: true,
  GROW_VOLUME: true,
  SHRINK_VOLUME: true,
};

/** Only operators may do that. */
function sourceFault({ reserve }: V1<'Offer.Operation'>): string | undefined {
  if ((reserve?.source ?? []).length === 0) return undefined;
  return 'Reservation updates are not yet implemented for the scheduler API.';
}

function readOperation(operation: V1<'Offer.Operation'>) {
  const reading = readWith((report) => toOperations([operation], report, 'operations'));
  const [noun] = reading.noun;
  const shape = noun === undefined ? undefined : operationShapeFault(noun);
  return { noun: reading.noun, fault: readingFault(reading) ?? shapeFault(shape) };
}

/** What Mesos says before the sentence of a fault, by where it is in the task. */
const INVALID: readonly (readonly [string, string])[] = [
  ['check', 'Task uses invalid check'],
  ['health_check', 'Task uses invalid health check'],
  ['resources', 'Task uses invalid resources'],
  ['executor.resources', 'Executor uses invalid resources'],
];

function readingFault({ invalid, notSupported }: Reading<unknown>): string | undefined {
  const [wrong] = invalid;
  if (wrong !== undefined) {
    const what = INVALID.find(([path]) => wrong.path.startsWith(path))?.[1];
    return what === undefined ? wrong.sentence : `${what}: ${wrong.sentence}`;
  }
  const [first] = notSupported;
  return first && notSupportedSentence(first);
}

function notSupportedSentence({ path, field, value, instead }: NotSupported): string {
  if (field === 'Offer.Operation.type') return `The operation ${value} is not supported`;
  const what = value === undefined ? `'${path}' is` : `"${value}" as '${path}' is`;
  return `${what} not supported: ${instead ?? 'leave it out'}`;
}

function shapeFault(fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `It can't be passed on: ${fault}`;
}

/** An executor need not say whose it is, but not that it is another one's. */
function strangerFault(
  executor: V1<'ExecutorInfo'> | undefined,
  frameworkId: FrameworkId,
): string | undefined {
  const said = executor?.framework_id?.value;
  if (said === undefined || said === frameworkId) return undefined;
  return `ExecutorInfo has an invalid FrameworkID (Actual: ${said} vs Expected: ${frameworkId})`;
}

function idOn(type: string): string {
  return `The \`id\` field cannot be set on ${type} operations`;
}

function refusedTask(task: V1<'TaskInfo'>, reason: TaskReason, sentence: string): Notice {
  const taskId = task.task_id.value;
  return { type: 'taskRefused', taskId, agentId: task.agent_id.value, reason, sentence };
}
