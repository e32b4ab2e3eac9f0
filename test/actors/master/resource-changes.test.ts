/** Operations on resources in the books of the master, and what is heard of them afterwards. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationId, UpdateId } from '../../../actors/protocol/ids.ts';
import type { MasterMessage } from '../../../actors/protocol/messages.ts';
import type { ChangeResources, Offer, Operation } from '../../../actors/protocol/offer.ts';
import type { OperationState, ReportedOperation } from '../../../actors/protocol/operation.ts';
import type { Reservation } from '../../../actors/protocol/resource-kinds.ts';
import { pushReservation } from '../../../actors/protocol/resource-selection.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { equalResources, plus, type Resources } from '../../../actors/protocol/resources.ts';
import { type PlayedFramework, scene, taskInfo } from './scene.ts';

const RESERVATION: Reservation = { type: 'dynamic', role: 'dev', principal: 'p' };

function reserved(text: string, reservation = RESERVATION): Resources {
  return pushReservation(parseResources(text), reservation);
}

function volume(mib: number, id = 'v'): Resources {
  return reserved(`disk:${mib}`).map((one) => ({
    ...one,
    disk: {
      persistence: { id, principal: 'p' },
      volume: { containerPath: 'data', mode: 'rw' as const },
    },
  })) as Resources;
}

function change(asked: ChangeResources['change'], id?: string): ChangeResources {
  return { type: 'change', change: asked, ...(id && { operationId: id as OperationId }) };
}

const reserve = (text: string, id?: string) =>
  change({ type: 'reserve', resources: reserved(text) }, id);

function begin() {
  const stage = scene();
  const agent = stage.registerAgent('a:1', 'cpus:4;mem:1024;disk:100');
  const framework = stage.subscribe('f', { roles: ['dev'], principal: 'p' });
  stage.heard(agent.address);
  const { frameworkId } = framework;
  const accept = (offer: Offer, operations: readonly Operation[]) =>
    stage.say(framework.address, {
      type: 'accept',
      ...{ frameworkId, offerIds: [offer.offerId], operations, filters: { refuseMs: 5000 } },
    });
  /** What the scheduler heard of operations since it was last asked. */
  const told = (who: PlayedFramework = framework) =>
    stage.heard(who.address).flatMap((message) => {
      if (message.type !== 'operationUpdated') return [];
      const { state, operationId, message: words } = message.status;
      return [`${operationId} ${state}${words === undefined ? '' : `: ${words}`}`];
    });
  const applied = () =>
    stage
      .heard(agent.address)
      .flatMap((message) => (message.type === 'applyOperation' ? [message] : []));
  const update = (
    { operationUuid }: Pick<ReportedOperation, 'operationUuid'>,
    state: OperationState,
    updateId?: string,
    resourceRevision?: number,
  ) =>
    stage.say(agent.address, {
      type: 'operationUpdated',
      ...{ agentId: agent.agentId, agent: agent.address },
      update: {
        operationUuid,
        status: { state, ...(updateId && { updateId: updateId as UpdateId }) },
      },
      ...(resourceRevision !== undefined && { resourceRevision }),
    });
  const acknowledge = (id: string, updateId: string) =>
    stage.say(framework.address, {
      type: 'acknowledgeOperation',
      ...{ frameworkId, agentId: agent.agentId },
      ...{ operationId: id as OperationId, updateId: updateId as UpdateId },
    });
  const comeBack = (more: Partial<Extract<MasterMessage, { type: 'reregisterAgent' }>> = {}) =>
    stage.say(more.agent ?? agent.address, {
      type: 'reregisterAgent',
      ...{ agent: agent.address, agentId: agent.agentId, info: agent.info },
      ...{ frameworks: [], executors: [], tasks: [] },
      ...more,
    });
  const record = () => {
    const found = stage.state.agents.registered.get(agent.agentId);
    if (found === undefined) throw new Error('The agent is not registered');
    return found;
  };
  const offerAll = (text = 'cpus:4;mem:1024;disk:100') =>
    stage.offer(framework, agent, text, 'dev');
  return {
    ...stage,
    agent,
    framework,
    accept,
    told,
    applied,
    update,
    acknowledge,
    comeBack,
    record,
    offerAll,
  };
}

