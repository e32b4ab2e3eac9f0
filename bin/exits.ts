/**
 * How a door ends: one table of exit codes, and the error that carries one outwards.
 *
 * Whatever can go wrong outside (a bad flag, no master, a busy port) is thrown as an `ExitError`
 * with a sentence for the person who reads it; everything else that is thrown is our own mistake
 * and ends with `internal`.
 */
export const EXITS = {
  ok: { code: 0, meaning: 'all is well; for "messor run": every task finished' },
  failed: { code: 1, meaning: 'it was tried and did not succeed; for "messor run": a task failed' },
  usage: { code: 2, meaning: 'the command line or the environment is not understood' },
  unreachable: { code: 3, meaning: 'no master can be reached or leads, or it does not let us in' },
  addressInUse: { code: 4, meaning: 'the address and port to listen on are taken or not ours' },
  workDirectory: { code: 5, meaning: 'the work directory, or that of a log, cannot be used' },
  internal: { code: 70, meaning: 'a fault in Messor itself; it was logged' },
  interrupted: { code: 130, meaning: 'ended by Ctrl-C (SIGINT)' },
  terminated: { code: 143, meaning: 'ended by SIGTERM before the work was done' },
} as const;

export type ExitName = keyof typeof EXITS;

/** `message` is a sentence: what could not be done, and what to do next. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exit: ExitName;

  constructor(exit: ExitName, sentence: string) {
    super(sentence);
    this.exit = exit;
  }
}

/** For the end of `--help`. */
export function describeExits(): string {
  const lines = Object.values(EXITS).map(
    ({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`,
  );
  return `Exit codes:\n${lines.join('\n')}`;
}
