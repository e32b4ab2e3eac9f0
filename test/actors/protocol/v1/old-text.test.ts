/** Records in the form of the time before v1. Source: Mesos 1.11, src/common/http.cpp. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import {
  fullResourceFields,
  objectText,
  resourcesText,
  taskText,
} from '../../../../actors/protocol/v1/old-text.ts';

const scalar = (name: string, value: number): V1<'Resource'> => ({
  ...{ name, type: 'SCALAR', scalar: { value } },
});

test('resources are sums by name: numbers, ranges and sets as texts', () => {
  const range = (begin: bigint, end: bigint): V1<'Resource'> => ({
    ...{ name: 'ports', type: 'RANGES', ranges: { range: [{ begin, end }] } },
  });
  const resources: V1<'Resource'>[] = [
    scalar('cpus', 0.1),
    { ...scalar('cpus', 0.2), reservations: [{ type: 'STATIC', role: 'r' }] },
    { ...scalar('cpus', 4), revocable: {} },
    range(1n, 2n),
    range(5n, 9n),
    { name: 'disks', type: 'SET', set: { item: ['a', 'b'] } },
    scalar('a"b', 1),
  ];
  deepEqual(JSON.parse(resourcesText(resources)), {
    ...{ cpus: 0.3, gpus: 0, mem: 0, disk: 0, cpus_revocable: 4, 'a"b': 1 },
    ...{ ports: '[1-2, 5-9]', disks: '{a, b}' },
  });
  deepEqual(JSON.parse(resourcesText(undefined)), { cpus: 0, gpus: 0, mem: 0, disk: 0 });
});

test('reserved resources stand by role, in the form that endpoints have always had', () => {
  const agent: V1<'master.Response.GetAgents.Agent'> = {
    agent_info: { hostname: 'h' },
    active: true,
    version: '0',
    total_resources: [
      { ...scalar('cpus', 1), reservations: [{ type: 'DYNAMIC', role: 'web', principal: 'p' }] },
      scalar('mem', 2),
    ],
  };
  const full = JSON.parse(objectText(fullResourceFields(agent)));
  equal(full.reserved_resources_full.web[0].role, 'web');
  deepEqual(full.reserved_resources_full.web[0].reservation, { principal: 'p' });
  equal(full.unreserved_resources_full[0].role, '*');
});

test('a task shows limits, health, container and discovery where it has them', () => {
  const task: V1<'Task'> = {
    ...{ name: 'n', task_id: { value: 't' }, framework_id: { value: 'f' } },
    ...{ agent_id: { value: 'a' }, state: 'TASK_RUNNING', user: 'u' },
    limits: new Map([
      ['cpus', { value: 2 }],
      ['mem', { value: Number.POSITIVE_INFINITY }],
    ]),
    statuses: [{ task_id: { value: 't' }, state: 'TASK_RUNNING', timestamp: 1.5, healthy: true }],
    discovery: { visibility: 'CLUSTER', name: 'd' },
    container: { type: 'MESOS' },
    health_check: { command: { value: 'true' } },
  };
  const shown = JSON.parse(taskText(task));
  deepEqual(Object.keys(shown), [
    ...['id', 'name', 'framework_id', 'executor_id', 'slave_id', 'state', 'resources', 'limits'],
    ...['role', 'statuses', 'user', 'discovery', 'container', 'health_check'],
  ]);
  deepEqual(shown.limits, { cpus: 2, mem: 'Infinity' });
  deepEqual(shown.statuses, [{ state: 'TASK_RUNNING', timestamp: 1.5, healthy: true }]);
  equal(shown.health_check.grace_period_seconds, 10);
});