test('what is reserved can be used by what follows in the same accept', () => {
  const { agent, accept, applied, offerAll, record, givenBack, heard } = begin();
  const resources = reserved('cpus:2');
  const task = taskInfo('t', agent, 'cpus:1', { resources: reserved('cpus:1') });
  accept(offerAll(), [reserve('cpus:2', 'r'), { type: 'launch', tasks: [task] }]);
  const messages = heard(agent.address);
  deepEqual(
    messages.map(({ type }) => type),
    ['applyOperation', 'runTask'],
  );
  const total = plus(parseResources('cpus:2;mem:1024;disk:100'), resources);
  equal(equalResources(record().total, total), true);
  deepEqual(givenBack(), ['cpus:1', 'cpus:2;disk:100;mem:1024 refused 5000 ms']);
  deepEqual(applied(), []);
});

test('the allocator hears what became of what before it is given back', () => {
  const { accept, offerAll, heard, toAllocator } = begin();
  heard(toAllocator);
  accept(offerAll(), [
    reserve('cpus:1'),
    change({ type: 'unreserve', resources: reserved('cpus:1') }),
  ]);
  const [first, ...rest] = heard(toAllocator);
  equal(first?.type === 'convertAllocated' && first.conversions.length, 2);
  deepEqual(
    rest.map((message) => message.type === 'recoverResources' && message.filters?.refuseMs),
    [5000],
  );
});

test('a volume is made of what is reserved; its id is taken then', () => {
  const { accept, offerAll, told, applied } = begin();
  accept(offerAll(), [
    reserve('disk:40'),
    change({ type: 'createVolumes', volumes: volume(20) }, 'c'),
    change({ type: 'createVolumes', volumes: volume(10) }, 'again'),
  ]);
  deepEqual(
    applied().map(({ operation }) => operation.type),
    ['reserve', 'createVolumes'],
  );
  match(told().join(), /^again error: Persistence ID 'v' is not unique; on agent m-S0 at slave/);
});

test('a volume that grew is not used by what follows in the same accept', () => {
  const { agent, accept, offerAll, updates, framework, givenBack } = begin();
  const [small, addition] = [volume(20)[0], reserved('disk:5')[0]];
  if (small?.type !== 'scalar' || addition?.type !== 'scalar') throw new Error('no scalars');
  const task = taskInfo('t', agent, 'cpus:1', {
    resources: plus(parseResources('cpus:1'), volume(25)),
  });
  accept(offerAll(), [
    reserve('disk:40'),
    change({ type: 'createVolumes', volumes: [small] }),
    change({ type: 'growVolume', volume: small, addition }, 'g'),
    { type: 'launch', tasks: [task] },
  ]);
  deepEqual(updates(framework), ['t error (taskInvalid)']);
  // What is left of the reservation, and the volume, may be offered again at once.
  deepEqual(givenBack(), ['disk:15;disk:25', 'cpus:4;disk:60;mem:1024 refused 5000 ms']);
});

test('what is not valid is an error for who gave it an id, and silent for others', () => {
  const { accept, offerAll, told, applied, givenBack } = begin();
  accept(offerAll(), [
    reserve('cpus:9', 'much'),
    reserve('cpus:9'),
    change({ type: 'unreserve', resources: parseResources('cpus:1') }, 'free'),
  ]);
  deepEqual(told(), [
    'much error: cpus:4;disk:100;mem:1024 does not contain cpus:9',
    'free error: Resource cpus:1 is not dynamically reserved; on agent m-S0 at slave(1)@a:1 (a)',
  ]);
  deepEqual([applied(), givenBack()], [[], ['cpus:4;disk:100;mem:1024 refused 5000 ms']]);
});

test('with offers that are not there any more an operation is an error', () => {
  const { accept, offerAll, told } = begin();
  const offer = offerAll();
  accept(offer, []);
  accept(offer, [reserve('cpus:1', 'late')]);
  deepEqual(told(), [
    `late error: Operation attempted with invalid offers: Offer ${offer.offerId} is no longer valid`,
  ]);
});

test('an update is passed on until it is acknowledged, and then forgotten', () => {
  const { accept, offerAll, told, applied, update, acknowledge, agent, heard, record } = begin();
  accept(offerAll(), [reserve('cpus:1', 'r')]);
  const [sent] = applied();
  if (sent === undefined) throw new Error('Nothing was sent');
  const { operationUuid } = sent;
  update(sent, 'finished', 'u');
  update(sent, 'finished', 'u');
  deepEqual(told(), ['r finished', 'r finished']);
  acknowledge('r', 'another');
  deepEqual(heard(agent.address), []);
  acknowledge('r', 'u');
  const acknowledged = { type: 'acknowledgeOperation', operationUuid, updateId: 'u' };
  deepEqual(heard(agent.address), [acknowledged]);
  equal(record().operations.size, 0);
  // The acknowledgement was lost: the agent is answered by the master.
  update(sent, 'finished', 'u');
  deepEqual([told(), heard(agent.address)], [[], [acknowledged]]);
});

