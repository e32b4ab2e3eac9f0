/** What an agent says that it has fits into one message, however much that is. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { reportAll, valuesIn } from '../../../actors/agent/registration-report.ts';
import type { AgentFramework, AgentState, AgentTask } from '../../../actors/agent/state.ts';
import { ACTIVE_TASKS_MAX } from '../../../actors/agent/tasks.ts';
import type { ContainerId, TaskId } from '../../../actors/protocol/ids.ts';
import type { TaskInfo } from '../../../actors/protocol/task.ts';
import { agentId, framework, frameworkId, task } from './nouns.ts';

const label = { key: 'app', value: 'web' };
const rich: TaskInfo = {
  ...task,
  labels: Array.from({ length: 10 }, () => label),
  discovery: { visibility: 'cluster', ports: [{ number: 31_000, name: 'http', labels: [label] }] },
  healthCheck: { type: 'http', port: 31_000, path: '/', delayMs: 0 },
  container: { networks: [{ labels: [label] }] },
};

test('of few tasks all is told, of each the newest status', () => {
  const { report, warned } = reported(10);
  const [first] = report.tasks;
  deepEqual(first?.labels, rich.labels);
  deepEqual(
    first?.statuses.map(({ state }) => state),
    ['running'],
  );
  equal(warned.length, 0);
});

test('of very many what is only shown is left out where it does not fit, and no task', () => {
  const { report, warned } = reported(ACTIVE_TASKS_MAX);
  equal(report.tasks.length, ACTIVE_TASKS_MAX);
  ok(report.tasks[0]?.labels !== undefined);
  equal(report.tasks.at(-1)?.labels, undefined);
  equal(report.tasks.at(-1)?.state, 'running');
  equal(warned.length, 1);
  ok(valuesIn(report) < 200_000);
});

function reported(count: number) {
  const tasks = Array.from({ length: count }, (_, index): [TaskId, AgentTask] => {
    const taskId = `task-${index}` as TaskId;
    const status = { taskId, state: 'running', source: 'executor', timestampMs: 1 } as const;
    return [
      taskId,
      {
        info: { ...rich, taskId },
        executorId: taskId as never,
        containerId: 'c' as ContainerId,
        ...{ role: '*', group: undefined, state: 'running', updateState: 'running' },
        statuses: [{ ...status, state: 'starting' }, status],
        ...{ updateId: undefined, launchId: undefined, receivedIds: [], volumes: 'unlinked' },
      },
    ];
  });
  const one = {
    ...{ frameworkId, info: framework, executors: new Map(), tasks: new Map(tasks) },
    ...{ ending: false, checkpointed: false },
  } satisfies AgentFramework;
  const frameworks = new Map([[frameworkId, one]]);
  const warned: string[] = [];
  const log = { warn: (text: string) => void warned.push(text) };
  const report = reportAll({ frameworks } as AgentState, agentId, { log } as never);
  return { report, warned };
}
