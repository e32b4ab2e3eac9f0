/**
 * The books of the cache: which files are in it, who waits for them, and which go when room is
 * needed. Pure; times and disk are somebody else's.
 *
 *     (none) ──first who asks──▶ filling ──filled──▶ ready ──(room is needed)──▶ (none)
 *                                   └──failed, or nobody waits any more──────────▲
 * A file is dropped when it was used least recently and nobody uses it. One that finds no room is
 * used by those who waited for it, and dropped then.
 * Source: Mesos 1.11, src/slave/containerizer/fetcher.cpp, FetcherProcess::Cache. (Mesos asks for
 * the size first, and does without the cache where that is not told.)
 */
import type { ContainerId } from '../../protocol/ids.ts';

/** Files in the cache, however small; then the least recently used is dropped. */
export const CACHED_FILES_MAX = 10_000;

export interface CacheEntry {
  readonly key: string;
  readonly file: string;
  phase: 'filling' | 'ready';
  sizeBytes: number;
  /** While it is filled: who waits. */
  readonly waiting: Set<ContainerId>;
  /** Deliveries from it that are under way. */
  useCount: number;
}

export interface FetchCache {
  readonly sizeBytesMax: number;
  /** Least recently used first. */
  readonly entries: Map<string, CacheEntry>;
  usedBytes: number;
  fileCount: number;
}

export function emptyCache(sizeBytesMax: number): FetchCache {
  return { sizeBytesMax, entries: new Map(), usedBytes: 0, fileCount: 0 };
}

export function cacheKey(value: string, user: string | undefined): string {
  return user === undefined ? value : `${user}@${value}`;
}

/** Now used most recently. */
export function findCached(cache: FetchCache, key: string): CacheEntry | undefined {
  const entry = cache.entries.get(key);
  if (entry === undefined) return undefined;
  cache.entries.delete(key);
  cache.entries.set(key, entry);
  return entry;
}

/** A place for a file; `name` is for people who look into the directory. */
export function openEntry(cache: FetchCache, key: string, name: string): CacheEntry {
  const shown = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(-20);
  const file = `c${++cache.fileCount}-${shown}`;
  const entry: CacheEntry = {
    key,
    file,
    phase: 'filling',
    sizeBytes: 0,
    waiting: new Set(),
    useCount: 0,
  };
  cache.entries.set(key, entry);
  return entry;
}

/** It is there, and those who waited may use it. @returns files that had to make room */
export function noteFilled(
  cache: FetchCache,
  entry: CacheEntry,
  sizeBytes: number,
): readonly string[] {
  entry.phase = 'ready';
  entry.sizeBytes = sizeBytes;
  cache.usedBytes += sizeBytes;
  return makeRoom(cache, entry);
}

/** One delivery from it has ended. @returns files that are to be dropped */
export function releaseEntry(cache: FetchCache, entry: CacheEntry): readonly string[] {
  entry.useCount--;
  return makeRoom(cache, undefined);
}

/** It could not be filled, or is not what it was. */
export function forgetEntry(cache: FetchCache, entry: CacheEntry): void {
  if (cache.entries.get(entry.key) !== entry) return;
  cache.entries.delete(entry.key);
  cache.usedBytes -= entry.sizeBytes;
}

function makeRoom(cache: FetchCache, kept: CacheEntry | undefined): readonly string[] {
  const dropped: string[] = [];
  for (const entry of cache.entries.values()) {
    const { usedBytes, sizeBytesMax, entries } = cache;
    if (usedBytes <= sizeBytesMax && entries.size <= CACHED_FILES_MAX) break;
    if (entry === kept || entry.phase === 'filling' || entry.useCount > 0) continue;
    forgetEntry(cache, entry);
    dropped.push(entry.file);
  }
  return dropped;
}
