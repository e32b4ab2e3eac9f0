/**
 * The real outside: the machine's clock, timers, chance and event loop. The only file of the
 * product that touches them.
 *
 * Turns run as microtasks first: no hop between actors costs a turn of the event loop, which under
 * load is a millisecond and more. So that sockets are not starved, microtasks may use
 * `MICROTASK_MS_MAX` between two turns of the loop; beyond that, and whenever a turn asks to be
 * fair, they wait for `setImmediate`.
 */
import { randomFillSync } from 'node:crypto';
import type { Host } from './host.ts';
import type { LogSink } from './log.ts';

/** Work between two turns of the event loop; then I/O has its turn. */
const MICROTASK_MS_MAX = 8;
/** setTimeout treats a longer delay as none: longer ones are waited for in steps. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export interface NodeHostOptions {
  readonly logSink: LogSink;
}

export function nodeHost({ logSink }: NodeHostOptions): Host {
  const startMs = performance.timeOrigin;
  const nowMs = () => startMs + performance.now();

  const now = Promise.resolve();
  let usedMs = 0;
  let beatArmed = false;
  const beat = () => {
    beatArmed = false;
    usedMs = 0;
  };

  return {
    nowMs,
    random: cryptoRandom(),
    setTimer(delayMs, callback) {
      let leftMs = Math.max(0, Math.ceil(delayMs));
      let timer: NodeJS.Timeout;
      const wait = () => {
        const stepMs = Math.min(leftMs, TIMER_MS_MAX);
        leftMs -= stepMs;
        timer = setTimeout(leftMs === 0 ? callback : wait, stepMs);
      };
      wait();
      return () => clearTimeout(timer);
    },
    schedule(turn, fair) {
      if (fair || usedMs >= MICROTASK_MS_MAX) {
        setImmediate(turn);
        return;
      }
      // Cheaper than queueMicrotask, which makes an async resource of each.
      void now.then(() => {
        const beganMs = performance.now();
        turn();
        usedMs += performance.now() - beganMs;
      });
      if (beatArmed) return;
      beatArmed = true;
      // Not a reason to keep the process or to shorten its sleep: it runs when the loop comes round.
      setImmediate(beat).unref();
    },
    logSink,
  };
}

/** Uniform numbers of 53 random bits, drawn from the operating system in blocks. */
function cryptoRandom(): () => number {
  const block = new Uint32Array(512);
  let next = block.length;
  return () => {
    if (next === block.length) {
      randomFillSync(block);
      next = 0;
    }
    const high = (block[next++] ?? 0) >>> 5;
    const low = (block[next++] ?? 0) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}
