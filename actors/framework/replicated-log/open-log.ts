/**
 * A replicated log as promises: for programs that are no actors, or that wait for an answer with
 * `context.defer`. Behind it stands one `logClient`, which does all the work.
 *
 *     const log = await openLog(node, 'ops/ledger', { create: true });
 *     const writer = await log.becomeWriter();
 *     const position = await writer.append(bytes);
 *     for await (const { position, data } of log.follow()) …
 *
 * Everything rejects with a `CodedError` of `REPLICATED_LOG_ERRORS`, or with `systemStopped`.
 */
import type { Address } from '../../../runtime/actor.ts';
import { assert } from '../../../runtime/assert.ts';
import { CodedError } from '../../../runtime/errors.ts';
import type { System } from '../../../runtime/system.ts';
import { replicatedLogError } from '../../protocol/replicated-log-errors.ts';
import type {
  ListedLog,
  LogDescription,
  LogEntry,
  LogPage,
} from '../../protocol/replicated-logs.ts';
import type { LogClientMessage, LogClientOptions, LogOutcome } from './client-state.ts';
import { logClient } from './log-client.ts';

export interface OpenLogOptions extends Pick<LogClientOptions, 'holder' | 'timeoutMs'> {
  /** Make it where there is none of this name. Otherwise that is the error `logUnknown`. */
  readonly create?: boolean;
}

export interface ReplicatedLog {
  /** `role/name` */
  readonly name: string;
  /** For actors of this node that rather ask by message: see `LogCommand`. */
  readonly client: Address<LogClientMessage>;
  /** From here on nobody else writes, whoever did before. */
  becomeWriter(): Promise<LogWriter>;
  /**
   * Entries from `from` (default: the beginning) to `to`, one page of them; `next` is where to go on. In it
   * is all of which the appending was acknowledged before.
   */
  read(from?: number, to?: number): Promise<LogPage>;
  /**
   * Each entry from `from` (default: the beginning) on once and in order, also those to come, until the
   * loop is left or `signal` says so. While no master answers, it waits. It holds one page at most.
   */
  follow(from?: number, settings?: { readonly signal?: AbortSignal }): AsyncGenerator<LogEntry>;
  /** Entries from here on can be read. */
  beginning(): Promise<number>;
  /** Of the newest entry; below the beginning where there is none. */
  ending(): Promise<number>;
  describe(): Promise<LogDescription>;
  /** With all entries, for ever. */
  remove(): Promise<void>;
  /** What was asked and not answered is never answered. */
  close(): void;
}

export interface LogWriter {
  /** The position where it began to write. */
  readonly epoch: number;
  /**
   * Resolves with the position when most masters have it on their disks. Many may wait at once; they are
   * there in the order of asking. When one fails, this writer has ended.
   */
  append(data: Uint8Array): Promise<number>;
  /** Gives up all entries before `to`; resolves with the new beginning. */
  truncate(to: number): Promise<number>;
}

/** A node of this process, and where masters are: what `connect` gives. */
interface LogUser {
  readonly system: System;
  readonly masters: readonly { readonly node: string }[];
}

/** How long a master keeps a question of who follows, before it says that there is nothing new. */
const FOLLOW_WAIT_MS = 10_000;
const TIMEOUT_MS = 30_000;
/** The client answers in time; this is only for one that has ended. */
const LATE_MS = 2000;

export async function openLog(
  { system, masters }: LogUser,
  name: string,
  { create = false, ...rest }: OpenLogOptions = {},
): Promise<ReplicatedLog> {
  const client = system.spawn(logClient, { name, masters, ...rest });
  const log = new OpenedLog(system, client, name, rest.timeoutMs ?? TIMEOUT_MS);
  try {
    if (create) await log.ask('logDone', (replyTo) => ({ type: 'create', replyTo }));
    else await log.describe();
  } catch (error) {
    log.close();
    throw error;
  }
  return log;
}

/** All logs that there are. */
export async function listLogs(
  { system, masters }: LogUser,
  timeoutMs = TIMEOUT_MS,
): Promise<readonly ListedLog[]> {
  const client = system.spawn(logClient, { name: '', masters, timeoutMs });
  const log = new OpenedLog(system, client, '', timeoutMs);
  try {
    return (await log.ask('logsListed', (replyTo) => ({ type: 'list', replyTo }))).logs;
  } finally {
    log.close();
  }
}

type Done = Exclude<LogOutcome, { readonly type: 'logRefused' }>;

class OpenedLog implements ReplicatedLog {
  readonly name: string;
  readonly client: Address<LogClientMessage>;
  readonly #system: System;
  readonly #timeoutMs: number;

  constructor(system: System, client: Address<LogClientMessage>, name: string, timeoutMs: number) {
    this.#system = system;
    this.client = client;
    this.name = name;
    this.#timeoutMs = timeoutMs;
  }

  async becomeWriter(): Promise<LogWriter> {
    const { position: epoch } = await this.ask('logDone', (replyTo) => ({
      type: 'becomeWriter',
      replyTo,
    }));
    return {
      epoch,
      append: async (data) =>
        (await this.ask('logDone', (replyTo) => ({ type: 'append', data, epoch, replyTo })))
          .position,
      truncate: async (to) =>
        (await this.ask('logDone', (replyTo) => ({ type: 'truncate', to, epoch, replyTo })))
          .position,
    };
  }

  read(from = 0, to?: number): Promise<LogPage> {
    const limit = to === undefined ? {} : { to };
    return this.ask('logPage', (replyTo) => ({ type: 'read', from, ...limit, replyTo }));
  }

  async *follow(
    from = 0,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<LogEntry> {
    for (let next = from; !isAborted(signal); ) {
      const page = await unlessAborted(this.#pageFrom(next), signal);
      if (page === undefined) return;
      for (const entry of page.entries) {
        if (isAborted(signal)) return;
        yield entry;
      }
      next = page.next;
    }
  }

  async beginning(): Promise<number> {
    return (await this.describe()).beginning;
  }

  async ending(): Promise<number> {
    return (await this.describe()).ending;
  }

  async describe(): Promise<LogDescription> {
    const ask = await this.ask('logDescription', (replyTo) => ({ type: 'describe', replyTo }));
    return ask.description;
  }

  async remove(): Promise<void> {
    await this.ask('logDone', (replyTo) => ({ type: 'remove', replyTo }));
  }

  close(): void {
    this.#system.stop(this.client);
  }

  async ask<Type extends Done['type']>(
    type: Type,
    request: (replyTo: Address<LogOutcome>) => LogClientMessage,
    waitMs = 0,
  ): Promise<Extract<Done, { readonly type: Type }>> {
    const timeoutMs = this.#timeoutMs + waitMs + LATE_MS;
    const outcome = await this.#system.ask<LogClientMessage, LogOutcome>(
      this.client,
      request,
      timeoutMs,
    );
    if (outcome.type === 'logRefused') throw replicatedLogError(outcome.code, outcome.sentence);
    assert(outcome.type === type, 'each question has its kind of answer');
    return outcome as Extract<Done, { readonly type: Type }>;
  }

  async #pageFrom(from: number): Promise<LogPage> {
    for (;;) {
      try {
        const waitMs = FOLLOW_WAIT_MS;
        return await this.ask(
          'logPage',
          (replyTo) => ({ type: 'read', from, waitMs, replyTo }),
          waitMs,
        );
      } catch (error) {
        if (!(error instanceof CodedError && error.code === 'logUnreachable')) throw error;
      }
    }
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}

/** Resolves with undefined as soon as it is aborted. */
function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value | undefined> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => resolve(undefined);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
