/** The stream of events: the whole state first, then each event in order. Source: Mesos, docs/operator-http-api.md. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type OperatorStreamMessage,
  operatorStream,
} from '../../../../../actors/master/api/operator/operator-stream.ts';
import { modelEngine } from '../../../../../actors/master/api/snapshot/model-engine.ts';
import { Reads } from '../../../../../actors/master/api/snapshot/reads.ts';
import { emptyMasterState } from '../../../../../actors/master/state.ts';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { probe } from '../../../../kit/probe.ts';
import { readingCluster } from '../reading-cluster.ts';

/** What an event says, in a word or two; heartbeats left out. */
function said(events: readonly V1<'master.Event'>[]): string[] {
  return events.flatMap((event) => {
    const { type, task_added: added, task_updated: updated } = event;
    if (type === 'HEARTBEAT') return [];
    if (added) return [`${type} ${added.task.task_id.value} ${added.task.state}`];
    if (updated) return [`${type} ${updated.status.task_id?.value} ${updated.state}`];
    const framework = event.framework_updated?.framework;
    if (framework) return [`${type} ${framework.active ? 'active' : 'inactive'}`];
    return [String(type)];
  });
}

test('Heartbeat: who subscribes is told the state, a heartbeat at once, and all that happens after', async () => {
  const { subscribe, world, told, scheduler, cluster } = readingCluster(['sleep 5; exit 0'], {
    agentCount: 0,
  });
  await world.runFor(1000);
  const { events, stream } = await subscribe();
  await world.runFor(10);
  deepEqual(
    events().map(({ type }) => type),
    ['SUBSCRIBED', 'HEARTBEAT'],
  );
  const [first] = events();
  equal(first?.subscribed?.heartbeat_interval_seconds, 15);
  equal(first?.subscribed?.get_state?.get_frameworks?.frameworks?.length, 1);
  scheduler.crash();
  await world.runFor(1000);
  scheduler.restart();
  await world.runFor(20_000);
  deepEqual(told, []);
  deepEqual(said(events()).slice(1), ['FRAMEWORK_UPDATED inactive', 'FRAMEWORK_ADDED']);
  equal(events().filter(({ type }) => type === 'HEARTBEAT').length, 2);
  stream.leave();
  await world.runFor(20_000);
  equal(events().length, 5, 'nobody listens any more');
  await cluster.close();
});

test('a task is added and updated once for each state, in JSON and protobuf alike', async () => {
  const reading = readingCluster(['sleep 5; exit 0', 'sleep 30; exit 0'], { agentCount: 1 });
  const { subscribe, world, told, get, post, cluster } = reading;
  await world.runUntil(() => cluster.insideMaster() !== undefined);
  const json = await subscribe();
  const protobuf = await subscribe('protobuf');
  await world.runUntil(() => told.includes('task-1 finished'));
  await world.runFor(500);
  const { frameworks } = await get('/frameworks');
  await post({ type: 'TEARDOWN', teardown: { framework_id: { value: frameworks[0].id } } });
  await world.runFor(500);
  const { slaves } = await get('/slaves');
  await post({ type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: slaves[0].id } } });
  await world.runFor(2000);
  const heard = said(json.events());
  deepEqual(said(protobuf.events()).toSorted(), heard.toSorted());
  const of = (task: string) => heard.filter((text) => text.includes(task));
  deepEqual(of('task-1'), [
    'TASK_ADDED task-1 TASK_STAGING',
    'TASK_UPDATED task-1 TASK_STARTING',
    'TASK_UPDATED task-1 TASK_RUNNING',
    'TASK_UPDATED task-1 TASK_FINISHED',
  ]);
  equal(of('task-2').at(-1), 'TASK_UPDATED task-2 TASK_KILLED');
  deepEqual(heard.slice(-2), ['FRAMEWORK_REMOVED', 'AGENT_REMOVED']);
  await cluster.close();
});

