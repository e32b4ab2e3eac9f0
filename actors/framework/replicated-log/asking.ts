/** How the client of a replicated log asks: whom, in which order, and when again. */
import { address } from '../../../runtime/address.ts';
import { jitteredBackoffMs } from '../../../runtime/backoff.ts';
import type { ReplicatedLogErrorCode } from '../../protocol/replicated-log-errors.ts';
import {
  LOG_APPENDS_IN_FLIGHT_MAX,
  type LogReply,
  type LogRequest,
  REPLICATED_LOGS_NAME,
} from '../../protocol/replicated-logs.ts';
import type {
  LogClientContext,
  LogClientState,
  LogCommand,
  LogOutcome,
  Question,
  Target,
} from './client-state.ts';

/** What waits for an answer; more is refused. */
const QUESTIONS_MAX = 10_000;
/** Of appends that wait for an answer; more is refused. */
const PENDING_BYTES_MAX = 64 * 2 ** 20;
/** Masters that are remembered; further ones are asked only while they are said to lead. */
const MASTERS_MAX = 32;
/** Of appends on their way; one that is larger goes alone. */
const IN_FLIGHT_BYTES_MAX = 8 * 2 ** 20;
const TIMEOUT_MS = 30_000;
/** Between two questions that came to nothing. */
const AGAIN = { delayMsMin: 20, delayMsMax: 500 };

const DEEDS: Readonly<Record<LogRequest['type'], string>> = {
  createLog: 'create',
  removeLog: 'remove',
  listLogs: 'list beside',
  describeLog: 'describe',
  beginWriting: 'write to',
  appendToLog: 'append to',
  truncateLog: 'truncate',
  readLog: 'read',
};

type Wish<Request extends LogRequest = LogRequest> = Request extends LogRequest
  ? Omit<Request, 'name' | 'number' | 'replyTo'>
  : never;

/** @returns the number of the question, or undefined when it is refused: too much waits already */
export function begin(
  state: LogClientState,
  wish: Wish,
  { replyTo }: Pick<LogCommand, 'replyTo'>,
  target: Target,
  context: LogClientContext,
): number | undefined {
  const { name, timeoutMs = TIMEOUT_MS } = context.options;
  const bytes = wish.type === 'appendToLog' ? wish.data.length : 0;
  if (state.questions.size >= QUESTIONS_MAX || state.pendingBytes + bytes > PENDING_BYTES_MAX) {
    const sentence = `Cannot ${DEEDS[wish.type]} log "${name}": ${state.questions.size} questions wait already`;
    context.send(replyTo, { type: 'logRefused', code: 'logBusy', sentence });
    return undefined;
  }
  const number = state.nextNumber++;
  const waitMs = wish.type === 'readLog' ? (wish.waitMs ?? 0) : 0;
  const question: Question = {
    request: { ...wish, name, number, replyTo: context.self } as LogRequest,
    ...{ target, replyTo, deed: DEEDS[wish.type] },
    dueMs: context.nowMs() + timeoutMs + waitMs,
    askedMs: undefined,
    reason: 'no master has answered',
  };
  state.questions.set(number, question);
  state.pendingBytes += bytes;
  if (state.timers[target] === undefined) askWhatMay(state, target, context);
  return number;
}

/** The answer to a question goes to who wanted it. Late and second ones are dropped. */
export function finish(
  state: LogClientState,
  reply: Exclude<LogReply, { readonly type: 'logRetry' }>,
  context: LogClientContext,
): void {
  const question = state.questions.get(reply.number);
  if (question === undefined || !isFromAsked(state, context)) return;
  forget(state, question);
  state.failureCount = 0;
  const { number: _, ...outcome } = reply;
  context.send(question.replyTo, outcome as LogOutcome);
  askWhatMay(state, question.target, context);
}

/** Not from somebody who was never asked. */
export function isFromAsked({ linked }: LogClientState, { sender }: LogClientContext): boolean {
  return sender === undefined || linked.has(sender.node);
}

export function refuse(
  state: LogClientState,
  question: Question,
  code: ReplicatedLogErrorCode,
  sentence: string,
  context: LogClientContext,
): void {
  forget(state, question);
  context.send(question.replyTo, { type: 'logRefused', code, sentence });
}

/** Somebody else is to be asked, and all that was not answered, again. */
export function askNow(
  state: LogClientState,
  target: Target,
  node: string,
  context: LogClientContext,
): void {
  if (!state.masters.includes(node) && state.masters.length < MASTERS_MAX) {
    state.masters = [...state.masters, node];
  }
  // Two that each name the other would be asked for ever without a pause.
  if (++state.failureCount > 2) {
    state.targets[target] = node;
    later(state, target, context);
    return;
  }
  state.targets[target] = node;
  askAgain(state, target, context);
}

/** The next master is asked, after a pause that grows. */
export function askLater(state: LogClientState, target: Target, context: LogClientContext): void {
  state.failureCount++;
  state.targets[target] = undefined;
  later(state, target, context);
}

export function askAgain(state: LogClientState, target: Target, context: LogClientContext): void {
  for (const question of state.questions.values()) {
    if (question.target === target) question.askedMs = undefined;
  }
  askWhatMay(state, target, context);
}

function later(state: LogClientState, target: Target, context: LogClientContext): void {
  if (state.timers[target] !== undefined) return;
  const delayMs = jitteredBackoffMs(Math.max(0, state.failureCount - 2), AGAIN, () =>
    context.random(),
  );
  state.timers[target] = context.sendSelfAfter(delayMs, { type: 'askDue', target });
}

/** Everything that is not asked yet, but of the appends only as many as may be on their way. */
function askWhatMay(state: LogClientState, target: Target, context: LogClientContext): void {
  if (state.timers[target] !== undefined) return;
  let appendCount = 0;
  let appendBytes = 0;
  for (const question of state.questions.values()) {
    if (question.target !== target) continue;
    const { request } = question;
    if (request.type === 'appendToLog') {
      appendBytes += request.data.length;
      if (++appendCount > LOG_APPENDS_IN_FLIGHT_MAX) continue;
      if (appendCount > 1 && appendBytes > IN_FLIGHT_BYTES_MAX) continue;
    }
    if (question.askedMs === undefined) ask(state, question, context);
  }
}

function ask(state: LogClientState, question: Question, context: LogClientContext): void {
  const { target, request } = question;
  const node = state.targets[target] ?? nextMaster(state);
  state.targets[target] = node;
  const master = address<LogRequest>(REPLICATED_LOGS_NAME, node);
  if (!state.linked.has(node)) {
    state.linked.add(node);
    context.link(master);
  }
  question.askedMs = context.nowMs();
  context.send(master, request);
}

function nextMaster(state: LogClientState): string {
  return state.masters[state.turn++ % state.masters.length] ?? '';
}

function forget(state: LogClientState, { request }: Question): void {
  state.questions.delete(request.number);
  if (request.type === 'appendToLog') state.pendingBytes -= request.data.length;
}
