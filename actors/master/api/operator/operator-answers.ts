/**
 * The GET_* calls that show the cluster, and what subscribers hear, in both encodings.
 * Source: Mesos 1.11, src/master/readonly_handler.cpp, src/common/protobuf_utils.cpp (`event`).
 */
import type { MessageEncoding } from '../../../../transport/http/negotiation.ts';
import { encodeV1, jsonTextOf } from '../../../protocol/v1/codec.ts';
import type { V1, V1Name } from '../../../protocol/v1/dictionary.ts';
import { fromAgentView } from '../../../protocol/v1/from-nouns/agents.ts';
import { fromFramework } from '../../../protocol/v1/from-nouns/frameworks.ts';
import { fromStatus } from '../../../protocol/v1/from-nouns/statuses.ts';
import { fromTask } from '../../../protocol/v1/from-nouns/tasks.ts';
import { STATES } from '../../../protocol/v1/words.ts';
import { sumOf } from '../../roles/role-sums.ts';
import { rolesOf } from '../old/old-roles.ts';
import type { OperatorEvent, OperatorRead } from '../snapshot/read-changes.ts';
import {
  type Encoded,
  type FrameworkEntry,
  frameworkOf,
  isCompleted,
  isRegistered,
  type ReadModel,
  recoveredAgentOf,
  type TaskEntry,
} from '../snapshot/read-model.ts';
import { type Joined, type JoinedField, jsonOf, protobufOf } from '../snapshot/read-pieces.ts';

export function callAnswer(
  model: ReadModel,
  call: OperatorRead,
  encoding: MessageEncoding,
): Uint8Array {
  return joinedBytes(
    {
      name: 'master.Response',
      fields: [
        part('master.Response', { type: call }, encoding),
        { key: call.toLowerCase(), message: PARTS[call](model, encoding) },
      ],
    },
    encoding,
  );
}

export function subscribedRecord(
  model: ReadModel,
  encoding: MessageEncoding,
  heartbeatIntervalMs: number,
): Uint8Array {
  const interval = { heartbeat_interval_seconds: heartbeatIntervalMs / 1000 };
  return joinedBytes(
    {
      name: 'master.Event',
      fields: [
        part('master.Event', { type: 'SUBSCRIBED' }, encoding),
        {
          key: 'subscribed',
          message: {
            name: 'master.Event.Subscribed',
            fields: [
              { key: 'get_state', message: getState(model, encoding) },
              part('master.Event.Subscribed', interval, encoding),
            ],
          },
        },
      ],
    },
    encoding,
  );
}

export function eventRecord(event: OperatorEvent, encoding: MessageEncoding): Uint8Array {
  return encodeV1('master.Event', encoding, v1Event(event));
}

function v1Event(event: OperatorEvent): V1<'master.Event'> {
  switch (event.type) {
    case 'taskAdded':
      return { type: 'TASK_ADDED', task_added: { task: fromTask(event.task) } };
    case 'taskUpdated': {
      const { frameworkId, status, state } = event;
      const updated = {
        framework_id: { value: frameworkId },
        status: fromStatus(status),
        state: STATES[state],
      };
      return { type: 'TASK_UPDATED', task_updated: updated };
    }
    case 'agentAdded':
      return { type: 'AGENT_ADDED', agent_added: { agent: fromAgentView(event.agent) } };
    case 'agentRemoved':
      return { type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: event.agentId } } };
    case 'frameworkAdded':
      return {
        type: 'FRAMEWORK_ADDED',
        framework_added: { framework: frameworkOf(event.framework, []) },
      };
    case 'frameworkUpdated':
      return {
        type: 'FRAMEWORK_UPDATED',
        framework_updated: { framework: frameworkOf(event.framework, []) },
      };
    case 'frameworkRemoved': {
      const { info, frameworkId } = event.framework;
      return {
        type: 'FRAMEWORK_REMOVED',
        framework_removed: { framework_info: fromFramework(info, frameworkId) },
      };
    }
  }
}

const PARTS: Readonly<
  Record<OperatorRead, (model: ReadModel, encoding: MessageEncoding) => Joined>
> = {
  GET_STATE: getState,
  GET_AGENTS: getAgents,
  GET_FRAMEWORKS: getFrameworks,
  GET_EXECUTORS: getExecutors,
  GET_TASKS: getTasks,
  GET_ROLES: getRoles,
};

function getState(model: ReadModel, encoding: MessageEncoding): Joined {
  return {
    name: 'master.Response.GetState',
    fields: [
      { key: 'get_tasks', message: getTasks(model, encoding) },
      { key: 'get_executors', message: getExecutors(model, encoding) },
      { key: 'get_frameworks', message: getFrameworks(model, encoding) },
      { key: 'get_agents', message: getAgents(model, encoding) },
    ],
  };
}

