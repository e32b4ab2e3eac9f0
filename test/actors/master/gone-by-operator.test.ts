/** Agents that operators give up. Source: Mesos 1.11, src/master/http.cpp, _markAgentGone; master.cpp, markGone. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId } from '../../../actors/protocol/ids.ts';
import type { AgentMessage, NotLeader } from '../../../actors/protocol/messages.ts';
import type { OperatorAnswer } from '../../../actors/protocol/operator-to-master.ts';
import { address } from '../../../runtime/address.ts';
import { type Scene, scene } from './scene.ts';

const asker = address<OperatorAnswer | NotLeader>('asker', 'm:1', 1);

function faults(master: Scene): string[] {
  return master
    .heard(asker)
    .map((answer) => (answer.type === 'operatorAnswer' ? (answer.fault ?? 'gone') : answer.type));
}

function giveUp(master: Scene, agentId: AgentId): string[] {
  master.say(undefined, { type: 'markAgentGone', agentId, replyTo: asker });
  return faults(master);
}

test('its tasks are gone by operator, it is told to end, and it may not come back', () => {
  const master = scene();
  const agent = master.registerAgent('a:1');
  const framework = master.subscribe('aware');
  const other = master.subscribe('unaware', { capabilities: [] });
  const done = master.launch(framework, agent, 'done');
  master.update(framework, agent, done, 'finished');
  master.launch(framework, agent, 'open');
  master.launch(other, agent, 'other');
  for (const one of [framework, other]) master.heard(one.address);
  master.heard(agent.address);
  deepEqual(giveUp(master, agent.agentId), ['gone']);
  deepEqual(master.updates(framework), [
    'done finished (agentRemovedByOperator)',
    'open goneByOperator (agentRemovedByOperator)',
  ]);
  deepEqual(master.updates(other), ['other lost (agentRemovedByOperator)']);
  deepEqual(
    master.heard(agent.address).map(({ type }) => type),
    ['shutdownAgent'],
  );
  deepEqual(giveUp(master, agent.agentId), ['gone'], 'asked again');
});

test('also one that is unreachable, whose tasks were lost before', () => {
  const master = scene({ settings: { agentReregisterTimeoutMs: 1000 } });
  const agent = master.registerAgent('a:1');
  const framework = master.subscribe('aware');
  master.launch(framework, agent, 't');
  master.breakLink(agent);
  master.advance(1000);
  deepEqual(master.updates(framework), ['t unreachable (agentRemoved)']);
  deepEqual(giveUp(master, agent.agentId), ['gone']);
  deepEqual(master.updates(framework), ['t goneByOperator (agentRemovedByOperator)']);
});

test('who is not known, or just being marked, is said to be so', () => {
  const master = scene({ registrarAnswers: false });
  deepEqual(giveUp(master, 'x' as AgentId), ['unknown']);
  const at = address<AgentMessage>('agent', 'a:1', 1);
  const info = { hostname: 'a', port: 1, resources: [], attributes: [], version: '0' };
  master.say(at, { type: 'registerAgent', agent: at, info });
  master.answerRegistrar();
  const [agentId = '' as AgentId] = master.state.agents.registered.keys();
  deepEqual(giveUp(master, agentId), [], 'the registry has to have it first');
  deepEqual(giveUp(master, agentId), ['busy']);
  master.answerRegistrar();
  deepEqual(faults(master), ['gone']);
});
