/**
 * What launches are refused for, by the names that Mesos' own tests have for it.
 * Mesos: "Launch & validation" (src/master/validation.cpp; src/tests/master_validation_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { commandTask, subscribeClient } from '../kit/scheduler-client.ts';
import { accept, offers } from './offers.ts';
import { AWARE, customTask, cutOff, mesosCluster, runInExecutor, SLEEP } from './stage.ts';

describe('TaskValidation', () => {
  const scalar = (name: string, value: number) =>
    ({ name, type: 'SCALAR', scalar: { value } }) as const;
  const executor_id = { value: 'e' };
  const program = { value: SLEEP };
  const faults: readonly (readonly [name: string, Partial<V1<'TaskInfo'>>, RegExp])[] = [
    ['TaskUsesInvalidID', { task_id: { value: 'a/b' } }, /a\/b/],
    [
      'TaskUsesInvalidSlaveID',
      { agent_id: { value: 'elsewhere' } },
      /^Task uses invalid agent elsewhere while agent \S+ is expected$/,
    ],
    [
      'TaskUsesCommandInfoAndExecutorInfo',
      { executor: { executor_id, command: program } },
      /^Task should have at least one \(but not both\) of CommandInfo or ExecutorInfo present$/,
    ],
    ['TaskUsesNoResources', { resources: [] }, /^Task uses no resources$/],
    [
      'TaskUsesMoreResourcesThanOffered',
      { resources: [scalar('cpus', 400)] },
      /^Total resources .* required by task and its executor is more than available /,
    ],
    [
      'KillPolicyGracePeriodIsNonNegative',
      { kill_policy: { grace_period: { nanoseconds: -1_000_000_000n } } },
      /^Task's 'kill_policy.grace_period' must be non-negative/,
    ],
    [
      'MaxCompletionTimeIsNonNegative',
      { max_completion_time: { nanoseconds: -1_000_000_000n } },
      /^Task's `max_completion_time` must be non-negative/,
    ],
  ];
  for (const [name, but, pattern] of faults) {
    test(`${name}: TASK_ERROR, and the other tasks of the launch are launched`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster);
      const offer = await client.offer();
      const wrong = commandTask('wrong', offer, SLEEP, but);
      await accept(client, [offer], [wrong, commandTask('right', offer, SLEEP)]);
      const { reason, message, source } = await client.untilTask(wrong.task_id.value, 'TASK_ERROR');
      deepEqual([reason, source], ['REASON_TASK_INVALID', 'SOURCE_MASTER']);
      match(message ?? '', pattern);
      await client.untilTask('right', 'TASK_STARTING');
    });
  }

  const executors: readonly (readonly [name: string, V1<'ExecutorInfo'>, RegExp])[] = [
    [
      'TaskUsesExecutorInfoWithoutCommandInfo',
      { executor_id },
      /^'ExecutorInfo.command' must be set$/,
    ],
    [
      'TaskUsesDefaultExecutor',
      { executor_id, type: 'DEFAULT' },
      /^'ExecutorInfo.type' must be 'CUSTOM'$/,
    ],
    [
      'ExecutorType',
      { executor_id, type: 'CUSTOM' },
      /^'ExecutorInfo.command' must be set for 'CUSTOM' executor$/,
    ],
    ['ExecutorID', { executor_id: { value: '..' }, command: program }, /\.\./],
    [
      'ExecutorShutdownGracePeriodIsNonNegative',
      {
        ...{ executor_id, command: program },
        shutdown_grace_period: { nanoseconds: -1_000_000_000n },
      },
      /^ExecutorInfo's 'shutdown_grace_period' must be non-negative/,
    ],
    [
      'ExecutorUsesInvalidFrameworkID',
      { executor_id, command: program, framework_id: { value: 'other' } },
      /^ExecutorInfo has an invalid FrameworkID \(Actual: other vs Expected: \S+\)$/,
    ],
  ];
  for (const [name, executor, pattern] of executors) {
    test(`${name}: TASK_ERROR`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster);
      const offer = await client.offer();
      await accept(client, [offer], [customTask('one', offer, 'e', { executor })]);
      const { reason, message } = await client.untilTask('one', 'TASK_ERROR');
      equal(reason, 'REASON_TASK_INVALID');
      match(message ?? '', pattern);
    });
  }

  test('ExecutorInfoDiffersOnSameSlave: an executor that is there must be described as it is', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    await runInExecutor(cluster, client, 'one');
    const next = await client.offer(1);
    const executor = { executor_id: { value: 'executor' }, command: { value: 'exit 0' } };
    await accept(client, [next], [customTask('two', next, 'executor', { executor })]);
    match(
      (await client.untilTask('two', 'TASK_ERROR')).message ?? '',
      /^ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID/,
    );
  });

  test('DuplicatedTaskID, TaskReusesUnreachableTaskID: an id is free when the end of its task is acknowledged', async (t) => {
    const cluster = await mesosCluster(t, { agentCount: 2 });
    const client = await subscribeClient(cluster, { info: AWARE });
    const [offer] = await offers(client, 2);
    ok(offer !== undefined);
    const twice = [commandTask('one', offer, SLEEP), commandTask('one', offer, SLEEP)];
    await accept(client, [offer], twice);
    equal((await client.untilTask('one', 'TASK_ERROR')).message, 'Task has duplicate ID: one');
    await client.untilTask('one', 'TASK_STARTING');
    const { hostname } = offer;
    cutOff(cluster, [`${hostname}:5051`]);
    await client.untilTask('one', 'TASK_UNREACHABLE');
    const seen = client.statuses.length;
    const other = await client.offer(client.all('OFFERS').length);
    await accept(client, [other], [commandTask('one', other, SLEEP)]);
    equal(
      (await client.untilTask('one', 'TASK_ERROR', seen)).message,
      'Task reuses the ID of an unreachable task: one',
    );
  });
});
