/**
 * The launcher port: whoever can start a program in a sandbox, say how it ended, and end it with all
 * that came of it. An agent is given a factory and talks to what that starts by these messages only:
 * `posix-launcher.ts` on a real machine, a scripted one in the simulation.
 *
 *     recover ──▶ launcherReady
 *     launch  ──▶ containerStarted ──▶ containerEnded ──▶ settled
 *        └────────────(notStarted)────────▲
 *
 * Each `launch` is answered by exactly one `containerEnded`, and by one `containerStarted` before it
 * when there was a process; so is each container named in `recover`, whose launch an earlier life of
 * the agent ordered. `kill` hastens the end and has no answer of its own. How a container ended is
 * remembered, also for a later life, until its owner says that this is settled.
 */
import type { Address, Context, Tagged } from '../../../runtime/actor.ts';
import type { ContainerId } from '../../protocol/ids.ts';
import type { CommandInfo, EnvironmentVariable } from '../../protocol/task.ts';

export type LauncherMessage =
  /**
   * From the agent, once, before anything else: what of earlier lives goes on, and whose it is now.
   * All the rest is killed. Answered by `launcherReady`.
   */
  | { readonly type: 'recover'; readonly keep: readonly KeptContainer[] }
  /** From the owner: how it ended will not be asked again. */
  | { readonly type: 'settled'; readonly containerId: ContainerId }
  /** From whoever wants it to run. Dropped when the container exists already. */
  | {
      readonly type: 'launch';
      readonly containerId: ContainerId;
      readonly command: CommandInfo;
      /** The whole environment of the program but for `PWD`; of two with one name the last counts. */
      readonly environment: readonly EnvironmentVariable[];
      /** Its working directory, where `stdout` and `stderr` are appended to. It must exist. */
      readonly sandbox: string;
      readonly owner: Address<LauncherEvent>;
      /** What it writes to its standard output is appended to `stderr`, too. */
      readonly output?: 'stderr';
      /** No later life of the agent wants to know of it: how it ended is settled from the first. */
      readonly fleeting?: true;
    }
  /**
   * SIGTERM to everything in the container; SIGKILL to what is left when the grace period is over.
   * A second one with a shorter grace period hastens the first. Dropped when there is no such
   * container.
   */
  | {
      readonly type: 'kill';
      readonly containerId: ContainerId;
      readonly gracePeriodMs: number;
    };

export interface KeptContainer {
  readonly containerId: ContainerId;
  readonly owner: Address<LauncherEvent>;
}

/** What `owner` hears. */
export type LauncherEvent =
  | {
      readonly type: 'containerStarted';
      readonly containerId: ContainerId;
      readonly processId: number;
    }
  | {
      readonly type: 'containerEnded';
      readonly containerId: ContainerId;
      readonly end: ContainerEnd;
    };

/**
 * How the main process ended; what else was left in the container is being killed.
 * `notStarted` and `unknown` say why as the end of a sentence. `orderLost`: the order to start it did
 * not survive the end of the agent that gave it.
 */
export type ContainerEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'notStarted'; readonly cause: string; readonly orderLost?: true }
  | { readonly kind: 'unknown'; readonly cause: string };

/** What the agent hears from its launcher. */
export type LauncherNews =
  /** After `recover`: what an earlier life left behind is gone or adopted, and it takes launches. */
  | { readonly type: 'launcherReady'; readonly leftoverCount: number }
  /** It can start nothing, now or ever: the agent ends. `cause` is the end of a sentence. */
  | { readonly type: 'launcherFailed'; readonly cause: string };

/** Starts a launcher as a child of the agent. */
export type LauncherFactory = <Options, Message extends Tagged>(
  context: Pick<Context<Options, Message>, 'spawn'>,
  agent: Address<LauncherNews>,
) => Address<LauncherMessage>;
