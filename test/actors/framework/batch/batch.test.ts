/** The batch framework alone: its job from the first offer to the verdict. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BatchEvent,
  batch,
  LAUNCH_COUNT_MAX,
} from '../../../../actors/framework/batch/batch.ts';
import type { BatchJob } from '../../../../actors/framework/batch/job.ts';
import { shellCommand } from '../../../../actors/framework/describe.ts';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../../../../actors/protocol/ids.ts';
import type { MasterMessage } from '../../../../actors/protocol/messages.ts';
import type { Offer, Operation } from '../../../../actors/protocol/offer.ts';
import { parseResources } from '../../../../actors/protocol/resource-text.ts';
import type { TaskInfo, TaskState } from '../../../../actors/protocol/task.ts';
import { address, probe } from '../../../kit/probe.ts';

const frameworkId = 'framework-1' as FrameworkId;
const master = address<MasterMessage>('master');
const reportTo = address<BatchEvent>('report');

test('copies are launched as offers come, and the verdict falls with the last', () => {
  const { offer, launched, update, told, stopped } = start({ count: 3 });
  offer('a', 'cpus:2');
  deepEqual(launched(), ['a: 0 1']);
  update(0, 'running');
  update(0, 'finished');
  offer('b', 'cpus:2');
  deepEqual(launched(), ['a: 0 1', 'b: 2']);
  update(1, 'finished');
  update(2, 'finished');
  deepEqual(told(), [
    'subscribed',
    'launched 0 1',
    '0 running',
    '0 finished',
    'launched 2',
    '1 finished',
    '2 finished',
    'ended finished',
  ]);
  equal(stopped.length, 1);
});

test('copies are spread over the agents that are offered', () => {
  const { offer, launched } = start({ count: 4 });
  offer('a', 'cpus:8', 'b', 'cpus:8');
  deepEqual(launched(), ['a: 0 2', 'b: 1 3']);
});

test('of very many copies some wait for the next offers, which are not refused', () => {
  const { offer, tasks, accepts } = start({ count: LAUNCH_COUNT_MAX + 10 });
  offer('a', 'cpus:9999');
  equal(tasks().length, LAUNCH_COUNT_MAX);
  offer('a', 'cpus:9999');
  equal(tasks().length, LAUNCH_COUNT_MAX + 10);
  deepEqual(
    accepts().map(({ filters }) => filters.refuseMs),
    [0, 5000],
  );
});

test('each copy is told its number', () => {
  const { offer, tasks } = start({ count: 2 });
  offer('a', 'cpus:8');
  deepEqual(
    tasks().map(({ command }) => command?.environment.map(({ value }) => value).join(' of ')),
    ['0 of 2', '1 of 2'],
  );
});

test('it wants offers only while copies wait', () => {
  const { offer, update, sent } = start({ count: 1 });
  offer('a', 'cpus:8');
  deepEqual(sent(), ['subscribe', 'accept', 'suppress']);
  update(0, 'lost');
  deepEqual(sent(), ['subscribe', 'accept', 'suppress', 'revive']);
});

test('a lost copy is started again as another task, a failed one is not', () => {
  const { offer, update, tasks, told } = start({ count: 2 });
  offer('a', 'cpus:2');
  update(0, 'lost');
  update(1, 'failed');
  offer('a', 'cpus:2');
  deepEqual(
    tasks().map(({ taskId }) => taskId.replace(/-00000000-/, '-')),
    ['job-0', 'job-1', 'job-0-again1'],
  );
  update(2, 'finished');
  deepEqual(told().slice(2), [
    '0 lost, again',
    '1 failed',
    'launched 0',
    '0 finished',
    'ended failed',
  ]);
});

test('a copy that is lost too often is given up', () => {
  const { offer, update, told } = start({ count: 1, retryCountMax: 1 });
  offer('a', 'cpus:1');
  update(0, 'gone');
  offer('a', 'cpus:1');
  update(1, 'unreachable');
  deepEqual(told().slice(-2), ['0 unreachable', 'ended lost']);
});

test('a try that was given up and turns out to run is killed', () => {
  const { offer, update, killed, tasks } = start({ count: 1 });
  offer('a', 'cpus:1');
  update(0, 'unreachable');
  update(0, 'running');
  deepEqual(killed(), [tasks()[0]?.taskId]);
});

test('a try that was given up and had finished counts, and its successor is killed', () => {
  const { offer, update, killed, tasks, told } = start({ count: 1 });
  offer('a', 'cpus:1');
  update(0, 'unreachable');
  offer('b', 'cpus:1');
  update(0, 'finished');
  deepEqual(killed(), [tasks()[1]?.taskId]);
  deepEqual(told().slice(-2), ['0 finished', 'ended finished']);
});

test('copies of a long command are launched so many at a time as one message may carry', () => {
  const command = shellCommand(`: ${'x'.repeat(100_000)}`);
  const { offer, tasks, told } = start({ count: 100, command });
  for (const count of [39, 78, 100]) {
    offer('a', 'cpus:9999');
    equal(tasks().length, count);
  }
  deepEqual(told().slice(1).join(' ').includes('dropped'), false);
});

test('killed on request, it starts nothing more and ends when all have ended', () => {
  const { offer, update, receive, killed, told, tasks } = start({ count: 3 });
  offer('a', 'cpus:2');
  receive({ type: 'killBatch' });
  deepEqual(
    killed(),
    tasks().map(({ taskId }) => taskId),
  );
  update(0, 'killed');
  update(1, 'finished');
  deepEqual(told().slice(-3), ['0 killed', '1 finished', 'ended killed']);
});

test('killed before there was a master, it ends at once', () => {
  const actor = probe(batch, options({ count: 3 }));
  actor.receive({ type: 'killBatch' });
  equal(actor.stopped.length, 1);
});

test('abandoned, it tears the framework down without waiting', () => {
  const { offer, receive, sent, told } = start({ count: 2 });
  offer('a', 'cpus:2');
  receive({ type: 'abandonBatch' });
  equal(sent().at(-1), 'teardown');
  equal(told().at(-1), 'ended killed');
});

test('when nothing fits while nothing runs, it says so', () => {
  const { offer, told } = start({ count: 1 });
  offer('a', 'cpus:0.5');
  deepEqual(told(), ['subscribed', 'starved']);
});

test('a refusal by the master ends it', () => {
  const { receive, told } = start({ count: 1 });
  receive({ type: 'subscriptionEnded', message: 'Role "x" is unknown' });
  equal(told().at(-1), 'ended refused');
});

function options(job: Partial<BatchJob>) {
  const whole: BatchJob = {
    name: 'job',
    command: shellCommand('true'),
    count: 1,
    resources: parseResources('cpus:1'),
    ...job,
  };
  return { masters: [master], job: whole, reportTo };
}

function start(job: Partial<BatchJob>) {
  const actor = probe(batch, options(job));
  actor.receive({
    type: 'subscribed',
    frameworkId,
    master,
    epoch: 1,
    masters: [],
    heartbeatIntervalMs: 15_000,
  });
  let offerCount = 0;
  const messages = () => actor.sentTo(master).map(({ message }) => message);
  const accepts = () => messages().filter((message) => message.type === 'accept');
  const tasks = (): TaskInfo[] =>
    accepts().flatMap(({ operations }) => operations.flatMap(tasksOf));
  const indexOf = (task: TaskInfo) => task.name.slice('job-'.length);
  return {
    ...actor,
    /** Pairs of an agent and what it has. */
    offer(...pairs: string[]) {
      const offers: Offer[] = [];
      for (let index = 0; index < pairs.length; index += 2) {
        const agentId = pairs[index] as AgentId;
        offers.push({
          offerId: `offer-${offerCount++}` as OfferId,
          frameworkId,
          agentId,
          agent: address('agent'),
          hostname: agentId,
          role: '*',
          resources: parseResources(pairs[index + 1] ?? ''),
          attributes: [],
          executorIds: [],
        });
      }
      actor.receive({ type: 'offersMade', offers });
    },
    tasks,
    accepts,
    /** @param launch which of all launched tasks, counted from 0 */
    update(launch: number, state: TaskState) {
      const task = tasks()[launch];
      if (task === undefined) throw new Error(`Nothing was launched as number ${launch}`);
      const { taskId, agentId } = task;
      const status = { taskId, agentId, state, source: 'agent', timestampMs: 0 } as const;
      actor.receive({ type: 'taskUpdated', update: { frameworkId, status } });
    },
    launched: () =>
      accepts().flatMap(({ operations }) =>
        operations.map(
          (operation) =>
            `${tasksOf(operation)[0]?.agentId}: ${tasksOf(operation).map(indexOf).join(' ')}`,
        ),
      ),
    killed: (): TaskId[] =>
      messages().flatMap((message) => (message.type === 'kill' ? [message.taskId] : [])),
    sent: () => messages().map(({ type }) => type),
    told: () => actor.sentTo(reportTo).map(({ message }) => line(message)),
  };
}

function line(event: BatchEvent): string {
  switch (event.type) {
    case 'batchLaunched':
      return `launched ${event.tasks.map(({ index }) => index).join(' ')}`;
    case 'batchUpdated':
      return `${event.index} ${event.status.state}${event.again ? ', again' : ''}`;
    case 'batchEnded':
      return `ended ${event.verdict}`;
    default:
      return event.type.replace('batch', '').toLowerCase();
  }
}

function tasksOf(operation: Operation): readonly TaskInfo[] {
  return operation.type === 'change' ? [] : operation.tasks;
}
