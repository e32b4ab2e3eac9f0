/** A master, frameworks and played agents, each kind in processes of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Peer, startPeer } from './processes.ts';

export interface ClusterPlan {
  readonly agents: number;
  readonly frameworks: number;
  /** Tasks of each framework at a time. */
  readonly outstanding: number;
  readonly tasksPerOffer: number;
  readonly taskMs: number;
  /** That an agent says it has of each framework when it comes back. */
  readonly tasksOnReturn: number;
}

export interface BenchCluster {
  master: Peer;
  readonly port: string;
  readonly directory: string;
  readonly frameworks: Peer;
  readonly agents: readonly Peer[];
}

const AGENTS_PER_PROCESS_MAX = 5000;

export async function openCluster(plan: ClusterPlan): Promise<BenchCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'messor-bench-'));
  const master = await startMasterNode(directory, '0');
  const node = String(master.ready.node);
  const { outstanding, tasksPerOffer, taskMs, tasksOnReturn } = plan;
  const frameworks = await startPeer('master-frameworks', [
    ...[node, `${plan.frameworks}`, `${outstanding}`, `${tasksPerOffer}`, `${plan.agents}`],
  ]);
  const agents: Peer[] = [];
  for (let first = 0; first < plan.agents; first += AGENTS_PER_PROCESS_MAX) {
    const count = Math.min(AGENTS_PER_PROCESS_MAX, plan.agents - first);
    const ids = tasksOnReturn === 0 ? '' : String(frameworks.ready['frameworkIds']);
    const words = [node, `${count}`, `${first}`, `${taskMs}`, `${tasksOnReturn}`, ids];
    agents.push(await startPeer('master-agents', words));
  }
  const port = node.slice(node.lastIndexOf(':') + 1);
  return { master, port, directory, frameworks, agents };
}

export function startMasterNode(directory: string, port: string): Promise<Peer> {
  const execArgv = [...process.execArgv, '--max-old-space-size=8000'];
  return startPeer('master-node', [port, directory], execArgv);
}

export async function closeCluster(cluster: BenchCluster): Promise<void> {
  const { master, frameworks, agents, directory } = cluster;
  await Promise.all([...agents, frameworks, master].map((one) => one.kill()));
  await rm(directory, { recursive: true, force: true });
}

export async function sumOf(peers: readonly Peer[], figure: string): Promise<number> {
  let sum = 0;
  for (const one of peers) sum += Number((await one.ask({ type: 'figures' }))[figure]);
  return sum;
}
