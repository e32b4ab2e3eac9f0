/**
 * A whole cluster on this machine: every node a process of its own, on a free port. Agents are kept
 * running; without its master the cluster is broken.
 */
import { type ChildNode, startChildNode } from './child-node.ts';
import { ExitError } from './exits.ts';
import { KeptAgent } from './kept-agent.ts';

export interface LocalClusterOptions {
  /** 0: any free one. */
  readonly masterPort: number;
  readonly agentCount: number;
  /** Beyond those that make it a node of this cluster. */
  readonly masterFlags: readonly string[];
  readonly agentFlags: readonly string[];
  /** Gets what a node logs, line by line. */
  readonly onLine: (name: string, line: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LocalCluster {
  /** `host:port` of the master. */
  readonly master: string;
  /** The master first, then `agent-1`, `agent-2` …, as they are now. */
  nodes(): readonly ChildNode[];
  /** Rejects with an ExitError when the cluster can't go on; `stop` is still to be called. */
  readonly broken: Promise<never>;
  /** All nodes end, agents first. Nothing of them stays behind. */
  stop(): Promise<void>;
}

/** @throws ExitError when a node does not start; those that did have ended again then */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { masterPort, agentCount, masterFlags, agentFlags, environment, onLine } = options;
  const start = (name: string, flags: readonly string[]) =>
    startChildNode({
      name,
      flags,
      onLine: (line) => onLine(name, line),
      ...(environment !== undefined && { environment }),
    });

  const master = await start('master', [
    ...['--role', 'master', '--port', String(masterPort)],
    ...masterFlags,
  ]);
  const ofAll = ['--master', master.node, ...agentFlags];
  const names = Array.from({ length: agentCount }, (_, index) => `agent-${index + 1}`);
  const outcomes = await Promise.allSettled(
    names.map((name) =>
      KeptAgent.start({
        name,
        start: (flags) => start(name, [...flags, ...ofAll]),
        say: (line) => onLine('local', line),
      }),
    ),
  );
  const agents = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  let stopping = false;
  const stop = async () => {
    stopping = true;
    await Promise.all(agents.map((agent) => agent.stop()));
    await master.stop();
  };
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }

  const broken = new Promise<never>((_, reject) => {
    void master.ended.then(({ how }) => {
      if (!stopping) reject(new ExitError('failed', `The master has gone: ${how}`));
    });
    for (const { kept } of agents) kept.catch(reject);
  });
  // Whoever wants to know asks later.
  broken.catch(() => {});
  return {
    master: master.node,
    nodes: () => [master, ...agents.map(({ current }) => current)],
    broken,
    stop,
  };
}
