/**
 * One node as a process of its own.
 *
 * It cannot outlive who started it: its standard input is a pipe that the system closes when we are
 * gone, even by SIGKILL, and it ends, cleanly, at that. It is in a process group of its own, so that
 * a Ctrl-C at the terminal reaches only us, who end it in order. What it says on standard output
 * once it listens (`Agent at 127.0.0.1:41234`) tells where it is.
 */
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { ExitError } from './exits.ts';

export interface ChildNodeOptions {
  /** How it is called here: `agent-1`. */
  readonly name: string;
  readonly flags: readonly string[];
  /** Gets what it logs, line by line. */
  readonly onLine: (line: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ChildNode {
  readonly name: string;
  /** `host:port` */
  readonly node: string;
  readonly processId: number;
  /** Settles when it ends, with how, as the end of a sentence. */
  readonly ended: Promise<ChildEnding>;
  /** Asks it to end, waits, and kills it when that takes too long. */
  stop(): Promise<void>;
}

export interface ChildEnding {
  readonly how: string;
}

/** A node that does not listen by then never will. */
const START_TIMEOUT_MS = 30_000;
/** Longer than the grace periods that tasks usually have. */
const STOP_TIMEOUT_MS = 20_000;
/** What is told of a node that does not start. */
const LAST_LINE_COUNT = 5;

/** The launcher beside this file: built, or as it is written where we run from the sources. */
const LAUNCHER = fileURLToPath(new URL(`./node${extname(import.meta.url)}`, import.meta.url));

/** @throws ExitError `failed` when it ends, or does nothing, before it listens; it is gone then */
export async function startChildNode(options: ChildNodeOptions): Promise<ChildNode> {
  const { name, flags, onLine } = options;
  const process_ = execa(
    process.execPath,
    [...process.execArgv, LAUNCHER, ...flags, '--end-with-stdin'],
    {
      ...(options.environment !== undefined && { env: options.environment }),
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
      detached: true,
      cleanup: false,
    },
  );
  const { stdin, stdout, stderr, pid } = process_;
  // It may end before it has read all: that is told by its end.
  stdin.on('error', () => {});

  const lastLines: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => {
    if (lastLines.push(line) > LAST_LINE_COUNT) lastLines.shift();
    onLine(line);
  });
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      const [, node] = /^(?:Master|Agent) at (\S+:\d+)$/.exec(line) ?? [];
      if (node === undefined) onLine(line);
      else resolve(node);
    });
  });

  const ended: Promise<ChildEnding> = process_.then(({ exitCode, signal, originalMessage }) => ({
    how:
      signal !== undefined
        ? `it was ended by ${signal}`
        : exitCode !== undefined
          ? `it exited with code ${exitCode}`
          : `it did not start: ${originalMessage}`,
  }));
  const stop = async () => {
    stdin.end();
    const timer = setTimeout(() => process_.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };

  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ChildEnding>((resolve) => {
    timer = setTimeout(resolve, START_TIMEOUT_MS, { how: 'it does not listen' });
  });
  const first = await Promise.race([listening, ended, late]);
  clearTimeout(timer);
  if (typeof first === 'string' && pid !== undefined) {
    return { name, node: first, processId: pid, ended, stop };
  }
  await stop();
  const how = typeof first === 'string' ? 'it has no process' : first.how;
  throw new ExitError('failed', [`Cannot start ${name}: ${how}`, ...lastLines].join('\n'));
}
