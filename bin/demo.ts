/**
 * `npm run demo`: a cluster of three masters and two agents, each a process, and a real job on it.
 *
 * Forty tasks count the words of Messor's own files. In the middle of it the master that leads is
 * killed; another one takes over, and the job goes on. The outputs are read from the agents, merged,
 * and compared with a count made here. Everything is taken down again, whatever happens.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BatchLaunch } from '../actors/framework/batch/batch.ts';
import type { BatchJob } from '../actors/framework/batch/job.ts';
import { programCommand } from '../actors/framework/describe.ts';
import type { FrameworkId } from '../actors/protocol/ids.ts';
import { parseResources } from '../actors/protocol/resources.ts';
import type { AgentView } from '../actors/protocol/views.ts';
import { startBatchRun } from './batch-run.ts';
import { type Cluster, clusterOf } from './cli/cluster.ts';
import { RunProgress } from './cli/run-progress.ts';
import { readPieces } from './cli/sandbox.ts';
import { renderBars } from './demo/bars.ts';
import {
  countWords,
  dealOut,
  mergeCounts,
  mostFrequent,
  parseCounts,
  type WordCounts,
} from './demo/words.ts';
import { dial } from './dial.ts';
import { openDoor } from './door.ts';
import { ExitError, type ExitName } from './exits.ts';
import { FLAGS } from './flags.ts';
import { type LocalCluster, startLocalCluster } from './local-cluster.ts';
import { PACKAGE_ROOT } from './manifest.ts';

const TASK_COUNT = 40;
/** When so many are finished, the master that leads is killed. */
const FINISHED_BEFORE_KILL_COUNT = 10;
const MASTER_COUNT = 3;
const AGENT_COUNT = 2;
/** Of each agent, whatever the machine has: the demo looks the same everywhere. */
const AGENT_RESOURCES = 'cpus:2;mem:1024;disk:1024';
const TASK_RESOURCES = 'cpus:0.25;mem:64';
const ANSWER_TIMEOUT_MS = 10_000;
/** If it is not done by then, something is wrong. */
const JOB_TIMEOUT_MS = 60_000;

const TEXT_FILE = /\.(md|ts|js|json|sh)$/;
const NOT_OURS = /^(node_modules|\.git|coverage|dist)\//;

await openDoor('demo', async (): Promise<ExitName> => {
  const startMs = performance.now();
  const undo: (() => Promise<void>)[] = [];
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => reject(new ExitError('interrupted', 'The demo was interrupted')));
    }
  });
  try {
    await Promise.race([interrupted, demonstrate(undo)]);
  } finally {
    for (const step of undo.reverse()) await step();
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(`\nThe cluster is stopped. All in ${seconds} s\n`);
  return 'ok';
});

/** @param undo gets, step by step, how to take down what was set up */
async function demonstrate(undo: (() => Promise<void>)[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'messor-demo-'));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  const files = await copyTextFiles(join(directory, 'files'));
  const portions = dealOut(files, ({ bytes }) => bytes, TASK_COUNT);
  const listFile = join(directory, 'portions');
  const lines = portions.map((portion) => JSON.stringify(portion.map(({ path }) => path)));
  await writeFile(listFile, `${lines.join('\n')}\n`);

  say(`Starting ${MASTER_COUNT} masters and ${AGENT_COUNT} agents, each as a process`);
  const local = await startCluster();
  undo.push(() => local.stop());
  for (const { name, node, processId } of local.nodes()) {
    say(`  ${name.padEnd(8)} ${node}, process ${processId}`);
  }

  say(`\nCounting the words of ${files.length} files in ${TASK_COUNT} tasks`);
  const node = await dial({ cluster: FLAGS.cluster.default, logSink: () => {} });
  undo.push(() => node.close());
  const cluster = clusterOf(node, {
    masters: local.masters,
    timeoutMs: ANSWER_TIMEOUT_MS,
    stale: false,
  });
  const job = wordCountJob(listFile);
  const progress = new RunProgress(job, local.masters, 'tenths');
  undo.push(async () => progress.close());
  /** The newest try of each copy. */
  const launches = new Map<number, BatchLaunch>();
  let frameworkId: FrameworkId | undefined;
  let killing: Promise<void> | undefined;
  const run = startBatchRun(node.system, {
    job,
    master: local.masters,
    hear(event) {
      progress.note(event);
      if (event.type === 'batchUpdated' && event.counts.finished >= FINISHED_BEFORE_KILL_COUNT) {
        killing ??= killLeader(cluster, local);
      }
      if (event.type === 'batchSubscribed') frameworkId = event.frameworkId;
      if (event.type !== 'batchLaunched') return;
      for (const launch of event.tasks) launches.set(launch.index, launch);
    },
  });
  const { verdict, message } = await Promise.race([run.ended, local.broken, whenLate()]);
  await killing;
  progress.close();
  if (verdict !== 'finished' || frameworkId === undefined) {
    throw new ExitError(
      'failed',
      `The job is ${verdict}${message === undefined ? '' : `: ${message}`}`,
    );
  }

  const { items: agents } = await cluster.list('agents');
  const tasks = [...launches.values()];
  const counted = mergeCounts(await outputs(cluster, frameworkId, tasks, agents));
  const expected = mergeCounts(
    await Promise.all(files.map(async ({ path }) => countWords(await readFile(path, 'utf8')))),
  );
  verify(counted, expected);
  say('\nThe most frequent words:');
  process.stdout.write(renderBars(mostFrequent(counted, 12)));
  say('\nTasks by agent:');
  process.stdout.write(renderBars(tasksByAgent(tasks, agents, local)));
  const total = [...counted.values()].reduce((sum, count) => sum + count, 0);
  say(
    `\n${total} words, ${counted.size} different ones: the same as counted here, without a cluster`,
  );
}

