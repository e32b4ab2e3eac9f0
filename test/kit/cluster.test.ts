/** A whole cluster in a virtual world, told in a few lines each. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { defineScheduler, shellCommand } from '../../actors/framework/index.ts';
import type { TaskId } from '../../actors/protocol/ids.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import { startCluster } from './cluster.ts';
import { lookInside } from './look-inside.ts';
import { bootMachine } from './scripted-launcher.ts';

const resources = parseResources('cpus:1;mem:128');

/** Launches one task for each of its scripts, and tells what it hears of them. */
const runner = defineScheduler<
  { readonly scripts: readonly string[]; readonly say: (text: string) => void },
  { launchedCount: number }
>({
  name: 'runner',
  info: () => ({ name: 'runner', failoverTimeoutMs: 60_000, capabilities: ['partitionAware'] }),
  initialState: () => ({ launchedCount: 0 }),
  on: {
    offers(state, { offers }, driver, { options }) {
      for (const offer of offers) {
        const script = options.scripts[state.launchedCount];
        if (script === undefined) return;
        const taskId = `task-${++state.launchedCount}` as TaskId;
        const command = shellCommand(script);
        driver.launch(offer, [{ taskId, name: taskId, resources, command }]);
      }
    },
    update(_state, { status: { taskId, state } }, _driver, { options }) {
      options.say(`${taskId} ${state}`);
    },
  },
});

test('tasks run to their end on virtual time', async () => {
  const { world, told, close } = start(['sleep 3600; exit 0', 'exit 1', 'nonsense']);
  await world.runUntil(() => told.includes('task-1 finished'), 4_000_000);
  deepEqual([...told].sort(), [
    'task-1 finished',
    'task-1 running',
    'task-1 starting',
    'task-2 failed',
    'task-2 running',
    'task-2 starting',
    'task-3 failed',
    'task-3 starting',
  ]);
  equal(Math.floor(world.elapsedMs() / 3_600_000), 1);
  await close();
});

test('an agent that crashes and comes back goes on with its tasks, unless the machine was booted', async () => {
  const { world, told, agents, close } = start(['sleep 3600; exit 0']);
  await world.runUntil(() => told.includes('task-1 running'));
  const home = agents.find(({ machine }) => machine.running.size > 0);
  home?.node.crash();
  await world.runFor(1000);
  equal(home?.machine.running.size, 1, 'processes outlive their agent');
  home?.node.restart();
  await world.runFor(10_000);
  equal(told.at(-1), 'task-1 running');
  home?.node.crash();
  if (home !== undefined) bootMachine(home.machine);
  home?.node.restart();
  await world.runUntil(() => told.includes('task-1 gone'));
  await close();
});

test('a master that crashes and comes back finds the tasks where they were', async () => {
  const { world, told, master, insideMaster, close } = start(['sleep 60; exit 0']);
  await world.runUntil(() => told.includes('task-1 running'));
  master.crash();
  equal(insideMaster(), undefined);
  await world.runFor(5000);
  master.restart();
  await world.runUntil(() => told.includes('task-1 finished'));
  equal(insideMaster()?.state.agents.registered.size, 3);
  await close();
});

test('a leader that stands still is succeeded, and all hear of it before they miss its voice', async () => {
  const { world, told, masters, insideMaster, close } = start(['sleep 60; exit 0'], 3);
  await world.runUntil(() => told.includes('task-1 running'));
  // Until then the others have come to belong to it.
  await world.runFor(3000);
  const epoch = insideMaster()?.state.epoch ?? 0;
  const leader = masters.find((node) => {
    const state = lookInside<object>(node.system, { name: 'master' })?.state;
    return state !== undefined && 'agents' in state;
  });
  leader?.freeze(30_000);
  await world.runUntil(() => {
    const state = insideMaster()?.state;
    if (state === undefined || state.epoch === epoch) return false;
    const isBack = [...state.frameworks.values()].every(({ status }) => status === 'active');
    return isBack && state.agents.registered.size === 3;
  }, 4000);
  await world.runUntil(() => told.includes('task-1 finished'));
  await close();
});

function start(scripts: readonly string[], masterCount = 1) {
  const told: string[] = [];
  const cluster = startCluster({ seed: 'stories', agentCount: 3, masterCount });
  cluster.startScheduler('runner:0', ({ system, masters, timings }) => {
    system.spawn(runner, { masters, timings, scripts, say: (text) => void told.push(text) });
  });
  return { ...cluster, told };
}
