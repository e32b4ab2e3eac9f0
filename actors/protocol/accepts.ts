/**
 * What may enter the mailboxes of master, agent, schedulers and executors from another node, and
 * what counts as an answer. Used as `ActorDefinition.accepts`; each returns undefined or the fault
 * with its path, such as `offerIds[3]: expected a string, got 7`.
 *
 * The tables are typed by the messages: a new message, or a new field, without a check here doesn't
 * compile. Messages that an actor sends only to itself are not in these unions, so they are unknown
 * when they come from outside; `exited` comes from the runtime and never as a message.
 */
import {
  acceptor,
  array,
  boolean,
  bytes,
  integer,
  maybe,
  number,
  object,
  oneOf,
  string,
  union,
} from '../../runtime/decode.ts';
import { agentOrderFields } from './agent-orders.ts';
import {
  type AgentId,
  type ContainerId,
  type ExecutorId,
  type FrameworkId,
  ID_LENGTH_MAX,
  type OfferId,
  type OperationId,
  type OperationUuid,
  type TaskId,
  type UpdateId,
} from './ids.ts';
import { maintenanceFields } from './maintenance-orders.ts';
import { MASTERS_TOLD_MAX } from './masters.ts';
import * as maxima from './maxima.ts';
import type {
  AgentMessage,
  ExecutorMessage,
  MasterMessage,
  OperatorAnswer,
  OperatorFault,
  ReportedExecutor,
  ReportedFramework,
  SchedulerMessage,
} from './messages.ts';
import {
  address,
  agentInfo,
  chosenId,
  count,
  data,
  executorInfo,
  filters,
  frameworkInfo,
  inverseOffer,
  milliseconds,
  name,
  offer,
  properId,
  registeredAgentInfo,
  resources,
  role,
  roles,
  sentence,
  statusUpdate,
  task,
  taskGroup,
  taskInfo,
  taskOptional,
  taskRequired,
  taskState,
  unavailability,
  updateRequired,
} from './nouns.ts';
import type { ResourceRequest } from './offer.ts';
import { offerConstraints } from './offer-constraints.ts';
import {
  operation,
  operationStatus,
  operationUpdate,
  reportedOperation,
  resourceOperation,
} from './operation-checks.ts';
import { drainInfo, drainWords, quotaConfig, roleWeight } from './operator-nouns.ts';
import { WEIGHT_MAX, WEIGHT_MIN } from './quota.ts';
import type { RegistrationErrorCode } from './registration-errors.ts';
import type { StatusUpdate } from './task.ts';
import {
  type AgentStateView,
  type AgentView,
  type FrameworkView,
  type MasterPage,
  type MasterSection,
  type MasterSummary,
  PAGE_COUNT_MAX,
  type RoleView,
  type SandboxChunk,
  type Staleness,
  type TaskView,
} from './views.ts';

/** Ids in what schedulers and operators ask for: unknown ones are answered, improper ones, too. */
const theirs = { frameworkId: chosenId<FrameworkId>() };
const theirExecutor = {
  ...theirs,
  agentId: chosenId<AgentId>(),
  executorId: chosenId<ExecutorId>(),
};
const offerIds = array(chosenId<OfferId>(), maxima.OFFERS_PER_MESSAGE_MAX);
const replyTo = address<unknown>();
/** Ids as master, agent and executors name them to each other. */
const executorIds = { frameworkId: properId<FrameworkId>(), executorId: properId<ExecutorId>() };
const resourceRequest = object<ResourceRequest>({ resources }, { agentId: chosenId<AgentId>() });
const secret = string(maxima.SECRET_LENGTH_MAX);
const taskIds = { frameworkId: properId<FrameworkId>(), taskId: properId<TaskId>() };

const reportedFramework = object<ReportedFramework>({
  frameworkId: properId(),
  info: frameworkInfo,
});
const reportedExecutor = object<ReportedExecutor>(
  { frameworkId: properId(), info: executorInfo },
  { role },
);

const resourceVersion = string(ID_LENGTH_MAX);
const resourceRevision = integer(0);
const asOperationsLeftIt = {
  resources,
  operations: array(reportedOperation, maxima.REPORTED_COUNT_MAX),
  resourceVersion,
  resourceRevision,
};

