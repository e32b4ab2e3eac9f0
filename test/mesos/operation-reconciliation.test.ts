/**
 * What schedulers hear of operations on resources, and are told when they ask, by the names that Mesos'
 * own tests have.
 * Mesos: "Operations", "Reconciliation table", last paragraph (src/master/master.cpp,
 * updateOperationStatus, reconcileOperations; src/tests/agent_operation_feedback_tests.cpp,
 * operation_reconciliation_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpCluster } from '../kit/http-cluster.ts';
import type { SchedulerClient } from '../kit/scheduler-client.ts';
import {
  accept,
  acknowledge,
  agentShown,
  heardOf,
  operation,
  reconcileOperations,
  reserved,
  subscribeFor,
  text,
  untilOperation,
} from './resources.ts';
import { cutOff, mesosCluster, operate, replaceMaster, told } from './stage.ts';

const RESERVE = { type: 'reserve', resources: reserved('cpus:1') } as const;

/** Asks for one under this id. @returns the agent's id */
async function ask(client: SchedulerClient, id: string, from = 0): Promise<string> {
  const offer = await client.offer(from);
  await accept(client, offer, [operation(RESERVE, id)]);
  return offer.agent_id.value;
}

async function metric(cluster: HttpCluster, what: string): Promise<number | undefined> {
  await cluster.world.runFor(600);
  const metrics = await cluster.get<Readonly<Record<string, number>>>('/metrics/snapshot');
  return metrics[`master/operations/${what}`];
}

async function operationsShown(cluster: HttpCluster) {
  const { get_operations } = await told(cluster, 'GET_OPERATIONS');
  return (get_operations?.operations ?? []).map(({ info, latest_status }) => [
    info.id?.value,
    latest_status.state,
  ]);
}

async function giveUp(cluster: HttpCluster, agentId: string): Promise<void> {
  const mark_agent_gone = { agent_id: { value: agentId } };
  const { status } = await operate(cluster, { type: 'MARK_AGENT_GONE', mark_agent_gone });
  equal(status, 200);
  await cluster.world.runFor(200);
}

describe('AgentOperationFeedbackTest', () => {
  test('RetryOperationStatusUpdate, CleanupAcknowledgedTerminalOperation, OperationUpdateContainsAgentID: told until it is acknowledged, and then forgotten', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeFor(cluster);
    const agentId = await ask(client, 'operation');
    const first = await untilOperation(cluster, client, 'operation');
    equal(first.state, 'OPERATION_FINISHED');
    equal(first.agent_id?.value, agentId);
    ok(first.uuid !== undefined);
    const again = await untilOperation(cluster, client, 'operation', 1);
    deepEqual(again, first);
    deepEqual(await operationsShown(cluster), [['operation', 'OPERATION_FINISHED']]);
    await acknowledge(client, first);
    await cluster.world.runFor(200);
    const heard = heardOf(client).length;
    await cluster.world.runFor(60_000);
    equal(heardOf(client).length, heard);
    deepEqual(await operationsShown(cluster), []);
    equal(await metric(cluster, 'finished'), 1, 'what has ended stays counted');
    equal(await metric(cluster, 'reserve/finished'), 1);
    equal(await metric(cluster, 'total'), 1);
    // Its id is free again.
    await ask(client, 'operation', client.all('OFFERS').length - 1);
    const next = await untilOperation(cluster, client, 'operation', heard);
    equal(next.state, 'OPERATION_FINISHED');
  });

  test('DroppedOperationStatusUpdate, DroppedOperationDuplicateStatusUpdate: one that never came to its agent is dropped, once', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeFor(cluster);
    const offer = await client.offer();
    const partition = cutOff(cluster);
    await accept(client, offer, [operation(RESERVE, 'operation')]);
    await cluster.world.runFor(100);
    equal(await metric(cluster, 'pending'), 1);
    equal(await metric(cluster, 'reserve/pending'), 1);
    deepEqual(await reconcileOperations(cluster, client, [['operation']]), [
      ['operation', 'OPERATION_PENDING'],
    ]);
    const heard = heardOf(client).length;
    const [agent] = cluster.agents;
    agent?.node.crash();
    partition.heal();
    agent?.node.restart();
    const status = await untilOperation(cluster, client, 'operation', heard);
    deepEqual(
      [status.state, status.agent_id?.value, status.uuid],
      ['OPERATION_DROPPED', offer.agent_id.value, undefined],
    );
    await cluster.world.runFor(5000);
    equal(heardOf(client).length, heard + 1);
    equal(await metric(cluster, 'dropped'), 1);
    equal(await metric(cluster, 'pending'), 0);
    equal((await agentShown(cluster)).reserved, '');
  });
});

