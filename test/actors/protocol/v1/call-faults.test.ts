/** Calls that are not valid, in the words of Mesos. Rules: src/{master,slave,common}/validation.cpp. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { UpdateId } from '../../../../actors/protocol/ids.ts';
import { executorCallFault } from '../../../../actors/protocol/v1/call-faults/executor.ts';
import {
  containerIdFault,
  idSentence,
} from '../../../../actors/protocol/v1/call-faults/id-faults.ts';
import {
  agentCallFault,
  masterCallFault,
} from '../../../../actors/protocol/v1/call-faults/operator.ts';
import { schedulerCallFault } from '../../../../actors/protocol/v1/call-faults/scheduler.ts';
import { type V1, V1_DEFINITIONS } from '../../../../actors/protocol/v1/dictionary.ts';
import { uuidOfUpdateId } from '../../../../actors/protocol/v1/opaque-data.ts';

const uuid = uuidOfUpdateId('62538519-0a0b-4c0d-8e0f-101112131415' as UpdateId);
const framework_id = { value: 'f' };
const framework_info = { user: 'u', name: 'n' };
const agent_id = { value: 'a' };
const task_id = { value: 't' };

function typesOf(name: string): readonly string[] {
  const definition = V1_DEFINITIONS[`${name}.Type`];
  return definition?.kind === 'enum' ? Object.keys(definition.numbers) : [];
}

/** The types of calls that are valid without a part of their own. */
function bare(name: string, fault: (type: string) => string | undefined): readonly string[] {
  const types = typesOf(name);
  for (const type of types) {
    const sentence = fault(type);
    if (sentence !== undefined) equal(sentence, `Expecting '${type.toLowerCase()}' to be present`);
  }
  return types.filter((type) => fault(type) === undefined);
}

test('a call says its type, and has the part of that type', () => {
  const expectation = "Expecting 'type' to be present";
  equal(schedulerCallFault({}), expectation);
  equal(masterCallFault({}), expectation);
  equal(agentCallFault({}), expectation);
  equal(executorCallFault({ framework_id, executor_id: { value: 'e' } }), expectation);
  deepEqual(
    bare('scheduler.Call', (type) =>
      schedulerCallFault({ type, framework_id } as V1<'scheduler.Call'>),
    ),
    ['UNKNOWN', 'TEARDOWN', 'REVIVE', 'SUPPRESS'],
  );
  deepEqual(
    bare('executor.Call', (type) =>
      executorCallFault({ type, framework_id, executor_id: { value: 'e' } } as V1<'executor.Call'>),
    ),
    ['UNKNOWN', 'HEARTBEAT'],
  );
  const reads = ['GET_HEALTH', 'GET_FLAGS', 'GET_VERSION', 'GET_LOGGING_LEVEL', 'GET_STATE'];
  deepEqual(
    bare('master.Call', (type) => masterCallFault({ type } as V1<'master.Call'>)),
    ['UNKNOWN', ...reads, 'GET_AGENTS', 'GET_FRAMEWORKS', 'GET_EXECUTORS', 'GET_OPERATIONS'].concat(
      ['GET_TASKS', 'GET_ROLES', 'GET_WEIGHTS', 'GET_MASTER', 'SUBSCRIBE'],
      ['GET_MAINTENANCE_STATUS', 'GET_MAINTENANCE_SCHEDULE', 'GET_QUOTA'],
    ),
  );
  deepEqual(
    bare('agent.Call', (type) => agentCallFault({ type } as V1<'agent.Call'>)),
    ['UNKNOWN', ...reads, 'GET_CONTAINERS', 'GET_FRAMEWORKS', 'GET_EXECUTORS'].concat([
      'GET_OPERATIONS',
      'GET_TASKS',
      'GET_AGENT',
      'GET_RESOURCE_PROVIDERS',
      'PRUNE_IMAGES',
    ]),
  );
});

test('every call of a scheduler but SUBSCRIBE has a framework_id, before its part', () => {
  equal(schedulerCallFault({ type: 'ACCEPT' }), "Expecting 'framework_id' to be present");
  equal(schedulerCallFault({ type: 'SUBSCRIBE' }), "Expecting 'subscribe' to be present");
  equal(schedulerCallFault({ type: 'SUBSCRIBE', subscribe: { framework_info } }), undefined);
});

test('a framework is called the same in the call and in its info', () => {
  const named = { ...framework_info, id: framework_id };
  const sentence = "'framework_id' differs from 'subscribe.framework_info.id'";
  const subscribe = (info: V1<'FrameworkInfo'>, id?: V1<'FrameworkID'>) =>
    schedulerCallFault({
      type: 'SUBSCRIBE',
      subscribe: { framework_info: info },
      framework_id: id,
    });
  equal(subscribe(named, framework_id), undefined);
  equal(subscribe(named), sentence);
  equal(subscribe(framework_info, framework_id), sentence);
  equal(
    schedulerCallFault({
      type: 'UPDATE_FRAMEWORK',
      framework_id,
      update_framework: { framework_info },
    }),
    "'framework_id' differs from 'update_framework.framework_info.id'",
  );
});

test('what is acknowledged has a uuid', () => {
  const acknowledge = (bytes: Uint8Array) =>
    schedulerCallFault({
      type: 'ACKNOWLEDGE',
      framework_id,
      acknowledge: { agent_id, task_id, uuid: bytes },
    });
  equal(acknowledge(uuid), undefined);
  equal(acknowledge(uuid.subarray(1)), 'Not a valid UUID');
  equal(
    schedulerCallFault({
      type: 'ACKNOWLEDGE_OPERATION_STATUS',
      framework_id,
      acknowledge_operation_status: { uuid, operation_id: { value: 'o' } },
    }),
    "Expecting 'agent_id' to be present",
  );
});

