/**
 * `npm run simulate SEED` replays one seed and says what broke at which step, with the end of its
 * story; `npm run simulate -- --seeds 200 [--from N]` runs many and prints a table.
 *
 *     --check STEPS    look through master and allocator every so many steps (default 1)
 *     --lines COUNT    so many lines of the trace and of the log (default 60)
 *     --grep TEXT      only lines with TEXT in them
 *     --faults A,B     these instead of a random subset
 *     --masters COUNT  so many masters, with a registry that lasts (default 1, in memory)
 *
 * `npm run simulate -- consensus …` does so with a replicated group alone: see `consensus/run-groups.ts`;
 * `npm run simulate -- founding …` with how masters come together: see `founding/run-foundings.ts`;
 * `npm run simulate -- logs …` with a replicated log of frameworks: see `replicated-log/run-logs.ts`.
 */
import { parseArgs } from 'node:util';
import { runGroupCommand } from './consensus/run-groups.ts';
import { FAULT_KINDS, type FaultKind } from './faults.ts';
import { runFoundingCommand } from './founding/run-foundings.ts';
import { runLogCommand } from './replicated-log/run-logs.ts';
import { type Outcome, runScenario, type ScenarioOptions } from './scenario.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    check: { type: 'string' },
    lines: { type: 'string', default: '60' },
    grep: { type: 'string' },
    faults: { type: 'string' },
    masters: { type: 'string', default: '1' },
    bugs: { type: 'boolean' },
  },
});

const [first, second] = positionals;
if (first === 'consensus' || first === 'founding' || first === 'logs') {
  await runOfMasters(first, second);
} else await runClusters(first);

/** A whole cluster: masters, agents, frameworks. */
async function runClusters(seed: string | undefined): Promise<void> {
  const faults = values.faults?.split(',').map(parseFault);
  const common: Omit<ScenarioOptions, 'seed'> = {
    ...(faults === undefined ? {} : { faults }),
    masterCount: parseCount('--masters', values.masters),
  };
  if (seed !== undefined) await replay(seed, common);
  else if (values.seeds === undefined) {
    refuse('Say which seed to replay (npm run simulate 7), or how many to run (-- --seeds 200)');
  } else {
    await runMany(parseFirst('--from', values.from), parseCount('--seeds', values.seeds), common);
  }
}

/** What stands behind `consensus` is a seed, or with `--bugs` a part of a bug's name. */
async function runOfMasters(
  what: 'consensus' | 'founding' | 'logs',
  which: string | undefined,
): Promise<void> {
  try {
    const common = {
      seed: which,
      seedCount: values.seeds === undefined ? undefined : parseCount('--seeds', values.seeds),
      from: parseFirst('--from', values.from),
      lineCountMax: parseCount('--lines', values.lines),
      grep: values.grep,
      faults: values.faults?.split(','),
    };
    const bugs = values.bugs === true ? (which ?? '') : undefined;
    const run = {
      founding: () => runFoundingCommand(common),
      logs: () => runLogCommand(common),
      consensus: () => runGroupCommand({ ...common, bugs }),
    };
    const held = await run[what]();
    if (!held) process.exitCode = 1;
  } catch (error) {
    if (error instanceof RangeError) refuse(error.message);
    throw error;
  }
}

function parseFault(text: string): FaultKind {
  const found = FAULT_KINDS.find((kind) => kind === text);
  return found ?? refuse(`There is no fault "${text}": choose from ${FAULT_KINDS.join(', ')}`);
}

function parseCount(flag: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  return refuse(`Cannot use ${flag} "${text}": it must be a whole number above 0`);
}

function parseFirst(flag: string, text: string): number {
  return Number(text) === 0 ? 0 : parseCount(flag, text);
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

async function replay(which: string, common: Omit<ScenarioOptions, 'seed'>): Promise<void> {
  const outcome = await runScenario({
    ...common,
    seed: which,
    checkIntervalSteps: parseCount('--check', values.check ?? '1'),
    traceLineCountMax: values.grep === undefined ? 2000 : Number.POSITIVE_INFINITY,
  });
  const countMax = parseCount('--lines', values.lines);
  const { grep } = values;
  const chosen = (lines: readonly string[]) =>
    lines.filter((line) => grep === undefined || line.includes(grep)).slice(-countMax);
  print(['The end of its story:', ...chosen(outcome.trace)]);
  print(['', 'What was logged last:', ...chosen(outcome.log)]);
  print(['', summary(outcome), ...outcome.broken.map((fault) => `BROKEN ${fault}`)]);
  if (outcome.broken.length > 0) process.exitCode = 1;
}

async function runMany(
  from: number,
  count: number,
  common: Omit<ScenarioOptions, 'seed'>,
): Promise<void> {
  const failed: Outcome[] = [];
  const startedMs = performance.now();
  for (let each = from; each < from + count; each++) {
    const beganMs = performance.now();
    const outcome = await runScenario({
      ...common,
      seed: String(each),
      checkIntervalSteps: parseCount('--check', values.check ?? '1'),
    });
    const tookMs = performance.now() - beganMs;
    print([`${summary(outcome)} ${tookMs.toFixed(0)} ms`]);
    if (outcome.broken.length > 0) {
      failed.push(outcome);
      print(outcome.broken.slice(0, 5).map((fault) => `  BROKEN ${fault}`));
    }
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  print([`${count - failed.length} of ${count} seeds held, in ${seconds} s`]);
  if (failed.length === 0) return;
  print([`Replay: ${failed.map(({ seed: broken }) => `npm run simulate ${broken}`).join('; ')}`]);
  process.exitCode = 1;
}

function summary({
  seed: which,
  jobs,
  stepCount,
  elapsedMs,
  fingerprint,
  ...rest
}: Outcome): string {
  const states = [...jobs].sort().map(([state, count]) => `${count} ${state}`);
  const jobCount = [...jobs.values()].reduce((sum, count) => sum + count, 0);
  return [
    `seed ${which}`,
    rest.broken.length === 0 ? 'held' : 'BROKE',
    `${stepCount} steps`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
    fingerprint,
    `${jobCount} jobs: ${states.join(', ')}`,
    `[${rest.faults.join(' ')}]`,
  ].join('  ');
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}
