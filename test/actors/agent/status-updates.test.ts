/** Updates reach their framework at least once and in order. Source: Mesos 1.11, task_status_update_manager.cpp. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ReportedUpdate,
  type StatusUpdatesNews,
  statusUpdates,
} from '../../../actors/agent/status-updates.ts';
import type { FrameworkId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type { TaskState } from '../../../actors/protocol/task.ts';
import { address, probe } from '../../kit/probe.ts';

const agent = address<StatusUpdatesNews>('agent');
const running = update('running');
const finished = update('finished');

test('an update waits until the one before it is acknowledged', () => {
  const { receive, told } = start();
  receive({ type: 'report', update: running }, { type: 'report', update: finished });
  deepEqual(told(), ['0s running']);
  receive(acknowledge(running));
  deepEqual(told(), ['0s running', '0s finished']);
});

test('LatestTaskState: with an update goes how far its task is by all that was reported, and by nothing else', () => {
  const { receive, sentTo, advance } = start();
  receive({ type: 'report', update: running });
  receive({ type: 'report', update: finished });
  advance(10_000);
  const states = sentTo(agent).map(({ message }) =>
    message.type === 'forwardUpdate' ? [message.update.status.state, message.latestState] : [],
  );
  deepEqual(states, [
    ['running', 'running'],
    ['running', 'finished'],
  ]);
});

test('RetryStatusUpdate: an unacknowledged update is retried, the wait doubling up to the maximum', () => {
  const { receive, advance, told } = start();
  receive({ type: 'report', update: running });
  advance(120_000);
  deepEqual(told(), ['0s running', '10s running', '30s running', '70s running', '110s running']);
});

test('IgnoreDuplicateStatusUpdateAck: a stream ends with its last acknowledgement, however often that comes', () => {
  const { receive, state, told, timers } = start();
  receive({ type: 'report', update: finished }, acknowledge(finished), acknowledge(finished));
  deepEqual(told(), ['0s finished', 'settled']);
  deepEqual(state.streams, new Map());
  deepEqual(timers(), []);
});

test('IgnoreUnexpectedStatusUpdateAck: an acknowledgement of another update than the oldest is old news', () => {
  const { receive, told } = start();
  receive({ type: 'report', update: running }, { type: 'report', update: finished });
  receive(acknowledge(finished));
  deepEqual(told(), ['0s running']);
});

test('DuplicateUpdateBeforeAck: the same update reported again is not sent twice', () => {
  const { receive, told } = start();
  receive({ type: 'report', update: running }, { type: 'report', update: running });
  receive(acknowledge(running));
  deepEqual(told(), ['0s running']);
});

test('DuplicatedTerminalStatusUpdate: nothing comes after a terminal update', () => {
  const { receive, told } = start();
  receive({ type: 'report', update: finished }, { type: 'report', update: running });
  receive(acknowledge(finished));
  deepEqual(told(), ['0s finished', 'settled']);
});

test('tasks of different frameworks may have the same id', () => {
  const { receive, told } = start();
  const other = update('running', 'framework-2' as FrameworkId);
  receive({ type: 'report', update: running }, { type: 'report', update: other });
  deepEqual(told(), ['0s running', '0s running']);
});

test('without a master nothing leaves, and with one every oldest update leaves at once', () => {
  const { receive, advance, told } = start();
  receive({ type: 'report', update: running });
  receive({ type: 'pause' }, { type: 'report', update: finished });
  advance(60_000);
  deepEqual(told(), ['0s running']);
  receive({ type: 'resume' });
  advance(10_000);
  deepEqual(told(), ['0s running', '60s running', '70s running']);
});

test('of more updates than a task may have pending the newest are dropped', () => {
  const { receive, state } = start();
  for (let count = 0; count < 5; count++) {
    const id = `update-${count}` as UpdateId;
    receive({ type: 'report', update: { ...running, id } });
  }
  deepEqual(state.streams.get('framework-1/task-1')?.pending.length, 2);
});

test('what a framework that is gone should have heard is forgotten', () => {
  const { receive, state, timers } = start();
  receive({ type: 'report', update: running });
  receive({ type: 'forgetFramework', frameworkId: running.frameworkId });
  deepEqual(state.streams, new Map());
  deepEqual(timers(), []);
});

function update(state: TaskState, frameworkId = 'framework-1' as FrameworkId): ReportedUpdate {
  const taskId = 'task-1' as TaskId;
  const id = `update-${state}` as UpdateId;
  return { id, frameworkId, status: { taskId, state, source: 'executor', timestampMs: 0 } };
}

function acknowledge({ id, frameworkId, status }: ReportedUpdate) {
  return { type: 'acknowledge', frameworkId, taskId: status.taskId, updateId: id } as const;
}

function start() {
  const retryDelay = { retryDelayMsMin: 10_000, retryDelayMsMax: 40_000 };
  const actor = probe(statusUpdates, { agent, ...retryDelay, pendingCountMax: 2 });
  actor.receive({ type: 'resume' });
  const told = () =>
    actor
      .sentTo(agent)
      .map(({ atMs, message }) =>
        message.type === 'taskSettled'
          ? 'settled'
          : `${atMs / 1000}s ${message.update.status.state}`,
      );
  return { ...actor, told };
}
