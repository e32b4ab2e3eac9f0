/** Frameworks, tasks, statuses, offers and agents between Mesos and our nouns. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FrameworkInfo } from '../../../../actors/protocol/framework.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  OfferId,
  TaskId,
  UpdateId,
} from '../../../../actors/protocol/ids.ts';
import type { Offer } from '../../../../actors/protocol/offer.ts';
import { parseAttributes, parseResources } from '../../../../actors/protocol/resources.ts';
import type {
  Task,
  TaskInfo,
  TaskReason,
  TaskState,
  TaskStatus,
} from '../../../../actors/protocol/task.ts';
import { decodeV1, encodeV1 } from '../../../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import { fromAgent, fromAgentView } from '../../../../actors/protocol/v1/from-nouns/agents.ts';
import { fromExecutorMessage } from '../../../../actors/protocol/v1/from-nouns/executor-events.ts';
import {
  fromFramework,
  fromFrameworkView,
} from '../../../../actors/protocol/v1/from-nouns/frameworks.ts';
import { fromOffer } from '../../../../actors/protocol/v1/from-nouns/offers.ts';
import { fromStatus } from '../../../../actors/protocol/v1/from-nouns/statuses.ts';
import {
  fromExecutor,
  fromTask,
  fromTaskInfo,
} from '../../../../actors/protocol/v1/from-nouns/tasks.ts';
import {
  dataOfText,
  textOfData,
  updateIdOfUuid,
  uuidOfUpdateId,
} from '../../../../actors/protocol/v1/opaque-data.ts';
import { type Reading, readWith } from '../../../../actors/protocol/v1/reading.ts';
import { toAgent } from '../../../../actors/protocol/v1/to-nouns/agents.ts';
import { toFramework } from '../../../../actors/protocol/v1/to-nouns/frameworks.ts';
import { toOperations } from '../../../../actors/protocol/v1/to-nouns/offers.ts';
import { toStatus } from '../../../../actors/protocol/v1/to-nouns/statuses.ts';
import { toExecutor, toTask } from '../../../../actors/protocol/v1/to-nouns/tasks.ts';
import { REASONS, STATES } from '../../../../actors/protocol/v1/words.ts';
import { anyMessage } from './arbitrary-message.ts';

const frameworkId = 'm-0000' as FrameworkId;
const agentId = 'm-S0' as AgentId;
const taskId = 't' as TaskId;
const executorId = 'e' as ExecutorId;
const updateId = '62538519-0a0b-4c0d-8e0f-101112131415' as UpdateId;
const resources = parseResources('cpus:0.5;mem:64;ports:[31000-31001]');

const task: TaskInfo = {
  taskId,
  name: 'sleep',
  agentId,
  resources,
  command: {
    shell: false,
    value: '/bin/sleep',
    arguments: ['sleep', '1'],
    environment: [{ name: 'A', value: 'b' }],
    uris: [
      { value: 'https://x/a.tgz', cache: true },
      { value: '/opt/run', executable: true, extract: false, outputFile: 'bin/run' },
    ],
    user: 'nobody',
  },
  executor: {
    executorId,
    type: 'custom',
    name: 'custom',
    command: { shell: true, value: './run', arguments: [], environment: [] },
    resources: parseResources('cpus:0.1'),
    source: 'spark',
    container: {},
    shutdownGracePeriodMs: 1500.5,
    discovery: { visibility: 'external', name: 'driver' },
    labels: [{ key: 'e', value: 'f' }],
    data: 'for the executor',
  },
  container: {
    hasMesosPart: true,
    networks: [
      {
        addresses: [{ protocol: 'ipv6' }, { protocol: 'ipv4', address: '10.0.0.1' }],
        groups: ['g'],
        labels: [{ key: 'n' }],
        portMappings: [{ hostPort: 31_000, containerPort: 80, protocol: 'tcp' }],
      },
    ],
    linux: { sharesCgroups: true, sharesPidNamespace: true },
  },
  killGracePeriodMs: 3000,
  check: {
    type: 'command',
    command: { shell: true, value: 'test -e up', arguments: [], environment: [] },
    delayMs: 0,
    intervalMs: 1000.5,
  },
  healthCheck: {
    type: 'http',
    port: 31_000,
    path: '/health',
    scheme: 'https',
    protocol: 'ipv6',
    statuses: [200, 204],
    timeoutMs: 5000,
    consecutiveFailures: 5,
    gracePeriodMs: 0,
  },
  maxCompletionTimeMs: 60_000,
  discovery: {
    visibility: 'cluster',
    name: 'web',
    environment: 'prod',
    location: 'here',
    version: '2',
    ports: [
      { number: 31_000, name: 'http', protocol: 'tcp', visibility: 'external', labels: [] },
      { number: 31_001 },
    ],
    labels: [{ key: 'd' }],
  },
  labels: [{ key: 'a', value: 'b' }, { key: 'c' }],
  data: 'opaque é',
};

const framework: FrameworkInfo = {
  name: 'n',
  user: 'u',
  roles: ['ads', 'web'],
  failoverTimeoutMs: 604_800_000,
  capabilities: ['partitionAware', 'taskKillingState', 'reservationRefinement'],
  principal: 'p',
  hostname: 'h',
  webuiUrl: 'http://h/',
  labels: [{ key: 'k' }],
  checkpoint: true,
};

function fieldsOf({ notSupported }: Reading<unknown>): readonly string[] {
  return notSupported.map(({ field, path, value }) =>
    value === undefined ? `${path} ${field}` : `${path} ${field} ${value}`,
  );
}

// ------------------------------------------------------------------------------------------ data

test('bytes become texts and come back, and texts stay what they are', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => deepEqual(dataOfText(textOfData(bytes)), bytes)),
  );
  equal(textOfData(Buffer.from('plain é')), 'plain é');
  equal(textOfData(Uint8Array.of(0xff)), 'data:;base64,/w==');
  const disguised = Buffer.from('data:;base64,AA==');
  equal(Buffer.from(dataOfText(textOfData(disguised))).toString(), 'data:;base64,AA==');
});

test('the uuid of an update is the id of an update in 16 bytes', () => {
  deepEqual(updateIdOfUuid(uuidOfUpdateId(updateId)), updateId);
  equal(updateIdOfUuid(new Uint8Array(15).fill(0x40)), undefined);
  equal(updateIdOfUuid(new Uint8Array(16)), undefined, 'of no version');
});

// ----------------------------------------------------------------------------------------- tasks

test('a task comes back from Mesos as it was', () => {
  const { noun, notSupported, invalid } = readWith((report) =>
    toTask(fromTaskInfo(task, 'ads'), report, ''),
  );
  deepEqual(noun, task);
  deepEqual([...notSupported, ...invalid], []);
});

test('a task and a status come through both encodings, where JSON adds the defaults', () => {
  const through = (ours: TaskInfo, encoding: 'json' | 'protobuf') => {
    const bytes = encodeV1('TaskInfo', encoding, fromTaskInfo(ours, 'ads'));
    return readWith((report) => toTask(decodeV1('TaskInfo', encoding, bytes), report, '')).noun;
  };
  deepEqual(through(task, 'protobuf'), task);
  const withDefaults = through(task, 'json');
  deepEqual(through(withDefaults, 'json'), withDefaults);
  equal(withDefaults.healthCheck?.intervalMs, 10_000);
  equal(withDefaults.command?.uris?.[0]?.extract, true);

  const status: TaskStatus = {
    taskId,
    state: 'running',
    source: 'executor',
    reason: 'taskCheckStatusUpdated',
    timestampMs: 1.5,
    healthy: true,
    checkStatus: { type: 'command', exitCode: 3 },
    labels: [{ key: 'k' }],
  };
  for (const encoding of ['json', 'protobuf'] as const) {
    const bytes = encodeV1('TaskStatus', encoding, fromStatus(status));
    const theirs = decodeV1('TaskStatus', encoding, bytes);
    deepEqual(readWith((report) => toStatus(theirs, 0, report, '')).noun, status);
  }
});

test('checks of every type come back from Mesos as they were', () => {
  const checks: readonly Pick<TaskInfo, 'check' | 'healthCheck'>[] = [
    { check: { type: 'http', port: 80 } },
    { check: { type: 'http', port: 80, path: '/', delayMs: 1, intervalMs: 2, timeoutMs: 3 } },
    { check: { type: 'tcp', port: 80 } },
    { healthCheck: { type: 'tcp', port: 80, protocol: 'ipv4' } },
    {
      healthCheck: {
        type: 'command',
        command: { shell: false, value: 'ls', arguments: ['ls'], environment: [] },
      },
    },
  ];
  for (const one of checks) {
    const whole: TaskInfo = { taskId, name: 'n', agentId, resources, ...one };
    const { noun, invalid } = readWith((report) => toTask(fromTaskInfo(whole), report, ''));
    deepEqual([noun, invalid], [whole, []]);
  }
});

test('a check that does not say what it looks at is not valid, in the words of Mesos', () => {
  const task_id = { value: 't' };
  const plain = { name: 't', task_id, agent_id: { value: 'a' } };
  const invalid = (more: Partial<V1<'TaskInfo'>>) =>
    readWith((report) => toTask({ ...plain, ...more }, report, 'task')).invalid;
  const at = (path: string, sentence: string) => [{ path, sentence }];
  deepEqual(invalid({ check: {} }), at('task.check', "CheckInfo must specify 'type'"));
  deepEqual(
    invalid({ check: { type: 'HTTP' } }),
    at('task.check.http', "Expecting 'http' to be set for HTTP check"),
  );
  deepEqual(
    invalid({ health_check: { type: 'UNKNOWN' } }),
    at('task.health_check.type', "'UNKNOWN' is not a valid health check type"),
  );
  deepEqual(
    invalid({ health_check: { type: 'HTTP', http: { port: 1, scheme: 'ftp' } } }),
    at('task.health_check.http.scheme', "Unsupported HTTP health check scheme: 'ftp'"),
  );
  const status: V1<'TaskStatus'> = {
    task_id,
    state: 'TASK_RUNNING',
    check_status: { type: 'TCP' },
  };
  deepEqual(
    readWith((report) => toStatus(status, 0, report, '')).invalid,
    at('check_status.tcp', "Expecting 'tcp' to be set for TCP check's status"),
  );
});

test('what a task has and ours has not is reported, field by field', () => {
  const theirs: V1<'TaskInfo'> = {
    name: 't',
    task_id: { value: 't' },
    agent_id: { value: 'a' },
    container: { type: 'DOCKER' },
    limits: new Map([['mem', { value: 1 }]]),
    executor: { type: 'UNKNOWN', executor_id: { value: 'e' }, container: { type: 'DOCKER' } },
    command: {
      environment: {
        variables: [
          { name: 'S', type: 'SECRET', secret: {} },
          { name: 'V', value: 'v' },
        ],
      },
    },
  };
  const reading = readWith((report) => toTask(theirs, report, 'task'));
  deepEqual(fieldsOf(reading), [
    'task.limits TaskInfo.limits',
    'task.container.type ContainerInfo.type DOCKER',
    'task.command.environment.variables[0].secret Environment.Variable.secret',
    'task.command.environment.variables[0].type Environment.Variable.type SECRET',
    'task.executor.type ExecutorInfo.type UNKNOWN',
    'task.executor.container.type ContainerInfo.type DOCKER',
  ]);
  deepEqual(reading.noun.command, {
    shell: true,
    value: '',
    arguments: [],
    environment: [{ name: 'V', value: 'v' }],
  });
});

test('the default executor has a type and no command, and whose type is not said is custom', () => {
  const pod = { executorId, type: 'default', name: 'pod', resources: [] } as const;
  const theirs = fromExecutor(pod, {});
  deepEqual([theirs.type, theirs.command], ['DEFAULT', undefined]);
  deepEqual(readWith((report) => toExecutor(theirs, report, '')).noun, pod);
  const silent = { executorId, name: '', resources: [] };
  equal(fromExecutor(silent, {}).type, 'CUSTOM');
});

test('a task group is launched with its executor, in the order of its tasks', () => {
  const group: V1<'Offer.Operation'> = {
    type: 'LAUNCH_GROUP',
    launch_group: {
      executor: { type: 'DEFAULT', executor_id: { value: 'e' }, framework_id: { value: 'f' } },
      task_group: {
        tasks: [
          fromTaskInfo(task),
          { ...fromTaskInfo(task), container: { type: 'MESOS', hostname: 'h' } },
        ],
      },
    },
  };
  const reading = readWith((report) => toOperations([group], report, 'operations'));
  deepEqual(reading.noun, [
    {
      type: 'launchGroup',
      executor: { executorId, type: 'default', name: '', resources: [] },
      tasks: [task, { ...task, container: {} }],
    },
  ]);
  deepEqual(fieldsOf(reading), [
    'operations[0].launch_group.task_group.tasks[1].container.hostname ContainerInfo.hostname',
  ]);
  const { noun, invalid } = readWith((report) =>
    toOperations([{ type: 'LAUNCH_GROUP' }], report, 'operations'),
  );
  deepEqual(noun, []);
  deepEqual(invalid, [
    {
      path: 'operations[0].launch_group',
      sentence:
        'A LAUNCH_GROUP offer operation must have the Offer.Operation.launch_group field set.',
    },
  ]);
});

test('a container without an image on the network of the agent is one that every task has', () => {
  const container: V1<'ContainerInfo'> = {
    type: 'MESOS',
    mesos: {},
    network_infos: [{ labels: { labels: [{ key: 'k' }] } }],
    linux_info: { share_cgroups: false, share_pid_namespace: true },
  };
  const theirs = { ...fromTaskInfo(task), container: { ...container, volumes: [] } };
  const { noun, notSupported, invalid } = readWith((report) => toTask(theirs, report, ''));
  deepEqual([...notSupported, ...invalid], []);
  deepEqual(fromTaskInfo(noun).container, container);
});

test('what would make a container of its own is reported, with what to ask for instead', () => {
  const container: V1<'ContainerInfo'> = {
    type: 'MESOS',
    mesos: { image: { type: 'DOCKER', docker: { name: 'alpine' } } },
    network_infos: [{ name: 'overlay' }],
    volumes: [{ container_path: 'data', mode: 'RW' }],
    linux_info: { share_pid_namespace: false, capability_info: {} },
  };
  const reading = readWith((report) => toTask({ ...fromTaskInfo(task), container }, report, ''));
  deepEqual(fieldsOf(reading), [
    'container.volumes ContainerInfo.volumes',
    'container.mesos.image ContainerInfo.MesosInfo.image',
    'container.network_infos[0].name NetworkInfo.name overlay',
    'container.linux_info.capability_info LinuxInfo.capability_info',
    'container.linux_info.share_pid_namespace LinuxInfo.share_pid_namespace false',
  ]);
  deepEqual(
    reading.notSupported.map(({ instead }) => instead?.split(/[;,]/)[0]),
    [undefined, 'leave it out', 'leave it out', undefined, undefined],
  );
});

test('a variable without a value is not valid, in the words of Mesos', () => {
  const command = { environment: { variables: [{ name: 'V' }] } };
  const { invalid } = readWith((report) => toTask({ ...fromTaskInfo(task), command }, report, ''));
  equal(invalid[0]?.sentence, "Environment variable 'V' of type 'VALUE' must have a value set");
});

const { container: _container, ...bare } = task;

const GROUP_FAULTS: [
  string,
  Partial<V1<'ExecutorInfo'>>,
  readonly Partial<V1<'TaskInfo'>>[],
  string | undefined,
][] = [
  [
    'a task in a container of Docker',
    {},
    [{ container: { type: 'DOCKER' } }],
    "Task 't' is invalid: Docker ContainerInfo is not supported on the task",
  ],
  [
    'health checks over a network of its own',
    {},
    [
      {
        container: { type: 'MESOS', network_infos: [{}] },
        health_check: { type: 'TCP', tcp: { port: 1 } },
      },
    ],
    "Task 't' is invalid: HTTP and TCP health checks are not supported for nested containers not joining parent's network",
  ],
  [
    'limits without cgroups of its own',
    {},
    [{ limits: new Map([['mem', { value: 1 }]]) }],
    "Task 't' is invalid: Resource limits may only be set for tasks within a task group when the 'share_cgroups' field is set to 'false'.",
  ],
  [
    'cgroups of their own for some',
    {},
    [{ container: { type: 'MESOS', linux_info: { share_cgroups: false } } }, {}],
    "If set, the value of 'share_cgroups' must be the same for all tasks in each task group and under a single executor",
  ],
  [
    'a default executor in Docker',
    { container: { type: 'DOCKER' } },
    [],
    "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor",
  ],
  [
    'a default executor with an image',
    { container: { type: 'MESOS', mesos: { image: { type: 'APPC' } } } },
    [],
    "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor",
  ],
  [
    'a custom executor in Docker',
    { type: 'CUSTOM', container: { type: 'DOCKER' } },
    [],
    'Docker ContainerInfo is not supported on the executor',
  ],
  [
    "shared cgroups for an executor's container",
    { container: { type: 'MESOS', linux_info: { share_cgroups: true } } },
    [],
    "The 'share_cgroups' field cannot be set to 'true' on executor containers",
  ],
  ['nothing special', { container: { type: 'MESOS' } }, [{}], undefined],
];

for (const [what, executor, tasks, sentence] of GROUP_FAULTS) {
  test(`a task group with ${what} is judged as in Mesos`, () => {
    const operation: V1<'Offer.Operation'> = {
      type: 'LAUNCH_GROUP',
      launch_group: {
        executor: { type: 'DEFAULT', executor_id: { value: 'e' }, ...executor },
        task_group: { tasks: tasks.map((task_) => ({ ...fromTaskInfo(bare), ...task_ })) },
      },
    };
    for (const encoding of ['json', 'protobuf'] as const) {
      const sent = decodeV1(
        'Offer.Operation',
        encoding,
        encodeV1('Offer.Operation', encoding, operation),
      );
      const { invalid } = readWith((report) => toOperations([sent], report, 'operations'));
      deepEqual(
        invalid.map((one) => one.sentence),
        sentence === undefined ? [] : [sentence],
        encoding,
      );
    }
  });
}

test('an executor hears of a task group in one event', () => {
  deepEqual(fromExecutorMessage({ type: 'launchGroup', tasks: [task] }), {
    type: 'LAUNCH_GROUP',
    launch_group: { task_group: { tasks: [fromTaskInfo(task)] } },
  });
});

test('whatever a task has is in the noun, or reported', () => {
  fc.assert(
    fc.property(anyMessage('TaskInfo'), (theirs) => {
      const { noun, notSupported, invalid } = readWith((report) => toTask(theirs, report, ''));
      const back: Readonly<Record<string, unknown>> = fromTaskInfo(noun);
      const told = [...notSupported, ...invalid].map(({ path }) => path.split(/[.[]/)[0]);
      for (const key of Object.keys(theirs)) {
        // A policy without a period says nothing.
        if (key === 'kill_policy' && theirs.kill_policy?.grace_period === undefined) continue;
        // Nor does an empty map.
        if (key === 'limits' && theirs.limits?.size === 0) continue;
        ok(back[key] !== undefined || told.includes(key), key);
      }
    }),
  );
});

test('operators see a task with its newest state and what became of it', () => {
  const ours: Task = {
    taskId,
    frameworkId,
    agentId,
    executorId,
    role: 'ads',
    name: 'sleep',
    resources: parseResources('cpus:1'),
    state: 'running',
    statuses: [{ taskId, state: 'starting', source: 'executor', timestampMs: 1500 }],
    updateState: 'starting',
    updateId,
  };
  deepEqual(fromTask(ours), {
    name: 'sleep',
    task_id: { value: 't' },
    framework_id: { value: 'm-0000' },
    executor_id: { value: 'e' },
    agent_id: { value: 'm-S0' },
    state: 'TASK_RUNNING',
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, allocation_info: { role: 'ads' } },
    ],
    statuses: [
      {
        task_id: { value: 't' },
        state: 'TASK_STARTING',
        source: 'SOURCE_EXECUTOR',
        timestamp: 1.5,
      },
    ],
    status_update_state: 'TASK_STARTING',
    status_update_uuid: uuidOfUpdateId(updateId),
  });
});

// -------------------------------------------------------------------------------------- statuses

test('a status of every state and reason comes back from Mesos as it was', () => {
  for (const state of Object.keys(STATES) as TaskState[]) {
    for (const reason of Object.keys(REASONS) as TaskReason[]) {
      const status: TaskStatus = {
        taskId,
        state,
        source: 'agent',
        reason,
        message: 'said',
        timestampMs: 1_444_268_715_665.25,
        agentId,
        executorId,
        containerId: 'c' as ContainerId,
        networks: [{ name: 'overlay', addresses: [{ address: '10.1.0.1' }] }],
        limitation: parseResources('mem:64'),
        healthy: false,
        checkStatus: { type: 'http', statusCode: 503 },
        labels: [{ key: 'k', value: 'v' }],
        data: 'd',
        unreachableTimeMs: 1_700_000_000_000.125,
      };
      const theirs = fromStatus(status, updateId);
      deepEqual(theirs.uuid, uuidOfUpdateId(updateId));
      const { noun, notSupported } = readWith((report) => toStatus(theirs, 0, report, ''));
      deepEqual(noun, status);
      deepEqual(notSupported, []);
    }
  }
});

test('a status says where its container is: as its executor says, else the address of the agent', () => {
  const status: TaskStatus = { taskId, state: 'running', source: 'executor', timestampMs: 0 };
  const network = { addresses: [{ protocol: 'ipv4', address: '10.1.0.1' }] } as const;
  const told = (more: Partial<TaskStatus>) => fromStatus({ ...status, ...more }).container_status;
  deepEqual(told({}), undefined);
  deepEqual(told({ containerIp: '10.0.0.7' }), {
    network_infos: [{ ip_addresses: [{ ip_address: '10.0.0.7' }] }],
  });
  deepEqual(told({ containerIp: '::1' }), {
    network_infos: [{ ip_addresses: [{ protocol: 'IPv6', ip_address: '::1' }] }],
  });
  deepEqual(told({ containerIp: '10.0.0.7', networks: [network] }), {
    network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '10.1.0.1' }] }],
  });
});

test('what a status has and ours has not is reported, and the clock fills in the time', () => {
  const theirs: V1<'TaskStatus'> = {
    task_id: { value: 't' },
    state: 'TASK_FAILED',
    container_status: { executor_pid: 7, container_id: { value: 'c' } },
  };
  const reading = readWith((report) => toStatus(theirs, 99, report, 'status'));
  equal(reading.noun.timestampMs, 99);
  deepEqual(fieldsOf(reading), [
    'status.container_status.executor_pid ContainerStatus.executor_pid',
  ]);
});

test('a container inside another one names both, in Mesos the inner one first', () => {
  const containerId = 'outer.inner' as ContainerId;
  const status: TaskStatus = {
    taskId,
    state: 'running',
    source: 'executor',
    timestampMs: 0,
    containerId,
  };
  const theirs = fromStatus(status);
  deepEqual(theirs.container_status, {
    container_id: { value: 'inner', parent: { value: 'outer' } },
  });
  deepEqual(readWith((report) => toStatus(theirs, 0, report, '')).noun, status);
});

test('how a command ended is said in the message, unless there is one', () => {
  const status: TaskStatus = { taskId, state: 'failed', source: 'executor', timestampMs: 0 };
  equal(fromStatus({ ...status, exitCode: 3 }).message, 'Command exited with status 3');
  equal(
    fromStatus({ ...status, signal: 'SIGKILL' }).message,
    'Command terminated with signal SIGKILL',
  );
  equal(fromStatus({ ...status, exitCode: 3, message: 'mine' }).message, 'mine');
  equal(fromStatus(status).message, undefined);
});

// ------------------------------------------------------------------------------------ frameworks

test('a framework comes back from Mesos as it was', () => {
  const theirs = fromFramework(framework, frameworkId);
  deepEqual(theirs.id, { value: 'm-0000' });
  const { noun, notSupported, invalid } = readWith((report) => toFramework(theirs, report, ''));
  deepEqual(noun, framework);
  deepEqual([...notSupported, ...invalid], []);
});

test('the roles of a framework are in the field that its capabilities ask for', () => {
  const read = (info: Partial<V1<'FrameworkInfo'>>) =>
    readWith((report) => toFramework({ user: 'u', name: 'n', ...info }, report, ''));
  const capabilities = [{ type: 'MULTI_ROLE' as const }];
  deepEqual(read({}).noun.roles, ['*']);
  deepEqual(read({ role: 'ads' }).noun.roles, ['ads']);
  deepEqual(read({ capabilities, roles: ['a', 'b'] }).noun.roles, ['a', 'b']);
  deepEqual(read({ capabilities, role: 'a' }).invalid, [
    {
      path: 'role',
      sentence: "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable",
    },
  ]);
  deepEqual(read({ roles: ['a'] }).invalid, [
    {
      path: 'roles',
      sentence:
        "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable",
    },
  ]);
  equal(
    read({ capabilities, roles: ['a', 'a'] }).invalid[0]?.sentence,
    "'FrameworkInfo.roles' contains duplicate items: { a }",
  );
});

test('a failover timeout below 0 is a fault, and what is no capability is passed over', () => {
  const theirs: V1<'FrameworkInfo'> = {
    user: 'u',
    name: 'n',
    capabilities: [{ type: 'GPU_RESOURCES' }, { type: 'PARTITION_AWARE' }, {}, { type: 'UNKNOWN' }],
    failover_timeout: -1,
  };
  const reading = readWith((report) => toFramework(theirs, report, 'info'));
  deepEqual(fieldsOf(reading), []);
  deepEqual(reading.invalid, [
    { path: 'info.failover_timeout', sentence: 'The framework failover_timeout (-1) is invalid' },
  ]);
  deepEqual(reading.noun.capabilities, ['gpuResources', 'partitionAware']);
});

test('what is too little for an offer in a role is read, and judged in the words of Mesos', () => {
  const read = (quantities: readonly (readonly [string, number])[]) => {
    const least = {
      quantities: [{ quantities: new Map(quantities.map(([name, value]) => [name, { value }])) }],
    };
    const offer_filters = new Map([
      ['dev', { min_allocatable_resources: least }],
      ['ops', {}],
    ]);
    const info: V1<'FrameworkInfo'> = { user: 'u', name: 'n', offer_filters };
    return readWith((report) => toFramework(info, report, ''));
  };
  deepEqual(
    read([
      ['cpus', 0.5],
      ['mem', 0],
    ]).noun.offerMinima,
    [{ role: 'dev', minAllocatable: [parseResources('cpus:0.5')] }],
  );
  const sentences = [[], [['cpus', -1]], [['cpus', Number.NaN]]] as const;
  deepEqual(
    sentences.map((one) => read(one).invalid[0]?.sentence),
    [
      'Resource quantities must contain at least one quantity',
      "Invalid resource quantity for 'cpus': Negative values not supported",
      "Invalid resource quantity for 'cpus': NaN not supported",
    ],
  );
});

test('operators see a framework as active, recovered or completed', () => {
  const view = {
    frameworkId,
    info: framework,
    subscribedMs: 1,
    used: [],
    offered: [],
    activeTaskCount: 0,
  };
  const seen = (state: 'active' | 'recovered' | 'completed') => {
    const { active, connected, recovered, unregistered_time } = fromFrameworkView({
      ...view,
      state,
      ...(state === 'completed' ? { endedMs: 2 } : {}),
    });
    return [active, connected, recovered, unregistered_time?.nanoseconds];
  };
  deepEqual(seen('active'), [true, true, false, undefined]);
  deepEqual(seen('recovered'), [false, false, true, undefined]);
  deepEqual(seen('completed'), [false, false, false, 2_000_000n]);
});

// ---------------------------------------------------------------------------- offers and agents

test('an offer says what a framework of its capabilities understands', () => {
  const offer: Offer = {
    offerId: 'm-O1' as OfferId,
    frameworkId,
    agentId,
    agent: { name: 'agent', node: '10.0.0.1:5051' },
    hostname: 'box',
    role: 'ads',
    resources: parseResources('cpus:1'),
    attributes: parseAttributes('rack:r1'),
    executorIds: [executorId],
  };
  const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
  const common = {
    id: { value: 'm-O1' },
    framework_id: { value: 'm-0000' },
    agent_id: { value: 'm-S0' },
    hostname: 'box',
    url: {
      scheme: 'http',
      address: { hostname: 'box', ip: '10.0.0.1', port: 5051 },
      path: '/slave(1)',
    },
    attributes: [{ name: 'rack', type: 'TEXT', text: { value: 'r1' } }],
    executor_ids: [{ value: 'e' }],
  };
  deepEqual(fromOffer(offer, { multiRole: true, reservationRefinement: true }), {
    ...common,
    resources: [{ ...cpus, allocation_info: { role: 'ads' } }],
    allocation_info: { role: 'ads' },
  });
  deepEqual(fromOffer(offer, { multiRole: false, reservationRefinement: false }), {
    ...common,
    resources: [{ ...cpus, role: '*' }],
  });
});

test('an agent comes back from Mesos as it was, and operators see what it has', () => {
  const info = {
    hostname: 'box',
    port: 5051,
    resources,
    attributes: parseAttributes('rack:r1;n:2'),
    domain: { region: 'eu', zone: 'a' },
    version: '1.2.3',
  };
  const registered = { ...info, agentId, node: '10.0.0.1:5051' };
  const theirs = fromAgent(registered);
  deepEqual(theirs.id, { value: 'm-S0' });
  const { noun, notSupported } = readWith((report) => toAgent(theirs, '1.2.3', report, ''));
  deepEqual(noun, info);
  deepEqual(notSupported, []);
  const { active, pid, version, registered_time } = fromAgentView({
    agentId,
    info: registered,
    address: { name: 'agent', node: '10.0.0.1:5051' },
    state: 'active',
    registeredMs: 1,
    total: resources,
    used: [],
    offered: [],
  });
  deepEqual(
    [active, pid, version, registered_time?.nanoseconds],
    [true, 'slave(1)@10.0.0.1:5051', '1.11.0', 1_000_000n],
  );
});
