/** How a virtual network is set up, and how badly it behaves. */
import type { Signal } from '../../runtime/host.ts';

export type NetworkMode = 'connection' | 'datagram';

export interface NetworkFaults {
  /** Every signal takes at least this long… */
  readonly delayMsMin: number;
  /** …and as much longer as an exponential distribution of this mean says. */
  readonly delayMsMean: number;
  /** Per message. */
  readonly lossProbability: number;
  /** Per message, `datagram` only; the copy follows the original, so that order is kept. */
  readonly duplicateProbability: number;
  /** Per message, `datagram` only; it comes late, and what was sent after it overtakes it. */
  readonly reorderProbability: number;
}

export interface NetworkOptions extends NetworkFaults {
  readonly mode: NetworkMode;
  /** An end gives up after between half of this and all of it without a sign of the other. */
  readonly silenceMsMax: number;
  readonly dialTimeoutMs: number;
  /** What waits for a connection; what is over it is undeliverable (`congested`). */
  readonly waitingCountMax: number;
  /** `datagram` only: what is spared when single messages are lost, doubled or overtaken. */
  readonly isSpared: (signal: Signal) => boolean;
}

export const HEALTHY_NETWORK: NetworkOptions = {
  mode: 'connection',
  delayMsMin: 0.2,
  delayMsMean: 0.3,
  lossProbability: 0,
  duplicateProbability: 0,
  reorderProbability: 0,
  silenceMsMax: 15_000,
  dialTimeoutMs: 10_000,
  waitingCountMax: 10_000,
  isSpared: () => false,
};