export const acceptsMasterMessage = acceptor(
  union<MasterMessage, 'type'>('type', {
    registerAgent: [{ agent: address(), info: agentInfo }, asOperationsLeftIt],
    reregisterAgent: [
      {
        agent: address(),
        agentId: properId(),
        info: agentInfo,
        frameworks: array(reportedFramework, maxima.REPORTED_COUNT_MAX),
        executors: array(reportedExecutor, maxima.REPORTED_COUNT_MAX),
        tasks: array(task, maxima.REPORTED_COUNT_MAX),
      },
      asOperationsLeftIt,
    ],
    agentOversubscribed: [{ agentId: properId(), agent: address(), oversubscribed: resources }],
    agentUpdated: [
      { agentId: properId(), agent: address(), resources },
      { resourceVersion, resourceRevision },
    ],
    operationUpdated: [
      { agentId: properId(), agent: address(), update: operationUpdate },
      { resourceRevision },
    ],
    unregisterAgent: [{ agentId: properId() }],
    pong: [{ agentId: properId() }],
    frameworkShutDown: [{ agentId: properId(), frameworkId: properId() }],
    statusUpdate: [
      { agentId: properId(), agent: address(), update: statusUpdate, latestState: taskState },
    ],
    executorExited: [{ agentId: properId(), ...executorIds, status: integer() }],
    executorMessage: [{ agentId: properId(), ...executorIds, data }],
    subscribe: [
      { scheduler: address(), info: frameworkInfo, suppressedRoles: roles },
      { frameworkId: chosenId(), offerConstraints },
    ],
    watchLeader: [{ watcher: address() }],
    teardown: [theirs],
    updateFramework: [
      { ...theirs, info: frameworkInfo, suppressedRoles: roles, replyTo },
      { offerConstraints },
    ],
    accept: [
      {
        ...theirs,
        offerIds,
        operations: array(operation, maxima.OPERATIONS_PER_ACCEPT_MAX),
        filters,
      },
    ],
    decline: [{ ...theirs, offerIds, filters }],
    answerInverseOffers: [{ ...theirs, inverseOfferIds: offerIds, accepted: boolean, filters }],
    revive: [{ ...theirs, roles }],
    suppress: [{ ...theirs, roles }],
    request: [{ ...theirs, requests: array(resourceRequest, maxima.REQUESTS_PER_CALL_MAX) }],
    kill: [
      { ...theirs, taskId: chosenId() },
      { agentId: chosenId(), killGracePeriodMs: milliseconds },
    ],
    shutdownExecutor: [theirExecutor],
    acknowledge: [{ ...theirs, agentId: chosenId(), taskId: chosenId(), updateId: chosenId() }],
    reconcile: [
      {
        ...theirs,
        tasks: array(
          object<{ taskId: TaskId; agentId?: AgentId }>(
            { taskId: chosenId() },
            { agentId: chosenId() },
          ),
          maxima.TASKS_PER_QUESTION_MAX,
        ),
      },
    ],
    acknowledgeOperation: [
      { ...theirs, agentId: chosenId(), operationId: chosenId(), updateId: chosenId() },
    ],
    reconcileOperations: [
      {
        ...theirs,
        operations: array(
          object<{ operationId: OperationId; agentId?: AgentId }>(
            { operationId: chosenId() },
            { agentId: chosenId() },
          ),
          maxima.OPERATIONS_PER_QUESTION_MAX,
        ),
      },
    ],
    schedulerMessage: [{ ...theirExecutor, data }],
    describeMaster: [
      {
        section: oneOf<MasterSection>({
          agents: true,
          frameworks: true,
          tasks: true,
          offers: true,
          roles: true,
        }),
        offset: count,
        countMax: count,
        replyTo,
      },
      { stale: boolean },
    ],
    killTask: [{ taskId: chosenId(), replyTo }, { frameworkId: chosenId() }],
    explain: [{ replyTo }, { frameworkId: chosenId(), taskId: chosenId(), needs: resources }],
    teardownFramework: [{ ...theirs, replyTo }],
    changeResources: [
      { agentId: chosenId(), change: resourceOperation, replyTo },
      { principal: name },
    ],
    describeFramework: [{ ...theirs, replyTo }],
    ...agentOrderFields,
    ...maintenanceFields,
    updateQuota: [
      { configs: array(quotaConfig, maxima.ROLES_PER_GRANT_MAX), force: boolean, replyTo },
    ],
    updateWeights: [{ weights: array(roleWeight, maxima.ROLES_PER_GRANT_MAX), replyTo }],
    exited: 'neverRemote',
  }),
);

/** Executors' updates always have an id: the agent answers by it. */
const identifiedUpdate = object<StatusUpdate & { readonly id: UpdateId }>({
  id: properId(),
  ...updateRequired,
});

const masters = array(name, MASTERS_TOLD_MAX);
const leaderWords = { epoch: count, masters };
const notLeader = [leaderWords, { leader: name }] as const;