test('what the state and the events tell is what the master knows', async () => {
  const scripts = Array.from({ length: 12 }, (_, index) => `sleep ${index}; exit ${index % 2}`);
  const { subscribe, world, told, post, cluster } = readingCluster(scripts, { agentCount: 3 });
  await world.runUntil(() => told.includes('task-1 running'));
  const { events } = await subscribe();
  await world.runFor(120_000);
  const states = new Map<string, string>();
  for (const { subscribed, task_added: added, task_updated: updated } of events()) {
    const { tasks = [], completed_tasks: completed = [] } = subscribed?.get_state?.get_tasks ?? {};
    for (const task of [...tasks, ...completed]) states.set(task.task_id.value, task.state);
    if (added) states.set(added.task.task_id.value, added.task.state);
    if (updated) states.set(String(updated.status.task_id?.value), updated.state);
  }
  const { get_tasks: now } = JSON.parse((await post({ type: 'GET_TASKS' })).text);
  const known = [...now.tasks, ...now.completed_tasks].map(
    ({ task_id: id, state }): [string, string] => [id.value, state],
  );
  // Those whose ports were taken are not there.
  equal(known.length, 10);
  deepEqual([...states].toSorted(), known.toSorted());
  await cluster.close();
});

const LEADER = {
  ...{ masterId: 'm', cluster: 'c', version: '0', node: 'm:1', electedMs: 0 },
  grants: { weights: [], quotas: [] },
};

function readsWith(subscriberCountMax: number) {
  const reads = new Reads({
    engine: modelEngine(),
    heartbeatIntervalMs: 15_000,
    subscriberCountMax,
    flags: {},
  });
  const state = emptyMasterState(1, []);
  reads.open(0, () => {});
  reads.begin(LEADER);
  const settle = async () => {
    while (reads.work(state, 0));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { reads, settle };
}

test('MaxEventStreamSubscribers: the oldest subscriber goes when there are too many', async () => {
  const { reads, settle } = readsWith(2);
  const log: string[] = [];
  const join = (name: string) =>
    reads.subscribe({
      encoding: 'json',
      tell: () => log.push(`${name} told`),
      lost: () => log.push(`${name} lost`),
      ended: () => log.push(`${name} ended`),
    });
  for (const name of ['first', 'second', 'third']) join(name);
  await settle();
  deepEqual(log, ['first ended', 'second told', 'third told']);
  reads.note({ type: 'agentRemoved', agentId: 'a' as never });
  await settle();
  deepEqual(log.slice(3), ['second told', 'third told']);
  reads.leave();
  deepEqual(log.slice(5), ['second ended', 'third ended']);
});

test('one who reads too slowly misses events, and is told the state afresh when it has read', async () => {
  const { reads, settle } = readsWith(10);
  let isFull = false;
  const records: string[] = [];
  const stream = {
    write(record: Uint8Array | string) {
      if (isFull) return false;
      records.push(/"type":"([A-Z_]+)"/.exec(String(Buffer.from(record)))?.[1] ?? '');
      return true;
    },
    end: () => {},
    waitingBytes: () => 0,
  };
  const sent: OperatorStreamMessage[] = [];
  const actor = probe(operatorStream, {
    ...{ stream, encoding: 'json' as const, reads, heartbeatIntervalMs: 15_000 },
    send(_to, message) {
      sent.push(message);
    },
  });
  const hear = async () => {
    await settle();
    for (const message of sent.splice(0)) actor.receive(message);
  };
  await hear();
  isFull = true;
  reads.note({ type: 'agentRemoved', agentId: 'a' as never });
  await hear();
  reads.note({ type: 'agentRemoved', agentId: 'b' as never });
  await hear();
  equal(reads.subscriberCount, 0, 'nothing is kept for it');
  isFull = false;
  actor.receive({ type: 'drained' });
  await hear();
  deepEqual(records, ['SUBSCRIBED', 'HEARTBEAT', 'SUBSCRIBED']);
  actor.receive({ type: 'closed' });
});
