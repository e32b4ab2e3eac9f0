/** What may be asked of commands. Pure; answers with what is wrong, as a sentence, or undefined. */
import type { CommandInfo } from '../protocol/task.ts';

/** @param whose the end of "The … is empty" */
export function commandFault(command: CommandInfo | undefined, whose: string): string | undefined {
  if (command === undefined) return undefined;
  if (command.value === '') {
    return command.shell
      ? `The ${whose} is empty: "value" has to be a line for the shell`
      : `The ${whose} is empty: "value" has to name a program`;
  }
  const stray = command.environment.find(({ name }) => name === '' || /[=\0]/.test(name));
  if (stray !== undefined) {
    return `The environment of the ${whose} has an invalid name: "${stray.name}"`;
  }
  return undefined;
}
