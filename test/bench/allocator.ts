/**
 * The allocator alone: Mesos' cases by name and ours, each size in a process of its own. All times are
 * CPU time of that process, so that what else the machine does counts little. `bare` is the same
 * choices as arithmetic over typed arrays (`allocator/bare.ts`): what a round cannot be quicker than.
 */
import { spawnSync } from 'node:child_process';
import Table from 'cli-table3';
import { CASES, type CaseEntry } from './allocator/cases.ts';
import type { Figure, Size } from './allocator/figures.ts';
import { growthLines } from './allocator/growth.ts';
import { type BenchFlags, numbersIn } from './flags.ts';
import { peer } from './measure.ts';

export interface Run extends Size {
  readonly case: string;
  readonly variant: string;
  readonly figures: readonly Figure[];
  readonly peakBytes: number;
}

const SIZES = {
  quick: { agents: [1000], frameworks: [100], seconds: 1 },
  usual: { agents: [1000, 10_000, 50_000], frameworks: [1, 100, 1000, 6000], seconds: 10 },
  full: {
    agents: [1000, 5000, 10_000, 20_000, 30_000, 50_000],
    frameworks: [1, 50, 100, 200, 500, 1000, 3000, 6000],
    seconds: 60,
  },
} as const;
const TIMEOUT_MS = 15 * 60 * 1000;
const HEAP_MIB = 6000;

export function benchAllocator(_roundCount: number, flags: BenchFlags): void {
  const sizes = SIZES[flags.quick ? 'quick' : flags.full ? 'full' : 'usual'];
  const agents = flags.agents === undefined ? sizes.agents : numbersIn('agents', flags.agents);
  const frameworks =
    flags.frameworks === undefined ? sizes.frameworks : numbersIn('frameworks', flags.frameworks);
  const seconds = flags.seconds === undefined ? sizes.seconds : Number(flags.seconds);
  const wanted = flags.case?.split(',') ?? [...CASES.keys()];
  const runs: Run[] = [];
  for (const name of wanted) {
    const entry = CASES.get(name);
    if (entry === undefined) {
      console.error(`There is no case "${name}"; there are ${[...CASES.keys()].join(', ')}`);
      process.exitCode = 2;
      return;
    }
    for (const size of sizesOf(entry, agents, frameworks)) {
      for (const variant of entry.variants) {
        const run = runCase(name, size, variant, seconds);
        if (run !== undefined) runs.push(run);
      }
    }
  }
  if (flags.json) console.log(JSON.stringify(runs));
  else for (const name of wanted) printRuns(runs.filter((run) => run.case === name));
}

function sizesOf(
  { sizes }: CaseEntry,
  agents: readonly number[],
  frameworks: readonly number[],
): Size[] {
  if (sizes === 'fixed') return [{ agents: 0, frameworks: 0 }];
  return agents.flatMap((count) =>
    (sizes === 'agents' ? [0] : frameworks).map((of) => ({ agents: count, frameworks: of })),
  );
}

function runCase(name: string, size: Size, variant: string, seconds: number): Run | undefined {
  const { agents, frameworks } = size;
  const [program = '', ...rest] = peer('allocator', name, `${agents}`, `${frameworks}`, variant);
  const startMs = performance.now();
  const { status, stdout, stderr, error } = spawnSync(
    program,
    [`--max-old-space-size=${HEAP_MIB}`, '--expose-gc', ...rest],
    {
      ...{ encoding: 'utf8', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
      env: { ...process.env, BENCH_BUDGET_MS: String(seconds * 1000) },
    },
  );
  const said = `  ${name} ${variant} ${agents} x ${frameworks}`;
  if (status !== 0) {
    console.error(`${said}: no figure: ${error?.message ?? stderr.trim().split('\n')[0]}`);
    return undefined;
  }
  console.error(`${said}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return { ...size, case: name, variant, ...JSON.parse(stdout) };
}

function printRuns(runs: readonly Run[]): void {
  const [first] = runs;
  if (first === undefined) return;
  const table = new Table({
    head: ['agents', 'frameworks', '', 'what', 'CPU', 'each', 'wanted', 'x bare', ''],
    style: { head: [], border: [], compact: true },
  });
  for (const { agents, frameworks, variant, figures, peakBytes } of runs) {
    for (const [index, figure] of figures.entries()) {
      const { what, count, cpuMs, wantedMs, bareMs, bytesEach, note } = figure;
      const last = index === figures.length - 1 ? `${(peakBytes / 2 ** 20).toFixed(0)} MiB` : '';
      table.push([
        ...(index === 0 ? [agents || '', frameworks || '', variant] : ['', '', '']),
        ...[what, milliseconds(cpuMs), each(cpuMs / count)],
        wantedMs === undefined ? '' : `${cpuMs <= wantedMs ? '' : 'NOT '}${milliseconds(wantedMs)}`,
        bareMs === undefined || bareMs === 0 ? '' : `${(cpuMs / bareMs).toFixed(0)}x`,
        [bytesEach === undefined ? '' : `${bytesEach.toFixed(0)} bytes`, note, last]
          .filter((part) => part !== undefined && part !== '')
          .join(', '),
      ]);
    }
  }
  console.log(`\n${first.case}\n${table.toString()}`);
  for (const line of growthLines(runs)) console.log(line);
}

function milliseconds(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(2)} ms`;
}

function each(value: number): string {
  if (value >= 1) return `${value.toFixed(2)} ms`;
  return value >= 0.01 ? `${(value * 1e3).toFixed(1)} µs` : `${(value * 1e6).toFixed(0)} ns`;
}
