/**
 * Replicated logs for frameworks: what is said between who uses one and the masters that keep it.
 *
 *     client ──createLog, removeLog, listLogs──▶ replicated-logs, where the leading master is
 *     client ──everything else──▶ replicated-logs, where the leader of this log is
 *
 * Any master may be asked; one that can't answer says who can (`logRetry`). Every request may be
 * repeated, with the same number: asked twice, it happens once. The writer of a log is who began
 * to write last; its epoch is the position where it began, and what an earlier one still appends
 * comes to nothing.
 * Source: Mesos 1.11, include/mesos/log/log.hpp; what differs is told in docs/decisions/0012.
 */
import type { Address } from '../../runtime/actor.ts';
import {
  acceptor,
  array,
  boolean,
  bytes,
  type Check,
  integer,
  object,
  oneOf,
  string,
  union,
} from '../../runtime/decode.ts';
import { address, sentence } from './nouns.ts';
import { REPLICATED_LOG_ERRORS, type ReplicatedLogErrorCode } from './replicated-log-errors.ts';

/** The well-known name of the actor on each master's node that knows the logs. */
export const REPLICATED_LOGS_NAME = 'replicated-logs';

/** Logs of a cluster; one more is refused. */
export const LOGS_MAX = 32;
/** Of one entry; a larger one is refused. */
export const LOG_ENTRY_BYTES_MAX = 2 ** 20;
/** Of one log, from its beginning on, counted with `LOG_ENTRY_COST_BYTES`; then appends are refused. */
export const LOG_BYTES_MAX = 256 * 2 ** 20;
/** What an entry counts beside its data: what masters keep of it in memory and on their disks. */
export const LOG_ENTRY_COST_BYTES = 256;
/** Appends of one writer that are on their way; it holds back what is more. */
export const LOG_APPENDS_IN_FLIGHT_MAX = 64;
/** Of the entries in one page; a single larger one is a page of its own. */
export const LOG_PAGE_BYTES_MAX = 2 ** 20;
/** Entries in one page. */
export const LOG_PAGE_ENTRIES_MAX = 10_000;
/** How long a master keeps a question for entries that are still to come; then the page is empty. */
export const LOG_WAIT_MS_MAX = 30_000;
/** Of the name of a log. */
export const LOG_NAME_LENGTH_MAX = 128;
/** Who writes, in its own words; only to be shown. */
export const LOG_HOLDER_LENGTH_MAX = 256;
/** Members of a log in one description. */
const LOG_MEMBERS_MAX = 100;

interface Asked {
  readonly name: string;
  /** Given by who asks, and in every answer. */
  readonly number: number;
  readonly replyTo: Address<LogReply>;
}

export type LogRequest =
  /** Answered by `logDone`, also when there is one of this name. */
  | (Asked & { readonly type: 'createLog' })
  /** With all its entries, for ever. Answered by `logDone`, also when there is none. */
  | (Asked & { readonly type: 'removeLog' })
  /** `name` is of no meaning. Answered by `logsListed`. */
  | (Asked & { readonly type: 'listLogs' })
  | (Asked & { readonly type: 'describeLog' })
  /** Answered by `logDone` with the epoch. A token that is known already gets the same epoch. */
  | (Asked & {
      readonly type: 'beginWriting';
      readonly token: string;
      /** Who it is, for people. */
      readonly holder: string;
    })
  /** Answered by `logDone` with the position. Sequences of an epoch begin with 1 and leave none out. */
  | (Asked & {
      readonly type: 'appendToLog';
      readonly epoch: number;
      readonly sequence: number;
      readonly data: Uint8Array;
    })
  /** Gives up all entries before `to`. Answered by `logDone` with the new beginning. */
  | (Asked & { readonly type: 'truncateLog'; readonly epoch: number; readonly to: number })
  /**
   * Answered by `logPage`: entries from `from` (0: from the beginning) to `to`, as many as fit, at least all
   * of which the appending was acknowledged before this was asked. With `waitMs`, once there is one.
   */
  | (Asked & {
      readonly type: 'readLog';
      readonly from: number;
      readonly to?: number;
      readonly waitMs?: number;
    });

