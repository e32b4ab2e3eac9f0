/**
 * The fetcher: brings the files that commands ask for into their sandboxes, before they start.
 *
 *     fetch ─▶ (a file) ─┬─ not to be cached ────────▶ delivered ─▶ (the next file) | fetched
 *                        └─ cached ─▶ wait for it ─▶ delivered from there ▲
 *              any of it fails ─▶ notFetched
 * The files of one container come one after the other, in their order; those of different containers
 * side by side. Who asks for a cached file that somebody is fetching already waits for the same
 * download; when that fails, everybody tries by himself. A download ends with the last who waits for
 * it. One that brings nothing for a while has stalled and is given up.
 * Source: Mesos 1.11, src/slave/containerizer/fetcher.cpp, src/launcher/fetcher.cpp.
 */
import { defineActor } from '../../../runtime/actor.ts';
import { describeError } from '../../../runtime/errors.ts';
import type { PendingOperation } from '../agent-metrics.ts';
import { count } from '../counters.ts';
import {
  type CacheEntry,
  cacheKey,
  emptyCache,
  findCached,
  forgetEntry,
  noteFilled,
  openEntry,
  releaseEntry,
} from './fetch-cache.ts';
import type {
  Fetch,
  FetcherContext,
  FetcherInbox,
  FetcherOptions,
  FetcherState,
  Work,
} from './fetcher-state.ts';
import type { Transfer } from './fetching.ts';
import { type FetchPlan, planFetch, shownUri } from './uris.ts';

/** Downloads and deliveries that run at once; the others wait for their turn. */
export const TRANSFERS_AT_ONCE_MAX = 16;

export const fetcher = defineActor<FetcherOptions, FetcherState, FetcherInbox>({
  name: 'fetcher',
  initialState: ({ cacheBytesMax }) => ({
    fetches: new Map(),
    cache: emptyCache(cacheBytesMax),
    cacheIs: 'preparing',
    running: new Map(),
    waiting: [],
    transferCount: 0,
    fetchedCount: 0,
    failedCount: 0,
  }),
  started({ cache, fetches }, context) {
    const { metrics } = context.options;
    metrics?.operations('fetcher', () => [...fetches.values()].map(operationOf));
    metrics?.gauges('fetcher', () => [
      ['containerizer/fetcher/cache_size_total_bytes', cache.sizeBytesMax],
      ['containerizer/fetcher/cache_size_used_bytes', cache.usedBytes],
    ]);
    context.defer(context.options.fetching.prepareCache(), {
      onValue: () => ({ type: 'cachePrepared' }),
      onError: (error) => ({ type: 'cacheBroken', cause: describeError(error) }),
    });
  },
  handlers: {
    fetch(state, { containerId, uris, user, sandbox, owner }, context) {
      if (state.fetches.has(containerId)) return;
      const fetch: Fetch = { containerId, uris, user, sandbox, owner, index: 0 };
      state.fetches.set(containerId, fetch);
      // Until the cache is empty of what was there before, nothing goes into it.
      if (state.cacheIs !== 'preparing') next(state, fetch, context);
    },

    cancelFetch(state, { containerId }, context) {
      const fetch = state.fetches.get(containerId);
      if (fetch !== undefined) fail(state, fetch, 'it was cancelled', context);
    },

    cachePrepared(state, _, context) {
      begin(state, 'ready', context);
    },

    cacheBroken(state, { cause }, context) {
      context.log.warn(`Fetching without a cache: ${cause}`);
      begin(state, 'broken', context);
    },

    transferDone(state, { id, sizeBytes }, context) {
      const work = take(state, id, context);
      if (work?.kind === 'fill') filled(state, work, sizeBytes, context);
      else if (work !== undefined) delivered(state, work, context);
      startWaiting(state, context);
    },

    transferFailed(state, { id, cause }, context) {
      failed(state, id, cause, context);
    },

    stallDue(state, { id }, context) {
      const running = state.running.get(id);
      if (running === undefined) return;
      const { stallTimeoutMs } = context.options;
      const bytes = running.transfer.progress();
      if (bytes !== undefined && bytes === running.bytes) {
        // Not waited for: what hangs in a dead file system can't even be cancelled.
        running.transfer.cancel();
        failed(state, id, `nothing came for ${stallTimeoutMs} ms`, context);
        return;
      }
      running.bytes = bytes;
      running.timer = context.sendSelfAfter(stallTimeoutMs, { type: 'stallDue', id });
    },
  },
  stopped({ running }, { options: { metrics } }) {
    metrics?.endGauges('fetcher');
    metrics?.endOperations('fetcher');
    for (const { transfer } of running.values()) transfer.cancel();
  },
  inspect: ({ cache, cacheIs, fetches, running, waiting, fetchedCount, failedCount }) => ({
    fetching: [...fetches.values()].map(({ owner, ...shown }) => shown),
    runningCount: running.size,
    waitingCount: waiting.length,
    fetchedCount,
    failedCount,
    cacheIs,
    cacheUsedBytes: cache.usedBytes,
    cacheBytesMax: cache.sizeBytesMax,
    cached: [...cache.entries.values()].map(({ waiting: who, ...shown }) => shown),
  }),
});

