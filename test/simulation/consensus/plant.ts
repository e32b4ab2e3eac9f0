/** Makes a copy of the code with a bug in it, and runs seeds there until one breaks. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThreads, THREAD_COUNT } from '../seed-threads.ts';
import type { ShortOutcome } from '../simulation.ts';
import { type Edit, PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts';

const root = join(import.meta.dirname, '../../..');
/** All that the simulation of groups imports. */
const COPIED = ['consensus', 'runtime', 'test/kit', 'test/simulation', 'package.json'];
const SCENARIO = 'test/simulation/consensus/scenario.ts';
const SEED_MS_MAX = 30_000;

export interface Hunt {
  /** The seed that found it; undefined when none did. */
  readonly seed: number | undefined;
  /** What the check said that found it. */
  readonly sentence: string;
  readonly seedCount: number;
  readonly tookMs: number;
}

export interface Budget {
  readonly firstSeed: number;
  readonly seedCountMax: number;
  readonly limitMs: number;
  readonly threadCount: number;
}

export async function hunt(bug: PlantedBug, budget: Budget): Promise<Hunt> {
  const { firstSeed, seedCountMax, limitMs, threadCount } = budget;
  const directory = plant(bug);
  const beganMs = performance.now();
  const broken = new Map<number, string>();
  let seedCount = 0;
  try {
    await runInThreads({
      scenario: pathToFileURL(join(directory, SCENARIO)),
      runs: Array.from({ length: seedCountMax }, (_, index) => ({
        seed: String(firstSeed + index),
      })),
      threadCount,
      overdue: {
        afterMs: SEED_MS_MAX,
        outcome: ({ seed }) => ({ ...OVERDUE, seed }),
      },
      onOutcome({ broken: [sentence], seed }) {
        seedCount++;
        if (sentence !== undefined) broken.set(Number(seed), sentence);
        return broken.size === 0 && performance.now() - beganMs < limitMs;
      },
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const tookMs = performance.now() - beganMs;
  // Threads end in any order; the lowest is what one thread would have found.
  const [found] = [...broken].sort(([one], [other]) => one - other);
  const [seed, sentence = ''] = found ?? [];
  return { seed, sentence, seedCount, tookMs };
}

const BUDGET: Budget = {
  firstSeed: 1,
  seedCountMax: 2000,
  limitMs: 300_000,
  threadCount: THREAD_COUNT,
};

/** Prints how soon seeds find each bug that has `part` in its name. @returns whether all were found */
export async function printPlantedBugs(part: string): Promise<boolean> {
  const bugs = PLANTED_BUGS.filter(({ name }) => name.includes(part));
  if (bugs.length === 0) throw new RangeError(`No planted bug has "${part}" in its name`);
  let missed = 0;
  console.log('| Planted bug | Seeds until found | Found by |\n|---|---|---|');
  for (const bug of bugs) {
    const { seed, sentence, seedCount, tookMs } = await hunt(bug, BUDGET);
    const seconds = (tookMs / 1000).toFixed(1);
    if (seed === undefined) missed++;
    console.log(
      seed === undefined
        ? `| ${bug.name} | not in ${seedCount} (${seconds} s) | |`
        : `| ${bug.name} | ${seed} (${seconds} s) | ${checkOf(sentence)} |`,
    );
  }
  return missed === 0;
}

/** What found it, without the details. */
function checkOf(sentence: string): string {
  const text = sentence.replace(/^Violation: /, '');
  if (/Broken invariant/.test(text)) return "the code's own assertion";
  const [, check] = /^([a-z][a-z -]+):/.exec(text) ?? [];
  return check ?? text.slice(0, 60);
}

export function edited(text: string, { file, before, after }: Edit): string {
  const parts = text.split(before);
  if (parts.length !== 2) {
    throw new Error(
      `Cannot plant a bug in consensus/${file}: "${before}" stands there ${parts.length - 1} times; ` +
        'fit it to the text in planted-bugs.ts',
    );
  }
  return parts.join(after);
}

function plant({ edits }: PlantedBug): string {
  const directory = mkdtempSync(join(tmpdir(), 'messor-planted-'));
  for (const path of COPIED) {
    cpSync(join(root, path), join(directory, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const edit of edits) {
    const path = join(directory, 'consensus', edit.file);
    writeFileSync(path, edited(readFileSync(path, 'utf8'), edit));
  }
  return directory;
}

const OVERDUE: Omit<ShortOutcome, 'seed'> = {
  drawn: [],
  counts: {},
  stepCount: 0,
  elapsedMs: 0,
  fingerprint: '',
  broken: [`liveness: it does not end within ${SEED_MS_MAX / 1000} s`],
};
