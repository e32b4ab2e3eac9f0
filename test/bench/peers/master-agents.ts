/**
 * Agents that are played, each over a connection of its own.
 * usage: forked with MASTER COUNT FIRST TASK_MS TASKS_PER_FRAMEWORK FRAMEWORK_ID,…
 */
import type { FrameworkId } from '../../../actors/protocol/ids.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { type AgentCounts, playAgent } from '../master/played-agent.ts';
import { delay } from '../master/processes.ts';
import { answerOrders } from '../master/talk.ts';

const [master = '', count = '', first = '', taskMs = '', tasks = '0', ids = ''] =
  process.argv.slice(2);

const host = nodeHost({ logSink: () => {} });
const counts: AgentCounts = {
  asked: 0,
  registered: 0,
  returned: 0,
  launched: 0,
  finished: 0,
  lost: 0,
};
let lastBackMs = 0;
/** Machines do not start in one instant; and all of these share one loop, and its delay. */
const UNREGISTERED_MAX = 200;

for (let number = 0; number < Number(count); number++) {
  while (number - counts.registered >= UNREGISTERED_MAX) await delay(5);
  await playAgent({
    ...{ host, master, counts, number: Number(first) + number },
    ...{ taskMs: Number(taskMs), tasksPerFramework: Number(tasks) },
    frameworkIds: (ids === '' ? [] : ids.split(',')) as FrameworkId[],
    isBack() {
      lastBackMs = Date.now();
    },
  });
}
answerOrders({}, () => ({ ...counts, lastBackMs, cpuMs: cpuMs() }));

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