interface UnconfirmedTask {
  readonly frameworkId: FrameworkId;
  readonly taskId: TaskId;
  readonly partitionAware: boolean;
  readonly launchId?: OfferId;
}

const unconfirmedTasks = array(
  object<UnconfirmedTask>({ ...taskIds, partitionAware: boolean }, { launchId: properId() }),
  maxima.TASKS_PER_QUESTION_MAX,
);

export const acceptsAgentMessage = acceptor(
  union<AgentMessage, 'type'>('type', {
    notLeader,
    agentRegistered: [
      {
        ...leaderWords,
        master: address(),
        agentId: properId(),
        pingTimeoutMs: milliseconds,
        returnSpreadMs: milliseconds,
      },
      { drain: drainWords },
    ],
    agentReregistered: [
      {
        ...leaderWords,
        master: address(),
        agentId: properId(),
        pingTimeoutMs: milliseconds,
        returnSpreadMs: milliseconds,
        unknownTasks: unconfirmedTasks,
      },
      {
        unknownOperations: array(properId<OperationUuid>(), maxima.OPERATIONS_PER_QUESTION_MAX),
        drain: drainWords,
      },
    ],
    shutdownAgent: [{ reason: sentence }],
    ping: [{ master: address(), agentId: properId(), connected: boolean }, { drain: drainWords }],
    setDrain: [{}, { drain: drainWords }],
    runTask: [
      { frameworkId: properId(), framework: frameworkInfo, task: taskInfo },
      { role, launchExecutor: boolean, launchId: properId(), resourceVersion },
    ],
    runTaskGroup: [
      {
        frameworkId: properId(),
        framework: frameworkInfo,
        executor: executorInfo,
        tasks: taskGroup,
        launchExecutor: boolean,
      },
      { role, launchId: properId(), resourceVersion },
    ],
    applyOperation: [
      { operationUuid: properId(), operation: resourceOperation },
      { frameworkId: properId(), operationId: chosenId(), role, resourceVersion },
    ],
    acknowledgeOperation: [{ operationUuid: properId(), updateId: properId() }],
    updateFramework: [{ frameworkId: properId(), framework: frameworkInfo }],
    killTask: [taskIds, { killGracePeriodMs: milliseconds }],
    confirmTasks: [
      { tasks: unconfirmedTasks },
      {
        executors: array(
          object<{ frameworkId: FrameworkId; executorId: ExecutorId }>(executorIds),
          maxima.TASKS_PER_QUESTION_MAX,
        ),
      },
    ],
    acknowledgeUpdate: [{ ...taskIds, updateId: properId() }],
    shutdownFramework: [{ frameworkId: properId() }],
    shutdownExecutor: [executorIds],
    schedulerMessage: [{ ...executorIds, data }],
    registerExecutor: [{ executor: address(), ...executorIds, secret }],
    executorUpdate: [{ ...executorIds, update: identifiedUpdate }],
    executorMessage: [{ ...executorIds, data }],
    describeAgent: [{ replyTo }],
    readSandbox: [{ ...taskIds, path: name, offsetBytes: integer(), lengthBytes: count, replyTo }],
    exited: 'neverRemote',
  }),
);

export const acceptsSchedulerMessage = acceptor(
  union<SchedulerMessage, 'type'>('type', {
    notLeader,
    subscribed: [
      {
        ...leaderWords,
        frameworkId: properId(),
        master: address(),
        heartbeatIntervalMs: milliseconds,
      },
    ],
    heartbeat: [{}],
    subscriptionEnded: [{ message: sentence }],
    offersMade: [{ offers: array(offer, maxima.OFFERS_PER_MESSAGE_MAX) }],
    offerRescinded: [{ offerId: properId() }],
    inverseOffersMade: [{ inverseOffers: array(inverseOffer, maxima.OFFERS_PER_MESSAGE_MAX) }],
    inverseOfferRescinded: [{ inverseOfferId: properId() }],
    taskUpdated: [{ update: statusUpdate }],
    operationUpdated: [{ status: operationStatus }, { agentId: properId() }],
    executorMessage: [{ agentId: properId(), executorId: properId(), data }],
    failed: [{ agentId: properId() }, { executorId: properId(), status: integer() }],
    exited: 'neverRemote',
  }),
);

const registrationErrorCode = oneOf<RegistrationErrorCode>({ executorSecretWrong: true });

