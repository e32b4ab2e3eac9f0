/**
 * What may enter the mailbox of a master from another node. Used as `ActorDefinition.accepts`; it
 * returns undefined or the fault with its path, such as `offerIds[3]: expected a string, got 7`.
 *
 * The tables of master, agent, schedulers and executors are typed by the messages: a new message, or a
 * new field, without a check there doesn't compile. Messages that an actor sends only to itself are not
 * in these unions, so they are unknown when they come from outside; `exited` comes from the runtime
 * and never as a message.
 */
import { acceptor, array, boolean, integer, object, oneOf, union } from '../../runtime/decode.ts';
import { agentOrderFields } from './agent-orders.ts';
import type { ReportedFramework } from './agent-to-master.ts';
import type { AgentId, ExecutorId, FrameworkId, OfferId, OperationId, TaskId } from './ids.ts';
import { maintenanceFields } from './maintenance-orders.ts';
import * as maxima from './maxima.ts';
import { executorIds, replyTo, reportedExecutor, resourceVersion } from './message-fields.ts';
import type { MasterMessage } from './messages.ts';
import {
  address,
  agentInfo,
  chosenId,
  count,
  data,
  filters,
  frameworkInfo,
  milliseconds,
  name,
  properId,
  resources,
  roles,
  statusUpdate,
  task,
  taskState,
} from './nouns.ts';
import type { ResourceRequest } from './offer.ts';
import { offerConstraints } from './offer-constraints.ts';
import {
  operation,
  operationUpdate,
  reportedOperation,
  resourceOperation,
} from './operation-checks.ts';
import { quotaConfig, roleWeight } from './operator-nouns.ts';
import type { MasterSection } from './views.ts';

/** Ids in what schedulers and operators ask for: unknown ones are answered, improper ones, too. */
const theirs = { frameworkId: chosenId<FrameworkId>() };
const theirExecutor = {
  ...theirs,
  agentId: chosenId<AgentId>(),
  executorId: chosenId<ExecutorId>(),
};
const offerIds = array(chosenId<OfferId>(), maxima.OFFERS_PER_MESSAGE_MAX);
const resourceRequest = object<ResourceRequest>({ resources }, { agentId: chosenId<AgentId>() });

const reportedFramework = object<ReportedFramework>({
  frameworkId: properId(),
  info: frameworkInfo,
});

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
      { frameworkId: chosenId(), demandNumber: count, offerConstraints },
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
    revive: [{ ...theirs, roles }, { demandNumber: count }],
    suppress: [{ ...theirs, roles }, { demandNumber: count }],
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
