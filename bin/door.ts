/**
 * What every door does around its work: say in one sentence what went wrong, and exit with the code
 * of the table in `exits.ts`, whatever happens.
 */
import { CommanderError } from 'commander';
import { CodedError, explainError } from '../runtime/errors.ts';
import { EXITS, ExitError, type ExitName } from './exits.ts';

/** Runs `work` and ends the process as it says. */
export async function openDoor(program: string, work: () => Promise<ExitName>): Promise<never> {
  // Who reads us may leave (`messor tasks | head`): that is no fault, and nobody is left to tell.
  const fail = (error: unknown) => process.exit(EXITS[explain(program, error)].code);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return brokenPipe();
      // A full disk, most of all. Nothing more can be said when it is standard error's.
      if (stream === process.stdout && lostOutput(program, error)) return;
      fail(new ExitError('failed', unwritable(error)));
    });
  }
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    const { code } = EXITS[await work()];
    await written();
    process.exit(code);
  } catch (error) {
    return fail(error);
  }
}

/** A reader that is slower than us still gets all of it: what waits for one is lost by an exit. */
async function written(): Promise<void> {
  if (process.stdout.writableLength === 0) return;
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

let brokenPipe = (): void => process.exit(EXITS.ok.code);

/** @returns whether the work goes on */
let lostOutput = (_program: string, _error: Error): boolean => false;

function unwritable({ message }: Error): string {
  return `Cannot write the output: ${message}; send it where there is room`;
}

let tellFault = (program: string, sentence: string): void => {
  process.stderr.write(`${program}: ${sentence}\n`);
};

/** For who has a log: what goes wrong is said there. */
export function tellFaultsTo(tell: (sentence: string) => void): void {
  tellFault = (_, sentence) => tell(sentence);
}

/** For work whose verdict matters even when nobody reads what it prints. */
export function carryOnWithoutReader(): void {
  brokenPipe = () => {};
  let isTold = false;
  lostOutput = (program, error) => {
    if (!isTold) tellFault(program, unwritable(error));
    isTold = true;
    return true;
  };
}

/** Prints what `error` means for the person in front, and says how to exit. */
function explain(program: string, error: unknown): ExitName {
  if (error instanceof ExitError) {
    tellFault(program, error.message);
    return error.exit;
  }
  if (error instanceof CodedError) {
    tellFault(program, explainError(error));
    return EXIT_OF_CODE[error.code] ?? 'failed';
  }
  // Thrown by commander after it has printed the help or the version.
  if (error instanceof CommanderError && error.exitCode === 0) return 'ok';
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tellFault(program, `Internal fault, please report it: ${details}`);
  return 'internal';
}

/** How to exit for what other rooms throw by code. */
const EXIT_OF_CODE: Readonly<Record<string, ExitName>> = {
  addressInUse: 'addressInUse',
  addressUnavailable: 'addressInUse',
  addressUnknown: 'addressInUse',
  addressForbidden: 'addressInUse',
  listenFailed: 'addressInUse',
  clusterNameInvalid: 'usage',
  nodeNameInvalid: 'usage',
  logUnreachable: 'unreachable',
  logNameInvalid: 'usage',
  workDirectoryUnusable: 'workDirectory',
  workDirectoryInUse: 'workDirectory',
  checkpointForeign: 'workDirectory',
  checkpointDamaged: 'workDirectory',
  reconfigurationRefused: 'workDirectory',
  logCorrupt: 'workDirectory',
  logInUse: 'workDirectory',
  logMissing: 'workDirectory',
  logDirectoryLost: 'workDirectory',
  logNotEmpty: 'workDirectory',
  logOfOtherCluster: 'workDirectory',
  logOfOtherMember: 'workDirectory',
  logTooNew: 'workDirectory',
  logUnusable: 'workDirectory',
  logDiskFull: 'workDirectory',
  logWriteFailed: 'workDirectory',
  snapshotDiskFull: 'workDirectory',
  snapshotFailed: 'workDirectory',
};
