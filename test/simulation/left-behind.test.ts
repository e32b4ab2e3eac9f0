/** What runs when its agent comes back is taken up, unless a master had told the agent to end it. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { defineScheduler, shellCommand } from '../../actors/framework/index.ts';
import type { FrameworkId, TaskId } from '../../actors/protocol/ids.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import { startCluster } from '../kit/cluster.ts';
import { TASK_VARIABLE } from '../kit/scripted-launcher.ts';
import { LeftBehind } from './left-behind.ts';

const resources = parseResources('cpus:1;mem:128');
const taskId = 'task-1' as TaskId;
const FAILOVER_MS = 5000;

interface Ledger {
  readonly name: string;
  readonly isCheckpointed: true;
  frameworkId: FrameworkId | undefined;
  over: string | undefined;
  subscribedCount: number;
}

const runner = defineScheduler<{ readonly ledger: Ledger }, { launched: boolean }>({
  name: 'runner',
  info: () => ({ name: 'runner', failoverTimeoutMs: FAILOVER_MS }),
  initialState: () => ({ launched: false }),
  on: {
    subscribed(_state, { frameworkId }, _driver, { options: { ledger } }) {
      ledger.frameworkId = frameworkId;
      ledger.subscribedCount++;
    },
    offers(state, { offers: [offer] }, driver) {
      if (state.launched || offer === undefined) return;
      state.launched = true;
      const environment = [{ name: TASK_VARIABLE, value: taskId }];
      const command = { ...shellCommand("trap '' TERM; sleep 3600; exit 0"), environment };
      driver.launch(offer, [{ taskId, name: taskId, resources, command }]);
    },
    update: () => {},
    ended(_state, { message }, _driver, { options: { ledger } }) {
      ledger.over = message;
    },
  },
});

test('what a master had ended is left to its end, also where that master forgot it and the framework is back', async () => {
  const { world, home, master, runs, scheduler, ledger, sentences, close } = start();
  await world.runUntil(runs);
  scheduler.crash();
  await world.runUntil(() =>
    world.trace.lines().some((line) => line.includes('frameworkShutDown')),
  );
  // It is written down, and the task has a grace period.
  await world.runFor(50);
  home.node.crash();
  master.crash();
  equal(runs(), true);
  for (const node of [master, home.node, scheduler]) node.restart();
  await world.runUntil(() => ledger.subscribedCount === 2);
  await world.runFor(10_000);
  equal(ledger.over, undefined);
  equal(home.machine.recovered.leftovers.length, 1);
  deepEqual(sentences(), []);
  await close();
});

test('what nobody told an agent to end, and it does not take up, is told', async () => {
  const { world, home, runs, sentences, close } = start();
  await world.runUntil(runs);
  await world.runFor(1000);
  home.node.crash();
  // All but who the agent is.
  home.checkpointDisk.damage((text) => `${text.split('\n').slice(0, 2).join('\n')}\n`);
  home.node.restart();
  await world.runFor(10_000);
  deepEqual(sentences(), ['task-1 of runner ran on agent-1:5051, and was not taken up again']);
  await close();
});

function start() {
  const ledger: Ledger = {
    name: 'runner',
    isCheckpointed: true,
    frameworkId: undefined,
    over: undefined,
    subscribedCount: 0,
  };
  const cluster = startCluster({ seed: 'left behind', agentCount: 1 });
  const { world, agents, master, close } = cluster;
  const scheduler = cluster.startScheduler('runner:0', ({ system, masters, timings }) => {
    const { frameworkId } = ledger;
    const known = frameworkId === undefined ? {} : { frameworkId };
    system.spawn(runner, { masters, timings, ledger, ...known });
  });
  const leftBehind = new LeftBehind();
  world.watchMessages(({ message }, node) => {
    leftBehind.see(message, world.nodes.get(node)?.system);
  });
  const [home] = agents;
  if (home === undefined) throw new Error('There is no agent');
  return {
    ...{ world, home, master, scheduler, ledger, close },
    runs: () => home.machine.running.size > 0,
    sentences: () => leftBehind.sentences(cluster, [ledger]),
  };
}
