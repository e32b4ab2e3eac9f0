/**
 * Tasks end to end on a real cluster of processes: a master, two agents, and a scheduler in this
 * process that keeps tasks outstanding until all have been acknowledged as FINISHED.
 * usage: node tasks.js throughput|single COUNT DIRECTORY
 * DIRECTORY: where the agents' work directories are made.
 * throughput: as many at once as `OUTSTANDING_COUNT`; single: one after the other on an idle cluster.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  connect,
  defineScheduler,
  isTerminal,
  matchTasks,
  parseResources,
  programCommand,
  type TaskId,
} from '../../../bin/sdk.ts';

const [workload = '', countText = '0', directory = ''] = process.argv.slice(2);
const count = Number(countText);
const OUTSTANDING_COUNT = workload === 'single' ? 1 : 200;
/** /proc counts CPU time in ticks of this length (USER_HZ is 100 on every Linux). */
const TICK_MS = 10;
const resources = parseResources('cpus:0.01;mem:1');

interface Options {
  readonly done: (latenciesMs: readonly number[]) => void;
  readonly count: number;
  readonly prefix: string;
}

interface State {
  launched: number;
  readonly startedMs: Map<TaskId, number>;
  readonly latenciesMs: number[];
}

const load = defineScheduler<Options, State>({
  name: 'load',
  info: () => ({ name: 'bench' }),
  initialState: () => ({ launched: 0, startedMs: new Map(), latenciesMs: [] }),
  on: {
    offers(state, { offers }, driver, context) {
      const { options } = context;
      const wanted = Math.min(
        OUTSTANDING_COUNT - state.startedMs.size,
        options.count - state.launched,
      );
      const tasks = Array.from({ length: Math.max(0, wanted) }, (_, index) => ({
        taskId: `${options.prefix}-${state.launched + index}` as TaskId,
        name: 'true',
        resources,
        command: programCommand(['/bin/true']),
      }));
      const { launches, unplacedTasks } = matchTasks(offers, tasks, 'spread');
      for (const { offers: used, placed } of launches) {
        for (const { task } of placed) state.startedMs.set(task.taskId, context.nowMs());
        driver.launch(
          used,
          placed.map(({ task }) => task),
          { refuseMs: 0 },
        );
      }
      state.launched += tasks.length - unplacedTasks.length;
      const untouched = offers.filter(({ offerId }) => driver.offers.has(offerId));
      if (untouched.length > 0) driver.decline(untouched, { refuseMs: 0 });
    },
    update(state, { status }, driver, context) {
      const startedMs = state.startedMs.get(status.taskId);
      if (!isTerminal(status.state) || startedMs === undefined) return;
      if (status.state !== 'finished') throw new Error(`${status.taskId}: ${status.message}`);
      state.startedMs.delete(status.taskId);
      state.latenciesMs.push(context.nowMs() - startedMs);
      if (state.latenciesMs.length < context.options.count) return;
      context.options.done(state.latenciesMs);
      driver.teardown();
    },
  },
});

/** From where it was built to: build/test/bench/peers. */
const root = join(import.meta.dirname, '../../../..');
const resourceText = 'cpus:16;mem:4096;disk:1024';
const cluster = spawn(
  process.execPath,
  [
    join(root, 'bin/node'),
    '--role',
    'local',
    '--agents',
    '2',
    '--resources',
    resourceText,
    '--log-level',
    'warn',
  ],
  { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: directory } },
);
process.on('exit', () => cluster.kill('SIGTERM'));
const master = await new Promise<string>((resolve) => {
  createInterface({ input: cluster.stdout }).on('line', (line) => {
    const [, node] = /--master (\S+)/.exec(line) ?? [];
    if (node !== undefined) resolve(node);
  });
});
const node = await connect({ master });
const run = (wanted: number, prefix: string) =>
  new Promise<readonly number[]>((done) => {
    const scheduler = node.start(load, { done, count: wanted, prefix });
    void scheduler;
  });

await run(Math.min(500, Math.ceil(count / 4)), 'warm-up');
const before = cpuOfCluster();
const own = process.cpuUsage();
const startMs = performance.now();
const latenciesMs = [...(await run(count, 'task'))].sort((one, other) => one - other);
const wallMs = performance.now() - startMs;
const { user, system } = process.cpuUsage(own);
const after = cpuOfCluster();
const launchCpuMs = after.launchMs - before.launchMs;
const nodesCpuMs = after.nodesMs - before.nodesMs + (user + system) / 1000;
console.log(
  JSON.stringify({
    count,
    wallMs,
    cpuMs: launchCpuMs + nodesCpuMs,
    launchCpuMs,
    p50Ms: latenciesMs[Math.floor(count * 0.5)],
    p99Ms: latenciesMs[Math.floor(count * 0.99)],
  }),
);
await node.close();
process.exit(0);

/**
 * CPU time of the cluster's processes so far, those that have ended and been waited for included:
 * of the nodes (programs called node), and of the launchers with all they forked and executed.
 */
function cpuOfCluster(): { readonly nodesMs: number; readonly launchMs: number } {
  const processes = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
          const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          const time = (index: number) => Number(fields[index]) * TICK_MS;
          const program = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
          const ownMs = time(11) + time(12);
          const endedMs = time(13) + time(14);
          return [[Number(pid), { parent: Number(fields[1]), program, ownMs, endedMs }] as const];
        } catch {
          // It ended while we looked.
          return [];
        }
      }),
  );
  let nodesMs = 0;
  let launchMs = 0;
  for (const [pid, entry] of processes) {
    if (!descends(pid)) continue;
    if (/^(node|MainThread)$/.test(entry.program)) nodesMs += entry.ownMs;
    else launchMs += entry.ownMs + entry.endedMs;
  }
  return { nodesMs, launchMs };

  function descends(pid: number): boolean {
    for (let at = pid; at > 1; at = processes.get(at)?.parent ?? 0) {
      if (at === cluster.pid) return true;
    }
    return false;
  }
}
