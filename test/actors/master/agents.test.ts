/** How new agents are admitted. */
import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentMessage } from '../../../actors/protocol/messages.ts';
import { address } from '../../../runtime/address.ts';
import { agentInfo, scene } from './scene.ts';

const at = address<AgentMessage>('agent', 'a:1', 1);
const register = { type: 'registerAgent', agent: at, info: agentInfo('a:1') } as const;
const nothing = { frameworks: [], executors: [], tasks: [] };

test('an agent is registered when the registry has it, not before', () => {
  const { say, heard, answerRegistrar, registry, toAllocator } = scene({ registrarAnswers: false });
  say(at, register);
  deepEqual(heard(at), []);
  answerRegistrar();
  deepEqual(
    heard(at).map(({ type }) => type),
    ['ping', 'agentRegistered'],
  );
  deepEqual([...registry.admitted.keys()], ['m-S0']);
  deepEqual(
    heard(toAllocator).map(({ type }) => type),
    ['addAgent'],
  );
});

test('a repeated registration is answered with the same id, also while the first is under way', () => {
  const { say, heard, answerRegistrar, registry } = scene({ registrarAnswers: false });
  say(at, register);
  say(at, register);
  answerRegistrar();
  say(at, register);
  const ids = heard(at).flatMap((message) =>
    message.type === 'agentRegistered' ? [message.agentId] : [],
  );
  deepEqual(ids, ['m-S0', 'm-S0']);
  equal(registry.admitted.size, 1);
});

test('an agent whose link broke before it heard of its id keeps it', () => {
  const { say, registerAgent, heardOne, breakLink, state } = scene();
  const agent = registerAgent('a:1');
  breakLink(agent);
  say(agent.address, { type: 'registerAgent', agent: agent.address, info: agent.info });
  equal(heardOne(agent.address, 'agentRegistered').agentId, agent.agentId);
  equal(state.agents.registered.get(agent.agentId)?.connected, true);
});

test('an agent that is lost before it heard of its id keeps it, and is asked to come back with it', () => {
  const { say, registerAgent, breakLink, advance, heard, state, registry, ...rest } = scene({
    settings: { pingMissCountMax: 1000 },
  });
  const agent = registerAgent('a:1');
  const framework = rest.subscribe('f');
  rest.launch(framework, agent, 't');
  breakLink(agent);
  advance(600_000);
  heard(agent.address);
  rest.updates(framework);
  const asks = { type: 'registerAgent', agent: agent.address, info: agent.info } as const;
  say(agent.address, asks);
  deepEqual(
    heard(agent.address).map((message) => [
      message.type,
      'agentId' in message && message.agentId,
      'connected' in message && message.connected,
    ]),
    [
      ['agentRegistered', agent.agentId, false],
      ['ping', agent.agentId, false],
    ],
  );
  deepEqual([...registry.unreachable.keys()], [agent.agentId]);
  const { agentId } = agent;
  say(agent.address, { ...asks, ...nothing, type: 'reregisterAgent', agentId });
  deepEqual(rest.updates(framework), ['t gone (agentReregistered)']);
  deepEqual([...state.agents.registered.keys()], [agentId]);
  deepEqual([...registry.admitted.keys()], [agentId]);
});

test('a lost agent that is being given up, or is coming back, is not told its id once more', () => {
  for (const what of ['markAgentGone', 'reregisterAgent'] as const) {
    const { say, advance, heard, heardOne, answerRegistrar, breakLink } = scene({
      settings: { pingMissCountMax: 1000 },
      registrarAnswers: false,
    });
    say(at, register);
    answerRegistrar();
    const { agentId } = heardOne(at, 'agentRegistered');
    breakLink({ address: at });
    advance(600_000);
    answerRegistrar();
    heard(at);
    if (what === 'markAgentGone') {
      say(undefined, { type: what, agentId, replyTo: address('operator', 'm:1') });
    } else {
      say(at, { ...register, ...nothing, type: what, agentId });
    }
    say(at, register);
    deepEqual(heard(at), []);
  }
});

test('a new agent at the host and port of another one replaces it: tasks there are gone', () => {
  const { registerAgent, subscribe, launch, updates, state, registry, heard } = scene();
  const old = registerAgent('a:1', 'cpus:4', 1);
  const aware = subscribe('aware');
  const unaware = subscribe('unaware', { capabilities: [] });
  launch(aware, old, 't1');
  launch(unaware, old, 't2');
  heard(aware.address);
  const now = registerAgent('a:1', 'cpus:4', 2);
  notEqual(now.agentId, old.agentId);
  deepEqual(updates(aware), ['t1 gone (agentRemoved)']);
  deepEqual(updates(unaware), ['t2 lost (agentRemoved)']);
  deepEqual([...state.agents.registered.keys()], [now.agentId]);
  deepEqual([...registry.admitted.keys()], [now.agentId]);
});

test('of two agents that come to one place before the registrar answers, the second stays', () => {
  const { say, heard, answerRegistrar, registry, state } = scene({ registrarAnswers: false });
  const second = address<AgentMessage>('agent', 'a:1', 2);
  say(at, register);
  say(second, { ...register, agent: second });
  answerRegistrar();
  answerRegistrar();
  deepEqual(heard(at), []);
  deepEqual(
    [...state.agents.registered.values()].map(({ address: { incarnation } }) => incarnation),
    [2],
  );
  deepEqual([...registry.admitted.keys()], ['m-S1']);
});

test('nobody registers an agent but itself', () => {
  const { say, toRegistrar, heard } = scene();
  say(address('agent', 'elsewhere:1', 1), register);
  deepEqual(heard(toRegistrar), []);
});

test('the master hears when an agent is gone', () => {
  const { registerAgent, linked } = scene();
  equal(linked(registerAgent('a:1').address), true);
});

test('while the one before is just leaving, a new agent waits for the registrar', () => {
  const { say, heardOne, answerRegistrar, registry } = scene({ registrarAnswers: false });
  const second = address<AgentMessage>('agent', 'a:1', 2);
  say(at, register);
  answerRegistrar();
  const { agentId } = heardOne(at, 'agentRegistered');
  say(at, { type: 'unregisterAgent', agentId });
  say(second, { ...register, agent: second });
  answerRegistrar();
  equal(registry.admitted.size, 0);
  say(second, { ...register, agent: second });
  answerRegistrar();
  deepEqual([...registry.admitted.keys()], ['m-S1']);
});