test('who gave no id hears nothing: the master acknowledges', () => {
  const { accept, offerAll, told, applied, update, heard, agent, record } = begin();
  accept(offerAll(), [reserve('cpus:1')]);
  const [sent] = applied();
  if (sent === undefined) throw new Error('Nothing was sent');
  update(sent, 'finished', 'u');
  deepEqual(told(), []);
  const { operationUuid } = sent;
  deepEqual(heard(agent.address), [{ type: 'acknowledgeOperation', operationUuid, updateId: 'u' }]);
  equal(record().operations.size, 0);
});

test('when a framework ends, the master acknowledges for it', () => {
  const { accept, offerAll, applied, update, heard, agent, framework, say, record } = begin();
  accept(offerAll(), [reserve('cpus:1', 'ended'), reserve('cpus:1', 'open')]);
  const [ended, open] = applied();
  if (ended === undefined || open === undefined) throw new Error('Nothing was sent');
  update(ended, 'finished', 'u');
  say(framework.address, { type: 'teardown', frameworkId: framework.frameworkId });
  update(open, 'finished', 'v');
  const ids = heard(agent.address).flatMap((message) =>
    message.type === 'acknowledgeOperation' ? [message.updateId] : [],
  );
  deepEqual(ids, ['u', 'v']);
  equal(record().operations.size, 0);
});

test('an agent that has something else than it was taken for says so, and is offered anew', () => {
  const { agent, accept, offerAll, applied, update, told, say, record, framework, heard } = begin();
  accept(offerAll(), [reserve('cpus:1', 'r')]);
  const [sent] = applied();
  if (sent === undefined) throw new Error('Nothing was sent');
  const offer = offerAll('cpus:1');
  heard(framework.address);
  const { agentId, address } = agent;
  const resources = agent.info.resources;
  say(address, { type: 'agentUpdated', agentId, agent: address, resources, resourceVersion: 'v2' });
  deepEqual(heard(framework.address), [{ type: 'offerRescinded', offerId: offer.offerId }]);
  update(sent, 'dropped', 'u');
  deepEqual(told(), ['r dropped']);
  equal(record().total, resources);
  equal(record().resourceVersion, 'v2');
});

test('operations that a returning agent does not know are named to it', () => {
  const { agent, accept, offerAll, applied, update, comeBack, heardOne, record } = begin();
  accept(offerAll(), [reserve('cpus:1', 'known'), reserve('cpus:1', 'lost')]);
  const [known, lost] = applied();
  if (known === undefined || lost === undefined) throw new Error('Nothing was sent');
  const { operationUuid, operation, frameworkId, operationId, role } = known;
  const report = { operationUuid, operation, status: { state: 'pending' } } as const;
  const resources = plus(parseResources('cpus:3;mem:1024;disk:100'), reserved('cpus:1'));
  const operations = [
    {
      ...report,
      ...(frameworkId && { frameworkId }),
      ...(operationId && { operationId }),
      ...(role && { role }),
    },
  ];
  comeBack({ resources, operations });
  const { unknownOperations } = heardOne(agent.address, 'agentReregistered');
  deepEqual(unknownOperations, [lost.operationUuid]);
  // The report may have crossed it on its way; otherwise the agent says so, and is asked again.
  const both = plus(parseResources('cpus:2;mem:1024;disk:100'), reserved('cpus:2'));
  equal(equalResources(record().total, both), true);
  update(lost, 'dropped');
  equal(heardOne(agent.address, 'ping').connected, false);
  comeBack({ resources, operations });
  equal(record().total, resources);
});

test('a report that was under way longer than news of an operation changes nothing', () => {
  const { agent, accept, offerAll, applied, update, comeBack, heardOne, record } = begin();
  comeBack({ resourceVersion: 'v', resourceRevision: 0 });
  accept(offerAll(), [reserve('cpus:1'), reserve('mem:64', 'r')]);
  const [first, second] = applied();
  if (first === undefined || second === undefined) throw new Error('Nothing was sent');
  const { total } = record();
  update(first, 'finished', 'u', 2);
  comeBack({ resourceVersion: 'v', resourceRevision: 0 });
  equal(heardOne(agent.address, 'agentReregistered').unknownOperations, undefined);
  deepEqual([record().total, record().operations.size], [total, 1]);
  // Another life of it begins to count anew.
  const address = { ...agent.address, incarnation: 7 };
  comeBack({ agent: address, resourceVersion: 'w', resourceRevision: 0 });
  equal(record().total, agent.info.resources);
});

