/** What a fetcher hears, is set up with, and holds. */

import type { Address, Context, TimerId } from '../../../runtime/actor.ts';
import type { ContainerId } from '../../protocol/ids.ts';
import type { CommandUri } from '../../protocol/task.ts';
import type { AgentMetrics } from '../agent-metrics.ts';
import type { CacheEntry, FetchCache } from './fetch-cache.ts';
import type { Fetching, Transfer } from './fetching.ts';
import type { FetchPlan } from './uris.ts';

export type FetcherMessage =
  /** From whoever is about to start a command. Dropped when the container is being served already. */
  | {
      readonly type: 'fetch';
      readonly containerId: ContainerId;
      readonly uris: readonly CommandUri[];
      /** Files are cached for each user apart. */
      readonly user?: string | undefined;
      readonly sandbox: string;
      readonly owner: Address<FetcherEvent>;
    }
  /** Answered by `notFetched` at once. Dropped when the container isn't served (any more). */
  | { readonly type: 'cancelFetch'; readonly containerId: ContainerId };

/** What `owner` hears: exactly one of them for each `fetch`. */
export type FetcherEvent =
  | { readonly type: 'fetched'; readonly containerId: ContainerId }
  /** `sentence` is one. */
  | { readonly type: 'notFetched'; readonly containerId: ContainerId; readonly sentence: string };

export type FetcherInbox =
  | FetcherMessage
  /** From ourselves: the cache can be used, or can't. */
  | { readonly type: 'cachePrepared' }
  | { readonly type: 'cacheBroken'; readonly cause: string }
  /** From ourselves: a transfer has ended. Dropped when it was given up before. */
  | { readonly type: 'transferDone'; readonly id: number; readonly sizeBytes: number }
  | { readonly type: 'transferFailed'; readonly id: number; readonly cause: string }
  /** From ourselves: has it come any further? */
  | { readonly type: 'stallDue'; readonly id: number };

export interface FetcherOptions {
  readonly fetching: Fetching;
  /** What relative paths are relative to. */
  readonly frameworksHome?: string | undefined;
  readonly cacheBytesMax: number;
  /** Default 60 000. */
  readonly stallTimeoutMs: number;
  /** Default: nothing is counted. */
  readonly metrics?: AgentMetrics;
}

export interface Fetch {
  readonly containerId: ContainerId;
  readonly uris: readonly CommandUri[];
  readonly user: string | undefined;
  readonly sandbox: string;
  readonly owner: Address<FetcherEvent>;
  /** Of the file that is on its way. */
  index: number;
}

/** What a slot is used for: a file for the cache, or a file for a container. */
export type Work =
  | { readonly kind: 'fill'; readonly entry: CacheEntry; readonly plan: FetchPlan }
  | {
      readonly kind: 'deliver';
      readonly fetch: Fetch;
      readonly plan: FetchPlan;
      readonly entry: CacheEntry | undefined;
    };

export interface Running {
  readonly work: Work;
  readonly transfer: Transfer;
  timer: TimerId;
  bytes: number | undefined;
}

export interface FetcherState {
  readonly fetches: Map<ContainerId, Fetch>;
  readonly cache: FetchCache;
  cacheIs: 'preparing' | 'ready' | 'broken';
  readonly running: Map<number, Running>;
  /** Oldest first. At most as many as there are containers and entries. */
  readonly waiting: Work[];
  transferCount: number;
  fetchedCount: number;
  failedCount: number;
}

export type FetcherContext = Context<FetcherOptions, FetcherInbox>;
