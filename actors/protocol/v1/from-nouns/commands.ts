/** Our commands and labels → those of Mesos. */
import type { CommandInfo, CommandUri, Label } from '../../task.ts';
import type { V1 } from '../dictionary.ts';

export function fromCommand(command: CommandInfo): V1<'CommandInfo'> {
  const { shell, value, arguments: argv, environment, uris = [], user } = command;
  return {
    ...(uris.length === 0 ? {} : { uris: uris.map(fromUri) }),
    ...(environment.length === 0
      ? {}
      : {
          environment: {
            variables: environment.map(({ name, value: text }) => ({ name, value: text })),
          },
        }),
    shell,
    ...(value === '' ? {} : { value }),
    ...(argv.length === 0 ? {} : { arguments: argv }),
    ...(user === undefined ? {} : { user }),
  };
}

function fromUri({ outputFile, ...uri }: CommandUri): V1<'CommandInfo.URI'> {
  return outputFile === undefined ? uri : { ...uri, output_file: outputFile };
}

export function fromLabels(labels: readonly Label[]): V1<'Labels'> {
  return labels.length === 0 ? {} : { labels };
}
