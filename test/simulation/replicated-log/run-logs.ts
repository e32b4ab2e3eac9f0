/**
 * `npm run simulate -- logs SEED` replays one seed of a replicated log, with the end of what was logged;
 * `--seeds N --from M` runs many in threads.
 */
import { runInThreads } from '../seed-threads.ts';
import { type LogOutcome, runLogScenario } from './scenario.ts';

export interface LogCommandLine {
  readonly seed: string | undefined;
  readonly seedCount: number | undefined;
  readonly from: number;
  readonly lineCountMax: number;
}

/** @returns whether all was as it should be; throws a sentence where the command makes no sense */
export async function runLogCommand(command: LogCommandLine): Promise<boolean> {
  const { seed, seedCount, from, lineCountMax } = command;
  if (seed !== undefined) {
    const outcome = await runLogScenario(seedName(seed), lineCountMax);
    print(outcome.log);
    return tell(outcome);
  }
  if (seedCount === undefined) {
    throw new RangeError(
      'Say which seed to replay (npm run simulate -- logs 7), or how many to run (--seeds 24)',
    );
  }
  let held = true;
  await runInThreads<LogOutcome>({
    worker: new URL('./log-seed-worker.ts', import.meta.url),
    seeds: Array.from({ length: seedCount }, (_, index) => seedName(String(from + index))),
    onOutcome(outcome) {
      held = tell(outcome) && held;
      return true;
    },
  });
  return held;
}

/** As the tests call it. */
function seedName(seed: string): string {
  return `log/${seed}`;
}

function tell({ seed, counts, broken }: LogOutcome): boolean {
  const numbers = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  print([`${seed}: ${numbers.join(', ')}`, ...broken.map((fault) => `BROKEN ${fault}`)]);
  return broken.length === 0;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
