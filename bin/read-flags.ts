/**
 * Reads the command line and the environment of `bin/node` by the table in `flags.ts`. What is not
 * understood is refused with a sentence that quotes it and names what may have been meant.
 */
import { Command, Option } from 'commander';
import { describeExits, ExitError } from './exits.ts';
import { contentOf } from './flag-files.ts';
import { oneSpelling } from './flag-spelling.ts';
import { type FlagUnit, FlagValueFault } from './flag-units.ts';
import {
  environmentNames,
  FLAGS,
  type FlagKey,
  type FlagValues,
  ROLES,
  type Role,
} from './flags.ts';
import { MESOS_FLAGS, namesOf } from './mesos-flags/mesos-flags.ts';
import { refuseMesosFlags } from './mesos-flags/refusals.ts';
import { usageError } from './usage-errors.ts';

export interface ReadFlags {
  readonly role: Role;
  readonly values: FlagValues;
  /**
   * What the command line or the environment said, by the flag's name: to hand on to other nodes.
   * What was in a file is there itself.
   */
  readonly given: ReadonlyMap<string, string>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const [OURS, OF_MESOS] = environmentNames('agent-ping-timeout');

const EXAMPLES = `
Every flag can also be set in the environment: ${OURS}=15s (or ${OF_MESOS}=15s) for --agent-ping-timeout 15s.
file:///etc/messor/resources as a value stands for what is in that file.
Flags of Mesos have their names here, also in snake case; docs/v1-compatibility.md says which there are.

Examples:
  bin/node --role local --agents 2
  bin/node --role master --port 5050
  bin/node --role agent --master 127.0.0.1:5050 --resources "cpus:4;mem:2048"
  bin/node --role framework --master 127.0.0.1:5050 --module ./scheduler.js
`;

/** One flag as it was given. */
interface Source {
  /** `--port`, `MESSOR_PORT` */
  readonly name: string;
  readonly text: string;
  readonly onCommandLine: boolean;
}

/** @throws ExitError `usage`; CommanderError with exit code 0 after --help or --version was printed */
export function readFlags(
  argv: readonly string[],
  environment: Environment,
  version: string,
): ReadFlags {
  const isHelp = argv.length === 1 && argv[0] === 'help';
  const onCommandLine = parse(flagCommand(version), isHelp ? ['--help'] : argv);
  const sources = new Map(
    KEYS.flatMap((key) => {
      const source = sourceOf(key, onCommandLine, environment);
      return source === undefined ? [] : [[key, source] as const];
    }),
  );
  const given = new Map<string, string>();

  const role = read('role', sources.get('role'), given);
  if (role === undefined) {
    throw new ExitError('usage', `Name what this node is: --role ${ROLES.join(', --role ')}`);
  }
  refuseMesosFlags(role, (name) => onCommandLine.get(name), environment);
  for (const [key, source] of sources) {
    const roles: readonly Role[] = FLAGS[key].roles;
    if (roles.includes(role)) continue;
    // The environment may be shared by nodes of several roles; a command line is for one.
    if (source.onCommandLine) {
      throw new ExitError('usage', `${source.name} is for ${roles.join(' and ')}, not for ${role}`);
    }
    sources.delete(key);
  }
  const values = Object.fromEntries(KEYS.map((key) => [key, read(key, sources.get(key), given)]));
  // `read` gives each key the type that its own unit reads; a record of them cannot be built piecemeal.
  return { role, values: values as FlagValues, given };
}

const KEYS = Object.keys(FLAGS) as FlagKey[];

const MESOS_NAMES: ReadonlySet<string> = new Set(
  MESOS_FLAGS.flatMap(({ name, aliases }) => [name, ...aliases]),
);

function sourceOf(
  key: FlagKey,
  onCommandLine: ReadonlyMap<string, string>,
  environment: Environment,
): Source | undefined {
  const names = namesOf(key);
  for (const name of names) {
    const text = onCommandLine.get(name);
    if (text !== undefined) return { name: `--${name}`, text, onCommandLine: true };
  }
  // What is said to us counts more than what is said to Mesos, whatever the name.
  for (const which of [0, 1] as const) {
    for (const name of names) {
      // MESOS_ROLE says something else to frameworks of Mesos.
      if (which === 1 && !MESOS_NAMES.has(name)) continue;
      const variable = environmentNames(name)[which];
      const text = environment[variable];
      if (text !== undefined && text !== '') return { name: variable, text, onCommandLine: false };
    }
  }
  return undefined;
}

/** Writes into `given` what it was given as. */
function read<Key extends FlagKey>(
  key: Key,
  source: Source | undefined,
  given: Map<string, string>,
): FlagValues[Key] | undefined {
  const flag = FLAGS[key];
  const unit: FlagUnit<unknown> = flag.unit;
  if (source === undefined) {
    const text = 'default' in flag ? flag.default : undefined;
    return text === undefined ? undefined : (unit.read(text) as FlagValues[Key]);
  }
  try {
    const text = contentOf(source.text, unit.isPath === true);
    const value = unit.read(text) as FlagValues[Key];
    given.set(flag.name, text);
    return value;
  } catch (error) {
    if (!(error instanceof FlagValueFault)) throw error;
    throw new ExitError('usage', `Cannot use ${source.name} "${source.text}": ${error.message}`);
  }
}

function flagCommand(version: string): Command {
  const command = new Command('bin/node')
    .description('Starts a node of a Messor cluster.')
    .version(version, '--version', 'Print the version')
    .helpOption('--help', 'Print this')
    .configureHelp({
      optionTerm: ({ flags }) => flags.replace(/^--(.*) <true\|false>$/, '--[no-]$1'),
    })
    .addHelpText('after', `${EXAMPLES}\n${describeExits()}`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const known = new Set(PRINTED);
  for (const key of KEYS) {
    const { placeholder } = FLAGS[key].unit;
    for (const name of namesOf(key)) {
      const option = new Option(`--${name} <${placeholder}>`, helpOf(key));
      command.addOption(known.has(name) || name !== FLAGS[key].name ? option.hideHelp() : option);
      known.add(name);
    }
  }
  // So that they are refused by name; see `refusals.ts`.
  for (const { name, aliases } of MESOS_FLAGS) {
    for (const each of [name, ...aliases]) {
      if (known.has(each)) continue;
      known.add(each);
      command.addOption(new Option(`--${each} <TEXT>`).hideHelp());
    }
  }
  return command;
}

const PRINTED = ['help', 'version'];

function helpOf(key: FlagKey): string {
  const flag = FLAGS[key];
  const aliases: readonly string[] = 'aliases' in flag ? flag.aliases : [];
  const alias = aliases.map((name) => ` (also --${name})`).join('');
  const fallback =
    'default' in flag && flag.default !== 'false' ? ` (default: ${flag.default})` : '';
  const roles: readonly Role[] = flag.roles;
  const whose = roles.length === ROLES.length ? '' : ` [${roles.join(', ')}]`;
  return `${flag.help}${fallback}${alias}${whose}`;
}

const TOGGLES: ReadonlySet<string> = new Set([
  ...KEYS.filter((key) => (FLAGS[key].unit as FlagUnit<unknown>).isToggle === true).flatMap(
    namesOf,
  ),
  ...MESOS_FLAGS.filter(({ toggle }) => toggle).flatMap(({ name, aliases }) => [name, ...aliases]),
]);

/** @returns what was given, by name in kebab case */
function parse(command: Command, argv: readonly string[]): ReadonlyMap<string, string> {
  try {
    command.parse(oneSpelling(argv, TOGGLES), { from: 'user' });
  } catch (error) {
    throw usageError(error);
  }
  return new Map(
    command.options.flatMap((option) => {
      const value: unknown = command.getOptionValue(option.attributeName());
      return value === undefined ? [] : [[option.name(), String(value)] as const];
    }),
  );
}
