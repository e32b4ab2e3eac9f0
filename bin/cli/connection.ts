/** The options that every command has: which master, how long to wait, and in which form to print. */
import { type Command, Option } from 'commander';
import type { LogSink } from '../../runtime/log.ts';
import { CLUSTER_DEFAULTS } from '../cluster-defaults.ts';
import { type DialledNode, dial } from '../dial.ts';
import { ExitError } from '../exits.ts';
import {
  type FlagUnit,
  FlagValueFault,
  logLevel,
  masterAddresses,
  positiveDuration,
} from '../flag-units.ts';
import { type Cluster, clusterOf } from './cluster.ts';

export interface ConnectionOptions {
  /** `host:port`, several separated by commas. */
  readonly master: string;
  readonly cluster: string;
  /** For each answer, in milliseconds. */
  readonly answerTimeout: number;
  /** Only where `addStaleOption` was called. */
  readonly stale?: true;
}

export function addStaleOption(command: Command): Command {
  return command.option('--stale', 'while no master leads: what one of them knew last');
}

export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      unitOption('--master <HOST:PORT,…>', 'where masters are, some or all', masterAddresses)
        .env('MESSOR_MASTER')
        .default(CLUSTER_DEFAULTS.master),
    )
    .addOption(
      new Option('--cluster <NAME>', 'name of the cluster')
        .env('MESSOR_CLUSTER')
        .default(CLUSTER_DEFAULTS.cluster),
    )
    .addOption(
      unitOption(
        '--answer-timeout <DURATION>',
        'how long to wait for each answer',
        positiveDuration,
      )
        .env('MESSOR_ANSWER_TIMEOUT')
        .default(5000, '5s'),
    );
}

/** Options may stand before or after the name of the command: what was given anywhere counts. */
export function optionsOf<Options extends ConnectionOptions>(command: Command): Options {
  const own = command.opts<Options>();
  const given = Object.entries(own).filter(
    ([name]) => command.getOptionValueSource(name) !== 'default',
  );
  return { ...own, ...command.parent?.opts<Options>(), ...Object.fromEntries(given) };
}

/** An option whose value is read by `unit`, and refused with our sentence. */
export function unitOption<Value>(
  flags: string,
  description: string,
  unit: FlagUnit<Value>,
): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => readBy(unit, option.long ?? flags, text));
}

export function readBy<Value>(unit: FlagUnit<Value>, name: string, text: string): Value {
  try {
    return unit.read(text);
  } catch (error) {
    if (!(error instanceof FlagValueFault)) throw error;
    throw new ExitError('usage', `Cannot use ${name} "${text}": ${error.message}`);
  }
}

/** Joins as a node that only dials, lets `work` ask, and leaves. */
export async function withCluster<Result>(
  { master, cluster, answerTimeout, stale }: ConnectionOptions,
  work: (cluster: Cluster, node: DialledNode) => Promise<Result>,
): Promise<Result> {
  const node = await dial({ cluster, logSink: await quietUnlessAsked() });
  try {
    const asked = { masters: master, timeoutMs: answerTimeout, stale: stale === true };
    return await work(clusterOf(node, asked), node);
  } finally {
    await node.close();
  }
}

/** What a person at a terminal needs to know is said by the commands; the log is for debugging. */
async function quietUnlessAsked(): Promise<LogSink> {
  const { MESSOR_LOG_LEVEL: level } = process.env;
  if (level === undefined || level === '') return () => {};
  const { standardErrorSink } = await import('../log-sink.ts');
  return standardErrorSink({
    level: readBy(logLevel, 'MESSOR_LOG_LEVEL', level),
    format: 'auto',
  });
}
