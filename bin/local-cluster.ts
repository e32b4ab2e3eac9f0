/**
 * A whole cluster on this machine: every node a process of its own, on a free port. Agents are kept
 * running, and so are masters where there are several; without its only master the cluster is broken.
 */
import { type ChildNode, startChildNode } from './child-node.ts';
import { ExitError } from './exits.ts';
import { freePorts } from './free-ports.ts';
import { KeptNode } from './kept-node.ts';

export interface LocalClusterOptions {
  /** Of the only master, or of the first; those of the others follow it. 0: any free ones. */
  readonly masterPort: number;
  readonly masterCount: number;
  readonly agentCount: number;
  /** Beyond those that make it a node of this cluster. */
  readonly masterFlags: readonly string[];
  readonly agentFlags: readonly string[];
  /** Gets what a node logs, line by line. */
  readonly onLine: (name: string, line: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LocalCluster {
  /** `host:port` of all masters, separated by commas. */
  readonly masters: string;
  /** The masters first, then `agent-1`, `agent-2` …, as they are now. */
  nodes(): readonly ChildNode[];
  /** Rejects with an ExitError when the cluster can't go on; `stop` is still to be called. */
  readonly broken: Promise<never>;
  /** All nodes end, agents first. Nothing of them stays behind. */
  stop(): Promise<void>;
}

/** What the cluster has of each kind. */
interface Masters {
  readonly nodes: () => readonly ChildNode[];
  /** Rejects when the cluster can't go on without what has gone. */
  readonly kept: Promise<void>;
  stop(): Promise<void>;
}

/** @throws ExitError when a node does not start; those that did have ended again then */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { masterCount, agentCount, agentFlags, environment, onLine } = options;
  const start = (name: string, flags: readonly string[]) =>
    startChildNode({
      name,
      flags,
      onLine: (line) => onLine(name, line),
      ...(environment !== undefined && { environment }),
    });
  const keep = (
    name: string,
    port: number,
    flags: (directory: string, port: number) => readonly string[],
  ) =>
    KeptNode.start({
      name,
      port,
      flags,
      start: (given) => start(name, given),
      say: (line) => onLine('local', line),
    });

  const masters =
    masterCount === 1 ? await startMaster(options, start) : await startMasters(options, keep);
  const where = masters
    .nodes()
    .map(({ node }) => node)
    .join(',');
  const names = Array.from({ length: agentCount }, (_, index) => `agent-${index + 1}`);
  // It removes the directory itself: at its end whoever started it may not be there any more.
  const flagsOf = (directory: string, port: number) => [
    ...['--role', 'agent', '--port', String(port), '--master', where],
    ...['--work-dir', directory, '--discard-work-dir', ...agentFlags],
  ];
  const agents = await all(names.map((name) => keep(name, 0, flagsOf))).catch(
    async (error: unknown) => {
      await masters.stop();
      throw error;
    },
  );

  const broken = new Promise<never>((_, reject) => {
    masters.kept.catch(reject);
    for (const { kept } of agents) kept.catch(reject);
  });
  // Whoever wants to know asks later.
  broken.catch(() => {});
  return {
    masters: where,
    nodes: () => [...masters.nodes(), ...agents.map(({ current }) => current)],
    broken,
    async stop() {
      await Promise.all(agents.map((agent) => agent.stop()));
      await masters.stop();
    },
  };
}

async function startMaster(
  { masterPort, masterFlags }: LocalClusterOptions,
  start: (name: string, flags: readonly string[]) => Promise<ChildNode>,
): Promise<Masters> {
  const flags = ['--role', 'master', '--port', String(masterPort), ...masterFlags];
  const master = await start('master', flags);
  let stopping = false;
  return {
    nodes: () => [master],
    kept: master.ended.then(({ how }) => {
      if (!stopping) throw new ExitError('failed', `The master has gone: ${how}`);
    }),
    stop() {
      stopping = true;
      return master.stop();
    },
  };
}

async function startMasters(
  { masterPort, masterCount, masterFlags }: LocalClusterOptions,
  keep: (
    name: string,
    port: number,
    flags: (directory: string, port: number) => readonly string[],
  ) => Promise<KeptNode>,
): Promise<Masters> {
  const ports =
    masterPort === 0
      ? await freePorts(masterCount)
      : Array.from({ length: masterCount }, (_, index) => masterPort + index);
  const list = ports.map((port) => `127.0.0.1:${port}`).join(',');
  const flagsOf = (directory: string, port: number) => [
    ...['--role', 'master', '--port', String(port), '--masters', list],
    ...['--registry', `raft:${directory}`, '--discard-work-dir', ...masterFlags],
  ];
  const masters = await all(ports.map((port, index) => keep(`master-${index + 1}`, port, flagsOf)));
  return {
    nodes: () => masters.map(({ current }) => current),
    kept: Promise.all(masters.map(({ kept }) => kept)).then(() => {}),
    async stop() {
      await Promise.all(masters.map((master) => master.stop()));
    },
  };
}

/** All of them, or none: those that did start are stopped again then. */
async function all(starting: readonly Promise<KeptNode>[]): Promise<readonly KeptNode[]> {
  const outcomes = await Promise.allSettled(starting);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  const started = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  if (failure === undefined) return started;
  await Promise.all(started.map((node) => node.stop()));
  throw failure.reason;
}
