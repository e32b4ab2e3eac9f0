/**
 * Agents that are played, each over a connection of its own.
 * usage: forked with MASTER COUNT FIRST TASK_MS TASKS_PER_FRAMEWORK FRAMEWORK_ID,…
 */
import type { FrameworkId } from '../../../actors/protocol/ids.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { type AgentCounts, playAgent } from '../master/played-agent.ts';
import { answerOrders } from '../master/talk.ts';

const [master = '', count = '', first = '', taskMs = '', tasks = '0', ids = ''] =
  process.argv.slice(2);
/** On their way to the master at a time. */
const COMING_MAX = 300;

const host = nodeHost({ logSink: () => {} });
const counts: AgentCounts = { registered: 0, returned: 0, launched: 0, finished: 0, lost: 0 };
const waiting: (() => void)[] = [];
let coming = 0;
let lastBackMs = 0;

function next(): void {
  while (coming < COMING_MAX) {
    const come = waiting.shift();
    if (come === undefined) return;
    coming++;
    come();
  }
}

for (let number = 0; number < Number(count); number++) {
  await playAgent({
    ...{ host, master, counts, number: Number(first) + number },
    ...{ taskMs: Number(taskMs), tasksPerFramework: Number(tasks) },
    frameworkIds: (ids === '' ? [] : ids.split(',')) as FrameworkId[],
    turn(come) {
      waiting.push(come);
      next();
    },
    isBack() {
      coming--;
      lastBackMs = Date.now();
      next();
    },
  });
}
answerOrders({}, () => ({ ...counts, lastBackMs, cpuMs: cpuMs() }));

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
