/**
 * The ways in which Mesos' users write flags, brought into one before they are parsed:
 * `--work_dir=/a_b` becomes `--work-dir=/a_b`, `--quiet` becomes `--quiet=true`, and `--no-quiet`
 * becomes `--quiet=false`. Whether a flag is one that is true or false, the tables know.
 */
import { ExitError } from './exits.ts';

/** Asked for, they print something, and no node is started. */
const PRINTED: ReadonlySet<string> = new Set(['help', 'version']);
const TRUE: ReadonlySet<string> = new Set(['true', '1']);

/** @param toggles in kebab case. @throws ExitError `usage` */
export function oneSpelling(
  argv: readonly string[],
  toggles: ReadonlySet<string>,
): readonly string[] {
  return argv.flatMap((argument) => {
    const [, snake, , value] = /^--([^=]+)(=(.*))?$/s.exec(argument) ?? [];
    if (snake === undefined) return [argument];
    const name = snake.replaceAll('_', '-');
    const positive = name.replace(/^no-/, '');
    const isToggle = toggles.has(positive) || PRINTED.has(positive);
    if (name !== positive && value !== undefined && isToggle) {
      throw new ExitError('usage', `--${name} has no value; say --${positive}=${value} instead`);
    }
    if (PRINTED.has(positive)) {
      return name === positive && TRUE.has(value ?? 'true') ? [`--${name}`] : [];
    }
    if (toggles.has(name) && value === undefined) return [`--${name}=true`];
    if (name !== positive && isToggle) return [`--${positive}=false`];
    return [value === undefined ? `--${name}` : `--${name}=${value}`];
  });
}
