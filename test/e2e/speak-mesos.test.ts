/** The v1 scheduler API over the real wire: by `curl` from the handbook's own text, and in protobuf. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { decodeV1, encodeV1 } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../actors/protocol/v1/dictionary.ts';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import { startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

const PAGE = join(import.meta.dirname, '../../docs/handbook/speak-mesos.md');
const PROTOBUF = 'application/x-protobuf';

describe('the v1 scheduler API', () => {
  const undo: (() => Promise<void>)[] = [];
  const suite = { after: (step: () => Promise<void>) => void undo.unshift(step) };
  let master = '';

  before(async () => {
    const flags = ['--role', 'master', '--port', '0', '--allocation-interval', '100ms'];
    const node = startProgram(suite, 'bin/node', flags);
    [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
    const agent = startProgram(
      suite,
      'bin/node',
      agentFlags(master, await temporaryDirectory(suite)),
    );
    await agent.untilPrinted(/^Agent at /m);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  test('the page of the handbook does by curl what it says', async (context) => {
    const directory = await temporaryDirectory(context);
    const blocks = readFileSync(PAGE, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g);
    const script = [...blocks]
      .map(([, block]) => block)
      .join('')
      .replaceAll('127.0.0.1:5050', master);
    const run = promisify(execFile)('bash', ['-euc', script], { cwd: directory, timeout: 20_000 });
    const { stdout } = await run;
    const [launched, starting, running, read = '', ...ended] = stdout.trim().split('\n');
    deepEqual([launched, starting, running, ...ended], Array(6).fill('202'));
    deepEqual(JSON.parse(read), { data: 'hello\n', offset: 0 });
    const events = await readFile(join(directory, 'events'));
    const decoder = new RecordDecoder();
    const types = decoder
      .push(events)
      .map((record) => decodeV1('scheduler.Event', 'json', record))
      .filter(({ type }) => type !== 'HEARTBEAT' && type !== 'OFFERS')
      .map(({ type, update }) => update?.status.state ?? type);
    decoder.end();
    deepEqual(types, ['SUBSCRIBED', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLED']);
  });

  async function subscribe() {
    const post = (call: V1<'scheduler.Call'>, headers: Record<string, string> = {}) =>
      fetch(`http://${master}/master/api/v1/scheduler`, {
        method: 'POST',
        headers: { 'content-type': PROTOBUF, accept: PROTOBUF, ...headers },
        body: Buffer.from(encodeV1('scheduler.Call', 'protobuf', call)),
      });
    const framework_info = { user: 'somebody', name: 'protobuf' };
    const subscribed = await post({ type: 'SUBSCRIBE', subscribe: { framework_info } });
    equal(subscribed.headers.get('content-type'), PROTOBUF);
    const { body } = subscribed;
    ok(body !== null);
    const events = eventsOf(body);
    const until = async (wanted: V1Enum<'TaskState'> | V1Enum<'scheduler.Event.Type'>) => {
      for (;;) {
        const { value, done } = await events.next();
        if (done === true) throw new Error(`The stream ended before ${wanted}`);
        if (value.type === wanted || value.update?.status.state === wanted) return value;
      }
    };
    const { subscribed: told } = await until('SUBSCRIBED');
    const streamId = subscribed.headers.get('mesos-stream-id') ?? '';
    const call = async (given: V1<'scheduler.Call'>) => {
      const named = { ...given, ...(told && { framework_id: told.framework_id }) };
      const { status } = await post(named, { 'mesos-stream-id': streamId });
      equal(status, 202);
    };
    const acknowledge = async (status: V1<'TaskStatus'> | undefined) => {
      const { agent_id, task_id, uuid } = status ?? {};
      ok(agent_id !== undefined && task_id !== undefined && uuid !== undefined);
      await call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
    };
    await until('HEARTBEAT');
    const offer = (await until('OFFERS')).offers?.offers?.[0];
    ok(offer !== undefined && told !== undefined);
    return { events, until, call, acknowledge, offer, frameworkId: told.framework_id };
  }

  test('the same in protobuf', async () => {
    const { events, until, call, acknowledge, offer } = await subscribe();
    const task: V1<'TaskInfo'> = {
      name: 'greeting',
      task_id: { value: 'greeting-1' },
      agent_id: offer.agent_id,
      command: { value: 'sleep 1000' },
      resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
    };
    const operations = [{ type: 'LAUNCH' as const, launch: { task_infos: [task] } }];
    await call({ type: 'ACCEPT', accept: { offer_ids: [offer.id], operations } });
    await acknowledge((await until('TASK_STARTING')).update?.status);
    await acknowledge((await until('TASK_RUNNING')).update?.status);
    await call({ type: 'KILL', kill: { task_id: task.task_id } });
    await acknowledge((await until('TASK_KILLED')).update?.status);
    await call({ type: 'TEARDOWN' });
    for await (const { type } of events) ok(type === 'HEARTBEAT' || type === 'OFFERS');
  });

  test('a group fetches, is checked, and ends with the task whose time is over', async (context) => {
    const serve = join(await temporaryDirectory(context), 'serve');
    await writeFile(serve, '#!/bin/sh\necho up > up\nexec sleep 1000\n');
    const { events, call, acknowledge, offer, frameworkId } = await subscribe();
    const scalar = (name: string, value: number) =>
      ({ name, type: 'SCALAR', scalar: { value } }) as const;
    const member = (id: string, more: Partial<V1<'TaskInfo'>>): V1<'TaskInfo'> => ({
      ...{ name: id, task_id: { value: id }, agent_id: offer.agent_id },
      resources: [scalar('cpus', 0.1), scalar('mem', 32)],
      container: { type: 'MESOS' },
      ...more,
    });
    const tasks = [
      member('server', {
        command: { value: './serve', uris: [{ value: serve, executable: true }] },
        health_check: {
          ...{ type: 'COMMAND', command: { value: 'test -f up' }, delay_seconds: 0 },
          ...{ interval_seconds: 0.2, grace_period_seconds: 10 },
        },
      }),
      member('timed', {
        command: { value: 'exec sleep 1000' },
        max_completion_time: { nanoseconds: 2_000_000_000n },
      }),
    ];
    const executor: V1<'ExecutorInfo'> = {
      ...{ type: 'DEFAULT', executor_id: { value: 'pod' }, framework_id: frameworkId },
      resources: [scalar('cpus', 0.1), scalar('mem', 32), scalar('disk', 32)],
    };
    const launch_group = { executor, task_group: { tasks } };
    const operations = [{ type: 'LAUNCH_GROUP' as const, launch_group }];
    await call({ type: 'ACCEPT', accept: { offer_ids: [offer.id], operations } });
    const told: Record<string, string[]> = { server: [], timed: [] };
    for await (const { type, update } of events) {
      // With its stream the framework ends, too.
      if (type === 'FAILURE') break;
      if (update === undefined) continue;
      const { task_id, state, healthy, reason } = update.status;
      const health = reason === 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED' ? ` ${healthy}` : '';
      told[task_id.value]?.push(`${state}${health}`);
      if (state === 'TASK_FAILED') equal(reason, 'REASON_MAX_COMPLETION_TIME_REACHED');
      await acknowledge(update.status);
    }
    deepEqual(told, {
      server: ['TASK_STARTING', 'TASK_RUNNING', 'TASK_RUNNING true', 'TASK_KILLED'],
      timed: ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED'],
    });
  });
});

async function* eventsOf(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<V1<'scheduler.Event'>, undefined> {
  const decoder = new RecordDecoder();
  for await (const chunk of body) {
    for (const record of decoder.push(chunk)) {
      yield decodeV1('scheduler.Event', 'protobuf', record);
    }
  }
  decoder.end();
  return undefined;
}
