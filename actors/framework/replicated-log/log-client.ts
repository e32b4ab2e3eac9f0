/**
 * The client of a replicated log: an actor that finds who leads it, asks, and asks again until it is
 * answered or the time is over. Spawn it beside a scheduler, or as a child of one, and ask it by message;
 * `openLog` (`bin/sdk.ts`) wraps it in promises.
 *
 *     asking any master ──logRetry names the leader──▶ asking the leader ──lost──▶ asking the others
 *
 * Whatever was asked and not answered is asked again of the next one, in the same order and under
 * the same numbers; masters do it once. Appends have a sequence of their own (`log-writing.ts`).
 */
import { defineActor } from '../../../runtime/actor.ts';
import { acceptsLogReply } from '../../protocol/replicated-logs.ts';
import { askAgain, askLater, askNow, begin, finish, isFromAsked, refuse } from './asking.ts';
import type {
  LogClientHandlers,
  LogClientMessage,
  LogClientOptions,
  LogClientState,
  LogCommand,
  Target,
} from './client-state.ts';
import { appendFailed, writingHandlers } from './log-writing.ts';

/** How often it looks for questions whose time is over or that nobody speaks of any more. */
const SWEEP_MS = 250;
/** Nobody has spoken of it for so long: it may be lost. */
const SILENT_MS = 2000;

const askingHandlers: LogClientHandlers<
  | Exclude<LogCommand['type'], 'becomeWriter' | 'append' | 'truncate'>
  | 'logDone'
  | 'logPage'
  | 'logDescription'
  | 'logsListed'
  | 'logRefused'
  | 'logRetry'
  | 'sweepDue'
  | 'askDue'
  | 'exited'
> = {
  create: (state, command, context) =>
    begin(state, { type: 'createLog' }, command, 'masters', context),
  remove: (state, command, context) =>
    begin(state, { type: 'removeLog' }, command, 'masters', context),
  list: (state, command, context) =>
    begin(state, { type: 'listLogs' }, command, 'masters', context),
  describe: (state, command, context) =>
    begin(state, { type: 'describeLog' }, command, 'log', context),
  read: (state, command, context) => {
    const { from = 0, to, waitMs } = command;
    const limits = {
      ...(to === undefined ? {} : { to }),
      ...(waitMs === undefined ? {} : { waitMs }),
    };
    begin(state, { type: 'readLog', from, ...limits }, command, 'log', context);
  },

  logDone(state, reply, context) {
    const request = state.questions.get(reply.number)?.request;
    if (request?.type === 'beginWriting' && isFromAsked(state, context)) {
      state.writer = { epoch: reply.position, nextSequence: 1, hasEnded: false };
    }
    finish(state, reply, context);
  },
  logPage: finish,
  logDescription: finish,
  logsListed: finish,

  logRefused(state, reply, context) {
    const request = state.questions.get(reply.number)?.request;
    finish(state, reply, context);
    if (state.questions.has(reply.number)) return;
    if (request?.type === 'appendToLog') appendFailed(state, request.epoch, reply, context);
  },

  logRetry(state, { number, reason, leader }, context) {
    const question = state.questions.get(number);
    const { sender } = context;
    if (question === undefined || !isFromAsked(state, context)) return;
    question.reason = reason;
    const { target } = question;
    const asked = state.targets[target];
    if (state.timers[target] !== undefined || asked === undefined) return;
    if (sender !== undefined && sender.node !== asked) return;
    if (leader === undefined || leader === asked) askLater(state, target, context);
    else askNow(state, target, leader, context);
  },

  askDue(state, { target }, context) {
    if (state.timers[target] === undefined) return;
    state.timers[target] = undefined;
    askAgain(state, target, context);
  },

  sweepDue(state, _, context) {
    context.sendSelfAfter(SWEEP_MS, { type: 'sweepDue' });
    const nowMs = context.nowMs();
    const silent = new Set<Target>();
    for (const question of [...state.questions.values()]) {
      const { request, dueMs, askedMs, target, reason } = question;
      if (!state.questions.has(request.number)) continue;
      if (dueMs <= nowMs) {
        const sentence = `Cannot ${question.deed} log "${request.name}": ${reason}`;
        const why = { code: 'logUnreachable', sentence } as const;
        refuse(state, question, why.code, sentence, context);
        if (request.type === 'appendToLog') appendFailed(state, request.epoch, why, context);
        continue;
      }
      const waitMs = request.type === 'readLog' ? (request.waitMs ?? 0) : 0;
      if (askedMs === undefined || nowMs - askedMs < SILENT_MS + waitMs) continue;
      if (!silent.has(target)) askLater(state, target, context);
      silent.add(target);
    }
  },

  exited(state, { address: gone }, context) {
    state.linked.delete(gone.node);
    for (const target of ['log', 'masters'] as const) {
      if (state.targets[target] !== gone.node) continue;
      for (const question of state.questions.values()) {
        if (question.target === target) {
          question.reason = `the connection with ${gone.node} broke`;
        }
      }
      askLater(state, target, context);
    }
  },
};

export const logClient = defineActor<LogClientOptions, LogClientState, LogClientMessage>({
  name: 'log-client',
  initialState: ({ masters }) => ({
    questions: new Map(),
    nextNumber: 1,
    pendingBytes: 0,
    targets: { log: undefined, masters: undefined },
    timers: { log: undefined, masters: undefined },
    masters: masters.map(({ node }) => node),
    turn: 0,
    failureCount: 0,
    linked: new Set(),
    writer: undefined,
  }),
  started(_, context) {
    context.sendSelfAfter(SWEEP_MS, { type: 'sweepDue' });
  },
  handlers: { ...askingHandlers, ...writingHandlers },
  accepts: acceptsLogReply,
  inspect: ({ questions, targets, writer, pendingBytes }) => ({
    targets,
    pendingBytes,
    pendingCount: questions.size,
    writer,
  }),
});
