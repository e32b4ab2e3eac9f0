/** The task book: what a scheduler driver remembers of each task, and how much. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  askForAll,
  ENDED_TASK_COUNT_MAX,
  emptyTaskBook,
  findTask,
  LIVE_TASK_COUNT_MAX,
  noteLaunch,
  noteUpdate,
  takeDue,
} from '../../../actors/framework/task-book.ts';
import type { AgentId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type { TaskState } from '../../../actors/protocol/task.ts';

const agentId = 'agent-1' as AgentId;
const backoff = { delayMsMin: 10, delayMsMax: 40 };

test('over the maximum of live tasks nothing more is launched', () => {
  const book = emptyTaskBook();
  for (let index = 0; index < LIVE_TASK_COUNT_MAX; index++) {
    equal(noteLaunch(book, id(index), agentId, 0), true);
  }
  equal(noteLaunch(book, id(LIVE_TASK_COUNT_MAX), agentId, 0), false);
  noteUpdate(book, update(id(0), 'finished'));
  equal(noteLaunch(book, id(LIVE_TASK_COUNT_MAX), agentId, 0), true);
});

test('of the ended tasks the oldest are forgotten', () => {
  const book = emptyTaskBook();
  for (let index = 0; index <= ENDED_TASK_COUNT_MAX; index++) {
    noteUpdate(book, update(id(index), 'finished'));
  }
  equal(book.ended.size, ENDED_TASK_COUNT_MAX);
  equal(findTask(book, id(0)), undefined);
  equal(findTask(book, id(1))?.state, 'finished');
});

test('an update is known again by its id, while it is among the newest of its task', () => {
  const book = emptyTaskBook();
  equal(noteUpdate(book, update(id(1), 'running', 'u0')), 'news');
  equal(noteUpdate(book, update(id(1), 'running', 'u0')), 'repeated');
  for (let index = 1; index <= 8; index++) noteUpdate(book, update(id(1), 'running', `u${index}`));
  equal(noteUpdate(book, update(id(1), 'running', 'u8')), 'repeated');
  equal(noteUpdate(book, update(id(1), 'running', 'u0')), 'news');
});

test('what has ended does not live again because the master has forgotten it', () => {
  const book = emptyTaskBook();
  noteLaunch(book, id(1), agentId, 0);
  noteUpdate(book, update(id(1), 'finished'));
  equal(noteUpdate(book, update(id(1), 'unknown')), 'known');
  equal(findTask(book, id(1))?.state, 'finished');
  equal(book.live.size, 0);
  noteLaunch(book, id(2), agentId, 0);
  equal(noteUpdate(book, update(id(2), 'unknown')), 'news');
  equal(book.live.size, 1);
});

test('who does not answer is asked ever more slowly, until anything is heard of it', () => {
  const book = emptyTaskBook();
  noteUpdate(book, update(id(1), 'running', 'u0'));
  const askedAt: number[] = [];
  askForAll(book, 100);
  for (let nowMs = 0; nowMs < 300; nowMs += 5) {
    if (takeDue(book, nowMs, backoff, () => 1).ask.length > 0) askedAt.push(nowMs);
  }
  deepEqual(askedAt, [100, 110, 130, 170, 210, 250, 290]);
  equal(noteUpdate(book, update(id(1), 'running')), 'known');
  deepEqual(takeDue(book, 1000, backoff, () => 1).ask, []);
});

function id(index: number): TaskId {
  return `task-${index}` as TaskId;
}

function update(taskId: TaskId, state: TaskState, updateId?: string) {
  const status = { taskId, state, source: 'agent', timestampMs: 0, agentId } as const;
  return updateId === undefined ? { status } : { id: updateId as UpdateId, status };
}
