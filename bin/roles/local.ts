/** `--role local`: a whole cluster on this machine, for trying things out. */
import { colorsFor } from '../colors.ts';
import { ExitError, type ExitName } from '../exits.ts';
import { FLAGS, type FlagKey, type FlagValues, type Role } from '../flags.ts';
import { type LocalCluster, startLocalCluster } from '../local-cluster.ts';
import { actualFormat } from '../log-sink.ts';
import type { ReadFlags } from '../read-flags.ts';
import type { NodeOutside, RunningNode } from './running-node.ts';

export async function startLocal(flags: ReadFlags, { log }: NodeOutside): Promise<RunningNode> {
  const { values, given } = flags;
  const format = actualFormat(values.logFormat);
  const write = format === 'json' ? writeLine : writePrefixed;
  const colors = colorsFor(process.stderr);
  const starting = startLocalCluster({
    masterPort: values.port ?? 0,
    masterCount: countOf(values.masters),
    agentCount: values.agents,
    masterFlags: [...handedOn('master', given), '--log-format', format],
    agentFlags: [...handedOn('agent', given), '--log-format', format],
    onLine: write,
    ...(colors.isColorSupported && { environment: { FORCE_COLOR: '1' } }),
  });

  const follow = async (): Promise<never> => {
    const cluster = await starting;
    welcome(cluster, values.cluster);
    return cluster.broken;
  };
  return {
    ended: follow().catch((error: unknown): ExitName => {
      log.error(error instanceof ExitError ? error.message : String(error));
      return error instanceof ExitError ? error.exit : 'internal';
    }),
    stop: async () => {
      const cluster = await starting.catch(() => undefined);
      await cluster?.stop();
    },
  };
}

function countOf(masters: FlagValues['masters']): number {
  if (masters === undefined) return 1;
  if (typeof masters === 'number') return masters;
  throw new ExitError('usage', 'A cluster on this machine is told how many: --masters 3');
}

function welcome({ masters, nodes }: LocalCluster, clusterName: string): void {
  const where = clusterName === FLAGS.cluster.default ? '' : ` --cluster ${clusterName}`;
  const lines = [
    ...nodes().map(({ name, node }) => `${name.replace(/^master$/, 'Master')} at ${node}`),
    `Try: bin/messor run --master ${masters}${where} --count 20 -- sh -c 'echo hello; sleep 1'`,
    'Ctrl-C ends them all',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What is said of masters or agents is said to each of them. */
function handedOn(role: Role, given: ReadonlyMap<string, string>): readonly string[] {
  const own: ReadonlySet<FlagKey> = new Set([
    ...(['role', 'port', 'masters', 'registry', 'endWithStdin', 'logFormat'] as const),
    // Masters are reached by what `--masters` names.
    ...(role === 'master' ? (['hostname'] as const) : []),
  ]);
  return (Object.keys(FLAGS) as FlagKey[]).flatMap((key) => {
    const { name, roles }: { name: string; roles: readonly Role[] } = FLAGS[key];
    const text = given.get(name);
    return own.has(key) || text === undefined || !roles.includes(role) ? [] : [`--${name}=${text}`];
  });
}

const NAME_LENGTH = 'master-1'.length;

function writePrefixed(name: string, line: string): void {
  const { cyan } = colorsFor(process.stderr);
  process.stderr.write(`${cyan(name.padEnd(NAME_LENGTH))} │ ${line}\n`);
}

/** A line of JSON says who speaks by itself. */
function writeLine(_name: string, line: string): void {
  process.stderr.write(`${line}\n`);
}
