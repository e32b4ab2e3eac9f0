/**
 * Errors that callers may want to tell apart: a stable code, a sentence that says what could not be
 * done, and what to do about it. Everything else that is thrown is a mistake of ours.
 */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: string;
  /** What to do next, as a sentence. */
  readonly remedy: string;

  constructor(code: string, sentence: string, remedy: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = remedy;
  }
}

/** Every code the runtime gives, with what to do about it. */
export const RUNTIME_ERRORS = {
  nameTaken: 'Choose another name, or leave it out to get a unique one',
  nameIllegal: "Use up to 255 letters, digits and -_.$+!*'(),",
  notAChild: 'Stop only children or self; ask another actor by message to stop',
  notNow: 'Start children and ask from a handler or from `started`, while the actor lives',
  systemStopped: 'Start actors and ask before the system is shut down',
  askTimedOut: 'Ask again, or look at the dead letters of the node that was asked',
  mailboxFull: 'Let the senders wait for answers, or raise `mailboxCountMax`',
  asynchronousHandler: 'Return nothing; hand promises to `context.defer`',
} as const;

export type RuntimeErrorCode = keyof typeof RUNTIME_ERRORS;

export function runtimeError(
  code: RuntimeErrorCode,
  sentence: string,
  cause?: unknown,
): CodedError {
  return new CodedError(code, sentence, RUNTIME_ERRORS[code], cause);
}

/** The same as the second half of a sentence: "…; give it a directory of its own". */
export function asAdvice(remedy: string): string {
  return remedy.charAt(0).toLowerCase() + remedy.slice(1);
}

/** What was thrown and, where that is known, what to do about it. */
export function explainError(error: unknown): string {
  const sentence = describeError(error);
  return error instanceof CodedError ? `${sentence}; ${asAdvice(error.remedy)}` : sentence;
}

/** What was thrown, as a sentence for logs; anything can be thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
