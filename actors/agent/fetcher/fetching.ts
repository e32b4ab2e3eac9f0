/**
 * The fetching port: whoever can bring a file from somewhere into a sandbox or into the cache. The
 * fetcher decides what is done when and what is kept; `real-fetching.ts` does it on a real machine,
 * and the kit has one that is played.
 */
import type { ArchiveKind, FetchSource } from './uris.ts';

/** Something under way. */
export interface Transfer {
  /**
   * How many bytes it had. Rejects with an error whose message is the end of a sentence; soon after
   * `cancel`, too.
   */
  readonly done: Promise<number>;
  /** Bytes so far; undefined while that can't be told, as when another program unpacks. */
  progress(): number | undefined;
  cancel(): void;
}

/** One file on its way into a sandbox. */
export interface Delivery {
  readonly from: FetchSource | { readonly kind: 'cached'; readonly file: string };
  /** Absolute. Nothing is written outside of it, whatever the names in an archive are. */
  readonly sandbox: string;
  /** A relative path in the sandbox; directories on the way are made. */
  readonly name: string;
  readonly executable: boolean;
  /** To be unpacked into the sandbox. What comes from the cache leaves no archive there. */
  readonly archive: ArchiveKind | undefined;
  /** Lines for the sandbox's `stderr`. */
  readonly before: string;
  readonly after: string;
}

export interface Fetching {
  /** Makes the cache's directory, and removes what an earlier life left there. */
  prepareCache(): Promise<void>;
  fillCache(source: FetchSource, file: string): Transfer;
  dropCached(file: string): void;
  deliver(delivery: Delivery): Transfer;
  /** A line for the sandbox's `stderr`, if that can be written. */
  tell(sandbox: string, line: string): void;
}
