/** What the posix launcher holds and hears: the words its two halves (starting, searching) share. */

import type { Address, Context, Handlers, TimerId } from '../../../runtime/actor.ts';
import type { ContainerId } from '../../protocol/ids.ts';
import type { AgentMetrics } from '../agent-metrics.ts';
import type { KeptContainer, LauncherEvent, LauncherMessage, LauncherNews } from './launcher.ts';
import type { EarlierZygote, PosixMachine, Search } from './posix-machine.ts';
import type { LaunchOrder, Report, Zygote } from './zygote.ts';

export type PosixLauncherMessage =
  | LauncherMessage
  /** All of these from ourselves. First: what the launcher processes of earlier lives told. */
  | {
      readonly type: 'earlierRead';
      readonly zygotes: readonly EarlierZygote[];
      readonly keep: readonly KeptContainer[];
    }
  | { readonly type: 'startZygote' }
  | { readonly type: 'zygoteStarted'; readonly index: number; readonly zygote: Zygote }
  | { readonly type: 'launcherBroken'; readonly cause: string }
  | {
      readonly type: 'reported';
      readonly index: number;
      readonly reports: readonly Report[];
      readonly closed: boolean;
    }
  | { readonly type: 'zygoteExited'; readonly index: number; readonly cause: string }
  | { readonly type: 'graceOver'; readonly containerId: ContainerId }
  | { readonly type: 'search' }
  | { readonly type: 'searched'; readonly search: Search };

export interface PosixLauncherOptions {
  readonly agent: Address<LauncherNews>;
  readonly machine: PosixMachine;
  /** A zygote that started so many containers is replaced, and its journal ends. Default 50 000. */
  readonly ordersPerZygoteMax: number;
  /** How soon after a container's end /proc is searched for what is left of it. Default 1000. */
  readonly leftoverSearchDelayMs: number;
  /** How often it is searched for containers that ended unnoticed. Default 30 000. */
  readonly watchIntervalMs: number;
  /** What can't be killed for so long is given up, with an error in the log. Default 60 000. */
  readonly condemnedMsMax: number;
  /** Default: nothing is counted. */
  readonly metrics?: AgentMetrics;
}

export interface Container {
  readonly containerId: ContainerId;
  /** Absent for what an earlier life left and nobody wants. */
  readonly owner: Address<LauncherEvent> | undefined;
  readonly launchedMs: number;
  /** Which zygote has it; undefined while it waits for one. */
  zygoteIndex: number | undefined;
  phase: 'launching' | 'running' | 'ended';
  processId: number | undefined;
  /** It was ended because its zygote died: its main process may live. */
  orphaned: boolean;
  /** Its owner knows for good how it ended. */
  settled: boolean;
  /** A search found nothing of it any more. */
  clean: boolean;
  /** SIGTERM is to be sent by the next search. */
  terminate: boolean;
  graceTimer: TimerId | undefined;
  graceEndsMs: number;
  /** Set when everything in it gets SIGKILL, from the search of this number on. */
  condemnedFrom: number | undefined;
  condemnedMs: number;
  /** Of its main process, since boot, when a search first saw it; tells it from a successor. */
  mainStartedMs: number | undefined;
  /** Since when searches don't see its main process any more. */
  missingMs: number | undefined;
}

export interface ZygoteState {
  readonly zygote: Zygote;
  orderCount: number;
  containerCount: number;
  /** Of an earlier life, or told to finish: it takes no more orders once it has said so. */
  finished: boolean;
  exited: boolean;
  closed: boolean;
}

export interface PosixLauncherState {
  readonly containers: Map<ContainerId, Container>;
  readonly zygotes: Map<number, ZygoteState>;
  /** The one that takes orders. */
  current: number | undefined;
  zygoteCount: number;
  /** In a row that died young; decides how long the next one waits. */
  failureCount: number;
  /** Orders that wait for a zygote. */
  readonly waiting: LaunchOrder[];
  /** False until what earlier lives left behind is gone. */
  ready: boolean;
  /** The first zygote is on its way. */
  starting: boolean;
  leftoverCount: number;
  searchCount: number;
  searching: boolean;
  searchTimer: { readonly id: TimerId; readonly atMs: number } | undefined;
}

export type LauncherContext = Context<PosixLauncherOptions, PosixLauncherMessage>;
export type LauncherHandlers<Type extends PosixLauncherMessage['type']> = Pick<
  Handlers<PosixLauncherOptions, PosixLauncherState, PosixLauncherMessage>,
  Type
>;

export function newContainer(
  containerId: ContainerId,
  launchedMs: number,
  owner?: Address<LauncherEvent>,
): Container {
  return {
    containerId,
    owner,
    launchedMs,
    zygoteIndex: undefined,
    phase: 'launching',
    processId: undefined,
    orphaned: false,
    settled: owner === undefined,
    clean: false,
    terminate: false,
    graceTimer: undefined,
    graceEndsMs: Number.POSITIVE_INFINITY,
    condemnedFrom: undefined,
    condemnedMs: 0,
    mainStartedMs: undefined,
    missingMs: undefined,
  };
}
