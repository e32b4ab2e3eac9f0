/** Why nothing comes of what is asked of a replicated log, with what to do about it. */
import { CodedError } from '../../runtime/errors.ts';

export const REPLICATED_LOG_ERRORS = {
  logUnknown: 'Create it: openLog with create, or "messor replicated-logs create"',
  logNameInvalid: 'Name it role/name, with up to 128 letters, digits and -_./',
  logsTooMany: 'Remove one that nobody needs: "messor replicated-logs remove"',
  logsNotKept: 'Run the masters with --registry raft, which need no etcd',
  logFenced: 'Read what the other writer has appended, then become its writer again',
  logWriterEnded: 'Become its writer again; what was appended can be read',
  logTruncated: 'Read from its beginning, and take what was before from where the writer keeps it',
  logFull: 'Truncate it, then become its writer again',
  logEntryTooLarge: 'Append it in several entries, or keep it elsewhere and append where',
  logFollowersTooMany: 'Follow it from fewer places',
  logBusy: 'Wait for answers before asking for more',
  logUnreachable:
    'See that more than half of the masters run and reach each other: "messor masters"',
} as const;

export type ReplicatedLogErrorCode = keyof typeof REPLICATED_LOG_ERRORS;

export function replicatedLogError(code: ReplicatedLogErrorCode, sentence: string): CodedError {
  return new CodedError(code, sentence, REPLICATED_LOG_ERRORS[code]);
}
