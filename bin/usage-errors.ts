/** What a person has written wrongly on a command line, said in our words. */
import { CommanderError } from 'commander';
import { ExitError } from './exits.ts';

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