test('what was acknowledged does not come back by a report that was under way', () => {
  const { accept, offerAll, applied, update, acknowledge, comeBack, record } = begin();
  accept(offerAll(), [reserve('cpus:1', 'r')]);
  const [sent] = applied();
  if (sent === undefined) throw new Error('Nothing was sent');
  const { operationUuid, operation } = sent;
  update(sent, 'finished', 'u');
  acknowledge('r', 'u');
  const resources = plus(parseResources('cpus:3;mem:1024;disk:100'), reserved('cpus:1'));
  const status = { state: 'finished', updateId: 'u' as UpdateId } as const;
  comeBack({ resources, operations: [{ operationUuid, operation, status }] });
  equal(record().operations.size, 0);
});

test('an operation that has ended and that a returning agent does not name is over', () => {
  const { agent, accept, offerAll, applied, update, comeBack, heardOne, record } = begin();
  accept(offerAll(), [reserve('cpus:1', 'r')]);
  const [sent] = applied();
  if (sent === undefined) throw new Error('Nothing was sent');
  update(sent, 'finished', 'u');
  const resources = plus(parseResources('cpus:3;mem:1024;disk:100'), reserved('cpus:1'));
  comeBack({ resources });
  equal(heardOne(agent.address, 'agentReregistered').unknownOperations, undefined);
  equal(record().operations.size, 0);
});

test('reconciliation tells what is known, and of the rest what is known of its agent', () => {
  const { agent, accept, offerAll, applied, update, told, say, framework } = begin();
  const { frameworkId } = framework;
  accept(offerAll(), [reserve('cpus:1', 'pending'), reserve('cpus:1', 'finished')]);
  const [, second] = applied();
  if (second === undefined) throw new Error('Nothing was sent');
  update(second, 'finished', 'u');
  told();
  say(framework.address, { type: 'reconcileOperations', frameworkId, operations: [] });
  deepEqual(told(), ['pending pending', 'finished finished']);
  const { agentId } = agent;
  const named = (operationId: string, at?: string) =>
    ({ operationId, ...(at && { agentId: at }) }) as { operationId: OperationId };
  const operations = [
    named('finished', agentId),
    named('strange', agentId),
    named('away', 'm-S9'),
    named('nowhere'),
  ];
  say(framework.address, { type: 'reconcileOperations', frameworkId, operations });
  deepEqual(told(), [
    'finished finished',
    'strange unknown: Reconciliation: Operation is unknown',
    'away unknown: Reconciliation: Both operation and agent are unknown',
    "nowhere unknown: Reconciliation: Operation is unknown and no 'agent_id' was provided",
  ]);
});

test('of an agent that is lost all are told unreachable that were not acknowledged', () => {
  const { accept, offerAll, applied, update, told, breakLink, agent, advance, say, framework } =
    begin();
  accept(offerAll(), [reserve('cpus:1', 'open'), reserve('cpus:1', 'ended'), reserve('cpus:1')]);
  const [, ended] = applied();
  if (ended === undefined) throw new Error('Nothing was sent');
  update(ended, 'finished', 'u');
  told();
  breakLink(agent);
  advance(601_000);
  deepEqual(told(), [
    'open unreachable: Agent was marked unreachable',
    'ended unreachable: Agent was marked unreachable',
  ]);
  const { frameworkId } = framework;
  const operations = [{ operationId: 'open' as OperationId, agentId: agent.agentId }];
  say(framework.address, { type: 'reconcileOperations', frameworkId, operations });
  deepEqual(told(), ['open unreachable: Reconciliation: Agent is unreachable']);
});

test('of an agent that an operator gives up they are gone', () => {
  const { accept, offerAll, told, agent, say, framework } = begin();
  accept(offerAll(), [reserve('cpus:1', 'open')]);
  const { agentId } = agent;
  say(undefined, { type: 'markAgentGone', agentId, replyTo: framework.address as never });
  deepEqual(told(), ['open goneByOperator: Agent has been marked gone']);
});

test('an agent that may not have heard of an operation is asked to register again', () => {
  const { accept, offerAll, applied, agent, advance, heard, comeBack, heardOne } = begin();
  accept(offerAll(), [reserve('cpus:1', 'lost')]);
  const [sent] = applied();
  advance(46_000);
  const pings = heard(agent.address).flatMap((message) =>
    message.type === 'ping' ? [message.connected] : [],
  );
  deepEqual(pings, [true, false, false]);
  comeBack();
  const { unknownOperations } = heardOne(agent.address, 'agentReregistered');
  deepEqual(unknownOperations, [sent?.operationUuid]);
});
