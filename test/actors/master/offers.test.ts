/** Offers: made, declined, timed out. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecutorId } from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { scene, taskInfo } from './scene.ts';

test('an offer says what it offers, where, in which role, and which executors live there', () => {
  const { registerAgent, subscribe, accept, offer } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  const command = { shell: true, value: 'serve', arguments: [], environment: [] };
  const executor = { executorId: 'e' as ExecutorId, name: 'e', command, resources: [] };
  accept(
    framework,
    [offer(framework, agent, 'cpus:1')],
    [taskInfo('t', agent, 'cpus:1', { executor })],
  );
  deepEqual(offer(framework, agent, 'cpus:2'), {
    offerId: 'm-O1',
    frameworkId: framework.frameworkId,
    agentId: agent.agentId,
    agent: agent.address,
    hostname: 'a',
    role: '*',
    resources: parseResources('cpus:2'),
    attributes: [],
    executorIds: ['e'],
  });
});

test('one round brings a framework one message', () => {
  const { registerAgent, subscribe, say, state, heard } = scene();
  const framework = subscribe('f');
  const allocations = ['a:1', 'b:1'].map((node) => {
    const { agentId } = registerAgent(node);
    const agentEpoch = state.agents.registered.get(agentId)?.epoch ?? 0;
    const resources = parseResources('cpus:1');
    return { frameworkId: framework.frameworkId, role: '*', agentId, agentEpoch, resources };
  });
  heard(framework.address);
  say(undefined, { type: 'allocated', allocations });
  const sizes = heard(framework.address).map((message) =>
    message.type === 'offersMade' ? message.offers.length : 0,
  );
  deepEqual(sizes, [2]);
});

test('what is allocated while the framework or the agent is away is given back without filters', () => {
  const { registerAgent, subscribe, allocate, breakLink, givenBack } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f', { failoverTimeoutMs: 60_000 });
  breakLink(agent);
  givenBack();
  deepEqual(allocate(framework, agent, 'cpus:1'), []);
  deepEqual(givenBack(), ['cpus:1']);
});

test('what is allocated of a former life of the agent is not there any more', () => {
  const { registerAgent, subscribe, say, state, givenBack, heard } = scene();
  const { agentId } = registerAgent('a:1');
  const { frameworkId, address } = subscribe('f');
  const agentEpoch = (state.agents.registered.get(agentId)?.epoch ?? 0) - 1;
  const resources = parseResources('cpus:1');
  givenBack();
  heard(address);
  const allocations = [{ frameworkId, role: '*', agentId, agentEpoch, resources }];
  say(undefined, { type: 'allocated', allocations });
  deepEqual(heard(address), []);
  deepEqual(givenBack(), []);
});

test('what is allocated in a role that the framework has left is given back', () => {
  const { registerAgent, subscribe, allocate, givenBack } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f', { roles: ['a'] });
  deepEqual(allocate(framework, agent, 'cpus:1', 'b'), []);
  deepEqual(givenBack(), ['cpus:1']);
});

test('a declined offer goes back with the filters of the framework, once', () => {
  const { registerAgent, subscribe, offer, say, givenBack, state } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  const { offerId } = offer(framework, agent, 'cpus:1');
  const { frameworkId } = framework;
  const offerIds = [offerId, offerId];
  say(framework.address, {
    type: 'decline',
    frameworkId,
    offerIds,
    filters: { refuseMs: 7000 },
  });
  deepEqual(givenBack(), ['cpus:1 refused 7000 ms']);
  equal(state.offers.size, 0);
});

test('nobody declines the offer of another framework', () => {
  const { registerAgent, subscribe, offer, say, givenBack, state } = scene();
  const agent = registerAgent('a:1');
  const { offerId } = offer(subscribe('f'), agent, 'cpus:1');
  const other = subscribe('g');
  const { frameworkId } = other;
  const filters = { refuseMs: 0 };
  say(other.address, { type: 'decline', frameworkId, offerIds: [offerId], filters });
  deepEqual(givenBack(), []);
  equal(state.offers.size, 1);
});

test('an offer not answered in time is rescinded: it may have been lost', () => {
  const { registerAgent, subscribe, offer, advance, heard, givenBack, say, ...rest } = scene();
  const agent = registerAgent('a:1');
  const framework = subscribe('f');
  const first = offer(framework, agent, 'cpus:1');
  advance(60_000);
  say(agent.address, { type: 'pong', agentId: agent.agentId });
  const second = offer(framework, agent, 'cpus:2');
  const rescinded = () =>
    heard(framework.address).flatMap((message) =>
      message.type === 'offerRescinded' ? [message.offerId] : [],
    );
  advance(59_999);
  deepEqual(rescinded(), []);
  advance(1);
  deepEqual(rescinded(), [first.offerId]);
  deepEqual(givenBack(), ['cpus:1']);
  say(agent.address, { type: 'pong', agentId: agent.agentId });
  advance(60_000);
  deepEqual(rescinded(), [second.offerId]);
  equal(rest.state.offersTimer, undefined);
});

test('a round over very many agents is told in parts, and loses nothing', () => {
  const { registerAgent, subscribe, say, advance, state, heard } = scene();
  const framework = subscribe('f');
  const { agentId } = registerAgent('a:1', 'cpus:5');
  const agentEpoch = state.agents.registered.get(agentId)?.epoch ?? 0;
  const resources = parseResources('cpus:0.001');
  const { frameworkId } = framework;
  const allocation = { frameworkId, role: '*', agentId, agentEpoch, resources };
  heard(framework.address);
  say(undefined, { type: 'allocated', allocations: Array(4500).fill(allocation) });
  advance(0);
  const sizes = heard(framework.address).map((message) =>
    message.type === 'offersMade' ? message.offers.length : 0,
  );
  deepEqual(sizes, [2000, 2000, 500]);
});
