/** `npm run simulate -- founding SEED` replays one seed of a beginning; `--seeds N --from M` runs many. */
import { runInThreads } from '../seed-threads.ts';
import type { ShortFoundingOutcome } from './founding-seed-worker.ts';
import { FOUNDING_FAULTS, type FoundingFault } from './plan.ts';
import { runFoundingScenario } from './scenario.ts';

export interface FoundingCommand {
  readonly seed: string | undefined;
  readonly seedCount: number | undefined;
  readonly from: number;
  readonly lineCountMax: number;
  readonly grep: string | undefined;
  readonly faults: readonly string[] | undefined;
}

/** @returns whether all was as it should be; throws a sentence where the command makes no sense */
export async function runFoundingCommand(command: FoundingCommand): Promise<boolean> {
  if (command.seed !== undefined) return replay(command.seed, command);
  if (command.seedCount !== undefined) return runMany(command.from, command.seedCount);
  throw new RangeError(
    'Say which seed to replay (npm run simulate -- founding 7), or how many to run (--seeds 500)',
  );
}

async function replay(seed: string, command: FoundingCommand): Promise<boolean> {
  const { grep, lineCountMax } = command;
  const faults = command.faults?.map(parseFault);
  const outcome = await runFoundingScenario({
    seed,
    ...(faults === undefined ? {} : { faults }),
    traceLineCountMax: grep === undefined ? 2000 : Number.POSITIVE_INFINITY,
  });
  const chosen = (lines: readonly string[]) =>
    lines.filter((line) => grep === undefined || line.includes(grep)).slice(-lineCountMax);
  print(['The end of its story:', ...chosen(outcome.trace)]);
  print(['', 'What was logged last:', ...chosen(outcome.log)]);
  print(['', summary(outcome), ...outcome.broken.map((fault) => `BROKEN ${fault}`)]);
  return outcome.broken.length === 0;
}

async function runMany(first: number, count: number): Promise<boolean> {
  const failed: string[] = [];
  const startedMs = performance.now();
  const totals = new Map<string, number>();
  let stepCount = 0;
  await runInThreads<ShortFoundingOutcome>({
    worker: new URL('./founding-seed-worker.ts', import.meta.url),
    seeds: Array.from({ length: count }, (_, index) => String(first + index)),
    onOutcome(outcome, seed) {
      stepCount += outcome.stepCount;
      for (const [what, number] of Object.entries(outcome.counts)) {
        totals.set(what, (totals.get(what) ?? 0) + number);
      }
      if (outcome.broken.length === 0) return true;
      failed.push(seed);
      print([summary(outcome), ...outcome.broken.slice(0, 1).map((fault) => `  BROKEN ${fault}`)]);
      return true;
    },
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const all = [...totals].map(([what, number]) => `${number} ${what}`).join(', ');
  print([
    `${count - failed.length} of ${count} seeds held, in ${seconds.toFixed(1)} s`,
    `${stepCount} steps; ${all}`,
  ]);
  if (failed.length === 0) return true;
  print([`Replay: ${failed.map((seed) => `npm run simulate -- founding ${seed}`).join('; ')}`]);
  return false;
}

function parseFault(text: string): FoundingFault {
  const found = FOUNDING_FAULTS.find((kind) => kind === text);
  if (found !== undefined) return found;
  throw new RangeError(`There is no fault "${text}": choose from ${FOUNDING_FAULTS.join(', ')}`);
}

function summary(outcome: ShortFoundingOutcome): string {
  const { seed, stepCount, elapsedMs, fingerprint } = outcome;
  const counts = Object.entries(outcome.counts).map(([what, count]) => `${count} ${what}`);
  return [
    `seed ${seed}`,
    outcome.broken.length === 0 ? 'held' : 'BROKE',
    `${stepCount} steps`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
    fingerprint,
    counts.join(', '),
    `[${outcome.drawn.join(' ')}]`,
  ].join('  ');
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
