/**
 * What tasks and executors say of themselves is kept and shown again, or refused by its name.
 * Source: Mesos 1.11, mesos.proto, TaskInfo, ExecutorInfo, ContainerInfo; protobuf_utils.cpp, createTask.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import { commandTask, subscribeClient } from '../../../../kit/scheduler-client.ts';

const SLEEP = 'sleep 600; exit 0';
const labels: V1<'Labels'> = { labels: [{ key: 'app', value: 'web' }] };
const discovery: V1<'DiscoveryInfo'> = {
  visibility: 'CLUSTER',
  name: 'web',
  ports: { ports: [{ number: 31_000, name: 'http', protocol: 'tcp', labels }] },
  labels,
};
const container: V1<'ContainerInfo'> = {
  type: 'MESOS',
  mesos: {},
  network_infos: [{ groups: ['g'], labels }],
};
const kill_policy: V1<'KillPolicy'> = { grace_period: { nanoseconds: 7_000_000_000n } };
const scalar = (name: string, value: number) =>
  ({ name, type: 'SCALAR', scalar: { value } }) as const;

describe('fields', () => {
  let cluster: HttpCluster;
  before(async () => {
    cluster = startHttpCluster({ seed: 51, agentCount: 1 });
    await cluster.world.runFor(2000);
  });
  after(() => cluster.close());

  async function shown(type: string) {
    const { text } = await cluster.world.settle(
      cluster.ask()('POST', '/api/v1', {
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: Buffer.from(JSON.stringify({ type })),
      }),
    );
    return JSON.parse(text)[type.toLowerCase()];
  }

  async function old(path: string) {
    const { text } = await cluster.world.settle(cluster.ask()('GET', path));
    return JSON.parse(text);
  }

  test('a task of a custom executor, as Spark and Cook launch them', async () => {
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const executor: V1<'ExecutorInfo'> = {
      type: 'CUSTOM',
      executor_id: { value: 'executor' },
      framework_id: { value: client.frameworkId },
      name: 'cook agent executor',
      source: 'cook_scheduler',
      // The shell is the default; the user is the one whom everything runs as.
      command: { value: './run', user: 'somebody', arguments: ['unused'] },
      container,
      resources: [scalar('cpus', 0.1)],
      labels,
      discovery,
      shutdown_grace_period: { nanoseconds: 9_000_000_000n },
      data: Buffer.from('for it'),
    };
    const { command: _, ...plain } = commandTask('t', offer, '');
    const about = { labels, discovery, container, kill_policy };
    await client.launch(offer, [{ ...plain, executor, ...about, data: Buffer.from('task') }]);
    await cluster.world.runFor(1000);
    const [told] = (await shown('GET_EXECUTORS')).executors;
    const { executor_info: info } = told;
    deepEqual(info.labels, labels);
    deepEqual(
      [info.type, info.name, info.source, info.command.shell, info.command.user],
      ['CUSTOM', 'cook agent executor', 'cook_scheduler', true, 'somebody'],
    );
    deepEqual([info.command.arguments, info.discovery.name], [['unused'], 'web']);
    deepEqual(info.container.network_infos, container.network_infos);
    equal(info.shutdown_grace_period.nanoseconds, 9_000_000_000);
    equal(Buffer.from(info.data, 'base64').toString(), 'for it');
    const [task] = (await shown('GET_TASKS')).tasks;
    deepEqual([task.user, task.discovery, task.labels], ['somebody', discovery, labels]);
    deepEqual(task.container, container);
    equal(task.kill_policy.grace_period.nanoseconds, 7_000_000_000);
    const [older] = (await old('/tasks?order=desc')).tasks;
    deepEqual([older.user, older.labels], ['somebody', labels.labels]);
    deepEqual([older.discovery, older.container], [discovery, container]);
    await client.accepted({ type: 'TEARDOWN' });
  });

  test('a command in a container without an image runs, and an image is refused with what to do', async () => {
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const resources = [scalar('cpus', 0.1), scalar('mem', 32)];
    const docker = { type: 'DOCKER', docker: { image: 'alpine' } } as const;
    const image = { type: 'DOCKER', docker: { name: 'alpine' } } as const;
    const overlay = { type: 'MESOS', network_infos: [{ name: 'overlay' }] } as const;
    await client.launch(offer, [
      commandTask('plain', offer, SLEEP, { container, resources }),
      commandTask('docker', offer, SLEEP, { container: docker, resources }),
      commandTask('image', offer, SLEEP, {
        container: { type: 'MESOS', mesos: { image } },
        resources,
      }),
      commandTask('overlay', offer, SLEEP, { container: overlay, resources }),
    ]);
    await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
    equal((await client.untilState('TASK_RUNNING')).task_id.value, 'plain');
    const errors = client.all('UPDATE').flatMap(({ update }) => {
      const { state, task_id, message } = update?.status ?? {};
      return state === 'TASK_ERROR' ? [[task_id?.value, message]] : [];
    });
    deepEqual(errors, [
      [
        'docker',
        '"DOCKER" as \'container.type\' is not supported: use the type MESOS without an image; the command finds what is installed on the agent',
      ],
      [
        'image',
        "'container.mesos.image' is not supported: leave it out; the command finds what is installed on the agent",
      ],
      [
        'overlay',
        '"overlay" as \'container.network_infos[0].name\' is not supported: leave it out; tasks are on the network of their agent',
      ],
    ]);
    await client.accepted({ type: 'TEARDOWN' });
  });

  test('a framework is shown with all that it said', async () => {
    const info = {
      ...{
        webui_url: 'http://ui',
        hostname: 'here',
        labels,
        failover_timeout: 60,
        checkpoint: true,
      },
      capabilities: [{ type: 'REGION_AWARE' as const }, { type: 'PARTITION_AWARE' as const }],
    };
    const client = await subscribeClient(cluster, { info });
    await cluster.world.runFor(1000);
    const { frameworks } = await shown('GET_FRAMEWORKS');
    const { framework_info: told } = frameworks[0];
    deepEqual(
      [told.webui_url, told.hostname, told.labels, told.failover_timeout, told.checkpoint],
      ['http://ui', 'here', labels, 60, true],
    );
    deepEqual(told.capabilities, info.capabilities);
    const older = (await old('/frameworks')).frameworks[0];
    deepEqual(
      [older.webui_url, older.hostname, older.labels, older.capabilities],
      ['http://ui', 'here', labels.labels, ['REGION_AWARE', 'PARTITION_AWARE']],
    );
    await client.accepted({ type: 'TEARDOWN' });
  });
});
