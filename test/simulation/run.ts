/**
 * `npm run simulate SEED` replays one seed and says what broke at which step, with the end of its
 * story; `npm run simulate -- --seeds 200 [--from N]` runs many in threads and says what they came to.
 *
 *     --check STEPS    look through master and allocator every so many steps (default 1)
 *     --lines COUNT    so many lines of the trace and of the log (default 60)
 *     --grep TEXT      only lines with TEXT in them
 *     --faults A,B     these instead of a random subset
 *     --masters COUNT  so many masters, with a registry that lasts (default 1, in memory)
 *
 * That is a whole cluster. `npm run simulate -- consensus …` does so with a replicated group alone (and
 * with `--bugs [PART]` says how soon seeds find each known bug), `founding` with how masters come
 * together, `logs` with a replicated log of frameworks.
 */
import { parseArgs } from 'node:util';
import { printPlantedBugs } from './consensus/plant.ts';
import { runInThreads } from './seed-threads.ts';
import type { SeedRun, ShortOutcome, Simulation } from './simulation.ts';

const SCENARIOS = {
  cluster: './scenario.ts',
  consensus: './consensus/scenario.ts',
  founding: './founding/scenario.ts',
  logs: './replicated-log/scenario.ts',
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    check: { type: 'string', default: '1' },
    lines: { type: 'string', default: '60' },
    grep: { type: 'string' },
    faults: { type: 'string' },
    masters: { type: 'string', default: '1' },
    bugs: { type: 'boolean' },
  },
});

const [first, second] = positionals;
const isNamed = first !== undefined && first in SCENARIOS;
const what = isNamed ? (first as keyof typeof SCENARIOS) : 'cluster';
const which = isNamed ? second : first;
const command = what === 'cluster' ? 'npm run simulate' : `npm run simulate -- ${what}`;
const scenario = new URL(SCENARIOS[what], import.meta.url);

try {
  const held = await (values.bugs === true && what === 'consensus'
    ? printPlantedBugs(which ?? '')
    : simulate());
  if (!held) process.exitCode = 1;
} catch (error) {
  if (error instanceof RangeError) refuse(error.message);
  throw error;
}

async function simulate(): Promise<boolean> {
  const common: Omit<SeedRun, 'seed'> = {
    ...(values.faults === undefined ? {} : { faults: values.faults.split(',') }),
    masterCount: parseCount('--masters', values.masters),
    checkIntervalSteps: parseCount('--check', values.check),
  };
  if (which !== undefined) return replay({ ...common, seed: which });
  if (values.seeds === undefined) {
    return refuse(`Say which seed to replay (${command} 7), or how many to run (--seeds 200)`);
  }
  const from = values.from === '0' ? 0 : parseCount('--from', values.from);
  const count = parseCount('--seeds', values.seeds);
  return runMany(
    Array.from({ length: count }, (_, index) => ({ ...common, seed: String(from + index) })),
  );
}

async function replay(run: SeedRun): Promise<boolean> {
  const { grep } = values;
  const countMax = parseCount('--lines', values.lines);
  const { simulation }: { readonly simulation: Simulation } = await import(scenario.href);
  const outcome = await simulation.run({
    ...run,
    ...(grep === undefined ? {} : { traceLineCountMax: Number.POSITIVE_INFINITY }),
  });
  const chosen = (lines: readonly string[]) =>
    lines.filter((line) => grep === undefined || line.includes(grep)).slice(-countMax);
  print(['The end of its story:', ...chosen(outcome.trace)]);
  print(['', 'What was logged last:', ...chosen(outcome.log)]);
  print(['', summary(outcome), ...outcome.broken.map((fault) => `BROKEN ${fault}`)]);
  return outcome.broken.length === 0;
}

async function runMany(runs: readonly SeedRun[]): Promise<boolean> {
  const failed: string[] = [];
  const totals = new Map<string, number>();
  let stepCount = 0;
  const startedMs = performance.now();
  await runInThreads({
    scenario,
    runs,
    onOutcome(outcome, tookMs) {
      stepCount += outcome.stepCount;
      for (const [name, number] of Object.entries(outcome.counts)) {
        totals.set(name, (totals.get(name) ?? 0) + number);
      }
      print([`${summary(outcome)}  ${tookMs.toFixed(0)} ms`]);
      if (outcome.broken.length > 0) {
        failed.push(outcome.seed);
        print(outcome.broken.slice(0, 5).map((fault) => `  BROKEN ${fault}`));
      }
      return true;
    },
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  print([
    `${stepCount} steps: ${countsOf([...totals])}`,
    `${runs.length - failed.length} of ${runs.length} seeds held, in ${seconds} s`,
  ]);
  if (failed.length === 0) return true;
  const masters = values.masters === '1' ? '' : ` --masters ${values.masters}`;
  print([`Replay: ${failed.map((seed) => `${command} ${seed}${masters}`).join('; ')}`]);
  return false;
}

function summary({ seed, stepCount, elapsedMs, fingerprint, ...rest }: ShortOutcome): string {
  return [
    `seed ${seed}`,
    rest.broken.length === 0 ? 'held' : 'BROKE',
    `${stepCount} steps`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
    fingerprint,
    countsOf(Object.entries(rest.counts)),
    `[${rest.drawn.join(' ')}]`,
  ].join('  ');
}

function countsOf(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([name, count]) => `${count} ${name}`).join(', ');
}

function parseCount(flag: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  return refuse(`Cannot use ${flag} "${text}": it must be a whole number above 0`);
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