function startCluster(): Promise<LocalCluster> {
  return startLocalCluster({
    masterPort: 0,
    masterCount: MASTER_COUNT,
    agentCount: AGENT_COUNT,
    // What they say of the master that is killed is no news here.
    masterFlags: ['--log-level', 'error'],
    agentFlags: ['--log-level', 'error', '--resources', AGENT_RESOURCES],
    onLine: (name, line) => process.stderr.write(`${name}: ${line}\n`),
  });
}

/** Without a chance to say goodbye. Who keeps the cluster running starts it again. */
async function killLeader(cluster: Cluster, local: LocalCluster): Promise<void> {
  const { master } = await cluster.list('agents');
  const leader = local.nodes().find(({ node }) => node === master.node);
  if (leader === undefined) return;
  say(`Killing ${leader.name}, which leads, with SIGKILL: another one takes over`);
  process.kill(leader.processId, 'SIGKILL');
}

function wordCountJob(listFile: string): BatchJob {
  const program = new URL(`./demo/count-words${extname(import.meta.url)}`, import.meta.url);
  return {
    name: 'demo',
    command: programCommand([
      process.execPath,
      ...process.execArgv,
      fileURLToPath(program),
      listFile,
    ]),
    count: TASK_COUNT,
    resources: parseResources(TASK_RESOURCES),
  };
}

/** Copies, because somebody may be at work on the files while the demo runs. */
async function copyTextFiles(
  directory: string,
): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
  await mkdir(directory);
  const names = (await readdir(PACKAGE_ROOT, { recursive: true })).filter(
    (name) => TEXT_FILE.test(name) && !NOT_OURS.test(name),
  );
  return Promise.all(
    names.map(async (name, index) => {
      const path = join(directory, `${index}${extname(name)}`);
      await copyFile(join(PACKAGE_ROOT, name), path);
      return { path, bytes: (await stat(path)).size };
    }),
  );
}

/** What each task has printed, from the sandboxes on the agents. */
function outputs(
  cluster: Cluster,
  frameworkId: FrameworkId,
  tasks: readonly BatchLaunch[],
  agents: readonly AgentView[],
): Promise<readonly WordCounts[]> {
  return Promise.all(
    tasks.map(async ({ taskId, agentId }) => {
      const agent = agents.find((view) => view.agentId === agentId);
      if (agent === undefined) throw new ExitError('failed', `Agent ${agentId} is gone`);
      const file = { agent: agent.address, frameworkId, taskId, path: 'stdout' };
      const pieces: Uint8Array[] = [];
      for await (const { bytes } of readPieces(cluster, file, true)) pieces.push(bytes);
      return parseCounts(Buffer.concat(pieces).toString('utf8'));
    }),
  );
}

function verify(counted: WordCounts, expected: WordCounts): void {
  const words = new Set([...counted.keys(), ...expected.keys()]);
  for (const word of words) {
    if (counted.get(word) === expected.get(word)) continue;
    throw new ExitError(
      'failed',
      `The tasks counted "${word}" ${counted.get(word) ?? 0} times, here it is counted ${expected.get(word) ?? 0} times`,
    );
  }
}

function tasksByAgent(
  tasks: readonly BatchLaunch[],
  agents: readonly AgentView[],
  local: LocalCluster,
): readonly (readonly [string, number])[] {
  return agents.map(({ agentId, address }) => {
    const name = local.nodes().find(({ node }) => node === address.node)?.name ?? agentId;
    return [name, tasks.filter((task) => task.agentId === agentId).length];
  });
}

async function whenLate(): Promise<never> {
  await delay(JOB_TIMEOUT_MS, undefined, { ref: false });
  throw new ExitError('failed', `The job is not done after ${JOB_TIMEOUT_MS / 1000} s`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
