/**
 * `npm run simulate -- consensus SEED` replays one seed of a replicated group, `--seeds N --from M`
 * runs many in threads, `--bugs` plants the known bugs one by one and says how soon each is found.
 */
import { runInThreads, THREAD_COUNT } from '../seed-threads.ts';
import { GROUP_FAULTS, type GroupFault } from './faults.ts';
import type { ShortGroupOutcome } from './group-seed-worker.ts';
import { checkOf, hunt } from './plant.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { runGroupScenario } from './scenario.ts';

export interface GroupCommand {
  readonly seed: string | undefined;
  readonly seedCount: number | undefined;
  readonly from: number;
  readonly lineCountMax: number;
  readonly grep: string | undefined;
  readonly faults: readonly string[] | undefined;
  /** All, or those with this in their names. */
  readonly bugs: string | undefined;
}

const BUG_BUDGET = {
  firstSeed: 1,
  seedCountMax: 2000,
  limitMs: 300_000,
  threadCount: THREAD_COUNT,
};

/** @returns whether all was as it should be; throws a sentence where the command makes no sense */
export async function runGroupCommand(command: GroupCommand): Promise<boolean> {
  if (command.bugs !== undefined) return huntBugs(command.bugs);
  if (command.seed !== undefined) return replay(command.seed, command);
  if (command.seedCount !== undefined) return runMany(command.from, command.seedCount);
  throw new RangeError(
    'Say which seed to replay (npm run simulate -- consensus 7), how many to run (--seeds 500), or --bugs',
  );
}

async function replay(seed: string, command: GroupCommand): Promise<boolean> {
  const { grep, lineCountMax } = command;
  const faults = command.faults?.map(parseFault);
  const outcome = await runGroupScenario({
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
  await runInThreads<ShortGroupOutcome>({
    worker: new URL('./group-seed-worker.ts', import.meta.url),
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
  print([`Replay: ${failed.map((seed) => `npm run simulate -- consensus ${seed}`).join('; ')}`]);
  return false;
}

async function huntBugs(part: string): Promise<boolean> {
  const bugs = PLANTED_BUGS.filter(({ name }) => name.includes(part));
  if (bugs.length === 0) throw new RangeError(`No planted bug has "${part}" in its name`);
  let missed = 0;
  print(['| Planted bug | Seeds until found | Found by |', '|---|---|---|']);
  for (const bug of bugs) {
    const { seed, sentence, seedCount, tookMs } = await hunt(bug, BUG_BUDGET);
    const seconds = (tookMs / 1000).toFixed(1);
    if (seed === undefined) {
      missed++;
      print([`| ${bug.name} | not in ${seedCount} (${seconds} s) | |`]);
    } else print([`| ${bug.name} | ${seed} (${seconds} s) | ${checkOf(sentence)} |`]);
  }
  return missed === 0;
}

function parseFault(text: string): GroupFault {
  const found = GROUP_FAULTS.find((kind) => kind === text);
  if (found !== undefined) return found;
  throw new RangeError(`There is no fault "${text}": choose from ${GROUP_FAULTS.join(', ')}`);
}

function summary({ seed, stepCount, elapsedMs, fingerprint, ...rest }: ShortGroupOutcome): string {
  const counts = Object.entries(rest.counts).map(([what, count]) => `${count} ${what}`);
  return [
    `seed ${seed}`,
    rest.broken.length === 0 ? 'held' : 'BROKE',
    `${stepCount} steps`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
    fingerprint,
    counts.join(', '),
    `[${rest.faults.join(' ')}]`,
  ].join('  ');
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
