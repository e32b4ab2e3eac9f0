/** The commands of `messor`, and what is said when one is not understood. */
import { Command } from 'commander';
import { describeExits, type ExitName } from '../exits.ts';
import { namedMasters } from '../named-masters.ts';
import { usageError } from '../usage-errors.ts';
import { addDrain } from './drain.ts';
import { addExplain } from './explain.ts';
import { addKill } from './kill.ts';
import { addListings } from './listings.ts';
import { addLog } from './log.ts';
import { addLogs } from './logs.ts';
import { addMaintenance } from './maintenance.ts';
import { addMasters } from './masters.ts';
import { addQuota } from './quota.ts';
import { addReplicatedLogs } from './replicated-logs.ts';
import { addReservations } from './reservations.ts';
import { addRoles, addWeights } from './roles.ts';
import { addRun } from './run.ts';
import { addState } from './state.ts';
import { addStatus } from './status.ts';
import { addVolumes } from './volumes.ts';

const HELP = `
Masters are named by --master HOST:PORT,… or MESSOR_MASTER; some of them are enough.
"messor help COMMAND" says all about one command.

Examples:
  messor run --count 20 -- sh -c 'echo $RANDOM; sleep 1'
  messor agents
  messor tasks --all
  messor logs -f build-0001

${describeExits()}`;

/** @returns how to exit, as the command that `argv` names says */
export async function runCommand(argv: readonly string[], version: string): Promise<ExitName> {
  let exit: ExitName = 'ok';
  const program = messorProgram(version, (verdict) => {
    exit = verdict;
  });
  try {
    await program.parseAsync(helpAsFlag(program, argv), { from: 'user' });
  } catch (error) {
    throw usageError(error);
  }
  return exit;
}

/** `messor help run` is `messor run --help`; a command that there is not is named, and so refused. */
function helpAsFlag({ commands }: Command, argv: readonly string[]): readonly string[] {
  const [word, name] = argv;
  if (word !== 'help') return argv;
  if (name === undefined) return ['--help'];
  return commands.some((command) => command.name() === name) ? [name, '--help'] : [name];
}

/** @param finish hears how to exit, where that is not `ok` or an error */
export function messorProgram(version: string, finish: (verdict: ExitName) => void): Command {
  const program = new Command('messor')
    .description('Runs and watches tasks on a Messor cluster.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText('after', HELP)
    // Before the commands are added: they inherit both.
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  addRun(program, finish);
  addMasters(program);
  addLog(program, finish);
  addReplicatedLogs(program);
  addListings(program);
  addStatus(program);
  addExplain(program);
  addLogs(program);
  addKill(program);
  addReservations(program);
  addVolumes(program);
  addDrain(program);
  addMaintenance(program);
  addRoles(program);
  addWeights(program);
  addQuota(program);
  addState(program);
  program.hook('preAction', (_, command) => resolveMasters(command));
  return program;
}

/** Every command gets all masters that a name stands for. */
async function resolveMasters(command: Command): Promise<void> {
  for (let one: Command | null = command; one !== null; one = one.parent) {
    const given: unknown = one.getOptionValue('master');
    if (typeof given !== 'string') continue;
    const masters = (await namedMasters(given.split(','))).join(',');
    one.setOptionValueWithSource('master', masters, one.getOptionValueSource('master'));
  }
}
