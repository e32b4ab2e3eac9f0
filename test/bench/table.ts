/** How the figures are printed: one line a contender, the ratio to the peer beside each. */
import Table from 'cli-table3';
import { cpuNsEach, perSecond, ratioOf, type Sample, short } from './measure.ts';

export interface Row {
  readonly workload: string;
  readonly contender: string;
  readonly figure: string;
  readonly cpu: string;
  readonly ratio: string;
  readonly goal: string;
}

export function printTable(title: string, rows: readonly Row[]): void {
  const table = new Table({
    head: ['workload', 'contender', 'median', 'CPU each', 'Messor is', 'goal'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push([row.workload, row.contender, row.figure, row.cpu, row.ratio, row.goal]);
  }
  console.log(`\n${title}\n${table.toString()}`);
}

/** Throughput of ours and of each peer, ours over theirs. `goals` are by peer. */
export function throughputRows(
  workload: string,
  ours: string,
  samples: ReadonlyMap<string, readonly Sample[]>,
  goals: Readonly<Record<string, string>>,
): Row[] {
  const own = samples.get(ours) ?? [];
  return [...samples].map(([contender, list], index) => ({
    workload: index === 0 ? workload : '',
    contender,
    figure: `${short(perSecond(list))}/s`,
    cpu: nanoseconds(cpuNsEach(list)),
    ratio: contender.startsWith(ours) ? '' : `${ratioOf(own, list).toFixed(2)}x`,
    goal: goals[contender] ?? '',
  }));
}

function nanoseconds(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} ms`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(1)} µs` : `${value.toFixed(0)} ns`;
}
