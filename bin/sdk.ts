/**
 * The package `messor` as others import it: all that a framework's author needs, and the ways into
 * a cluster for a program of theirs: `connect` for a scheduler, `runExecutor` for an executor.
 */

import { mastersAt } from '../actors/framework/describe.ts';
import {
  parseExecutorEnvironment,
  SECRET_VARIABLE,
} from '../actors/framework/executor-environment.ts';
import type { ExecutorOptions } from '../actors/framework/executor-state.ts';
import type { SchedulerOptions } from '../actors/framework/scheduler-state.ts';
import type { MasterMessage } from '../actors/protocol/messages.ts';
import type {
  ActorDefinition,
  Address,
  AnyAddress,
  ExitReason,
  SpawnSettings,
  Tagged,
} from '../runtime/actor.ts';
import type { LogSink } from '../runtime/log.ts';
import type { System } from '../runtime/system.ts';
import { dial } from './dial.ts';
import { standardErrorSink } from './log-sink.ts';

export * from '../actors/framework/index.ts';
export type { AllocationPolicy } from '../actors/master/allocator/policy.ts';
export type { InspectorMessage, InspectorReply } from '../runtime/inspect.ts';
export type { System } from '../runtime/system.ts';

export interface ConnectOptions {
  /** Where the master is, `host:port`; several, separated by commas, are tried in turn. */
  readonly master: string;
  /** Name of the cluster; nodes of another one are refused. Default `messor`. */
  readonly cluster?: string;
  /** Default: warnings and errors go to standard error. */
  readonly logSink?: LogSink;
}

/** This program's own node; it only dials, so it needs no port and may be behind NAT. */
export interface ConnectedNode {
  /** For actors of your own, and for questions to others: `system.ask`. Its name ends in `:0`. */
  readonly system: System;
  /** Where masters are, as they were given. With `system`, all that `openLog` needs. */
  readonly masters: readonly Address<MasterMessage>[];
  /**
   * Starts a scheduler (of `defineScheduler`) on this node. It looks for the master until there is
   * one. When its logic throws, it ends; see `exited`.
   * @param options those of the scheduler, beside `masters`, which are known from `connect`
   * @param settings how it is supervised; `onCrash` is `stop` unless it says otherwise
   * @throws CodedError `nameTaken`, `nameIllegal`, `systemStopped`
   */
  start<Options extends SchedulerOptions, State, Message extends Tagged>(
    scheduler: ActorDefinition<Options, State, Message>,
    options: Omit<Options, 'masters'>,
    settings?: SpawnSettings,
  ): Address<Message>;
  /** Resolves when the actor is gone, and says why; at once with `noProcess` when it is not there. */
  exited(actor: AnyAddress): Promise<ExitReason>;
  /** Ends what runs here, and says goodbye. The process can end then. */
  close(): Promise<void>;
}

/**
 * Makes a node of this process. It does not wait for a master: that is dialled, again and again,
 * by the schedulers started on it.
 * @throws Error when `master` is not of the form `host:port`
 */
export async function connect(options: ConnectOptions): Promise<ConnectedNode> {
  const { master, cluster = 'messor', logSink = await warningsToStandardError() } = options;
  const masters = mastersAt(master);
  const { system, close } = await dial({ cluster, logSink });
  return {
    system,
    masters,
    start<Options extends SchedulerOptions, State, Message extends Tagged>(
      scheduler: ActorDefinition<Options, State, Message>,
      rest: Omit<Options, 'masters'>,
      settings: SpawnSettings = {},
    ) {
      const whole = { ...rest, masters } as unknown as Options;
      return system.spawn(scheduler, whole, { onCrash: 'stop', ...settings });
    },
    exited: (actor) => system.exited(actor),
    close,
  };
}

/**
 * Runs an executor (of `defineExecutor`) in this process, which an agent started; resolves when it
 * has ended, and says why. Where the agent is and who we are is in the environment; the secret in it is
 * taken out, so that programs started from here don't inherit it.
 * @param options those of the executor, beside those that the environment has
 * @throws Error when it was not an agent that started this program
 */
export async function runExecutor<Options extends ExecutorOptions, State, Message extends Tagged>(
  executor: ActorDefinition<Options, State, Message>,
  options: Omit<Options, 'agent' | 'frameworkId' | 'executorId' | 'secret'>,
  settings: { readonly logSink?: LogSink } = {},
): Promise<ExitReason> {
  const { cluster, gracePeriodMs, reregisterDelayMsMax, ...told } = parseExecutorEnvironment(
    process.env,
  );
  delete process.env[SECRET_VARIABLE];
  const { logSink = await warningsToStandardError() } = settings;
  const { system, close } = await dial({ cluster, logSink });
  const timings = {
    ...(gracePeriodMs === undefined ? {} : { gracePeriodMs }),
    ...(reregisterDelayMsMax === undefined ? {} : { reregisterDelayMsMax }),
  };
  const whole = { timings, ...options, ...told } as unknown as Options;
  const reason = await system.exited(system.spawn(executor, whole, { onCrash: 'stop' }));
  await close();
  return reason;
}

function warningsToStandardError(): Promise<LogSink> {
  return standardErrorSink({ level: 'warn', format: 'auto' });
}
