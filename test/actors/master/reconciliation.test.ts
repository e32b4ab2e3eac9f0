/** What schedulers are told when they ask for their tasks. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, TaskId } from '../../../actors/protocol/ids.ts';
import type { AgentMessage } from '../../../actors/protocol/messages.ts';
import { address } from '../../../runtime/address.ts';
import { type PlayedFramework, type Scene, scene } from './scene.ts';

const TEN_MINUTES_MS = 600_000;

function ask(
  { say, updates }: Scene,
  framework: PlayedFramework,
  tasks: readonly [string, AgentId?][],
): string[] {
  updates(framework);
  const { frameworkId } = framework;
  const asked = tasks.map(([id, agentId]) => ({
    taskId: id as TaskId,
    ...(agentId === undefined ? {} : { agentId }),
  }));
  say(framework.address, { type: 'reconcile', frameworkId, tasks: asked });
  return updates(framework);
}

/** A registered agent, a lost one, and tasks on both, of an aware and an unaware framework. */
function begin() {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const lost = stage.registerAgent('lost:1');
  const here = stage.registerAgent('here:1');
  const aware = stage.subscribe('aware');
  const unaware = stage.subscribe('unaware', { capabilities: [] });
  for (const framework of [aware, unaware]) stage.launch(framework, lost, 'gone away');
  stage.breakLink(lost);
  stage.advance(TEN_MINUTES_MS);
  return { ...stage, lost, here, aware, unaware };
}

test('a known task is answered by what was last passed on, without an id', () => {
  const stage = begin();
  const { aware, here, launch, update, heard, say } = stage;
  const taskId = launch(aware, here, 't');
  deepEqual(ask(stage, aware, [['t']]), ['t staging (reconciliation)']);
  update(aware, here, taskId, 'running', 'finished');
  heard(aware.address);
  const { frameworkId } = aware;
  say(aware.address, { type: 'reconcile', frameworkId, tasks: [{ taskId }] });
  const [answer] = heard(aware.address);
  if (answer?.type !== 'taskUpdated') throw new Error('No update');
  const { id, status } = answer.update;
  deepEqual(
    [id, status.state, status.source, status.reason, status.message, status.agentId],
    [
      undefined,
      'running',
      'master',
      'reconciliation',
      'Reconciliation: Latest task state',
      here.agentId,
    ],
  );
});

test('a task unknown to a registered agent is gone, or lost', () => {
  const stage = begin();
  const { aware, unaware, here } = stage;
  deepEqual(ask(stage, aware, [['x', here.agentId]]), ['x gone (reconciliation)']);
  deepEqual(ask(stage, unaware, [['x', here.agentId]]), ['x lost (reconciliation)']);
});

test('a task of an unreachable agent is unreachable, or lost, since it was', () => {
  const stage = begin();
  const { aware, unaware, lost, heard, say } = stage;
  deepEqual(ask(stage, aware, [['gone away', lost.agentId]]), [
    'gone away unreachable (reconciliation)',
  ]);
  const { frameworkId, address } = unaware;
  const tasks = [{ taskId: 'gone away' as TaskId, agentId: lost.agentId }];
  heard(address);
  say(address, { type: 'reconcile', frameworkId, tasks });
  const [answer] = heard(address);
  if (answer?.type !== 'taskUpdated') throw new Error('No update');
  const { state, unreachableTimeMs } = answer.update.status;
  deepEqual([state, unreachableTimeMs], ['lost', TEN_MINUTES_MS]);
});

test('without its agent an unknown task is unknown, or lost, also when it is unreachable', () => {
  const stage = begin();
  const { aware, unaware } = stage;
  deepEqual(ask(stage, aware, [['x'], ['gone away'], ['y', 'other' as AgentId]]), [
    'x unknown (reconciliation)',
    'gone away unknown (reconciliation)',
    'y unknown (reconciliation)',
  ]);
  deepEqual(ask(stage, unaware, [['x']]), ['x lost (reconciliation)']);
});

test('asked for nothing in particular, the master tells all that is not completed', () => {
  const stage = begin();
  const { aware, here, launch, update, acknowledge } = stage;
  launch(aware, here, 't1');
  update(aware, here, launch(aware, here, 't2'), 'failed');
  const t3 = launch(aware, here, 't3');
  acknowledge(aware, here, t3, update(aware, here, t3, 'finished'));
  deepEqual(ask(stage, aware, []), ['t1 staging (reconciliation)', 't2 failed (reconciliation)']);
});

test('while an agent is coming back nothing is said of what may be its tasks', () => {
  const stage = scene({ registrarAnswers: false });
  const { say, answerRegistrar, heardOne } = stage;
  const framework = stage.subscribe('f');
  const at = address<AgentMessage>('agent', 'a:1', 1);
  const info = { hostname: 'a', port: 1, resources: [], attributes: [], version: '0' };
  const agentId = 'old-S0' as AgentId;
  const nothing = { frameworks: [], executors: [], tasks: [] };
  say(at, { type: 'reregisterAgent', agent: at, agentId, info, ...nothing });
  deepEqual(ask(stage, framework, [['x'], ['y', agentId]]), []);
  answerRegistrar();
  equal(heardOne(at, 'agentReregistered').agentId, agentId);
  deepEqual(ask(stage, framework, [['y', agentId]]), ['y gone (reconciliation)']);
});

test('an agent of an earlier master may be on its way back: nothing is said of its tasks yet', () => {
  const stage = scene();
  const framework = stage.subscribe('f');
  const agentId = 'earlier-S0' as AgentId;
  deepEqual(ask(stage, framework, [['x', agentId]]), []);
  stage.advance(TEN_MINUTES_MS - 1);
  deepEqual(ask(stage, framework, [['x', agentId]]), []);
  stage.advance(1);
  deepEqual(ask(stage, framework, [['x', agentId]]), ['x unknown (reconciliation)']);
});
