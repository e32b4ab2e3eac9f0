/** The largest messages that our own rooms make fit into what the wire takes, or are split before. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIVE_TASKS_MAX } from '../../actors/agent/tasks.ts';
import type { TaskStatus } from '../../actors/protocol/task.ts';
import { PAGE_COUNT_MAX } from '../../actors/protocol/views.ts';
import type { Tagged } from '../../runtime/actor.ts';
import { known, toMaster } from '../actors/protocol/sound-messages.ts';
import { dialOnlyNode, liveNode } from './live.ts';

/** As full as they are in practice, and fuller: a container, a message, labels, ports. */
const status: TaskStatus = {
  taskId: known.taskId,
  state: 'running',
  source: 'executor',
  timestampMs: 1_795_246_391_123.25,
  message: 'Command exited with status 0',
  exitCode: 0,
};
const task = {
  ...known,
  role: '*',
  resources: [
    { name: 'cpus', type: 'scalar', milli: 100 },
    { name: 'mem', type: 'scalar', milli: 32_000 },
    { name: 'ports', type: 'ranges', ranges: [{ begin: 31_000, end: 31_001 }] },
  ],
  labels: [
    { key: 'stage', value: 'test' },
    { key: 'owner', value: 'somebody' },
  ],
};

test('a full agent registers again', () =>
  arrives({
    type: 'reregisterAgent',
    ...toMaster.reregisterAgent,
    tasks: Array.from({ length: ACTIVE_TASKS_MAX }, (_, index) => ({
      ...task,
      taskId: `task-${index}`,
      statuses: [status],
    })),
  }));

test('a page of tasks with long histories is answered', () =>
  arrives({
    type: 'masterPage',
    section: 'tasks',
    items: Array.from({ length: PAGE_COUNT_MAX }, (_, index) => ({
      ...task,
      taskId: `task-${index}`,
      phase: 'completed',
      statuses: Array.from({ length: 20 }, () => status),
    })),
  }));

async function arrives(message: Tagged & Readonly<Record<string, unknown>>): Promise<void> {
  const there = await liveNode();
  const here = await dialOnlyNode();
  try {
    here.tell(there.node, message);
    await Promise.race([
      there.until(() => there.received.length > 0),
      here.until(() => here.undeliverable.length > 0),
    ]);
    deepEqual(
      here.undeliverable.map(({ reason }) => reason),
      [],
    );
    const [arrived] = there.received;
    equal(arrived?.signal.kind === 'message' && arrived.signal.message.type, message.type);
  } finally {
    await here.close();
    await there.close();
  }
}
