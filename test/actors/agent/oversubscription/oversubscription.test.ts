/** What an agent takes back when its machine is too busy. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Oversubscription } from '../../../../actors/agent/oversubscription/oversubscription.ts';
import { customTask } from '../nouns.ts';
import { playedAgent } from '../played-agent.ts';

test('a custom executor is killed without asking it, and its tasks were preempted', async () => {
  const oversubscription: Oversubscription = {
    controller: ({ executors }) => executors,
    intervalMs: 1000,
    measure: async () => ({ cpuCount: 1, loads: [2, 2, 2] }),
  };
  const agent = playedAgent({ oversubscription });
  agent.register();
  agent.run(customTask('task-1'));
  await agent.settle();
  const [launch] = agent.launched();
  if (launch?.type !== 'launch') throw new Error('Nothing was launched');
  const { containerId } = launch;
  agent.advance(1000);
  await agent.settle();
  agent.advance(1);
  const kills = agent.launched().filter(({ type }) => type === 'kill');
  deepEqual(kills, [{ type: 'kill', containerId, gracePeriodMs: 0 }]);
  agent.receive({
    type: 'containerEnded',
    containerId,
    end: { kind: 'signalled', signal: 'SIGKILL' },
  });
  const [report] = agent.reports();
  equal(report?.status.reason, 'containerPreempted');
  equal(report?.status.state, 'gone');
});
