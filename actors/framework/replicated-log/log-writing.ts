/**
 * How the client of a replicated log writes: appends are numbered from 1 on in each epoch, go out in that
 * order, and are repeated under the same number, so that each is there once.
 *
 *     (no writer) ──becomeWriter──▶ writing ──an append fails──▶ ended ──becomeWriter──▶ writing
 *
 * What comes after an append that failed must not be there without it, so then all fail that wait.
 */
import type { ReplicatedLogErrorCode } from '../../protocol/replicated-log-errors.ts';
import { LOG_ENTRY_BYTES_MAX } from '../../protocol/replicated-logs.ts';
import { begin, refuse } from './asking.ts';
import type {
  LogClientContext,
  LogClientHandlers,
  LogClientState,
  LogCommand,
} from './client-state.ts';

interface Why {
  readonly code: ReplicatedLogErrorCode;
  readonly sentence: string;
}

export const writingHandlers: LogClientHandlers<'becomeWriter' | 'append' | 'truncate'> = {
  becomeWriter(state, command, context) {
    const { name, holder = context.self.node } = context.options;
    const { writer } = state;
    if (writer !== undefined) {
      const sentence = `Cannot append to log "${name}": its writer begins anew`;
      appendFailed(state, writer.epoch, { code: 'logWriterEnded', sentence }, context);
    }
    const token = context.uuid();
    begin(state, { type: 'beginWriting', token, holder }, command, 'log', context);
  },

  append(state, command, context) {
    const { data, epoch } = command;
    const { name } = context.options;
    const { writer } = state;
    if (data.length > LOG_ENTRY_BYTES_MAX) {
      const sentence = `Cannot append ${data.length} bytes to log "${name}": an entry has at most ${LOG_ENTRY_BYTES_MAX}`;
      say(command, { code: 'logEntryTooLarge', sentence }, context);
    } else if (
      writer === undefined ||
      writer.hasEnded ||
      (epoch ?? writer.epoch) !== writer.epoch
    ) {
      const sentence = `Cannot append to log "${name}": this is not its writer, or not any more`;
      say(command, { code: 'logWriterEnded', sentence }, context);
    } else {
      const { nextSequence: sequence } = writer;
      const wish = { type: 'appendToLog', epoch: writer.epoch, sequence, data } as const;
      if (begin(state, wish, command, 'log', context) !== undefined) writer.nextSequence++;
    }
  },

  truncate(state, command, context) {
    const epoch = command.epoch ?? state.writer?.epoch;
    if (epoch === undefined) {
      const sentence = `Cannot truncate log "${context.options.name}": this is not its writer`;
      say(command, { code: 'logWriterEnded', sentence }, context);
      return;
    }
    begin(state, { type: 'truncateLog', epoch, to: command.to }, command, 'log', context);
  },
};

/** An append of this epoch has failed, and so have all that wait behind it. */
export function appendFailed(
  state: LogClientState,
  epoch: number,
  { code, sentence }: Why,
  context: LogClientContext,
): void {
  if (state.writer?.epoch === epoch) state.writer.hasEnded = true;
  for (const question of [...state.questions.values()]) {
    const { request } = question;
    if (request.type !== 'appendToLog' || request.epoch !== epoch) continue;
    refuse(state, question, code, sentence, context);
  }
}

function say({ replyTo }: LogCommand, { code, sentence }: Why, context: LogClientContext): void {
  context.send(replyTo, { type: 'logRefused', code, sentence });
}
