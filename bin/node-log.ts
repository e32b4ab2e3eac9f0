/** The log of a node, as its flags say: on standard error, in a file, in both or in neither. */
import { resolve } from 'node:path';
import { describeError } from '../runtime/errors.ts';
import { ExitError } from './exits.ts';
import type { FlagValues, Role } from './flags.ts';
import { LogFile } from './log-file.ts';
import {
  bothSinks,
  fileSink,
  type LeveledSink,
  silentSink,
  standardErrorSink,
} from './log-sink.ts';

export interface NodeLog {
  readonly sink: LeveledSink;
  /** Absolute: the file to be shown to who asks for the log. */
  readonly file?: string;
}

/** @throws ExitError `workDirectory` when there can be no file */
export async function openNodeLog(role: Role, values: FlagValues): Promise<NodeLog> {
  const { logLevel: level, logFormat: format, quiet, logDirectory, externalLogFile } = values;
  const shown = quiet ? silentSink() : await standardErrorSink({ level, format });
  const external = externalLogFile === undefined ? {} : { file: resolve(externalLogFile) };
  if (logDirectory === undefined) return { sink: shown, ...external };
  const file = openFile(resolve(logDirectory), nameOf(role, values), shown);
  const written = await fileSink(file, { level, format });
  const sink = quiet ? written : bothSinks(shown, written);
  return { sink, file: file.path, ...external };
}

function openFile(directory: string, name: string, shown: LeveledSink): LogFile {
  const onLoss = (cause: string) => {
    const text = `Cannot write the log to ${directory}: ${cause}; make room there`;
    shown({ level: 'error', atMs: Date.now(), source: 'log', text });
  };
  try {
    return new LogFile({ directory, name, onLoss });
  } catch (error) {
    const sentence = `Cannot write the log to --log-dir "${directory}": ${describeError(error)}`;
    throw new ExitError('workDirectory', `${sentence}; give a directory that can be written to`);
  }
}

const USUAL_PORTS: Readonly<Partial<Record<Role, number>>> = { master: 5050, agent: 5051 };

/** Nodes of one machine may share a directory. */
function nameOf(role: Role, { port = USUAL_PORTS[role] }: FlagValues): string {
  return `messor-${role}${port === USUAL_PORTS[role] ? '' : `-${port}`}.log`;
}
