/**
 * Calls as a hostile or broken client might send them, at a cluster at work: each type there is, with ids
 * that are known or made up, whole or with some bytes changed. Nobody ends but who sent them, nothing
 * is left behind, and a task of another framework goes on. The seed decides every byte.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { invariants } from '../../../../../actors/master/invariants.ts';
import { type Encoding, encodeV1 } from '../../../../../actors/protocol/v1/codec.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import type { Answered } from '../../../../kit/http-routes.ts';
import { type Random, seededRandom } from '../../../../kit/random.ts';
import {
  commandTask,
  MEDIA_TYPE,
  type SchedulerCall,
  type SchedulerClient,
  subscribeClient,
} from '../../../../kit/scheduler-client.ts';
import { mutated } from '../../../../transport/mutations.ts';
import { anyMessage } from '../../../protocol/v1/arbitrary-message.ts';

/** More than a run of all tests can afford: MESSOR_TEST_MUTATIONS=100000. */
const CALL_COUNT = Number(process.env['MESSOR_TEST_MUTATIONS'] ?? 1000);
/** Streams that the attacker holds open. */
const STREAM_COUNT_MAX = 40;
const STATUSES = new Set([200, 202, 400, 403, 406, 409, 413, 415, 501, 503]);
const SLEEP = 'sleep 100000; exit 0';

for (const encoding of ['json', 'protobuf'] as const) {
  test(`${CALL_COUNT} calls, true and spoiled, leave a cluster as it was (${encoding})`, {
    timeout: 60_000 + CALL_COUNT * 10,
  }, async () => {
    const cluster = startHttpCluster({ seed: 41, agentCount: 2, errorsAreFaults: true });
    await cluster.world.runFor(2000);
    const bystander = await subscribeClient(cluster, { encoding, info: { name: 'bystander' } });
    const offer = await bystander.offer();
    await bystander.launch(offer, [commandTask('long', offer, SLEEP)]);
    await bystander.acknowledge(await bystander.untilState('TASK_STARTING'));
    await bystander.acknowledge(await bystander.untilState('TASK_RUNNING'));
    await bystander.accepted({ type: 'SUPPRESS' });

    const statuses = await attack(cluster, encoding);
    deepEqual(
      [...statuses.keys()].filter((status) => !STATUSES.has(status)),
      [],
    );
    for (const status of [200, 202, 400]) ok(statuses.has(status), `${status} never came`);

    // Those that the attacker chose to live long are ended by hand.
    const state = cluster.insideMaster()?.state;
    ok(state !== undefined);
    equal(bystander.ended, undefined);
    const frameworkIds = [...state.frameworks.keys()].filter(
      (frameworkId) => frameworkId !== bystander.frameworkId,
    );
    for (const frameworkId of frameworkIds) {
      cluster.master.system.send({ name: 'master', node: cluster.master.name }, {
        type: 'teardownFramework',
        frameworkId,
        replyTo: { name: 'nobody', node: cluster.master.name },
      } as never);
    }
    await cluster.world.runFor(60_000);
    deepEqual(invariants(state), []);
    const running = cluster.agents.flatMap(({ machine }) => [...machine.running.values()]);
    equal(running.length, 1);
    await bystander.accepted({ type: 'KILL', kill: { task_id: { value: 'long' } } });
    await bystander.acknowledge(await bystander.untilState('TASK_KILLED'));
    await cluster.close();
  });
}

/** @returns how often each status was answered */
async function attack(cluster: HttpCluster, encoding: Encoding): Promise<Map<number, number>> {
  const random = seededRandom(`scheduler calls/${encoding}`);
  const made = fc.sample(anyMessage('scheduler.Call'), { numRuns: 500, seed: 41 });
  const statuses = new Map<number, number>();
  const open: NonNullable<Answered['stream']>[] = [];
  let client: SchedulerClient | undefined;
  for (let count = 0; count < CALL_COUNT; count++) {
    if (client === undefined || client.ended !== undefined) {
      client = await subscribeClient(cluster, { encoding });
    }
    const known = knownCall(client, random, count);
    const call = random.chance(0.3) ? { ...random.pick(made), ...framework(client) } : known;
    const whole = Buffer.from(encodeV1('scheduler.Call', encoding, call));
    const body = random.chance(0.6) ? mutated(whole, random) : whole;
    const asked = cluster.ask()('POST', '/api/v1/scheduler', {
      headers: {
        'content-type': MEDIA_TYPE[encoding],
        ...(call.type !== 'SUBSCRIBE' && { 'mesos-stream-id': client.streamId }),
      },
      body,
    });
    const { status, stream } = await cluster.world.settle(asked);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (stream !== undefined) open.push(stream);
    if (open.length > STREAM_COUNT_MAX) for (const one of open.splice(0)) one.leave();
    if (count % 20 === 0) await cluster.world.runFor(random.integer(500));
  }
  for (const stream of open) stream.leave();
  client?.leave();
  return statuses;
}

function framework({ frameworkId }: SchedulerClient): SchedulerCall {
  return { framework_id: { value: frameworkId } };
}

/** Of what the client has, where it has something. */
function knownCall(client: SchedulerClient, random: Random, count: number): SchedulerCall {
  const offer = client.all('OFFERS').at(-1)?.offers?.offers?.at(-1);
  const status = client.all('UPDATE').at(-1)?.update?.status;
  const agent_id = offer?.agent_id ?? { value: 'none' };
  const task_id = status?.task_id ?? { value: 'none' };
  const offer_ids = [offer?.id ?? { value: 'none' }];
  const executor_id = { value: 'custom' };
  const uuid = status?.uuid ?? new Uint8Array(16);
  const tasks = offer === undefined ? [] : [commandTask(`task-${count}`, offer, SLEEP)];
  const calls: readonly SchedulerCall[] = [
    { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'x', name: 'x' } } },
    {
      type: 'ACCEPT',
      accept: { offer_ids, operations: [{ type: 'LAUNCH', launch: { task_infos: tasks } }] },
    },
    { type: 'DECLINE', decline: { offer_ids, filters: { refuse_seconds: 0 } } },
    { type: 'KILL', kill: { task_id, agent_id } },
    { type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } },
    { type: 'RECONCILE', reconcile: { tasks: [{ task_id, agent_id }] } },
    { type: 'MESSAGE', message: { agent_id, executor_id, data: uuid } },
    { type: 'SHUTDOWN', shutdown: { agent_id, executor_id } },
    { type: 'REVIVE' },
    { type: 'SUPPRESS' },
    {
      type: 'UPDATE_FRAMEWORK',
      update_framework: {
        framework_info: { user: 'somebody', name: 'x', id: { value: client.frameworkId } },
      },
    },
    { type: 'TEARDOWN' },
  ];
  const call = calls[random.integer(random.chance(0.05) ? calls.length : calls.length - 1)];
  const named = call?.type === 'SUBSCRIBE' ? {} : framework(client);
  return { ...named, ...call };
}
