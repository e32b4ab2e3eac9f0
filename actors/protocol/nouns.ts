/**
 * Checks for the nouns that messages are made of: does what another node sent have their shape?
 *
 * Shape only. Whether a task may run or a framework subscribe is for the master to say, who can
 * answer; what is refused here is not answered at all. So ids that frameworks choose (`chosenId`)
 * may be any short string, and only those that others have looked at before must be proper ids.
 */
import type { Address } from '../../runtime/actor.ts';
import { ADDRESS_PART_LENGTH_MAX } from '../../runtime/address.ts';
import {
  also,
  array,
  boolean,
  type Check,
  integer,
  number,
  object,
  oneOf,
  sound,
  string,
} from '../../runtime/decode.ts';
import type { AgentInfo, RegisteredAgentInfo } from './agent.ts';
import { domain } from './domain.ts';
import type { FrameworkCapability, FrameworkInfo, RoleMinima } from './framework.ts';
import { type ExecutorId, ID_LENGTH_MAX, idFault, type TaskId } from './ids.ts';
import type { InverseOffer, Unavailability } from './maintenance.ts';
import * as maxima from './maxima.ts';
import type { Filters, LaunchGroup, Offer } from './offer.ts';
import { attributes, resources } from './resource-checks.ts';
import type {
  ExecutorInfo,
  ExecutorType,
  StatusUpdate,
  Task,
  TaskInfo,
  TaskReason,
  TaskState,
  TaskStatus,
} from './task.ts';
import {
  checkInfo,
  checkStatus,
  command,
  container,
  count,
  data,
  discovery,
  healthCheck,
  labels,
  milliseconds,
  name,
  networks,
} from './task-parts.ts';

export { resources } from './resource-checks.ts';
export { count, data, milliseconds, name } from './task-parts.ts';

export const sentence = string(maxima.SENTENCE_LENGTH_MAX);

export function properId<Id extends string>(): Check<Id> {
  return sound<Id>(idFault);
}

/** Four times too long is still let in, to be answered. */
export function chosenId<Id extends string>(): Check<Id> {
  return string(4 * ID_LENGTH_MAX) as Check<Id>;
}