export type LogReply =
  | { readonly type: 'logDone'; readonly number: number; readonly position: number }
  | ({ readonly type: 'logPage'; readonly number: number } & LogPage)
  | {
      readonly type: 'logDescription';
      readonly number: number;
      readonly description: LogDescription;
    }
  | { readonly type: 'logsListed'; readonly number: number; readonly logs: readonly ListedLog[] }
  | {
      readonly type: 'logRefused';
      readonly number: number;
      readonly code: ReplicatedLogErrorCode;
      readonly sentence: string;
    }
  /** Not here or not now, or nobody knows whether it happened: ask again. `leader`: rather there. */
  | {
      readonly type: 'logRetry';
      readonly number: number;
      readonly reason: string;
      readonly leader?: string;
    };

export interface LogEntry {
  /** Greater than that of the entry before, not by one. */
  readonly position: number;
  readonly data: Uint8Array;
}

export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** Where to go on reading. */
  readonly next: number;
  /** Entries from here on can be read. */
  readonly beginning: number;
  /** Of the newest entry; below `beginning` where there is none. */
  readonly ending: number;
}

export interface LogDescription {
  readonly name: string;
  readonly logId: string;
  /** `host:port` */
  readonly leader: string;
  readonly beginning: number;
  readonly ending: number;
  /** As counted for `LOG_BYTES_MAX`. */
  readonly bytes: number;
  readonly writer?: { readonly epoch: number; readonly holder: string };
  readonly followerCount: number;
  readonly members: readonly LogMember[];
}

export interface LogMember {
  readonly node: string;
  readonly votes: boolean;
  readonly isActive: boolean;
}

export interface ListedLog {
  readonly name: string;
  readonly logId: string;
}

/** @returns what is wrong with a name, as the end of a sentence, or undefined */
export function logNameFault(name: string): string | undefined {
  if (name.length > LOG_NAME_LENGTH_MAX) {
    return `a name has at most ${LOG_NAME_LENGTH_MAX} characters`;
  }
  if (!/^[A-Za-z0-9_.*-]+(\/[A-Za-z0-9_.-]+)+$/.test(name)) {
    return 'a name is a role, a slash, and a name in that role';
  }
  return undefined;
}

// -------------------------------------------------------------------------- what may come in

const whole = integer(0);
/** Four times too long is still let in, to be answered. */
const logName = string(4 * LOG_NAME_LENGTH_MAX);
const shortText = string(LOG_HOLDER_LENGTH_MAX);
const asked = { name: logName, number: whole, replyTo: address<LogReply>() };
const named = { name: logName, logId: shortText };
/** One byte more is let in, to be answered. */
const data = bytes(LOG_ENTRY_BYTES_MAX + 1);

export const acceptsLogRequest = acceptor(
  union<LogRequest, 'type'>('type', {
    createLog: [asked],
    removeLog: [asked],
    listLogs: [asked],
    describeLog: [asked],
    beginWriting: [{ ...asked, token: shortText, holder: shortText }],
    appendToLog: [{ ...asked, epoch: whole, sequence: integer(1), data }],
    truncateLog: [{ ...asked, epoch: whole, to: whole }],
    readLog: [
      { ...asked, from: whole },
      { to: whole, waitMs: integer(0, LOG_WAIT_MS_MAX) },
    ],
  }),
);

const entry = object<LogEntry>({ position: whole, data });
const member = object<LogMember>({ node: shortText, votes: boolean, isActive: boolean });
const code = oneOf(
  Object.fromEntries(Object.keys(REPLICATED_LOG_ERRORS).map((key) => [key, true])) as Record<
    ReplicatedLogErrorCode,
    true
  >,
);
const description: Check<LogDescription> = object<LogDescription>(
  {
    ...named,
    leader: shortText,
    beginning: whole,
    ending: whole,
    bytes: whole,
    followerCount: whole,
    members: array(member, LOG_MEMBERS_MAX),
  },
  { writer: object<{ epoch: number; holder: string }>({ epoch: whole, holder: shortText }) },
);

export const acceptsLogReply = acceptor(
  union<LogReply, 'type'>('type', {
    logDone: [{ number: whole, position: whole }],
    logPage: [
      {
        number: whole,
        entries: array(entry, LOG_PAGE_ENTRIES_MAX),
        next: whole,
        beginning: whole,
        ending: whole,
      },
    ],
    logDescription: [{ number: whole, description }],
    logsListed: [{ number: whole, logs: array(object<ListedLog>(named), LOGS_MAX) }],
    logRefused: [{ number: whole, code, sentence }],
    logRetry: [{ number: whole, reason: sentence }, { leader: shortText }],
  }),
);
