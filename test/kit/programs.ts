/** Programs under test, as processes: started, listened to, and gone when the test is over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A directory in which what each program prints is kept, to be looked at afterwards. */
const { MESSOR_TEST_LOGS: KEPT } = process.env;

/** Nothing here takes that long; who waits longer has found a fault. */
const WAIT_MS_MAX = 20_000;

export interface Outcome {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly process: ChildProcess;
  readonly processId: number;
  /** Resolves with the match, once what it has printed so far (on either stream) has so many: the last. */
  untilPrinted(pattern: RegExp, count?: number): Promise<RegExpExecArray>;
  readonly ended: Promise<Outcome>;
  /** Sends the signal, and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Outcome>;
}

/** Whoever can be told what to do when the test is over: the context of a test or of a suite. */
export interface Afterwards {
  after(undo: () => Promise<void>): void;
}

const undoneLastFirst = new WeakMap<Afterwards, (() => Promise<void>)[]>();

/** As whoever cleans up by hand would: an agent before its master, a file before its directory. */
export function lastFirst(afterwards: Afterwards, undo: () => Promise<void>): void {
  const steps = undoneLastFirst.get(afterwards);
  if (steps !== undefined) {
    steps.unshift(undo);
    return;
  }
  const all = [undo];
  undoneLastFirst.set(afterwards, all);
  afterwards.after(async () => {
    for (const step of all) await step();
  });
}

export interface ProgramSettings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** A program and its first words that starts it, as in `ip netns exec NAME`, and becomes it. */
  readonly through?: readonly string[];
}

/** @param program in the repository: `bin/node`, `bin/messor` */
export function startProgram(
  afterwards: Afterwards,
  program: string,
  flags: readonly string[],
  { environment, directory = ROOT, through = [] }: ProgramSettings = {},
): Program {
  const [command, ...words] = [...through, process.execPath, join(ROOT, program), ...flags];
  const child = spawn(command as string, words, {
    cwd: directory,
    env: { ...cleanEnvironment(), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text;
      if (KEPT !== undefined) appendFileSync(join(KEPT, `${child.pid}-${program.slice(4)}`), text);
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Outcome>((resolve) => {
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...printed }));
  });
  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return within(ended, () => `${program} does not end after ${signal}\n${printed.stderr}`);
  };
  lastFirst(afterwards, async () => {
    await end().catch(() => end('SIGKILL'));
  });
  return {
    process: child,
    processId: child.pid ?? 0,
    ended,
    end,
    untilPrinted(pattern, count = 1) {
      const every = new RegExp(
        pattern,
        pattern.flags.includes('g') ? undefined : `${pattern.flags}g`,
      );
      const found = new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const match =
            [...printed.stdout.matchAll(every)][count - 1] ??
            [...printed.stderr.matchAll(every)][count - 1];
          if (match === undefined) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`${program} has ended\n${both()}`)));
      });
      const both = () => `${printed.stdout}${printed.stderr}`;
      return within(
        found,
        () => `${program} does not print ${pattern} (${count} times)\n${both()}`,
      );
    },
  };
}

/** Runs it to its end. */
export async function runProgram(
  program: string,
  flags: readonly string[],
  settings: ProgramSettings = {},
): Promise<Outcome> {
  let undo = async () => {};
  const afterwards: Afterwards = {
    after(step) {
      undo = step;
    },
  };
  const { ended } = startProgram(afterwards, program, flags, settings);
  try {
    return await within(ended, () => `${program} ${flags.join(' ')} does not end`);
  } finally {
    await undo();
  }
}

/** Asks again and again, and gives the first answer that is not undefined. */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
): Promise<Value> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  while (performance.now() < deadlineMs) {
    const value = await look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited in vain: ${what}`);
}

/** A process that has ended and that nobody has asked about yet (a zombie) is not alive. */
export function isAlive(processId: number): boolean {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

async function within<Value>(promise: Promise<Value>, complaint: () => string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), WAIT_MS_MAX);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What whoever runs the tests has set for nodes of their own does not count here. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(MESSOR_|MESOS_|FORCE_COLOR$|NODE_OPTIONS$)/.test(name),
    ),
  );
}
