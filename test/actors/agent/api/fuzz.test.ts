/**
 * Calls of executors and operators as hostile or broken clients might send them, at an agent at work: each
 * type there is, with ids that are known or made up, whole or with some bytes changed. Nobody ends, nothing
 * is left behind, and another executor's task goes on. The seed decides every byte.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ExecutorId } from '../../../../actors/protocol/ids.ts';
import { type Encoding, encodeV1 } from '../../../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import type { Answered } from '../../../kit/http-routes.ts';
import { type Random, seededRandom } from '../../../kit/random.ts';
import { mutated } from '../../../transport/mutations.ts';
import { anyMessage } from '../../protocol/v1/arbitrary-message.ts';
import { customTask, executor, frameworkId } from '../nouns.ts';
import { type ApiStage, TYPES } from './api-stage.ts';
import { callOf, EXECUTOR_PATH, linesOf, update } from './executor-events.ts';
import { SUBSCRIBE, stage, updatesOf } from './executor-stage.ts';

/** More than a run of all tests can afford: MESSOR_TEST_MUTATIONS=100000. */
const CALL_COUNT = Number(process.env['MESSOR_TEST_MUTATIONS'] ?? 1000);
/** Streams that the attacker holds open. */
const STREAM_COUNT_MAX = 20;
const STATUSES = new Set([200, 202, 400, 403, 404, 406, 415, 501]);
const OTHER = { executor_id: { value: 'other' } };

for (const encoding of ['json', 'protobuf'] as const) {
  test(`${CALL_COUNT} calls, true and spoiled, leave an agent as it was (${encoding})`, {
    timeout: 60_000 + CALL_COUNT * 10,
  }, async (t) => {
    const made = stage(t);
    const { run, call, lone, system, told } = made;
    await run(customTask('task-1'));
    const otherInfo = { ...executor, executorId: 'other' as ExecutorId };
    await run({ ...customTask('long'), executor: otherInfo });
    const say = (value: object) => call(EXECUTOR_PATH, 'executor.Call', { ...value, ...OTHER });
    const bystander = await say(SUBSCRIBE);
    equal((await say(update('long', 'TASK_RUNNING'))).status, 202);
    const actorCount = system.metrics().actorCount;

    const statuses = await attack(made, encoding);
    deepEqual(
      [...statuses.keys()].filter((status) => !STATUSES.has(status)),
      [],
    );
    for (const status of [200, 202, 400]) ok(statuses.has(status), `${status} never came`);

    deepEqual(
      lone.logged.filter(({ level }) => level === 'error' || level === 'fatal'),
      [],
    );
    // Who attacked stands for the executor with one actor, however often he subscribed.
    ok(system.metrics().actorCount <= actorCount + 1);
    equal(bystander.stream?.ended, undefined);
    const uuid = '5YkuQ2f4TEySrjmEBeUUFg==';
    equal((await say(update('long', 'TASK_FINISHED', uuid))).status, 202);
    const heard = linesOf(bystander).filter((line) => line !== 'HEARTBEAT');
    deepEqual(heard, ['SUBSCRIBED', 'LAUNCH long', 'ACKNOWLEDGED long', 'ACKNOWLEDGED long']);
    ok(updatesOf(told).some(({ status }) => status.taskId === 'long'));
  });
}

/** @returns how often each status was answered */
async function attack(made: ApiStage, encoding: Encoding): Promise<Map<number, number>> {
  const random = seededRandom(`agent calls/${encoding}`);
  const sample = { numRuns: 300, seed: 41 };
  const ofExecutors = fc.sample(anyMessage('executor.Call'), sample);
  const ofOperators = fc.sample(anyMessage('agent.Call'), sample);
  const statuses = new Map<number, number>();
  const open: NonNullable<Answered['stream']>[] = [];
  for (let count = 0; count < CALL_COUNT; count++) {
    const isOperator = random.chance(0.4);
    const bytes = isOperator
      ? encodeV1('agent.Call', encoding, pick(random, ofOperators))
      : encodeV1('executor.Call', encoding, known(random, pick(random, ofExecutors)));
    const body = random.chance(0.5) ? bytes : mutated(Buffer.from(bytes), random);
    const headers = {
      'content-type': random.chance(0.95) ? TYPES[encoding] : 'text/plain',
      ...(random.chance(0.9) && { accept: TYPES[encoding] }),
    };
    const path = isOperator ? '/api/v1' : EXECUTOR_PATH;
    const { status, stream } = await made.ask('POST', path, { headers, body });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (stream !== undefined) open.push(stream);
    if (open.length > STREAM_COUNT_MAX || random.chance(0.05)) open.shift()?.leave();
    if (random.chance(0.05)) made.lone.advance(random.integer(2000));
  }
  for (const stream of open) stream.leave();
  await made.call(EXECUTOR_PATH, 'executor.Call', callOf('HEARTBEAT'));
  return statuses;
}

/** Most of them name the executor that there is, as whom it is worth to attack. */
function known(random: Random, call: V1<'executor.Call'>): V1<'executor.Call'> {
  if (random.chance(0.1)) return call;
  const ids = {
    framework_id: { value: frameworkId },
    executor_id: { value: executor.executorId },
  };
  const { update: told } = call;
  if (told === undefined) return { ...call, ...ids };
  const uuid = Uint8Array.from({ length: 16 }, (_, index) =>
    index === 6 ? 0x40 : random.integer(256),
  );
  const { executor_id: _, ...status } = told.status;
  const task_id = { value: random.chance(0.8) ? 'task-1' : 'long' };
  const source = 'SOURCE_EXECUTOR';
  return { ...call, ...ids, update: { status: { ...status, task_id, source, uuid } } };
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.integer(items.length)] as Item;
}
