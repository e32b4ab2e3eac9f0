/**
 * How long a loop's thread computed between two ticks of a timer: what the machine gave to others
 * meanwhile is not counted, so that a busy machine does not look like a stalled loop.
 */
import { readFileSync } from 'node:fs';

export interface LoopFigures {
  readonly stallMaxMs: number;
  readonly stallP99Ms: number;
  readonly loopCpuMs: number;
  readonly [figure: string]: number;
}

/** @returns a function that stops watching and says what was seen */
export function watchLoop(): () => LoopFigures {
  const startMs = loopCpuMs();
  let lastMs = startMs;
  const turnsMs: number[] = [];
  const timer = setInterval(() => {
    const nowMs = loopCpuMs();
    turnsMs.push(nowMs - lastMs);
    lastMs = nowMs;
  }, 1);
  return () => {
    clearInterval(timer);
    turnsMs.sort((one, other) => other - one);
    const [stallMaxMs = 0] = turnsMs;
    const stallP99Ms = turnsMs[Math.floor(turnsMs.length / 100)] ?? 0;
    return { stallMaxMs, stallP99Ms, loopCpuMs: lastMs - startMs };
  };
}

/** Of the main thread alone; Linux counts it in nanoseconds. */
function loopCpuMs(): number {
  const [computed = ''] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(
    ' ',
  );
  return Number(computed) / 1e6;
}
