/** Operators reserve and make volumes, of what nobody uses. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { FromMasterToAllocator } from '../../../actors/master/allocator/messages.ts';
import type { NotLeader } from '../../../actors/protocol/messages.ts';
import type { ResourcesChangeAnswer } from '../../../actors/protocol/operator-to-master.ts';
import type { ResourceOperation } from '../../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../../actors/protocol/resource-selection.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import type { Resources } from '../../../actors/protocol/resources.ts';
import { address } from '../../kit/probe.ts';
import { scene } from './scene.ts';

const operator = address<ResourcesChangeAnswer | NotLeader>('operator');

function reserve(text: string, principal = 'ops'): ResourceOperation {
  const reservation = { type: 'dynamic', role: 'dev', principal } as const;
  return { type: 'reserve', resources: pushReservation(parseResources(text), reservation) };
}

function begin() {
  const stage = scene();
  const agent = stage.registerAgent('a:1', 'cpus:4;mem:1024');
  const framework = stage.subscribe('f');
  stage.heard(stage.toAllocator);
  const ask = (change: ResourceOperation, principal?: string) =>
    stage.say(operator, {
      type: 'changeResources',
      ...{ agentId: agent.agentId, change, replyTo: operator },
      ...(principal && { principal }),
    });
  const asked = () =>
    stage
      .heard(stage.toAllocator)
      .filter(
        (message): message is Extract<FromMasterToAllocator, { type: 'convertFree' }> =>
          message.type === 'convertFree',
      );
  /** As the allocator does. */
  const answerFree = (lacking?: Resources) => {
    const [question] = asked();
    if (question === undefined) throw new Error('The allocator was not asked');
    const { operationUuid, agentEpoch } = question;
    const answer = { type: 'freeConverted', operationUuid, agentEpoch } as const;
    stage.say(stage.toAllocator, lacking === undefined ? answer : { ...answer, lacking });
  };
  return { ...stage, agent, framework, ask, answerFree };
}

test('what nobody has is reserved: booked, and sent to the agent', () => {
  const { ask, answerFree, heard, agent, state } = begin();
  heard(agent.address);
  ask(reserve('cpus:1'), 'ops');
  deepEqual(heard(operator), []);
  answerFree();
  deepEqual(heard(operator), [{ type: 'resourcesChangeAnswer', outcome: 'accepted' }]);
  const [sent] = heard(agent.address);
  equal(sent?.type === 'applyOperation' && sent.frameworkId, undefined);
  const record = state.agents.registered.get(agent.agentId);
  equal(record?.total.filter(({ reservations }) => reservations !== undefined).length, 1);
  equal(record?.operations.size, 1);
});

test('offers are rescinded until they are enough, and not offered again for a moment', () => {
  const { ask, heard, offer, framework, agent, toAllocator } = begin();
  offer(framework, agent, 'mem:64');
  const second = offer(framework, agent, 'cpus:1');
  offer(framework, agent, 'cpus:2');
  heard(framework.address);
  ask(reserve('cpus:1'));
  deepEqual(heard(framework.address), [{ type: 'offerRescinded', offerId: second.offerId }]);
  const [given] = heard(toAllocator);
  equal(given?.type === 'recoverResources' && given.filters?.refuseMs, 5000);
});

test('where somebody has it all the same, that is a conflict', () => {
  const { ask, answerFree, heard } = begin();
  ask(reserve('cpus:4'));
  answerFree(parseResources('cpus:1;mem:1024'));
  deepEqual(heard(operator), [
    {
      type: 'resourcesChangeAnswer',
      outcome: 'conflict',
      message: 'cpus:1;mem:1024 does not contain cpus:4',
    },
  ]);
});

test('what is not valid is told in the words of Mesos', () => {
  const { ask, heard, say } = begin();
  const where = 'm-S0 at slave(1)@a:1 (a)';
  const told = () =>
    heard(operator).flatMap((message) =>
      message.type === 'resourcesChangeAnswer' ? [`${message.outcome}: ${message.message}`] : [],
    );
  ask(reserve('cpus:1', 'somebody'), 'ops');
  ask({ type: 'unreserve', resources: parseResources('cpus:1') });
  say(operator, {
    type: 'changeResources',
    ...{ agentId: 'm-S7' as never, change: reserve('cpus:1'), replyTo: operator },
  });
  deepEqual(told(), [
    `invalid: Invalid RESERVE operation on agent ${where}: A reserve operation was attempted by authenticated principal 'ops', which does not match a reserved resource in the request with principal 'somebody'`,
    'invalid: Invalid UNRESERVE operation: Resource cpus:1 is not dynamically reserved',
    'invalid: No agent found with specified ID',
  ]);
});

test('of an agent that has come back meanwhile nothing is changed', () => {
  const { ask, answerFree, heard, agent, say, breakLink } = begin();
  ask(reserve('cpus:1'));
  breakLink(agent);
  say(agent.address, {
    type: 'reregisterAgent',
    ...{ agent: agent.address, agentId: agent.agentId, info: agent.info },
    ...{ frameworks: [], executors: [], tasks: [] },
  });
  answerFree();
  const [answer] = heard(operator);
  equal(answer?.type === 'resourcesChangeAnswer' && answer.outcome, 'conflict');
});