export const acceptsExecutorMessage = acceptor(
  union<ExecutorMessage, 'type'>('type', {
    executorRegistered: [
      {
        frameworkId: properId(),
        framework: frameworkInfo,
        executor: executorInfo,
        agent: registeredAgentInfo,
      },
    ],
    registrationRefused: [{ code: registrationErrorCode, message: sentence }],
    launch: [{ task: taskInfo }],
    launchGroup: [
      { tasks: taskGroup },
      { containerIds: array(properId<ContainerId>(), maxima.TASKS_PER_GROUP_MAX), role },
    ],
    kill: [{ taskId: properId() }, { killGracePeriodMs: milliseconds }],
    updateReceived: [{ taskId: properId(), updateId: properId() }],
    schedulerMessage: [{ data }],
    shutdown: [{}],
    exited: 'neverRemote',
  }),
);

// ------------------------------------------------------------------------------------ replies

const masterSummary = object<MasterSummary>({
  masterId: name,
  cluster: name,
  version: name,
  node: name,
  startedMs: milliseconds,
});

const agentView = object<AgentView>(
  {
    agentId: properId(),
    info: registeredAgentInfo,
    address: address(),
    state: oneOf({ active: true, disconnected: true, recovered: true, unreachable: true }),
    total: resources,
  },
  {
    registeredMs: milliseconds,
    reregisteredMs: milliseconds,
    unreachableAtMs: milliseconds,
    used: resources,
    offered: resources,
    deactivated: boolean,
    drain: drainInfo,
    drainStartedMs: milliseconds,
    unavailability,
  },
);

const frameworkView = object<FrameworkView>(
  {
    frameworkId: properId(),
    info: frameworkInfo,
    state: oneOf({ active: true, disconnected: true, recovered: true, completed: true }),
  },
  {
    subscribedMs: milliseconds,
    resubscribedMs: milliseconds,
    failsOverMs: milliseconds,
    endedMs: milliseconds,
    used: resources,
    offered: resources,
    activeTaskCount: count,
    offerConstraints,
  },
);

const taskView = object<TaskView>(
  { ...taskRequired, phase: oneOf({ active: true, completed: true, unreachable: true }) },
  taskOptional,
);

const roleView = object<RoleView>(
  { role, weight: number(WEIGHT_MIN, WEIGHT_MAX) },
  {
    quota: quotaConfig,
    consumed: resources,
    allocated: resources,
    offered: resources,
    reserved: resources,
    share: number(0, Number.MAX_VALUE),
    frameworkCount: count,
  },
);

const pageFields = { type: oneOf({ masterPage: true }), master: masterSummary };
const staleness = object<Staleness>(
  { epoch: count, term: count, appliedIndex: count },
  { leader: name, silenceMs: milliseconds },
);
const pageOptional = { nextOffset: count, stale: staleness };

export const acceptsMasterPage = acceptor(
  union<MasterPage, 'section'>('section', {
    agents: [{ ...pageFields, items: array(agentView, PAGE_COUNT_MAX) }, pageOptional],
    frameworks: [{ ...pageFields, items: array(frameworkView, PAGE_COUNT_MAX) }, pageOptional],
    tasks: [{ ...pageFields, items: array(taskView, PAGE_COUNT_MAX) }, pageOptional],
    offers: [{ ...pageFields, items: array(offer, PAGE_COUNT_MAX) }, pageOptional],
    roles: [{ ...pageFields, items: array(roleView, PAGE_COUNT_MAX) }, pageOptional],
  }),
);

export const acceptsAgentStateView = acceptor(
  object<AgentStateView>({
    type: oneOf({ agentState: true }),
    agentId: maybe(properId<AgentId>()),
    info: maybe(registeredAgentInfo),
    workDirectory: name,
    tasks: array(task, maxima.REPORTED_COUNT_MAX),
    executors: array(reportedExecutor, maxima.REPORTED_COUNT_MAX),
    completedTasks: array(task, maxima.REPORTED_COUNT_MAX),
  }),
);

export const acceptsSandboxChunk = acceptor(
  object<SandboxChunk>(
    {
      type: oneOf({ sandboxChunk: true }),
      bytes: bytes(maxima.SANDBOX_CHUNK_BYTES_MAX),
      offsetBytes: count,
      sizeBytes: count,
      ended: boolean,
    },
    { refused: sentence },
  ),
);

export const acceptsOperatorAnswer = acceptor(
  object<OperatorAnswer>(
    { type: oneOf({ operatorAnswer: true }) },
    {
      refused: sentence,
      fault: oneOf<OperatorFault>({ invalid: true, unknown: true, conflict: true, busy: true }),
    },
  ),
);
