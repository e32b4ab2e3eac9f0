/** What the client of a replicated log is set up with, what it hears, and what it holds. */
import type { Address, Context, Exited, Handlers, TimerId } from '../../../runtime/actor.ts';
import type { ReplicatedLogErrorCode } from '../../protocol/replicated-log-errors.ts';
import type {
  ListedLog,
  LogDescription,
  LogPage,
  LogReply,
  LogRequest,
} from '../../protocol/replicated-logs.ts';

export interface LogClientOptions {
  /** `role/name` */
  readonly name: string;
  /** Masters, some or all: as a scheduler is given them. */
  readonly masters: readonly { readonly node: string }[];
  /** Who it is when it writes, for people; default: its node. */
  readonly holder?: string;
  /** Of everything that is asked. Default 30 000. Without an answer until then it is refused. */
  readonly timeoutMs?: number;
}

/** Each is answered once, with one of the outcomes named. */
export type LogCommand =
  /** `logDone`; also when there is one of this name. */
  | (Command & { readonly type: 'create' })
  /** `logDone`. */
  | (Command & { readonly type: 'remove' })
  /** `logsListed`: all there are, not only this one. */
  | (Command & { readonly type: 'list' })
  /** `logDescription`. */
  | (Command & { readonly type: 'describe' })
  /** `logPage`. With `waitMs` it comes once there is an entry from `from` on, or when that is over. */
  | (Command & {
      readonly type: 'read';
      /** Default: the beginning. */
      readonly from?: number;
      readonly to?: number;
      readonly waitMs?: number;
    })
  /** `logDone`, with the epoch: whoever wrote before is fenced. */
  | (Command & { readonly type: 'becomeWriter' })
  /**
   * `logDone`, with the position. What fails ends this writer: later appends are refused until it has
   * become one again, so that none can follow a missing one.
   */
  | (Command & {
      readonly type: 'append';
      readonly data: Uint8Array;
      /** Of the writer who means it; default: the present one. */
      readonly epoch?: number;
    })
  /** `logDone`, with the new beginning. */
  | (Command & { readonly type: 'truncate'; readonly to: number; readonly epoch?: number });

interface Command {
  readonly replyTo: Address<LogOutcome>;
}

export type LogOutcome =
  | { readonly type: 'logDone'; readonly position: number }
  | ({ readonly type: 'logPage' } & LogPage)
  | { readonly type: 'logDescription'; readonly description: LogDescription }
  | { readonly type: 'logsListed'; readonly logs: readonly ListedLog[] }
  | {
      readonly type: 'logRefused';
      readonly code: ReplicatedLogErrorCode;
      readonly sentence: string;
    };

export type LogClientMessage =
  | LogCommand
  | LogReply
  | Exited
  /** From itself. */
  | { readonly type: 'sweepDue' }
  | { readonly type: 'askDue'; readonly target: Target };

/** Whom to ask: who leads the log, or who leads the masters. */
export type Target = 'log' | 'masters';

export interface Question {
  readonly request: LogRequest;
  readonly target: Target;
  readonly replyTo: Address<LogOutcome>;
  /** As in `Cannot … log`. */
  readonly deed: string;
  readonly dueMs: number;
  /** When it was asked last; undefined while it is held back. */
  askedMs: number | undefined;
  /** Why it was not answered yet. */
  reason: string;
}

export interface WriterSession {
  readonly epoch: number;
  nextSequence: number;
  /** An append has failed: it appends nothing more. */
  hasEnded: boolean;
}

export interface LogClientState {
  /** By number, in the order of asking. */
  readonly questions: Map<number, Question>;
  nextNumber: number;
  /** Of appends that wait for their answer. */
  pendingBytes: number;
  /** Nodes that are asked. */
  readonly targets: Record<Target, string | undefined>;
  /** Of asking again a little later. */
  readonly timers: Record<Target, TimerId | undefined>;
  /** Masters to ask by turns: those given, and those that were said to lead. */
  masters: readonly string[];
  /** Counts those asked by turns. */
  turn: number;
  /** In a row, of asking. */
  failureCount: number;
  readonly linked: Set<string>;
  writer: WriterSession | undefined;
}

export type LogClientContext = Context<LogClientOptions, LogClientMessage>;
export type LogClientHandlers<Type extends LogClientMessage['type']> = Pick<
  Handlers<LogClientOptions, LogClientState, LogClientMessage>,
  Type
>;
