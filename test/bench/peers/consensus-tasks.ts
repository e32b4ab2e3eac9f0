/**
 * Three masters, two agents, a scheduler in this process. The leader is killed, again and again: how long
 * until the next new task is RUNNING, and of that until the scheduler is with the next master.
 * usage: node consensus-tasks.js KILLS
 * Prints kill0Ms, kill1Ms, … and subscribed0Ms, subscribed1Ms, …
 */
import { setTimeout as pause } from 'node:timers/promises';
import { describeMasters } from '../../../bin/cli/members.ts';
import { dial } from '../../../bin/dial.ts';
import { startLocalCluster } from '../../../bin/local-cluster.ts';
import {
  connect,
  defineScheduler,
  parseResources,
  programCommand,
  type TaskId,
} from '../../../bin/sdk.ts';
import { eventually } from '../consensus/group.ts';

const killCount = Number(process.argv[2] ?? '1');
const DESCRIBE_TIMEOUT_MS = 500;
/** Between a start and the next kill: nobody is in an election any more. */
const CALM_MS = 500;
const resources = parseResources('cpus:0.1;mem:32');
const quiet = { logSink: () => {} };

interface Wanted {
  taskId: TaskId;
  readonly running: () => void;
  subscribedMs?: number;
}

/** What is to be launched next: known to the scheduler below, as it is in this process. */
let wanted: Wanted | undefined;

const scheduler = defineScheduler<Record<never, never>, null>({
  name: 'next-task',
  info: () => ({ name: 'bench', failoverTimeoutMs: 60_000 }),
  initialState: () => null,
  unusedOffers: 'keep',
  on: {
    subscribed() {
      if (wanted !== undefined) wanted.subscribedMs ??= performance.now();
    },
    offers(_, { offers: [offer] }, driver) {
      if (offer !== undefined) launchOn(offer, driver);
    },
    update(_, { status: { taskId, state } }) {
      if (taskId !== wanted?.taskId) return;
      if (state === 'running') wanted.running();
      // Its offer was taken back while it was on its way: the next one will do.
      else if (state === 'lost') wanted.taskId = `${taskId}-again` as TaskId;
      else if (state !== 'starting' && state !== 'staging') {
        throw new Error(`Task ${taskId} is ${state}, and should run`);
      }
    },
  },
});

type Driver = Parameters<NonNullable<Parameters<typeof defineScheduler>[0]['on']['offers']>>[2];
const launched = new Set<TaskId>();

function launchOn(offer: Parameters<Driver['launch']>[0], driver: Driver): void {
  if (wanted === undefined || launched.has(wanted.taskId)) return;
  launched.add(wanted.taskId);
  const { taskId } = wanted;
  const command = programCommand(['/bin/sleep', '600']);
  driver.launch(offer, [{ taskId, name: 'sleep', resources, command }]);
}

const cluster = await startLocalCluster({
  masterPort: 0,
  masterCount: 3,
  agentCount: 2,
  masterFlags: ['--log-level', 'error'],
  agentFlags: ['--log-level', 'error', '--resources', 'cpus:16;mem:4096;disk:1024'],
  onLine: () => {},
});
const onlooker = await dial({ cluster: 'messor', ...quiet });
const node = await connect({ master: cluster.masters, ...quiet });
node.start(scheduler, {});
await run('first');
const figures: Record<string, number> = { count: killCount, wallMs: 0, cpuMs: 0 };
for (let kill = 0; kill < killCount; kill++) {
  const leader = await leaderOfAll();
  await pause(CALM_MS);
  const processId = cluster.nodes().find((one) => one.node === leader)?.processId ?? 0;
  process.kill(processId, 'SIGKILL');
  const { runningMs, subscribedMs } = await run(`task-${kill}`);
  figures[`kill${kill}Ms`] = runningMs;
  figures[`subscribed${kill}Ms`] = subscribedMs;
}
await node.close();
await onlooker.close();
await cluster.stop();
console.log(JSON.stringify(figures));
process.exit(0);

async function run(name: string) {
  const beganMs = performance.now();
  const task = await new Promise<Wanted>((resolve) => {
    const next: Wanted = { taskId: name as TaskId, running: () => resolve(next) };
    wanted = next;
  });
  wanted = undefined;
  return {
    runningMs: performance.now() - beganMs,
    subscribedMs: (task.subscribedMs ?? Number.NaN) - beganMs,
  };
}

/** Waits until all three masters are there and know the same. */
function leaderOfAll(): Promise<string> {
  return eventually('all masters have one leader', async () => {
    const answers = await describeMasters(
      onlooker,
      cluster.masters.split(','),
      DESCRIBE_TIMEOUT_MS,
    );
    const all = answers.flatMap(({ description }) =>
      typeof description === 'string' ? [] : description,
    );
    const leaders = new Set(all.map(({ leader }) => leader));
    const indexes = new Set(all.map(({ appliedIndex }) => appliedIndex));
    const [leader] = leaders;
    return all.length === 3 && leaders.size === 1 && indexes.size === 1 ? leader : undefined;
  });
}
