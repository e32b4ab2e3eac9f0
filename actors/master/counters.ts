/**
 * Where the master counts: messages by their types here, ends of tasks where statuses are noted
 * (`reads.ts`), the rest by its handlers. What there is to count is in `metrics/`.
 */
import { sameAddress } from '../../runtime/address.ts';
import type { FrameworkId } from '../protocol/ids.ts';
import type { Operation } from '../protocol/offer.ts';
import type { OperationRecord, OperationState } from '../protocol/operation.ts';
import { OPERATION_NAMES } from '../protocol/resource-operations.ts';
import type { TaskState, TaskStatus } from '../protocol/task.ts';
import { REASONS, SOURCES, STATES } from '../protocol/v1/words.ts';
import type { MasterContext, MasterHandlers, MasterInbox } from './messages.ts';
import {
  AGENT_COUNTERS,
  CALLS,
  DECLINES,
  ENDED_COUNTERS,
  JUDGED,
  LAUNCHES,
  MESSAGE_COUNTERS,
  RESUBSCRIBED,
} from './metrics/counter-names.ts';
import type { CallType, EventType, OfferFate, OperationType } from './metrics/framework-tally.ts';
import { newOperationCounters, operationCounters } from './metrics/operation-counts.ts';
import type { MasterState } from './state.ts';

export function countAgent(what: keyof typeof AGENT_COUNTERS, { options }: MasterContext): void {
  options.reads?.metrics.count(AGENT_COUNTERS[what]);
}

/** Whether what was said could be acted upon. */
export function countJudged(
  what: keyof typeof JUDGED,
  isValid: boolean,
  { options }: MasterContext,
): void {
  options.reads?.metrics.count(`master/${isValid ? 'valid' : 'invalid'}_${JUDGED[what]}`);
}

/** One more operation on resources is known. */
export function countNewOperation(
  { operation }: Pick<OperationRecord, 'operation'>,
  { options }: MasterContext,
): void {
  for (const name of newOperationCounters(operation.type)) options.reads?.metrics.count(name);
}

/** It has come to this. */
export function countOperation(
  { operation }: Pick<OperationRecord, 'operation'>,
  state: OperationState,
  { options }: MasterContext,
): void {
  for (const name of operationCounters(operation.type, state)) options.reads?.metrics.count(name);
}

export function countOffers(
  frameworkId: FrameworkId,
  fate: OfferFate,
  count: number,
  { options }: MasterContext,
): void {
  const tally = options.reads?.metrics.framework(frameworkId);
  if (tally !== undefined) tally.offers[fate] += count;
}

/** Of those that `counted` does not know from the message alone. */
export function countCall(
  frameworkId: FrameworkId,
  type: CallType,
  { options }: MasterContext,
): void {
  const tally = options.reads?.metrics.framework(frameworkId);
  if (tally !== undefined) tally.calls[type]++;
}

/** What the framework is sent. */
export function countEvent(
  frameworkId: FrameworkId,
  type: EventType,
  { options }: MasterContext,
): void {
  const tally = options.reads?.metrics.framework(frameworkId);
  if (tally !== undefined) tally.events[type]++;
}

/** The same handlers, which count what they are given. */
export function counted(
  handlers: MasterHandlers<MasterInbox['type']>,
): MasterHandlers<MasterInbox['type']> {
  const all: Record<string, unknown> = { ...handlers };
  for (const type of Object.keys({ ...MESSAGE_COUNTERS, ...CALLS })) {
    const handle = handlers[type as MasterInbox['type']] as Handle;
    const countedHandle: Handle = (state, message, context) => {
      countMessage(state, message, context);
      handle(state, message, context);
    };
    all[type] = countedHandle;
  }
  return all as unknown as MasterHandlers<MasterInbox['type']>;
}

type Handle = (state: MasterState, message: MasterInbox, context: MasterContext) => void;

function countMessage(state: MasterState, message: MasterInbox, context: MasterContext): void {
  const metrics = context.options.reads?.metrics;
  if (metrics === undefined) return;
  const { type } = message;
  const again = type === 'subscribe' && message.frameworkId !== undefined;
  const name = again ? RESUBSCRIBED : MESSAGE_COUNTERS[type];
  if (name !== undefined) metrics.count(name);
  const call = CALLS[type];
  if (call === undefined || !('frameworkId' in message)) return;
  const { frameworkId } = message;
  if (frameworkId === undefined || !isItsScheduler(state, frameworkId, context)) return;
  const tally = metrics.framework(frameworkId);
  if (tally !== undefined) tally.calls[call]++;
  if (type !== 'accept') return;
  for (const operation of message.operations) {
    if (tally !== undefined) tally.operations[operationType(operation)]++;
    if (operation.type !== 'launch') continue;
    metrics.count(operation.tasks.length > 0 ? LAUNCHES : DECLINES);
  }
}

/** `launchGroup` is LAUNCH_GROUP. */
function operationType(operation: Operation): OperationType {
  const { type } = operation;
  if (type === 'change') return OPERATION_NAMES[operation.change.type];
  return type.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase() as OperationType;
}

function isItsScheduler(
  { frameworks }: MasterState,
  frameworkId: FrameworkId,
  { sender }: MasterContext,
): boolean {
  const framework = frameworks.get(frameworkId);
  if (framework?.status !== 'active' || framework.scheduler === undefined) return false;
  return sender === undefined || sameAddress(sender, framework.scheduler);
}

/** @param status that the state came with, or one before that: then it says nothing of the reason */
export function countEnd(
  ended: TaskState,
  frameworkId: FrameworkId,
  { state, source, reason }: TaskStatus,
  context: MasterContext,
): void {
  const metrics = context.options.reads?.metrics;
  const name = ENDED_COUNTERS[ended];
  if (metrics === undefined || (name === undefined && ended !== 'unreachable')) return;
  if (name !== undefined) {
    metrics.count(name);
    const tally = metrics.framework(frameworkId);
    if (tally !== undefined) tally.ended[ended] = (tally.ended[ended] ?? 0) + 1;
  }
  if (reason === undefined || state !== ended) return;
  const parts = [STATES[state], SOURCES[source], REASONS[reason]];
  // These names are of the time when agents were slaves.
  metrics.count(`master/${parts.join('/').toLowerCase().replaceAll('agent', 'slave')}`);
}
