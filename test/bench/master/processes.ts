/** The processes of a whole-master bench, as the bench sees them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Figures, Order } from './talk.ts';

export interface Peer {
  readonly ready: Figures;
  readonly ask: (order: Order) => Promise<Figures>;
  readonly kill: () => Promise<void>;
}

/** @param execArgv how Node runs it; default: as it runs this program */
export async function startPeer(
  name: string,
  words: readonly string[],
  execArgv: readonly string[] = process.execArgv,
): Promise<Peer> {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  const program = join(import.meta.dirname, '..', 'peers', `${name}.${extension}`);
  const child = fork(program, words, { execArgv: [...execArgv] });
  return {
    ready: await answerOf(child, name),
    ask(order) {
      const answer = answerOf(child, name);
      child.send(order);
      return answer;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function answerOf(child: ChildProcess, name: string): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) =>
      reject(new Error(`"${name}" ended with ${code}; look at what it printed above`));
    child.once('exit', gone);
    child.once('message', (answer) => {
      child.off('exit', gone);
      resolve(answer as Figures);
    });
  });
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks every 100 ms until there are so many. @throws Error at the deadline */
export async function untilCounted(
  what: string,
  wanted: number,
  timeoutMs: number,
  count: () => Promise<number>,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const counted = await count();
    if (counted >= wanted) return;
    if (performance.now() > endMs) {
      throw new Error(`${what}: ${counted} of ${wanted} within ${timeoutMs / 1000} s`);
    }
    await delay(100);
  }
}
