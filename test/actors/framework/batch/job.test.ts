/** The job of a batch: whatever order its updates come in, no copy is forgotten or counted twice. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type BatchJob,
  COPY_COUNT_MAX,
  type JobState,
  jobFault,
  killJob,
  launchCopy,
  noteStatus,
  startJob,
  verdictOf,
} from '../../../../actors/framework/batch/job.ts';
import { shellCommand } from '../../../../actors/framework/describe.ts';
import type { TaskId } from '../../../../actors/protocol/ids.ts';
import { parseResources } from '../../../../actors/protocol/resource-text.ts';
import type { TaskState, TaskStatus } from '../../../../actors/protocol/task.ts';

const STATES: readonly TaskState[] = [
  'staging',
  'starting',
  'running',
  'killing',
  'finished',
  'failed',
  'killed',
  'error',
  'lost',
  'dropped',
  'unreachable',
  'gone',
  'goneByOperator',
  'unknown',
];
const OVER = ['finished', 'failed', 'killed', 'lost'];

test('a job that cannot run is refused in a sentence', () => {
  equal(jobFault(job({})), undefined);
  match(jobFault(job({ name: 'a/b' })) ?? '', /^Cannot run a job called "a\/b": an id must not/);
  match(jobFault(job({ name: 'a'.repeat(250) })) ?? '', /at most 215 are allowed$/);
  match(jobFault(job({ count: 0 })) ?? '', /^Cannot run 0 copies/);
  match(jobFault(job({ count: COPY_COUNT_MAX + 1 })) ?? '', /from 1 to 100000$/);
  match(jobFault(job({ resources: [] })) ?? '', /^Cannot run copies that need no resources/);
  match(
    jobFault(job({ name: '', command: { ...shellCommand('true'), value: ' ' } })) ?? '',
    /^Cannot run an empty command: name a program/,
  );
  const words = Array.from({ length: 10_001 }, () => 'x');
  match(
    jobFault(job({ command: { ...shellCommand('true'), arguments: words } })) ?? '',
    /^Cannot run the command: command.arguments: expected at most 10000 items, got 10001$/,
  );
});

test('a copy that is killed because its agent drains is started again, and one that is killed by hand not', () => {
  const state = startJob(job({ count: 2 }), 'run');
  const [one, other] = [launchCopy(state, 0), launchCopy(state, 1)];
  noteStatus(state, { ...status(one, 'killed'), reason: 'agentDraining' });
  noteStatus(state, status(other, 'killed'));
  deepEqual([...state.waiting], [0]);
  equal(state.counts.killed, 1);
});

test('whatever is said of its tasks, counts stay true and ends stay ends', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('launch' as const) }),
    fc.record({ kind: fc.constant('kill' as const) }),
    fc.record({
      kind: fc.constant('update' as const),
      of: fc.nat(20),
      state: fc.constantFrom(...STATES),
    }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      (count, steps) => {
        const state = startJob(job({ count, retryCountMax: 2 }), 'run');
        const launched: TaskId[] = [];
        const ended = new Map<number, string>();
        for (const one of steps) {
          if (one.kind === 'launch') launched.push(...launchAll(state));
          else if (one.kind === 'kill') killJob(state);
          else {
            const taskId = launched[one.of % Math.max(1, launched.length)];
            if (taskId !== undefined) noteStatus(state, status(taskId, one.state));
          }
          check(state, count);
          for (const { index, phase } of state.copies) {
            const before = ended.get(index);
            // Only patience can end too early: what was taken for lost may turn out to have finished.
            if (before !== undefined && before !== phase) {
              deepEqual([before, phase], ['lost', 'finished']);
            }
            if (OVER.includes(phase)) ended.set(index, phase);
          }
        }
        equal(new Set(launched).size, launched.length);
      },
    ),
  );
});

test('of all tries of a copy at most one is left alone while it runs', () => {
  const step = fc.record({ of: fc.nat(20), state: fc.constantFrom(...STATES) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const state = startJob(job({ count: 2, retryCountMax: 5 }), 'run');
      const launched = launchAll(state);
      for (const { of, state: said } of steps) {
        const taskId = launched[of % launched.length];
        if (taskId === undefined) continue;
        const { kill } = noteStatus(state, status(taskId, said));
        const copy = state.copyOf.get(taskId);
        const alive = ['staging', 'starting', 'running', 'killing'].includes(said);
        if (alive && copy?.taskId !== taskId) equal(kill, taskId);
        launched.push(...launchAll(state));
      }
    }),
  );
});

test('when every task tells its end in the end, the verdict falls', () => {
  const fates = fc.array(fc.constantFrom<TaskState>('finished', 'failed', 'lost', 'gone'), {
    minLength: 40,
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fates, (count, said) => {
      const state = startJob(job({ count, retryCountMax: 3 }), 'run');
      const last = new Map<number, TaskState>();
      for (const fate of said) {
        for (const taskId of launchAll(state)) {
          noteStatus(state, status(taskId, 'running'));
        }
        const running = state.copies.find(({ phase }) => phase === 'running');
        if (running?.taskId === undefined) break;
        noteStatus(state, status(running.taskId, fate));
        last.set(running.index, fate);
      }
      const verdict = verdictOf(state);
      const ends = [...last.values()];
      if (ends.includes('failed')) equal(verdict, 'failed');
      else if (ends.every((end) => end === 'finished')) equal(verdict, 'finished');
      else equal(verdict, 'lost');
    }),
  );
});

function launchAll(state: JobState): TaskId[] {
  return [...state.waiting].map((index) => launchCopy(state, index));
}

function check(state: JobState, count: number): void {
  const counted: Record<string, number> = {};
  for (const { phase } of state.copies) counted[phase] = (counted[phase] ?? 0) + 1;
  for (const [phase, number] of Object.entries(state.counts)) equal(number, counted[phase] ?? 0);
  equal(
    Object.values(state.counts).reduce((all, number) => all + number, 0),
    count,
  );
  const waiting = state.copies.filter(({ phase }) => phase === 'waiting');
  deepEqual(
    [...state.waiting].sort(),
    waiting.map(({ index }) => index),
  );
  const over = state.copies.every(({ phase }) => OVER.includes(phase));
  equal(verdictOf(state) !== undefined, over);
  if (state.killing) ok(state.waiting.size === 0);
}

function job(parts: Partial<BatchJob>): BatchJob {
  return {
    name: 'job',
    command: shellCommand('true'),
    count: 1,
    resources: parseResources('cpus:1'),
    ...parts,
  };
}

function status(taskId: TaskId, state: TaskState): TaskStatus {
  return { taskId, state, source: 'agent', timestampMs: 0 };
}
