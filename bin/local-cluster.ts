/** A whole cluster on this machine: every node a process of its own, on a free port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChildEnding, type ChildNode, startChildNode } from './child-node.ts';

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
  /** The master first, then `agent-1`, `agent-2` … */
  readonly nodes: readonly ChildNode[];
  /** Settles when a node ends. */
  readonly someEnded: Promise<ChildEnding & { readonly name: string }>;
  /** All nodes end, agents first. Nothing of them stays behind. */
  stop(): Promise<void>;
}

/** @throws ExitError when a node does not start; those that did have ended again then */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { masterPort, agentCount, masterFlags, agentFlags, environment } = options;
  const start = (name: string, flags: readonly string[]) =>
    startChildNode({
      name,
      flags,
      onLine: (line) => options.onLine(name, line),
      ...(environment !== undefined && { environment }),
    });

  const master = await start('master', [
    ...['--role', 'master', '--port', String(masterPort)],
    ...masterFlags,
  ]);
  const startAgent = async (name: string): Promise<ChildNode> => {
    const workDirectory = await mkdtemp(join(tmpdir(), 'messor-agent-'));
    const removeIt = () => rm(workDirectory, { recursive: true, force: true });
    try {
      const agent = await start(name, [
        ...['--role', 'agent', '--port', '0', '--master', master.node],
        // It removes the directory itself: at its end we may not be there any more.
        ...['--work-dir', workDirectory, '--discard-work-dir'],
        ...agentFlags,
      ]);
      return { ...agent, stop: () => agent.stop().then(removeIt) };
    } catch (error) {
      await removeIt();
      throw error;
    }
  };

  const names = Array.from({ length: agentCount }, (_, index) => `agent-${index + 1}`);
  const outcomes = await Promise.allSettled(names.map(startAgent));
  const agents = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  const stop = async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    await master.stop();
  };
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const nodes = [master, ...agents];
  const someEnded = Promise.race(
    nodes.map(({ name, ended }) => ended.then((ending) => ({ ...ending, name }))),
  );
  return { master: master.node, nodes, someEnded, stop };
}