test('an executor speaks for itself only, with a uuid, and never of staging', () => {
  const fault = (status: Partial<V1<'TaskStatus'>>) =>
    executorCallFault({
      type: 'UPDATE',
      framework_id,
      executor_id: { value: 'e' },
      update: {
        status: { task_id, state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR', uuid, ...status },
      },
    });
  equal(fault({}), undefined);
  equal(fault({ uuid: undefined }), "Expecting 'uuid' to be present");
  equal(fault({ uuid: new Uint8Array(3) }), 'Not a valid UUID');
  equal(
    fault({ executor_id: { value: 'other' } }),
    'ExecutorID in Call: e does not match ExecutorID in TaskStatus: other',
  );
  equal(
    fault({ source: undefined }),
    "Received Call from executor e of framework f with invalid source, expecting 'SOURCE_EXECUTOR'",
  );
  equal(
    fault({ state: 'TASK_STAGING' }),
    'Received TASK_STAGING from executor e of framework f which is not allowed',
  );
  equal(fault({ check_status: {} }), "CheckStatusInfo must specify 'type'");
  equal(
    fault({ check_status: { type: 'HTTP' } }),
    "Expecting 'http' to be set for HTTP check's status",
  );
  equal(fault({ check_status: { type: 'TCP', tcp: {} } }), undefined);
});

test('what operators reserve is valid, and volumes grow on an agent', () => {
  const resource = { name: 'cpus', type: 'SCALAR', scalar: { value: -1 } } as const;
  equal(
    masterCallFault({
      type: 'RESERVE_RESOURCES',
      reserve_resources: { agent_id, resources: [resource] },
    }),
    'Invalid scalar resource: value <= 0',
  );
  equal(
    masterCallFault({ type: 'GROW_VOLUME', grow_volume: { volume: resource, addition: resource } }),
    "Expecting 'agent_id' to be present; only agent default resources are supported right now",
  );
});

test('a container has an id that becomes no path, and a nested one has a parent', () => {
  equal(containerIdFault({ value: 'c', parent: { value: 'p' } }), undefined);
  equal(
    containerIdFault({ value: 'a.b' }),
    "'ContainerID.value' 'a.b' contains invalid characters",
  );
  equal(
    containerIdFault({ value: 'c', parent: { value: '' } }),
    "'ContainerID.parent' is invalid: ID must not be empty",
  );
  const long = 'x'.repeat(243);
  equal(
    containerIdFault({ value: long }),
    `'ContainerID.value' '${long}' exceeds the maximum length (242)`,
  );
  equal(idSentence('..'), "'..' is disallowed");
  equal(idSentence('a/b'), "'a/b' contains invalid characters");
  equal(idSentence('x'.repeat(256)), 'ID must not be greater than 255 characters');
  equal(
    agentCallFault({ type: 'WAIT_CONTAINER', wait_container: { container_id: { value: 'a b' } } }),
    "'wait_container.container_id' is invalid: 'ContainerID.value' 'a b' contains invalid characters",
  );
  equal(
    agentCallFault({
      type: 'LAUNCH_NESTED_CONTAINER',
      launch_nested_container: { container_id: { value: 'c' } },
    }),
    "Expecting 'launch_nested_container.container_id.parent' to be present",
  );
});

test('a container in a container in a container shares what its parents have', () => {
  const container_id = { value: 'c', parent: { value: 'b', parent: { value: 'a' } } };
  const launch = (rest: Partial<V1<'agent.Call.LaunchContainer'>>) =>
    agentCallFault({ type: 'LAUNCH_CONTAINER', launch_container: { container_id, ...rest } });
  const nested =
    "'launch_container' is invalid: containers nested at the second level or greater cannot";
  const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } } as const;
  const cgroups = (share_cgroups: boolean) =>
    ({ container: { type: 'MESOS', linux_info: { share_cgroups } } }) as const;
  equal(launch({}), undefined);
  equal(launch({ resources: [cpus] }), `${nested} specify resources`);
  equal(launch({ limits: new Map([['cpus', { value: 1 }]]) }), `${nested} specify resource limits`);
  equal(launch(cgroups(false)), `${nested} set 'share_cgroups' to 'false'`);
  equal(
    launch({ container_id: { value: 'c' }, ...cgroups(true) }),
    "'launch_container' is invalid: containers without a parent cannot set 'share_cgroups' to 'true'",
  );
});

test('input is attached by the id of a container first, and a new provider has no id yet', () => {
  const input = (attach_container_input: V1<'agent.Call.AttachContainerInput'>) =>
    agentCallFault({ type: 'ATTACH_CONTAINER_INPUT', attach_container_input });
  equal(input({}), "Expecting 'attach_container_input.type' to be present");
  equal(input({ type: 'UNKNOWN' }), "'attach_container_input.type' is unknown");
  equal(input({ type: 'PROCESS_IO' }), undefined);
  equal(
    input({ type: 'CONTAINER_ID' }),
    "'attach_container_input.container_id' is invalid: ID must not be empty",
  );
  const info = { type: 't', name: 'n', id: { value: 'p' } };
  equal(
    agentCallFault({
      type: 'ADD_RESOURCE_PROVIDER_CONFIG',
      add_resource_provider_config: { info },
    }),
    "Expecting 'add_resource_provider_config.info.id' to be unset",
  );
});
