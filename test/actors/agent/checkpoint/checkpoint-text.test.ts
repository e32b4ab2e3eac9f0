/** What is written is read again; what a crash cut short is cut off; what the disk changed is damage. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CHECKPOINT_HEAD,
  linesOf,
  readCheckpoint,
} from '../../../../actors/agent/checkpoint/checkpoint-text.ts';
import { keep, recordsOf, stateOf } from '../../../../actors/agent/checkpoint/kept.ts';
import type { CheckpointRecord } from '../../../../actors/agent/checkpoint/records.ts';
import type {
  ContainerId,
  ExecutorId,
  FrameworkId,
  TaskId,
  UpdateId,
} from '../../../../actors/protocol/ids.ts';
import type { TaskState } from '../../../../actors/protocol/task.ts';
import { agentId, executor, framework, info, pod, podTask, task } from '../nouns.ts';

const first: CheckpointRecord = { type: 'agent', agentId, info, bootId: 'boot-1' };

test('what is written is read again, and the shortest row amounts to the same', () => {
  fc.assert(
    fc.property(rows(), (records) => {
      const read = readCheckpoint(textOf([[first], records]), 'path');
      const kept = [first, ...records].reduce<ReturnType<typeof keep> | undefined>(keep, undefined);
      deepEqual(read, kept);
      if (kept === undefined) throw new Error('It begins with the agent');
      deepEqual(readCheckpoint(textOf([recordsOf(kept)]), 'path'), kept);
    }),
  );
});

test('a last batch that was cut short anywhere is read as far as it came', () => {
  fc.assert(
    fc.property(rows(), rows(), fc.nat(), (safe, batch, cut) => {
      const whole = textOf([[first, ...safe]]);
      const torn = linesOf(batch, 1 + safe.length);
      const read = readCheckpoint(whole + torn.slice(0, cut % (torn.length + 1)), 'path');
      const agents = [0, ...batch.keys(), batch.length].map((count) =>
        [first, ...safe, ...batch.slice(0, count)].reduce<ReturnType<typeof keep> | undefined>(
          keep,
          undefined,
        ),
      );
      equal(
        agents.some((one) => JSON.stringify(plain(one)) === JSON.stringify(plain(read))),
        true,
      );
    }),
  );
});

test('a fault within the last batch is no damage, one before it is', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => frameworkRecord(name));
  const text = textOf([[first], [a, b], [c]] as CheckpointRecord[][]);
  const broken = (what: string) => text.replace(what, what.toUpperCase());
  throws(() => readCheckpoint(broken('"frameworkId":"b"'), 'path'), {
    code: 'checkpointDamaged',
    message: 'Cannot read the checkpoint "path": line 4 is not what was written',
  });
  equal(readCheckpoint(broken('"frameworkId":"c"'), 'path')?.frameworks.size, 2);
  const [, inside = ''] = text.split('\n').slice(2);
  const lastBatch = textOf([[first], [a, b, c]] as CheckpointRecord[][]);
  equal(readCheckpoint(lastBatch.replace(/"frameworkId":"b"/, 'x'), 'path')?.frameworks.size, 1);
  equal(inside.length > 0, true);
});

test('an empty file is none, one of somebody else is refused', () => {
  equal(readCheckpoint('', 'path'), undefined);
  throws(() => readCheckpoint('messor-agent-checkpoint 2\n', 'path'), {
    code: 'checkpointForeign',
    message:
      'Cannot read the checkpoint "path": it begins with "messor-agent-checkpoint 2", which this version did not write',
  });
  throws(() => readCheckpoint(CHECKPOINT_HEAD, 'path'), { code: 'checkpointDamaged' });
});

test('a task is kept until its terminal update is acknowledged', () => {
  const frameworkId = 'f' as FrameworkId;
  const { taskId } = task;
  const rest = { frameworkId, executorId: 'e' as ExecutorId, containerId: 'c' as ContainerId };
  const records: CheckpointRecord[] = [
    first,
    frameworkRecord('f'),
    { type: 'executor', ...rest },
    { type: 'task', ...rest, info: task, waits: false },
    update('f', taskId, 'running', 'u1'),
    update('f', taskId, 'finished', 'u2'),
    { type: 'acknowledged', frameworkId, taskId, updateId: 'u1' as UpdateId },
  ];
  const kept = records.reduce<ReturnType<typeof keep> | undefined>(keep, undefined);
  const found = kept?.frameworks.get(frameworkId);
  const one = found?.tasks.get(taskId);
  deepEqual(
    [found?.executors.size, one && stateOf(one), one?.pending.map(({ id }) => id)],
    [0, 'finished', ['u2']],
  );
  keep(kept, { type: 'acknowledged', frameworkId, taskId, updateId: 'u2' as UpdateId });
  equal(found?.tasks.size, 0);
});

test('a default executor is kept until its last task is over, and a group ends together', () => {
  const frameworkId = 'f' as FrameworkId;
  const executorId = 'pod' as ExecutorId;
  const rest = { frameworkId, executorId };
  const group = ['a', 'b', 'c'] as TaskId[];
  const custom = { info: pod, role: 'ads', secret: 's' };
  const records: CheckpointRecord[] = [
    first,
    frameworkRecord('f'),
    { type: 'executor', ...rest, containerId: 'c' as ContainerId, custom },
    ...group.map((id): CheckpointRecord => {
      const containerId = `c.${id}` as ContainerId;
      return {
        type: 'task',
        ...rest,
        containerId,
        info: podTask(id),
        role: 'ads',
        group,
        waits: false,
      };
    }),
    update('f', 'a' as TaskId, 'finished', 'u1'),
  ];
  const kept = records.reduce<ReturnType<typeof keep> | undefined>(keep, undefined);
  const found = kept?.frameworks.get(frameworkId);
  const killed = () => group.filter((id) => found?.tasks.get(id)?.killed);
  deepEqual([found?.executors.size, killed()], [1, []]);
  deepEqual(found?.tasks.get('b' as TaskId)?.group, group);
  equal(found?.tasks.get('b' as TaskId)?.containerId, 'c.b');
  keep(kept, update('f', 'b' as TaskId, 'failed', 'u2'));
  deepEqual([found?.executors.size, killed()], [1, ['c']]);
  keep(kept, update('f', 'c' as TaskId, 'killed', 'u3'));
  equal(found?.executors.size, 0);
});

function plain(kept: ReturnType<typeof keep> | undefined) {
  return kept === undefined ? undefined : recordsOf(kept);
}

function textOf(batches: readonly (readonly CheckpointRecord[])[]): string {
  let count = 0;
  let text = CHECKPOINT_HEAD;
  for (const batch of batches) {
    text += linesOf(batch, count);
    count += batch.length;
  }
  return text;
}

function frameworkRecord(name: string): CheckpointRecord {
  return { type: 'framework', frameworkId: name as FrameworkId, info: framework };
}

function update(name: string, taskId: TaskId, state: TaskState, id: string): CheckpointRecord {
  const status = { taskId, state, source: 'executor', timestampMs: 1 } as const;
  return {
    type: 'update',
    update: { id: id as UpdateId, frameworkId: name as FrameworkId, status },
  };
}

/** Any row, sensible or not: few names, so that they meet. */
function rows(): fc.Arbitrary<CheckpointRecord[]> {
  const frameworkId = fc.constantFrom('f', 'g') as fc.Arbitrary<FrameworkId>;
  const executorId = fc.constantFrom('e', 't') as fc.Arbitrary<ExecutorId>;
  const taskId = fc.constantFrom('t', 'u') as fc.Arbitrary<TaskId>;
  const updateId = fc.constantFrom('1', '2', '3') as fc.Arbitrary<UpdateId>;
  const containerId = fc.constant('c' as ContainerId);
  const custom = { info: executor, role: 'role', secret: 's' };
  return fc.array(
    fc.oneof(
      fc.constantFrom('f', 'g').map(frameworkRecord),
      fc.record({ type: fc.constant('executor' as const), frameworkId, executorId, containerId }),
      fc.record({
        type: fc.constant('executor' as const),
        frameworkId,
        executorId,
        containerId,
        custom: fc.constantFrom(custom, { ...custom, info: pod }),
      }),
      fc.record({
        type: fc.constant('task' as const),
        frameworkId,
        executorId,
        containerId,
        info: taskId.map((id) => ({ ...task, taskId: id, name: 'ü\n"' })),
        waits: fc.boolean(),
      }),
      fc.record({
        type: fc.constant('task' as const),
        frameworkId,
        executorId,
        containerId: fc.constant('c.d' as ContainerId),
        info: taskId.map((id) => ({ ...task, taskId: id, executor: pod })),
        role: fc.constant('ads'),
        group: fc.constant(['t', 'u'] as TaskId[]),
        waits: fc.boolean(),
      }),
      fc.record({ type: fc.constant('killing' as const), frameworkId, taskId }),
      fc
        .array(fc.record({ type: fc.constant('admitted' as const), frameworkId, taskId }))
        .map((records) => ({ type: 'together' as const, records })),
      fc.record({ type: fc.constant('admitted' as const), frameworkId, taskId }),
      fc.record({ type: fc.constant('acknowledged' as const), frameworkId, taskId, updateId }),
      fc.record({ type: fc.constant('ending' as const), frameworkId, executorId }),
      fc.record({ type: fc.constant('executorEnded' as const), frameworkId, executorId }),
      fc.record({ type: fc.constant('frameworkEnded' as const), frameworkId }),
      fc
        .tuple(
          fc.constantFrom('f', 'g'),
          taskId,
          fc.constantFrom<TaskState>('running', 'finished', 'failed'),
          updateId,
        )
        .map(([name, id, state, uuid]) => update(name, id, state, uuid)),
    ),
    { maxLength: 20 },
  );
}
