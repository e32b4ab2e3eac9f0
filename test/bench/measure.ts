/**
 * How everything here is measured: each contender is a program of its own that warms up, does its
 * work once, and prints one line of JSON; the contenders take turns, so that a noisy neighbour meets
 * them all; what is reported is the median of the rounds. A ratio is the median of the ratios within
 * a round: where the whole machine is slower for a while, both sides of it are.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface Sample {
  /** Which turn it was, from 0; a contender that failed has none for it. */
  readonly round: number;
  /** How many messages, asks, spawns or tasks were done. */
  readonly count: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Whatever else the program measured, such as `p99Us`. */
  readonly [figure: string]: number;
}

export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
}

/** For the programs: warms up, runs `workload` once for `count`, prints a `Sample`. */
export async function report(
  workloads: Readonly<Record<string, (count: number) => Promise<void>>>,
  workload: string,
  count: number,
): Promise<void> {
  const run = workloads[workload];
  if (run === undefined) {
    throw new Error(
      `Unknown workload "${workload}"; there are ${Object.keys(workloads).join(', ')}`,
    );
  }
  for (let round = 0; round < 3; round++) await run(Math.ceil(count / 8 / 10) * 8);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await run(count);
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ count, wallMs, cpuMs: (user + system) / 1000 }));
}

/** One of the programs in `peers/`, as it was built: what runs TypeScript as it is slows it down. */
export const peer = (name: string, ...rest: string[]): string[] => [
  process.execPath,
  join(import.meta.dirname, 'peers', `${name}.js`),
  ...rest,
];

/** @returns undefined when the program is not there or failed; the reason is printed */
function runOnce({ name, command }: Contender, round: number): Sample | undefined {
  const [program = '', ...rest] = command;
  const { status, stdout, stderr, error } = spawnSync(program, rest, {
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) {
    const why =
      error === undefined ? stderr.trim().split('\n').slice(0, 6).join('\n') : error.message;
    console.error(`  ${name}: no figure: ${why}`);
    return undefined;
  }
  return { ...(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Sample), round };
}

/** Contenders take turns for `roundCount` rounds. */
export function interleave(
  contenders: readonly Contender[],
  roundCount: number,
): Map<string, Sample[]> {
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < roundCount; round++) {
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    for (const contender of order) {
      const sample = runOnce(contender, round);
      if (sample === undefined) continue;
      const list = samples.get(contender.name) ?? [];
      list.push(sample);
      samples.set(contender.name, list);
    }
  }
  return samples;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1
      ? [sorted[middle], sorted[middle]]
      : [sorted[middle - 1], sorted[middle]];
  return (low + high) / 2;
}

export const perSecond = (samples: readonly Sample[]): number =>
  median(samples.map(({ count, wallMs }) => (count / wallMs) * 1000));

/** How often as many a second as `peers` did in the same round. */
export function ratioOf(ours: readonly Sample[], peers: readonly Sample[]): number {
  const ratios = ours.flatMap((own) => {
    const other = peers.find(({ round }) => round === own.round);
    return other === undefined ? [] : [perSecond([own]) / perSecond([other])];
  });
  return median(ratios);
}

export const cpuNsEach = (samples: readonly Sample[]): number =>
  median(samples.map(({ count, cpuMs }) => (cpuMs * 1e6) / count));

/** 12 345 678 → `12.3 M`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const [scale, unit] = value >= 1e6 ? [1e6, ' M'] : value >= 1e3 ? [1e3, ' k'] : [1, ''];
  const scaled = value / scale;
  return `${scaled >= 100 ? scaled.toFixed(0) : scaled >= 10 ? scaled.toFixed(1) : scaled.toFixed(2)}${unit}`;
}