describe('OperationReconciliationTest', () => {
  test('PendingOperation, PendingAndFinishedOperations, ReconcileUnackedAgentOperation: known ones are told as they are, without a uuid', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeFor(cluster);
    await ask(client, 'finished');
    equal((await untilOperation(cluster, client, 'finished')).state, 'OPERATION_FINISHED');
    const offer = await client.offer(client.all('OFFERS').length - 1);
    cutOff(cluster);
    await accept(client, offer, [operation(RESERVE, 'pending')]);
    await cluster.world.runFor(10);
    const both = [
      ['finished', 'OPERATION_FINISHED'],
      ['pending', 'OPERATION_PENDING'],
    ];
    deepEqual(await reconcileOperations(cluster, client), both, 'asked for all');
    deepEqual(await reconcileOperations(cluster, client, [['finished'], ['pending']]), both);
  });

  test('UnknownOperationKnownAgent, UnknownOperationUnknownAgent, UnknownOperationUnreachableAgent, UnknownOperationAgentMarkedGone: what is known of its agent', async (t) => {
    const cluster = await mesosCluster(t, { agentCount: 2 });
    const client = await subscribeFor(cluster);
    await cluster.world.runFor(3000);
    const ids = client
      .all('OFFERS')
      .flatMap(({ offers }) => offers?.offers ?? [])
      .map(({ agent_id }) => agent_id.value);
    const known = ids[0] ?? '';
    const asked = (id: string) => reconcileOperations(cluster, client, [['nothing', id]]);
    deepEqual(await asked(known), [['nothing', 'OPERATION_UNKNOWN']]);
    deepEqual(await reconcileOperations(cluster, client, [['nothing']]), [
      ['nothing', 'OPERATION_UNKNOWN'],
    ]);
    await giveUp(cluster, known);
    deepEqual(await asked(known), [['nothing', 'OPERATION_GONE_BY_OPERATOR']]);
    const other = ids.find((id) => id !== known) ?? '';
    const partition = cutOff(cluster, ['agent-1:5051', 'agent-2:5051']);
    await cluster.world.runFor(80_000);
    deepEqual(await asked(other), [['nothing', 'OPERATION_UNREACHABLE']]);
    partition.heal();
    deepEqual(await asked('nobody'), [['nothing', 'OPERATION_UNKNOWN']]);
  });

  test('UnknownOperationRecoveredAgent, UnackedAgentOperationAfterMasterFailover: recovering until its agent is back, and then as it is, whoever was back first', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeFor(cluster);
    const agentId = await ask(client, 'operation');
    await untilOperation(cluster, client, 'operation');
    const id = { value: client.frameworkId };
    const partition = cutOff(cluster);
    await replaceMaster(cluster);
    const early = await subscribeFor(cluster, undefined, { info: { id } });
    const asked = [['operation', agentId]] as const;
    deepEqual(await reconcileOperations(cluster, early, asked), [
      ['operation', 'OPERATION_RECOVERING'],
    ]);
    partition.heal();
    await cluster.world.runFor(8000);
    deepEqual(await reconcileOperations(cluster, early, asked), [
      ['operation', 'OPERATION_FINISHED'],
    ]);
    await replaceMaster(cluster);
    await cluster.world.runFor(1200);
    ok((cluster.insideMaster()?.state.agents.registered.size ?? 0) > 0, 'the agent is first');
    const late = await subscribeFor(cluster, undefined, { info: { id } });
    deepEqual(await reconcileOperations(cluster, late, asked), [
      ['operation', 'OPERATION_FINISHED'],
    ]);
    await acknowledge(late, await untilOperation(cluster, late, 'operation', 1));
    await cluster.world.runFor(200);
    deepEqual(await operationsShown(cluster), []);
    equal((await agentShown(cluster)).reserved, text(...reserved('cpus:1')));
  });

  test('ReconcileAgentOperationOnGoneAgent: what was not acknowledged is gone by operator', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeFor(cluster);
    const agentId = await ask(client, 'operation');
    equal((await untilOperation(cluster, client, 'operation')).state, 'OPERATION_FINISHED');
    equal(await metric(cluster, 'finished'), 1);
    const heard = heardOf(client).length;
    await giveUp(cluster, agentId);
    const status = await untilOperation(cluster, client, 'operation', heard);
    deepEqual([status.state, status.agent_id?.value], ['OPERATION_GONE_BY_OPERATOR', agentId]);
    match(status.message ?? '', /gone/);
    equal(await metric(cluster, 'gone_by_operator'), 1);
    deepEqual(await reconcileOperations(cluster, client, [['operation', agentId]]), [
      ['operation', 'OPERATION_GONE_BY_OPERATOR'],
    ]);
    deepEqual(await reconcileOperations(cluster, client), [], 'it is known no longer');
  });

  test('OrphanedOperations: of a framework that does not come back the master acknowledges, after ten minutes', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeFor(cluster);
    await ask(client, 'operation');
    await untilOperation(cluster, client, 'operation');
    client.leave();
    await replaceMaster(cluster);
    await cluster.world.runFor(5 * 60_000);
    deepEqual(await operationsShown(cluster), [['operation', 'OPERATION_FINISHED']]);
    await cluster.world.runFor(7 * 60_000);
    deepEqual(await operationsShown(cluster), []);
    equal((await agentShown(cluster)).reserved, text(...reserved('cpus:1')));
  });
});
