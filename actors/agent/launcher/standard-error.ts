/** A command that writes nothing to its standard output: for what looks at a task in its sandbox. */
import type { CommandInfo } from '../../protocol/task.ts';

/** The same command, whose standard output is its standard error. An argv[0] of its own is lost. */
export function toStandardError(command: CommandInfo): CommandInfo {
  const { shell, value, arguments: words } = command;
  if (shell) return { ...command, value: `exec 1>&2\n${value}` };
  const rest = words.slice(1);
  return {
    ...command,
    value: '/bin/sh',
    arguments: ['sh', '-c', 'exec "$@" 1>&2', 'sh', value, ...rest],
  };
}
