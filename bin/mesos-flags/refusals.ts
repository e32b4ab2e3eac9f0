/** Flags of Mesos that nodes don't have: refused by name, with what to use instead. */
import { ExitError } from '../exits.ts';
import { environmentNames, type Role } from '../flags.ts';
import type { MesosFlag } from './mesos-flag.ts';
import { refusedFlagsOf } from './mesos-flags.ts';

/** What a flag was given as, by any of its names in kebab case; undefined: it was not. */
export type Given = (name: string) => string | undefined;

/** @throws ExitError `usage` for the first that is given, unless it asks for what is so anyway */
export function refuseMesosFlags(
  role: Role,
  onCommandLine: Given,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  for (const flag of refusedFlagsOf(role)) {
    for (const name of [flag.name, ...flag.aliases]) {
      const text = onCommandLine(name);
      if (text !== undefined) refuse(flag, `--${name}`, text);
      for (const variable of environmentNames(name)) {
        const value = environment[variable];
        if (value !== undefined && value !== '') refuse(flag, variable, value);
      }
    }
  }
}

function refuse({ accepted, toggle, instead }: MesosFlag, source: string, text: string): void {
  const value = toggle ? ({ '1': 'true', '0': 'false' }[text] ?? text) : text;
  if (accepted.includes(value)) return;
  const given = accepted.length > 0 || toggle ? ` "${value}"` : '';
  throw new ExitError(
    'usage',
    `Cannot use ${source}${given}: ${instead ?? 'it is not known here'}`,
  );
}