function getAgents({ agents }: ReadModel, encoding: MessageEncoding): Joined {
  const here = [...agents.values()].filter(isRegistered);
  const recovered = [...agents.values()].filter(({ view }) => view.state === 'recovered');
  return {
    name: 'master.Response.GetAgents',
    fields: [
      {
        key: 'agents',
        items: kept(
          here.map(({ encoded }) => encoded),
          encoding,
        ),
      },
      {
        key: 'recovered_agents',
        items: made(
          'AgentInfo',
          recovered.map(({ view }) => recoveredAgentOf(view)),
          encoding,
        ),
      },
    ],
  };
}

const FRAMEWORK = 'master.Response.GetFrameworks.Framework';

function getFrameworks(model: ReadModel, encoding: MessageEncoding): Joined {
  const { frameworks } = model;
  const message = ({ view }: FrameworkEntry) => {
    const { offers } = model.of(view.frameworkId);
    return frameworkOf(
      view,
      [...offers.values()].map(({ offer }) => offer),
    );
  };
  const all = [...frameworks.values()];
  const here = all.filter((entry) => !isCompleted(entry)).map(message);
  const completed = all.filter(isCompleted).map(message);
  return {
    name: 'master.Response.GetFrameworks',
    fields: [
      { key: 'frameworks', items: made(FRAMEWORK, here, encoding) },
      { key: 'completed_frameworks', items: made(FRAMEWORK, completed, encoding) },
    ],
  };
}

function getExecutors(model: ReadModel, encoding: MessageEncoding): Joined {
  const executors = [...model.executors()].map(({ encoded }) => encoded);
  return {
    name: 'master.Response.GetExecutors',
    fields: [{ key: 'executors', items: kept(executors, encoding) }],
  };
}

function getTasks(model: ReadModel, encoding: MessageEncoding): Joined {
  const phases: Record<TaskEntry['phase'], Encoded<'Task'>[]> = {
    active: [],
    unreachable: [],
    completed: [],
  };
  for (const { phase, encoded } of model.tasks()) phases[phase].push(encoded);
  return {
    name: 'master.Response.GetTasks',
    fields: [
      { key: 'tasks', items: kept(phases.active, encoding) },
      { key: 'unreachable_tasks', items: kept(phases.unreachable, encoding) },
      { key: 'completed_tasks', items: kept(phases.completed, encoding) },
    ],
  };
}

/** Of what is summed over agents of any kind, Mesos shows these. */
const SUMMED: ReadonlySet<string> = new Set(['cpus', 'gpus', 'mem', 'disk']);

function getRoles(model: ReadModel, encoding: MessageEncoding): Joined {
  const roles = rolesOf(model).map((role): V1<'Role'> => {
    const { weight, sums } = role;
    const { frameworkIds, allocatedMilli, offeredMilli } = sums;
    return {
      name: sums.role,
      weight,
      frameworks: [...frameworkIds].map((value) => ({ value })),
      resources: [...sumOf(allocatedMilli, offeredMilli)]
        .filter(([name]) => SUMMED.has(name))
        .map(([name, milli]) => ({ name, type: 'SCALAR', scalar: { value: milli / 1000 } })),
    };
  });
  return {
    name: 'master.Response.GetRoles',
    fields: [{ key: 'roles', items: made('Role', roles, encoding) }],
  };
}

function kept<Name extends V1Name>(
  all: readonly Encoded<Name>[],
  encoding: MessageEncoding,
): readonly string[] | readonly Uint8Array[] {
  return encoding === 'json' ? all.map((one) => one.json()) : all.map((one) => one.protobuf());
}

function made<Name extends V1Name>(
  name: Name,
  messages: readonly V1<Name>[],
  encoding: MessageEncoding,
): readonly string[] | readonly Uint8Array[] {
  return encoding === 'json'
    ? messages.map((message) => jsonTextOf(name, message))
    : messages.map((message) => encodeV1(name, 'protobuf', message));
}

/** Some fields of a message whose others are joined. */
function part<Name extends V1Name>(
  name: Name,
  object: V1<Name>,
  encoding: MessageEncoding,
): JoinedField {
  if (encoding === 'protobuf') return { encoded: encodeV1(name, encoding, object) };
  return { encoded: jsonTextOf(name, object).slice(1, -1) };
}

function joinedBytes(joined: Joined, encoding: MessageEncoding): Uint8Array {
  return encoding === 'json' ? new TextEncoder().encode(jsonOf(joined)) : protobufOf(joined);
}