const addressParts = object<{ node: string; name: string; incarnation?: number }>(
  {
    node: also(string(ADDRESS_PART_LENGTH_MAX), (text) =>
      /^[^@#\s]+:\d+$/.test(text) ? undefined : 'expected host:port',
    ),
    name: also(string(ADDRESS_PART_LENGTH_MAX), (text) =>
      /^[A-Za-z0-9\-_.$+!*'(),]+$/.test(text) ? undefined : 'expected the name of an actor',
    ),
  },
  { incarnation: count },
);

export function address<Message>(): Check<Address<Message>> {
  return addressParts as Check<Address<Message>>;
}

// ---------------------------------------------------------------------- agents and frameworks

const port = integer(0, 65_535);
const agentFields = { hostname: name, port, resources, attributes, version: name };
export const agentInfo = object<AgentInfo>(agentFields, { domain });
export const registeredAgentInfo = object<RegisteredAgentInfo>(
  { ...agentFields, agentId: properId(), node: name },
  { domain },
);

export const role = string(maxima.NAME_LENGTH_MAX);
export const roles = array(role, maxima.ROLES_PER_FRAMEWORK_MAX);

export const frameworkInfo = object<FrameworkInfo>(
  {
    name,
    user: name,
    roles,
    failoverTimeoutMs: milliseconds,
    capabilities: array(
      oneOf<FrameworkCapability>({
        partitionAware: true,
        taskKillingState: true,
        revocableResources: true,
        sharedResources: true,
        gpuResources: true,
        reservationRefinement: true,
        regionAware: true,
      }),
      maxima.CAPABILITIES_PER_FRAMEWORK_MAX,
    ),
  },
  {
    principal: name,
    hostname: name,
    webuiUrl: name,
    labels,
    offerMinima: array(
      object<RoleMinima>({
        role,
        minAllocatable: array(resources, maxima.MINIMA_PER_ROLE_MAX),
      }),
      maxima.ROLES_PER_FRAMEWORK_MAX,
    ),
    original: data,
    checkpoint: boolean,
  },
);

// -------------------------------------------------------------------------------------- tasks

const executorType = oneOf<ExecutorType>({ default: true, custom: true });

function executorInfoWith(executorId: Check<ExecutorId>): Check<ExecutorInfo> {
  return object<ExecutorInfo>(
    { executorId, name, resources },
    {
      type: executorType,
      source: data,
      command,
      container,
      shutdownGracePeriodMs: milliseconds,
      discovery,
      labels,
      data,
    },
  );
}

function taskInfoWith(
  taskId: Check<TaskId>,
  agentId: Check<TaskInfo['agentId']>,
  executor: Check<ExecutorInfo>,
): Check<TaskInfo> {
  return object<TaskInfo>(
    { taskId, name, agentId, resources },
    {
      command,
      executor,
      container,
      killGracePeriodMs: milliseconds,
      check: checkInfo,
      healthCheck,
      maxCompletionTimeMs: milliseconds,
      discovery,
      labels,
      data,
    },
  );
}

export const executorInfo = executorInfoWith(properId());
export const taskInfo = taskInfoWith(properId(), properId(), executorInfo);
/** On its way to an agent or an executor: launched together. */
export const taskGroup: Check<readonly TaskInfo[]> = array(taskInfo, maxima.TASKS_PER_GROUP_MAX);
const requestedExecutor = executorInfoWith(chosenId());
/** As a framework asks for it. */
export const requestedTask = taskInfoWith(chosenId(), chosenId(), requestedExecutor);

export const taskState = oneOf<TaskState>({
  staging: true,
  starting: true,
  running: true,
  killing: true,
  finished: true,
  failed: true,
  killed: true,
  error: true,
  lost: true,
  dropped: true,
  unreachable: true,
  gone: true,
  goneByOperator: true,
  unknown: true,
});

const taskReason = oneOf<TaskReason>({
  agentDisconnected: true,
  agentDraining: true,
  agentRemoved: true,
  agentRemovedByOperator: true,
  agentReregistered: true,
  agentRestarted: true,
  agentUnknown: true,
  commandExecutorFailed: true,
  containerLaunchFailed: true,
  containerLimitation: true,
  containerLimitationDisk: true,
  containerLimitationMemory: true,
  containerPreempted: true,
  containerUpdateFailed: true,
  executorRegistrationTimeout: true,
  executorReregistrationTimeout: true,
  executorTerminated: true,
  executorUnregistered: true,
  frameworkRemoved: true,
  gcError: true,
  invalidFrameworkId: true,
  invalidOffers: true,
  ioSwitchboardExited: true,
  masterDisconnected: true,
  maxCompletionTimeReached: true,
  reconciliation: true,
  resourcesUnknown: true,
  taskCheckStatusUpdated: true,
  taskGroupInvalid: true,
  taskGroupUnauthorized: true,
  taskHealthCheckStatusUpdated: true,
  taskInvalid: true,
  taskKilledDuringLaunch: true,
  taskUnauthorized: true,
  taskUnknown: true,
});

const taskStatus = object<TaskStatus>(
  {
    // The master answers for tasks with improper ids, too.
    taskId: chosenId(),
    state: taskState,
    source: oneOf({ master: true, agent: true, executor: true }),
    timestampMs: milliseconds,
  },
  {
    reason: taskReason,
    message: sentence,
    agentId: chosenId(),
    executorId: chosenId(),
    containerId: properId(),
    networks,
    containerIp: name,
    limitation: resources,
    exitCode: integer(),
    signal: name,
    healthy: boolean,
    checkStatus,
    labels,
    data,
    unreachableTimeMs: milliseconds,
  },
);

export const updateRequired = {
  frameworkId: chosenId<StatusUpdate['frameworkId']>(),
  status: taskStatus,
};
export const statusUpdate = object<StatusUpdate>(updateRequired, { id: properId() });

export const taskRequired = {
  taskId: properId<TaskId>(),
  frameworkId: properId<Task['frameworkId']>(),
  agentId: properId<Task['agentId']>(),
  name,
  resources,
  state: taskState,
  statuses: array(taskStatus, maxima.STATUSES_PER_TASK_MAX),
};
export const taskOptional = {
  executorId: properId<ExecutorId>(),
  role,
  container,
  healthCheck,
  killGracePeriodMs: milliseconds,
  discovery,
  labels,
  user: name,
  updateState: taskState,
  updateId: properId<NonNullable<Task['updateId']>>(),
};
export const task = object<Task>(taskRequired, taskOptional);

// ------------------------------------------------------------------------------------- offers

export const unavailability = object<Unavailability>(
  { startMs: milliseconds },
  { durationMs: milliseconds },
);

export const offer = object<Offer>(
  {
    offerId: properId(),
    frameworkId: properId(),
    agentId: properId(),
    agent: address(),
    hostname: name,
    role,
    resources,
    attributes,
    executorIds: array(properId<ExecutorId>(), maxima.REPORTED_COUNT_MAX),
  },
  { unavailability, domain },
);

export const inverseOffer = object<InverseOffer>({
  inverseOfferId: properId(),
  frameworkId: properId(),
  agentId: properId(),
  agent: address(),
  hostname: name,
  unavailability,
});

/** Any number: the allocator makes sense of what is negative or too long. */
export const filters = object<Filters>({
  refuseMs: number(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
});

export const groupFields = {
  executor: requestedExecutor,
  tasks: array(requestedTask, maxima.TASKS_PER_GROUP_MAX),
};
export const requestedGroup = object<Omit<LaunchGroup, 'type'>>(groupFields);
