/**
 * What can be wrong with a message that comes from outside, in the words of Mesos, and where in it.
 */
import { CodedError } from '../../../runtime/errors.ts';

/** Every code that reading a message gives, with what to do about it. */
export const V1_ERRORS = {
  messageTooLarge: 'Send less at once, in several messages',
  jsonMalformed: 'Send one JSON object, in UTF-8',
  protobufMalformed: 'Send the bytes of one message, as protobuf writes it',
  fieldMistyped: 'Send the type that the field has in the .proto files of Mesos',
  fieldsMissing: 'Set the fields that are required',
} as const;

export type V1ErrorCode = keyof typeof V1_ERRORS;

/** `message` is what Mesos answers with 400, and then where the fault is. */
export class V1Error extends CodedError {
  declare readonly code: V1ErrorCode;
  /** Such as `accept.operations[2].launch`; empty: the message as a whole. */
  readonly path: string;

  constructor(code: V1ErrorCode, sentence: string, path: string) {
    const where = path === '' ? '' : ` (in ${path})`;
    super(code, `${sentence}${where}`, V1_ERRORS[code]);
    this.path = path;
  }
}

/** On its way from the place of the fault to the top; who passes it on adds where he is. */
export class Fault extends Error {
  readonly code: V1ErrorCode;
  /** From the inside outwards. */
  readonly steps: (string | number)[] = [];

  constructor(code: V1ErrorCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** @returns what was caught, which now knows one step more of its path */
export function within(step: string | number, error: unknown): unknown {
  if (error instanceof Fault) error.steps.push(step);
  return error;
}

export function pathOf(stepsInsideOut: readonly (string | number)[]): string {
  let path = '';
  for (const step of stepsInsideOut.toReversed()) {
    if (typeof step === 'number') path += `[${step}]`;
    else path += path === '' ? step : `.${step}`;
  }
  return path;
}

/** How much of what came is quoted. */
const QUOTE_LENGTH_MAX = 40;

export function quoted(text: string): string {
  return text.length <= QUOTE_LENGTH_MAX ? text : `${text.slice(0, QUOTE_LENGTH_MAX)}…`;
}
