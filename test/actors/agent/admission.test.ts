/** A task begins only when what it needs is really free: told by a whole cluster with one small agent. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { defineScheduler } from '../../../actors/framework/index.ts';
import type { TaskId } from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { address } from '../../../runtime/address.ts';
import { type Cluster, startCluster } from '../../kit/cluster.ts';
import { TASK_VARIABLE } from '../../kit/scripted-launcher.ts';

const resources = parseResources('cpus:1;mem:512');

type Own = { readonly type: 'leave' } | { readonly type: 'kill' };

/** Launches one task on the first offer. */
const single = defineScheduler<
  { readonly taskId: string; readonly script: string; readonly onUpdate: (state: string) => void },
  { launched: boolean },
  Own
>({
  name: 'single',
  info: ({ taskId }) => ({ name: taskId }),
  initialState: () => ({ launched: false }),
  on: {
    offers(state, { offers: [offer] }, driver, context) {
      if (state.launched || offer === undefined) return;
      state.launched = true;
      const { taskId, script } = context.options;
      const environment = [{ name: TASK_VARIABLE, value: taskId }];
      const command = { shell: true, value: script, arguments: [], environment };
      driver.launch(offer, [{ taskId: taskId as TaskId, name: taskId, resources, command }]);
    },
    update: (_state, { status }, _driver, { options }) => options.onUpdate(status.state),
  },
  handlers: {
    leave: (_state, _message, driver) => driver.teardown(),
    kill: (_state, _message, driver, { options }) => driver.kill(options.taskId as TaskId),
  },
});

test('a task waits until those of an ended framework are out of the way', async () => {
  const { cluster, told, start, say } = small();
  start('old', "trap '' TERM; sleep 60; exit 0");
  await cluster.world.runUntil(() => told.includes('old begins'));
  start('new', 'sleep 1; exit 0');
  say('old', { type: 'leave' });
  await cluster.world.runUntil(() => told.includes('new finished'));
  const ofOld = told.slice(0, 2);
  deepEqual(ofOld, ['old starting', 'old begins']);
  // What the scheduler hears and what the machine does are two roads.
  const rest = told.slice(2).filter((one) => one !== 'new starting');
  deepEqual(rest, ['new begins', 'new running', 'new finished']);
  await cluster.close();
});

test('a task that waits can be killed', async () => {
  const { cluster, told, start, say } = small();
  start('old', "trap '' TERM; sleep 60; exit 0");
  await cluster.world.runUntil(() => told.includes('old begins'));
  start('new', 'sleep 1; exit 0');
  say('old', { type: 'leave' });
  await cluster.world.runFor(1500);
  say('new', { type: 'kill' });
  await cluster.world.runUntil(() => told.includes('new killed'));
  deepEqual(cluster.agents[0]?.machine.running.size, 1);
  await cluster.world.runFor(10_000);
  deepEqual(told, ['old starting', 'old begins', 'new killed']);
  deepEqual(cluster.agents[0]?.machine.running.size, 0);
  await cluster.close();
});

/** One agent on which there is room for one task, and what is heard of tasks. */
function small() {
  const told: string[] = [];
  const cluster: Cluster = startCluster({
    seed: 'admission',
    agentCount: 1,
    agentResources: () => resources,
    onStarted({ machine }, task) {
      const others = [...machine.running.values()].filter((other) => other !== task);
      told.push(others.length === 0 ? `${task} begins` : `${task} begins beside ${others}`);
    },
  });
  const start = (taskId: string, script: string) => {
    cluster.startScheduler(`${taskId}:0`, ({ system, masters, timings }) => {
      const onUpdate = (state: string) => void told.push(`${taskId} ${state}`);
      system.spawn(single, { masters, timings, taskId, script, onUpdate }, { name: 'single' });
    });
  };
  const say = (taskId: string, message: Own) => {
    const node = `${taskId}:0`;
    cluster.world.nodes.get(node)?.system.send(address<Own>('single', node), message);
  };
  return { cluster, told, start, say };
}