function operationOf({ containerId, uris, index }: Fetch): PendingOperation {
  const uri = shownUri(uris[index]?.value ?? '');
  return { operation: 'fetcher/fetch', args: { container_id: containerId, uri } };
}

function begin(state: FetcherState, cacheIs: 'ready' | 'broken', context: FetcherContext): void {
  state.cacheIs = cacheIs;
  for (const fetch of [...state.fetches.values()]) next(state, fetch, context);
}

/** The next file of the container, or the end. */
function next(state: FetcherState, fetch: Fetch, context: FetcherContext): void {
  const uri = fetch.uris[fetch.index];
  const { containerId } = fetch;
  if (uri === undefined) {
    state.fetches.delete(containerId);
    state.fetchedCount++;
    count('fetchesSucceeded', context);
    context.send(fetch.owner, { type: 'fetched', containerId });
    return;
  }
  let plan: FetchPlan;
  try {
    plan = planFetch(uri, context.options.frameworksHome);
  } catch (error) {
    fail(state, fetch, describeError(error), context);
    return;
  }
  if (!plan.cache || state.cacheIs === 'broken') {
    perform(state, { kind: 'deliver', fetch, plan, entry: undefined }, context);
    return;
  }
  const key = cacheKey(uri.value, fetch.user);
  const found = findCached(state.cache, key);
  if (found?.phase === 'ready') {
    deliverFrom(state, fetch, plan, found, context);
    return;
  }
  const entry = found ?? openEntry(state.cache, key, plan.name);
  entry.waiting.add(containerId);
  if (found === undefined) perform(state, { kind: 'fill', entry, plan }, context);
}

function deliverFrom(
  state: FetcherState,
  fetch: Fetch,
  plan: FetchPlan,
  entry: CacheEntry,
  context: FetcherContext,
): void {
  entry.useCount++;
  perform(state, { kind: 'deliver', fetch, plan, entry }, context);
}

// --------------------------------------------------------------------------------------- slots

function perform(state: FetcherState, work: Work, context: FetcherContext): void {
  if (state.running.size >= TRANSFERS_AT_ONCE_MAX) {
    state.waiting.push(work);
    return;
  }
  const { fetching, stallTimeoutMs } = context.options;
  const id = ++state.transferCount;
  const transfer: Transfer =
    work.kind === 'fill'
      ? fetching.fillCache(work.plan.source, work.entry.file)
      : fetching.deliver(deliveryOf(work));
  const timer = context.sendSelfAfter(stallTimeoutMs, { type: 'stallDue', id });
  state.running.set(id, { work, transfer, timer, bytes: 0 });
  context.defer(transfer.done, {
    onValue: (sizeBytes) => ({ type: 'transferDone', id, sizeBytes }),
    onError: (error) => ({ type: 'transferFailed', id, cause: describeError(error) }),
  });
}

function deliveryOf({ fetch, plan, entry }: Extract<Work, { kind: 'deliver' }>) {
  const { name, executable, archive, source } = plan;
  const uri = shownUri(fetch.uris[fetch.index]?.value ?? '');
  const how = entry === undefined ? 'into the sandbox' : 'from the cache';
  const what = archive === undefined ? 'Fetched' : 'Fetched and unpacked';
  return {
    from: entry === undefined ? source : ({ kind: 'cached', file: entry.file } as const),
    sandbox: fetch.sandbox,
    name,
    executable,
    archive,
    before: `Fetching "${uri}" ${how}`,
    after: `${what} "${uri}" as "${name}"`,
  };
}

function startWaiting(state: FetcherState, context: FetcherContext): void {
  while (state.running.size < TRANSFERS_AT_ONCE_MAX) {
    const work = state.waiting.shift();
    if (work === undefined) return;
    perform(state, work, context);
  }
}

/** A transfer has ended by itself. */
function take(state: FetcherState, id: number, context: FetcherContext): Work | undefined {
  const running = state.running.get(id);
  if (running === undefined) return undefined;
  context.cancel(running.timer);
  state.running.delete(id);
  return running.work;
}

