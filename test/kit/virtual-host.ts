/** The outside of one node in a virtual world: its clock, its dice and its log; gone when it crashes. */
import type { Host } from '../../runtime/host.ts';
import type { LogRecord } from '../../runtime/log.ts';
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface VirtualHost extends Host {
  /** Nothing that was planned here happens any more, and nothing new is planned. */
  halt(): void;
}

export interface VirtualHostOptions {
  readonly clock: VirtualClock;
  /** Its own stream: what other nodes draw leaves it alone. */
  readonly random: Random;
  readonly onLog: (record: LogRecord) => void;
}

export function virtualHost({ clock, random, onLog }: VirtualHostOptions): VirtualHost {
  let running = true;
  const host: VirtualHost = {
    nowMs: () => clock.nowMs(),
    random: () => random.next(),
    setTimer: (delayMs, callback) => (running ? clock.after(delayMs, host, callback) : () => {}),
    schedule(turn) {
      if (running) clock.soon(host, turn);
    },
    logSink: (record) => {
      if (running) onLog(record);
    },
    halt() {
      running = false;
      clock.forget(host);
    },
  };
  return host;
}
