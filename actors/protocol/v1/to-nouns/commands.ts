/** Commands of Mesos, and labels, → ours. */
import type { CommandInfo, CommandUri, EnvironmentVariable, Label } from '../../task.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';

const COMMAND_FIELDS = ['uris', 'user', 'environment', 'shell', 'value', 'arguments'] as const;

export function toCommand(command: V1<'CommandInfo'>, report: Report, path: string): CommandInfo {
  report.rest('CommandInfo', command, COMMAND_FIELDS, path);
  const { uris = [], user } = command;
  const variables = command.environment?.variables ?? [];
  return {
    shell: command.shell ?? true,
    value: command.value ?? '',
    arguments: command.arguments ?? [],
    environment: variables.flatMap((variable, index) =>
      toVariable(variable, report, step(path, 'environment.variables', index)),
    ),
    ...(uris.length === 0 ? {} : { uris: uris.map(toUri) }),
    ...(user === undefined ? {} : { user }),
  };
}

function toUri(uri: V1<'CommandInfo.URI'>): CommandUri {
  const { value, executable, extract, cache, output_file: outputFile } = uri;
  return {
    value,
    ...(executable === undefined ? {} : { executable }),
    ...(extract === undefined ? {} : { extract }),
    ...(cache === undefined ? {} : { cache }),
    ...(outputFile === undefined ? {} : { outputFile }),
  };
}

/** A secret is reported, and no variable. */
function toVariable(
  variable: V1<'Environment.Variable'>,
  report: Report,
  path: string,
): EnvironmentVariable[] {
  const { name, value, type = 'VALUE' } = variable;
  report.rest('Environment.Variable', variable, ['name', 'value', 'type'], path);
  if (type === 'VALUE') {
    if (value === undefined) {
      const sentence = `Environment variable '${name}' of type 'VALUE' must have a value set`;
      report.refuse(path, sentence);
    }
    return [{ name, value: value ?? '' }];
  }
  report.valueNotSupported('Environment.Variable.type', step(path, 'type'), type);
  return [];
}

export function toLabels({ labels = [] }: V1<'Labels'>): readonly Label[] {
  return labels.map(({ key, value }) => (value === undefined ? { key } : { key, value }));
}
