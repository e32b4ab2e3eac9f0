/**
 * The outside of one node in a virtual world: its clock, its dice and its log.
 *
 *     running ──halt (the process is killed)──▶ halted ──drain (the world ends)──▶ drained
 */
import type { Host } from '../../runtime/host.ts';
import type { LogRecord } from '../../runtime/log.ts';
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface VirtualHost extends Host {
  /**
   * From now on each turn comes a while after it could have: an exponential distribution of this
   * mean. So mail piles up, and what actors of one node say to each other crosses what others say.
   */
  slowDown(turnDelayMsMean: number): void;
  /** As when the machine swaps or a debugger holds the process: all is late until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Nothing that was planned here happens any more, and nothing new is planned. */
  halt(): void;
  /** Turns run at once again, but no timers: a system can be taken apart, and its memory freed. */
  drain(): void;
}

export interface VirtualHostOptions {
  readonly clock: VirtualClock;
  /** Its own stream: what other nodes draw leaves it alone. */
  readonly random: Random;
  readonly onLog: (record: LogRecord) => void;
}

export function virtualHost({ clock, random, onLog }: VirtualHostOptions): VirtualHost {
  let phase: 'running' | 'halted' | 'drained' = 'running';
  let turnDelayMsMean = 0;
  const pace = random.split('pace');
  const host: VirtualHost = {
    nowMs: () => clock.nowMs(),
    random: () => random.next(),
    setTimer: (delayMs, callback) =>
      phase === 'running' ? clock.after(delayMs, host, callback) : () => {},
    schedule(turn) {
      if (phase === 'running' && turnDelayMsMean > 0) {
        clock.after(pace.exponential(turnDelayMsMean), host, turn);
      } else if (phase === 'running') clock.soon(host, turn);
      else if (phase === 'drained') queueMicrotask(turn);
    },
    logSink: (record) => {
      if (phase === 'running') onLog(record);
    },
    slowDown(meanMs) {
      turnDelayMsMean = meanMs;
    },
    freeze: () => clock.freeze(host),
    thaw: () => clock.thaw(host),
    halt() {
      phase = 'halted';
      clock.forget(host);
    },
    drain() {
      if (phase === 'running') clock.forget(host);
      phase = 'drained';
    },
  };
  return host;
}
