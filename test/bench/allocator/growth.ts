/** How what something costs grows with the size of the cluster: the exponent between the ends of a row. */
import type { Figure, Size } from './figures.ts';

interface Measured extends Size {
  readonly variant: string;
  readonly figures: readonly Figure[];
}

/** 1 is as the size, 0 not at all. Only what was wanted to be quick is told. */
export function growthLines(runs: readonly Measured[]): string[] {
  return [...lines(runs, 'agents', 'frameworks'), ...lines(runs, 'frameworks', 'agents')];
}

function lines(
  runs: readonly Measured[],
  along: 'agents' | 'frameworks',
  across: 'agents' | 'frameworks',
): string[] {
  const rows = new Map<string, { readonly size: number; readonly cpuMs: number }[]>();
  for (const run of runs) {
    for (const { what, cpuMs, count, wantedMs } of run.figures) {
      if (wantedMs === undefined || cpuMs <= 0) continue;
      // What is done once for each agent is one round; what is repeated counts for each time.
      const ms = count === run.agents ? cpuMs : cpuMs / count;
      const kind = what.replace(/\d+/g, 'n');
      const key = `${kind} ${run.variant} at ${run[across]} ${across}`;
      rows.set(key, [...(rows.get(key) ?? []), { size: run[along], cpuMs: ms }]);
    }
  }
  return [...rows].flatMap(([key, points]) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined || first.size >= last.size) return [];
    const exponent = Math.log(last.cpuMs / first.cpuMs) / Math.log(last.size / first.size);
    return [
      `  ${key}: ${first.size} to ${last.size} ${along} grows by the power ${exponent.toFixed(2)}`,
    ];
  });
}
