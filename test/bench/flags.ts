/** The flags of `npm run bench`: how they are read, and what is said about them. */
import { parseArgs } from 'node:util';

const FLAGS = {
  rounds: { type: 'string', default: '5', of: 'N', says: 'how often each is measured; 5' },
  case: { type: 'string', of: 'NAMES', says: 'only these cases, as in FullRound,SuppressOffers' },
  agents: { type: 'string', of: 'NUMBERS', says: 'how many agents, as in 1000,10000' },
  frameworks: { type: 'string', of: 'NUMBERS', says: 'how many frameworks, as in 1,100' },
  seconds: { type: 'string', of: 'N', says: 'how long a case may go on' },
  tasks: { type: 'string', of: 'N', says: 'how many tasks each framework has' },
  quick: { type: 'boolean', default: false, of: '', says: 'only the smallest sizes' },
  full: { type: 'boolean', default: false, of: '', says: 'all sizes' },
  json: { type: 'boolean', default: false, of: '', says: 'JSON rather than tables' },
  help: { type: 'boolean', default: false, of: '', says: 'this' },
} as const;

export interface BenchFlags {
  readonly rounds: string;
  readonly case?: string;
  readonly agents?: string;
  readonly frameworks?: string;
  readonly seconds?: string;
  readonly tasks?: string;
  readonly quick: boolean;
  readonly full: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export interface BenchCommand {
  readonly flags: BenchFlags;
  /** Those to be run; none: all. */
  readonly names: readonly string[];
}

/** @returns a sentence where the command cannot be run */
export function readCommand(
  words: readonly string[],
  suites: readonly string[],
): BenchCommand | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      ...{ allowPositionals: true, options: FLAGS },
    });
    const unknown = positionals.find((name) => !suites.includes(name));
    if (unknown !== undefined) {
      return `Cannot run "${unknown}": there are ${suites.join(', ')}`;
    }
    for (const name of ['agents', 'frameworks'] as const) {
      const text = values[name];
      if (text !== undefined) numbersIn(name, text);
    }
    for (const name of ['rounds', 'seconds', 'tasks'] as const) {
      const text = values[name];
      if (text !== undefined && numbersIn(name, text).length > 1) {
        return `Cannot read --${name} "${text}": give one whole number from 1`;
      }
    }
    return { flags: values, names: positionals };
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

export function usage(suites: readonly string[]): string {
  const flags = Object.entries(FLAGS).map(([name, { of, says }]) => {
    return `  ${`--${name} ${of}`.padEnd(24)}${says}`;
  });
  return [
    `Usage: npm run bench -- [${suites.join('] [')}] [flags]`,
    'Without a name all are run.',
    ...flags,
  ].join('\n');
}

/** `1000,5000`. @throws Error where it is none */
export function numbersIn(name: string, text: string): number[] {
  return text.split(',').map((part) => {
    const number = Number(part);
    if (Number.isInteger(number) && number > 0) return number;
    throw new Error(`Cannot read --${name} "${text}": give whole numbers from 1, as in 1000,5000`);
  });
}
