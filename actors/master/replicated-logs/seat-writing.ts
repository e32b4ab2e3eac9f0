/**
 * What writers ask of a log: to begin, to append, to truncate. The leader proposes it; what becomes of
 * it is for the state machine to say, once it is agreed on and durable.
 *
 * What is certain to come to nothing is answered at once and never enters the log; what is on
 * its way already is not proposed again: so repetitions cost nothing.
 */
import type { Proposed } from '../../../consensus/replica-messages.ts';
import { assert } from '../../../runtime/assert.ts';
import {
  LOG_BYTES_MAX,
  LOG_ENTRY_BYTES_MAX,
  type LogReply,
} from '../../protocol/replicated-logs.ts';
import { encodeLogOperation, type LogOperation } from './log-entry.ts';
import type { LogAnswer, LogWriter } from './log-machine.ts';
import {
  answer,
  retry,
  type SeatContext,
  type SeatHandlers,
  type SeatRequest,
  type SeatState,
} from './seat-state.ts';

/** Of one log, on their way; who asks for more asks again. */
const PROPOSALS_MAX = 1000;
/** Of the appends among them: less than the storage takes in one piece. */
const PROPOSAL_BYTES_MAX = 16 * 2 ** 20;
/** Beyond the bytes of a log, for those who begin to write: only a writer can truncate. */
const RESERVE_BYTES = 8 * 2 ** 20;

export const writingHandlers: SeatHandlers<
  'beginWriting' | 'appendToLog' | 'truncateLog' | 'proposed'
> = {
  beginWriting(state, request, context) {
    const { token, holder, name } = request;
    const { writer, heldBytes } = state.machine;
    if (writer?.token === token) {
      answer(request, { type: 'logDone', position: writer.epoch }, context);
    } else if (heldBytes > LOG_BYTES_MAX + RESERVE_BYTES) {
      refuseFull(name, request, context);
    } else propose(state, { kind: 'begin', token, holder }, request, context);
  },

  appendToLog(state, request, context) {
    const { epoch, sequence, data, name } = request;
    const { machine } = state;
    if (data.length > LOG_ENTRY_BYTES_MAX) {
      const sentence = `Cannot append ${data.length} bytes or more to log "${name}": an entry has at most ${LOG_ENTRY_BYTES_MAX}`;
      answer(request, { type: 'logRefused', code: 'logEntryTooLarge', sentence }, context);
      return;
    }
    // Of an epoch that is not known here yet nothing can be said.
    if (epoch > (machine.writer?.epoch ?? 0)) {
      retry(state, request, 'this master has not heard of its writer yet', context);
      return;
    }
    const known = machine.answerTo(epoch, sequence);
    if (known !== undefined) {
      tell(state, request, known, context);
      return;
    }
    const { proposed } = state;
    const last = Math.max(machine.lastSequence, proposed.epoch === epoch ? proposed.sequence : 0);
    if (sequence <= last) return;
    if (sequence > last + 1) tell(state, request, { kind: 'outOfOrder' }, context);
    else if (machine.heldBytes + data.length > LOG_BYTES_MAX) refuseFull(name, request, context);
    else if (propose(state, { kind: 'append', epoch, sequence, data }, request, context)) {
      state.proposed = { epoch, sequence };
    }
  },

  truncateLog(state, request, context) {
    const { epoch, to } = request;
    const { writer, beginning } = state.machine;
    if (epoch === writer?.epoch && to <= beginning) {
      answer(request, { type: 'logDone', position: beginning }, context);
    } else propose(state, { kind: 'truncate', epoch, to }, request, context);
  },

  proposed(state, { number, outcome }, context) {
    if (number === state.changeNumber) {
      state.changeNumber = undefined;
      return;
    }
    const request = state.proposals.get(number);
    if (request === undefined) return;
    state.proposals.delete(number);
    state.proposalBytes -= bytesOf(request);
    if (outcome.outcome === 'applied') {
      tell(state, request, outcome.answer as LogAnswer, context);
      return;
    }
    if (outcome.outcome === 'dropped' && outcome.reason === 'logNearlyFull')
      handOver(state, context);
    // Those behind it were proposed in vain, or will be: they begin again with this one.
    state.proposed = { epoch: 0, sequence: 0 };
    retry(state, request, reasonOf(outcome), context);
  },
};

/** Who can't write must not keep those from leading who can: another one each time. */
function handOver({ status, replica, nextNumber }: SeatState, context: SeatContext): void {
  const others = (status?.progress ?? []).filter(
    ({ memberId, isLearner, isActive }) => memberId !== status?.id && !isLearner && isActive,
  );
  const next = others[nextNumber % others.length];
  if (next === undefined || replica === undefined) return;
  context.send(replica, { type: 'transferLeadership', to: next.memberId });
}

/** @returns whether it is on its way */
function propose(
  state: SeatState,
  operation: LogOperation,
  request: SeatRequest,
  context: SeatContext,
): boolean {
  const { replica, proposals, leads } = state;
  if (replica === undefined || !leads) {
    retry(state, request, 'this master does not lead the log', context);
    return false;
  }
  if (proposals.size >= PROPOSALS_MAX || state.proposalBytes >= PROPOSAL_BYTES_MAX) {
    retry(state, request, 'too much is on its way to the log', context);
    return false;
  }
  const number = state.nextNumber++;
  proposals.set(number, request);
  state.proposalBytes += bytesOf(request);
  const data = encodeLogOperation(operation);
  context.send(replica, { type: 'propose', data, number, replyTo: context.self });
  return true;
}

function bytesOf(request: SeatRequest): number {
  return request.type === 'appendToLog' ? request.data.length : 0;
}

function tell(state: SeatState, request: SeatRequest, what: LogAnswer, context: SeatContext): void {
  if (what.kind === 'done') {
    answer(request, { type: 'logDone', position: what.position }, context);
  } else if (what.kind === 'outOfOrder') {
    retry(state, request, 'an append before it is missing', context);
  } else answer(request, fencedBy(what.writer, request.name), context);
}

function fencedBy(
  writer: LogWriter | undefined,
  name: string,
): Omit<Extract<LogReply, { readonly type: 'logRefused' }>, 'number'> {
  const who =
    writer === undefined
      ? 'nobody has begun to'
      : `${writer.holder} has begun to at position ${writer.epoch}`;
  const sentence = `Cannot write to log "${name}" any more: ${who}`;
  return { type: 'logRefused', code: 'logFenced', sentence };
}

function refuseFull(name: string, request: SeatRequest, context: SeatContext): void {
  const sentence = `Cannot append to log "${name}": it has the ${LOG_BYTES_MAX} bytes that a log may have; truncate it`;
  answer(request, { type: 'logRefused', code: 'logFull', sentence }, context);
}

function reasonOf(outcome: Proposed['outcome']): string {
  assert(outcome.outcome !== 'applied', 'what was applied is answered otherwise');
  if (outcome.outcome === 'dropped') return outcome.sentence;
  return 'the log has lost its leader meanwhile, and whether it happened is to be asked again';
}