/** Nobody wants it any more, whether it has begun or not. */
function abandon(
  state: FetcherState,
  isMeant: (work: Work) => boolean,
  context: FetcherContext,
): void {
  const index = state.waiting.findIndex(isMeant);
  const [unbegun] = index < 0 ? [] : state.waiting.splice(index, 1);
  if (unbegun !== undefined) release(state, unbegun, context);
  for (const [id, { work, transfer }] of state.running) {
    if (!isMeant(work)) continue;
    take(state, id, context);
    transfer.cancel();
    release(state, work, context);
  }
  startWaiting(state, context);
}

function release(state: FetcherState, work: Work, context: FetcherContext): void {
  if (work.kind !== 'deliver' || work.entry === undefined) return;
  dropAll(releaseEntry(state.cache, work.entry), context);
}

// ------------------------------------------------------------------------------------- outcomes

function failed(state: FetcherState, id: number, cause: string, context: FetcherContext): void {
  const work = take(state, id, context);
  if (work?.kind === 'fill') notFilled(state, work, cause, context);
  else if (work !== undefined) notDelivered(state, work, cause, context);
  startWaiting(state, context);
}

function filled(
  state: FetcherState,
  { entry, plan }: Extract<Work, { kind: 'fill' }>,
  sizeBytes: number,
  context: FetcherContext,
): void {
  // Counted before room is made, so that nobody's file is dropped under him.
  const waiting = takeWaiting(state, entry);
  entry.useCount += waiting.length;
  dropAll(noteFilled(state.cache, entry, sizeBytes), context);
  for (const fetch of waiting) {
    entry.useCount--;
    const uri = fetch.uris[fetch.index];
    // The same file may have another name, and be an archive to one and not to the other.
    const own = uri === undefined ? plan : planFetch(uri, context.options.frameworksHome);
    deliverFrom(state, fetch, own, entry, context);
  }
}

function notFilled(
  state: FetcherState,
  { entry, plan }: Extract<Work, { kind: 'fill' }>,
  cause: string,
  context: FetcherContext,
): void {
  const waiting = takeWaiting(state, entry);
  forgetEntry(state.cache, entry);
  context.options.fetching.dropCached(entry.file);
  context.log.info(`Could not fetch into the cache: ${cause}`, { file: entry.file });
  for (const fetch of waiting) {
    const uri = fetch.uris[fetch.index];
    const own = uri === undefined ? plan : planFetch(uri, context.options.frameworksHome);
    perform(state, { kind: 'deliver', fetch, plan: own, entry: undefined }, context);
  }
}

function takeWaiting(state: FetcherState, entry: CacheEntry): Fetch[] {
  const waiting = [...entry.waiting].flatMap((id) => state.fetches.get(id) ?? []);
  entry.waiting.clear();
  return waiting;
}

function delivered(
  state: FetcherState,
  work: Extract<Work, { kind: 'deliver' }>,
  context: FetcherContext,
): void {
  release(state, work, context);
  work.fetch.index++;
  next(state, work.fetch, context);
}

function notDelivered(
  state: FetcherState,
  work: Extract<Work, { kind: 'deliver' }>,
  cause: string,
  context: FetcherContext,
): void {
  release(state, work, context);
  const { entry, fetch, plan } = work;
  if (entry !== undefined) {
    // Somebody may have cleared the directory: once more, without the cache.
    forgetEntry(state.cache, entry);
    context.options.fetching.dropCached(entry.file);
    perform(state, { kind: 'deliver', fetch, plan, entry: undefined }, context);
    return;
  }
  fail(state, fetch, cause, context);
}

function fail(state: FetcherState, fetch: Fetch, cause: string, context: FetcherContext): void {
  const { containerId, owner, uris, index, user, sandbox } = fetch;
  const sentence = `Cannot fetch "${shownUri(uris[index]?.value ?? '')}": ${cause}`;
  state.fetches.delete(containerId);
  state.failedCount++;
  count('fetchesFailed', context);
  abandon(state, (work) => work.kind === 'deliver' && work.fetch === fetch, context);
  const key = cacheKey(uris[index]?.value ?? '', user);
  const entry = state.cache.entries.get(key);
  if (entry?.waiting.delete(containerId) && entry.waiting.size === 0) {
    forgetEntry(state.cache, entry);
    abandon(state, (work) => work.kind === 'fill' && work.entry === entry, context);
    context.options.fetching.dropCached(entry.file);
  }
  context.options.fetching.tell(sandbox, sentence);
  context.send(owner, { type: 'notFetched', containerId, sentence });
}

function dropAll(files: readonly string[], context: FetcherContext): void {
  for (const file of files) context.options.fetching.dropCached(file);
}
