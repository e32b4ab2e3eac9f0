/** Kills by schedulers and by operators. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, TaskId } from '../../../actors/protocol/ids.ts';
import type { NotLeader } from '../../../actors/protocol/messages.ts';
import type { OperatorAnswer } from '../../../actors/protocol/operator-to-master.ts';
import { address } from '../../../runtime/address.ts';
import { scene } from './scene.ts';

const replyTo = address<OperatorAnswer | NotLeader>('operator', 'o:1');

function begin() {
  const stage = scene({ settings: { pingMissCountMax: 1000 } });
  const agent = stage.registerAgent('a:1');
  const framework = stage.subscribe('f');
  const taskId = stage.launch(framework, agent, 't');
  stage.heard(agent.address);
  stage.updates(framework);
  return { ...stage, agent, framework, taskId };
}

test('a kill goes to the agent, with its grace period', () => {
  const { agent, framework, taskId, say, heard } = begin();
  const { frameworkId } = framework;
  const { agentId } = agent;
  say(framework.address, { type: 'kill', frameworkId, taskId, agentId, killGracePeriodMs: 5 });
  deepEqual(heard(agent.address), [
    { type: 'killTask', frameworkId, taskId, killGracePeriodMs: 5 },
  ]);
});

test('a kill that names another agent is dropped', () => {
  const { agent, framework, taskId, say, heard } = begin();
  const { frameworkId } = framework;
  const agentId = 'other' as AgentId;
  say(framework.address, { type: 'kill', frameworkId, taskId, agentId });
  deepEqual(heard(agent.address), []);
});

test('a kill of a task that nobody knows is answered like a question for it', () => {
  const { framework, say, updates } = begin();
  const { frameworkId } = framework;
  say(framework.address, { type: 'kill', frameworkId, taskId: 'x' as TaskId });
  deepEqual(updates(framework), ['x unknown (reconciliation)']);
});

test('a kill for a disconnected agent is sent when it is back', () => {
  const { agent, framework, taskId, say, heard, breakLink } = begin();
  const { frameworkId } = framework;
  breakLink(agent);
  say(framework.address, { type: 'kill', frameworkId, taskId });
  heard(agent.address);
  const { agentId, info } = agent;
  const nothing = { frameworks: [], executors: [], tasks: [] };
  const report = { type: 'reregisterAgent', agent: agent.address, agentId, info } as const;
  say(agent.address, { ...report, ...nothing });
  deepEqual(
    heard(agent.address).map(({ type }) => type),
    ['agentReregistered', 'killTask'],
  );
});

test('a remembered kill is sent once, and forgotten with its task', () => {
  const { agent, framework, taskId, say, heard, breakLink, state, launch } = begin();
  const { frameworkId } = framework;
  const { agentId, info } = agent;
  const nothing = { frameworks: [], executors: [], tasks: [] };
  const report = { type: 'reregisterAgent', agent: agent.address, agentId, info } as const;
  breakLink(agent);
  say(framework.address, { type: 'kill', frameworkId, taskId });
  say(agent.address, { ...report, ...nothing });
  heard(agent.address);
  say(agent.address, { ...report, ...nothing });
  deepEqual(
    heard(agent.address).map(({ type }) => type),
    ['agentReregistered'],
  );
  launch(framework, agent, 'other');
  breakLink(agent);
  say(framework.address, { type: 'kill', frameworkId, taskId });
  say(framework.address, { type: 'teardown', frameworkId });
  equal(state.agents.registered.get(agentId)?.pendingKills.size, 0);
});

test('an operator kills a task by its id', () => {
  const { agent, framework, taskId, say, heard } = begin();
  say(replyTo, { type: 'killTask', taskId, replyTo });
  const { frameworkId } = framework;
  deepEqual(heard(agent.address), [{ type: 'killTask', frameworkId, taskId }]);
  deepEqual(heard(replyTo), [{ type: 'operatorAnswer' }]);
});

test('an id that two frameworks use is refused, and names them', () => {
  const { agent, taskId, say, heard, heardOne, subscribe, launch } = begin();
  const other = subscribe('g');
  launch(other, agent, 't');
  heard(agent.address);
  say(replyTo, { type: 'killTask', taskId, replyTo });
  match(heardOne(replyTo, 'operatorAnswer').refused ?? '', /2 frameworks .*"m-0000", "m-0001"$/);
  deepEqual(heard(agent.address), []);
  const { frameworkId } = other;
  say(replyTo, { type: 'killTask', taskId, frameworkId, replyTo });
  deepEqual(heard(agent.address), [{ type: 'killTask', frameworkId, taskId }]);
});

test('a task that is not there, or over, is refused with a sentence', () => {
  const { agent, framework, taskId, say, heardOne, update } = begin();
  const refused = () => heardOne(replyTo, 'operatorAnswer').refused ?? '';
  say(replyTo, { type: 'killTask', taskId: 'x' as TaskId, replyTo });
  match(refused(), /Cannot kill task "x": no running task has this id/);
  update(framework, agent, taskId, 'failed');
  say(replyTo, { type: 'killTask', taskId, replyTo });
  match(refused(), /Cannot kill task "t": it is over \(failed\)/);
});
