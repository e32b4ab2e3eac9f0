/**
 * Fetching without a machine: what is under way ends when the test says so, or at once.
 *
 *     const { fetching, underWay } = playedFetching();
 *     underWay[0]?.finish(100);
 */
import type { Delivery, Fetching, Transfer } from '../../actors/agent/fetcher/fetching.ts';
import type { FetchSource } from '../../actors/agent/fetcher/uris.ts';

export interface PlayedTransfer {
  /** `fill c1-a` or `deliver a`. */
  readonly what: string;
  readonly delivery?: Delivery;
  bytes: number;
  cancelled: boolean;
  finish(sizeBytes?: number): void;
  fail(cause: string): void;
}

export function playedFetching(atOnce = false) {
  const underWay: PlayedTransfer[] = [];
  const dropped: string[] = [];
  const told: string[] = [];
  const begin = (what: string, delivery?: Delivery): Transfer => {
    let finish: (sizeBytes: number) => void = () => {};
    let fail: (error: Error) => void = () => {};
    const done = new Promise<number>((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
    const played: PlayedTransfer = {
      what,
      ...(delivery && { delivery }),
      bytes: 0,
      cancelled: false,
      finish: (sizeBytes = 1) => finish(sizeBytes),
      fail: (cause) => fail(new Error(cause)),
    };
    underWay.push(played);
    if (atOnce) played.finish();
    return {
      done,
      progress: () => played.bytes,
      cancel() {
        played.cancelled = true;
        played.fail('it was cancelled');
      },
    };
  };
  const fetching: Fetching = {
    prepareCache: () => Promise.resolve(),
    fillCache: (_source: FetchSource, file) => begin(`fill ${file}`),
    dropCached: (file) => void dropped.push(file),
    deliver: (delivery) => begin(`deliver ${delivery.name}`, delivery),
    tell: (_sandbox, line) => void told.push(line),
  };
  return { fetching, underWay, dropped, told };
}
