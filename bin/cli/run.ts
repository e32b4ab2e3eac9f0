/**
 * `messor run -- CMD`: runs copies of a command on the cluster, follows them to their end, and exits
 * with their verdict. The framework behind it is actors/framework/batch; it lives in this process.
 *
 *     subscribing ──▶ running ──last copy over──▶ exit 0 | 1
 *                        └──Ctrl-C, --timeout──▶ killing ──▶ exit 130 | 1
 *                                                   └──Ctrl-C──▶ all is given up at once
 */
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { type BatchJob, COPY_COUNT_MAX, jobFault } from '../../actors/framework/batch/job.ts';
import { programCommand } from '../../actors/framework/describe.ts';
import { parseResources } from '../../actors/protocol/resources.ts';
import type { System } from '../../runtime/system.ts';
import { type BatchRun, startBatchRun } from '../batch-run.ts';
import { carryOnWithoutReader } from '../door.ts';
import { ExitError, type ExitName } from '../exits.ts';
import * as unit from '../flag-units.ts';
import {
  addConnectionOptions,
  type ConnectionOptions,
  unitOption,
  withCluster,
} from './connection.ts';
import { RunProgress } from './run-progress.ts';

interface RunOptions extends ConnectionOptions {
  readonly cpus: number;
  /** MiB. */
  readonly mem: number;
  readonly disk?: number;
  readonly count: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly role: string;
  readonly retries: number;
  /** In milliseconds, both. */
  readonly failoverTimeout: number;
  readonly timeout?: number;
  readonly json?: true;
}

/** How long the killed tasks of a job that took too long may take to end. */
const KILL_PATIENCE_MS = 60_000;

const EXAMPLES = `
Each copy finds its number, from 0, in MESSOR_COPY_INDEX, and how many there are in MESSOR_COPY_COUNT.

Examples:
  messor run -- echo hello
  messor run --count 20 -- sh -c 'echo $RANDOM; sleep 1'
  messor run --cpus 2 --mem 512MB --env MODE=fast --name build --timeout 10mins -- make all`;

export function addRun(program: Command, finish: (exit: ExitName) => void): void {
  addConnectionOptions(program.command('run'))
    .argument('<CMD...>', 'the program to run and its arguments, best after --')
    .description('run copies of a command, and wait for their end')
    .addOption(unitOption('--cpus <NUMBER>', 'for each copy', unit.amount).default(0.1))
    .addOption(unitOption('--mem <SIZE>', 'for each copy', unit.mebibytes).default(32, '32MB'))
    .addOption(unitOption('--disk <SIZE>', 'for each copy (default: none)', unit.mebibytes))
    .addOption(unitOption('--count <NUMBER>', 'copies', unit.count(1, COPY_COUNT_MAX)).default(1))
    .option('--env <NAME=VALUE>', 'add to the environment; may be repeated', environment)
    .option('--name <NAME>', 'what the tasks are called (default: the program)')
    .option('--role <ROLE>', 'in whose share they count', '*')
    .addOption(
      unitOption(
        '--retries <NUMBER>',
        'how often a lost copy is run again',
        unit.count(0, 1000),
      ).default(10),
    )
    .addOption(
      unitOption('--timeout <DURATION>', 'kill what still runs then', unit.positiveDuration),
    )
    .addOption(
      unitOption(
        '--failover-timeout <DURATION>',
        'how long tasks live on when this program dies',
        unit.duration,
      ).default(10_000, '10s'),
    )
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', EXAMPLES)
    .passThroughOptions()
    .action(async (words: [string, ...string[]], options: RunOptions) => {
      // Tasks that run are worth more than a reader who has left.
      carryOnWithoutReader();
      const job = jobOf(words, options);
      const fault = jobFault(job);
      if (fault !== undefined) throw new ExitError('usage', fault);
      const exit = await withCluster(options, async (cluster, { system }) => {
        // Fails at once, and says why, where a framework would go on looking for a master.
        const { items: agents } = await cluster.list('agents');
        const progress = new RunProgress(job, options.master, options.json ? 'none' : 'tasks');
        if (agents.length === 0) progress.tell('There are no agents yet; waiting for some');
        return runJob(system, job, options, progress);
      });
      finish(exit);
    });
}

function jobOf(words: readonly [string, ...string[]], options: RunOptions): BatchJob {
  const { cpus, mem, disk, count, env = {}, name, role, retries, failoverTimeout } = options;
  const amounts = { cpus, mem, ...(disk !== undefined && { disk }) };
  const text = Object.entries(amounts).map(([resource, value]) => `${resource}:${value}`);
  return {
    name: name ?? basename(words[0]),
    command: programCommand(words, env),
    count,
    resources: parseResources(text.join(';')),
    role,
    user: userInfo().username,
    retryCountMax: retries,
    failoverTimeoutMs: failoverTimeout,
  };
}

async function runJob(
  system: System,
  job: BatchJob,
  { master, timeout }: RunOptions,
  progress: RunProgress,
): Promise<ExitName> {
  const run = startBatchRun(system, { job, master, hear: (event) => progress.note(event) });
  const interruption = onInterruption(run, progress);
  const timers: NodeJS.Timeout[] = [];
  if (timeout !== undefined) {
    const expire = () => {
      progress.tell(`Not done after ${timeout / 1000} s; killing what still runs`);
      run.kill();
      // The master may be lost, and an agent: then there is nobody to wait for.
      timers.push(setTimeout(() => run.abandon(), KILL_PATIENCE_MS));
    };
    timers.push(setTimeout(expire, timeout));
  }
  try {
    const ended = await run.ended;
    progress.finish(ended);
    if (ended.verdict === 'refused') {
      const { waiting, ...begun } = ended.counts;
      const hasBegun = Object.values(begun).some((count) => count > 0);
      const sentence = `The master ended the job: ${ended.message}`;
      throw new ExitError(hasBegun ? 'failed' : 'unreachable', sentence);
    }
    if (ended.verdict === 'finished') return 'ok';
    return interruption.exit ?? 'failed';
  } finally {
    for (const timer of timers) clearTimeout(timer);
    interruption.stopListening();
    progress.close();
  }
}

interface Interruption {
  /** How to exit when the job was killed because of a signal. */
  readonly exit: ExitName | undefined;
  stopListening(): void;
}

/** The first signal kills the tasks and waits for their end, the second does not wait. */
function onInterruption(run: BatchRun, progress: RunProgress): Interruption {
  let exit: ExitName | undefined;
  const hear = (signal: NodeJS.Signals) => {
    if (exit === undefined) {
      progress.tell('Killing the tasks; once more to leave without waiting for their end');
      run.kill();
    } else {
      run.abandon();
    }
    exit = signal === 'SIGINT' ? 'interrupted' : 'terminated';
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, hear);
  return {
    get exit() {
      return exit;
    },
    stopListening: () => {
      for (const signal of signals) process.off(signal, hear);
    },
  };
}

function environment(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) {
    throw new ExitError('usage', `Cannot use --env "${text}": it looks like NAME=VALUE`);
  }
  return { ...before, [name]: value };
}
