/**
 * Reads the command line and the environment of `bin/node` by the table in `flags.ts`. What is not
 * understood is refused with a sentence that quotes it and names what may have been meant.
 */
import { Command, CommanderError, Option } from 'commander';
import { describeExits, ExitError } from './exits.ts';
import { FlagValueFault } from './flag-units.ts';
import {
  environmentName,
  FLAGS,
  type FlagKey,
  type FlagValues,
  ROLES,
  type Role,
} from './flags.ts';

export interface ReadFlags {
  readonly role: Role;
  readonly values: FlagValues;
  /** What the command line or the environment said, by the flag's name: to hand on to other nodes. */
  readonly given: ReadonlyMap<string, string>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const EXAMPLES = `
Every flag can also be set in the environment: ${environmentName('agent-ping-timeout')}=15s for --agent-ping-timeout 15s.

Examples:
  bin/node --role local --agents 2
  bin/node --role master --port 5050
  bin/node --role agent --master 127.0.0.1:5050 --resources "cpus:4;mem:2048"
  bin/node --role framework --master 127.0.0.1:5050 --module ./scheduler.js
`;

/** @throws ExitError `usage`; CommanderError with exit code 0 after --help or --version was printed */
export function readFlags(
  argv: readonly string[],
  environment: Environment,
  version: string,
): ReadFlags {
  const isHelp = argv.length === 1 && argv[0] === 'help';
  const texts = parse(flagCommand(version), isHelp ? ['--help'] : argv);
  const given = new Map<string, string>();
  const onCommandLine = new Set<FlagKey>();
  for (const key of KEYS) {
    const { name } = FLAGS[key];
    const fromEnvironment = environment[environmentName(name)];
    const onLine = texts.get(key);
    if (onLine !== undefined) onCommandLine.add(key);
    const text = onLine ?? (fromEnvironment === '' ? undefined : fromEnvironment);
    if (text !== undefined) given.set(name, text);
  }

  const role = read('role', given, onCommandLine);
  if (role === undefined) {
    throw new ExitError('usage', `Name what this node is: --role ${ROLES.join(', --role ')}`);
  }
  for (const key of KEYS) {
    const roles: readonly Role[] = FLAGS[key].roles;
    if (roles.includes(role)) continue;
    const { name } = FLAGS[key];
    // The environment may be shared by nodes of several roles; a command line is for one.
    if (onCommandLine.has(key)) {
      throw new ExitError('usage', `--${name} is for ${roles.join(' and ')}, not for ${role}`);
    }
    given.delete(name);
  }
  const values = Object.fromEntries(KEYS.map((key) => [key, read(key, given, onCommandLine)]));
  // `read` gives each key the type that its own unit reads; a record of them cannot be built piecemeal.
  return { role, values: values as FlagValues, given };
}

const KEYS = Object.keys(FLAGS) as FlagKey[];

function read<Key extends FlagKey>(
  key: Key,
  given: ReadonlyMap<string, string>,
  onCommandLine: ReadonlySet<FlagKey>,
): FlagValues[Key] | undefined {
  const flag = FLAGS[key];
  const text = given.get(flag.name) ?? ('default' in flag ? flag.default : undefined);
  if (text === undefined) return undefined;
  try {
    return flag.unit.read(text) as FlagValues[Key];
  } catch (error) {
    if (!(error instanceof FlagValueFault)) throw error;
    const source = onCommandLine.has(key) ? `--${flag.name}` : environmentName(flag.name);
    throw new ExitError('usage', `Cannot use ${source} "${text}": ${error.message}`);
  }
}

function flagCommand(version: string): Command {
  const command = new Command('bin/node')
    .description('Starts a node of a Messor cluster.')
    .version(version, '--version', 'Print the version')
    .helpOption('--help', 'Print this')
    .addHelpText('after', `${EXAMPLES}\n${describeExits()}`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const key of KEYS) {
    const flag = FLAGS[key];
    const option = new Option(spelling(flag.name, flag.unit.placeholder), helpOf(key));
    command.addOption(option);
    if ('alias' in flag) {
      command.addOption(new Option(spelling(flag.alias, flag.unit.placeholder)).hideHelp());
    }
  }
  return command;
}

function spelling(name: string, placeholder: string): string {
  return placeholder === '' ? `--${name}` : `--${name} <${placeholder}>`;
}

function helpOf(key: FlagKey): string {
  const flag = FLAGS[key];
  const alias = 'alias' in flag ? ` (also --${flag.alias})` : '';
  const fallback =
    'default' in flag && flag.default !== 'false' ? ` (default: ${flag.default})` : '';
  const roles: readonly Role[] = flag.roles;
  const whose = roles.length === ROLES.length ? '' : ` [${roles.join(', ')}]`;
  return `${flag.help}${fallback}${alias}${whose}`;
}

function parse(command: Command, argv: readonly string[]): ReadonlyMap<FlagKey, string> {
  try {
    command.parse(argv.map(kebabCase), { from: 'user' });
  } catch (error) {
    throw usageError(error);
  }
  const options = command.opts<Record<string, string | true | undefined>>();
  return new Map(
    KEYS.flatMap((key) => {
      const flag = FLAGS[key];
      const value =
        options[camelCase(flag.name)] ?? options[camelCase('alias' in flag ? flag.alias : '')];
      return value === undefined ? [] : [[key, String(value)] as const];
    }),
  );
}

/** `--work_dir=/a_b` becomes `--work-dir=/a_b`. */
function kebabCase(argument: string): string {
  return argument.replace(/^--[^=]*/, (name) => name.replaceAll('_', '-'));
}

/** As commander names the values of its options. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Commander's refusals in our words; what is no refusal (--help, other errors) as it was. */
export function usageError(error: unknown): unknown {
  if (!(error instanceof CommanderError) || error.exitCode === 0) return error;
  const text = error.message.replace(/^error: /, '').replaceAll("'", '"');
  const [, option = ''] = /"(-[^" ]*)/.exec(text) ?? [];
  const [, meant] = /\(Did you mean (.*)\?\)/.exec(text) ?? [];
  const advice = meant === undefined ? '' : `; did you mean ${meant}?`;
  const refusals: Readonly<Record<string, string>> = {
    'commander.unknownOption': `Unknown flag "${option}"${advice}`,
    'commander.optionMissingArgument': `${option} needs a value`,
    // Commander has printed the help by itself.
    'commander.help': 'Name a command',
    'commander.excessArguments': 'There are more arguments than expected',
  };
  const refusal =
    refusals[error.code] ?? capitalized(text.replace(/\s*\(Did you mean.*/s, '')) + advice;
  return new ExitError(
    'usage',
    refusal.endsWith('?') ? `${refusal} See --help` : `${refusal}; see --help`,
  );
}

function capitalized(text: string): string {
  return text.replace(/^./, (letter) => letter.toUpperCase());
}
