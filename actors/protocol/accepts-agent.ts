/** What may enter the mailbox of an agent from another node; see `accepts-master.ts`. */
import { acceptor, array, boolean, integer, object, string, union } from '../../runtime/decode.ts';
import type { ExecutorId, FrameworkId, OfferId, OperationUuid, TaskId, UpdateId } from './ids.ts';
import * as maxima from './maxima.ts';
import {
  executorIds,
  leaderWords,
  notLeader,
  replyTo,
  resourceVersion,
  taskIds,
} from './message-fields.ts';
import type { AgentMessage } from './messages.ts';
import {
  address,
  chosenId,
  count,
  data,
  executorInfo,
  frameworkInfo,
  milliseconds,
  name,
  properId,
  role,
  sentence,
  taskGroup,
  taskInfo,
  updateRequired,
} from './nouns.ts';
import { resourceOperation } from './operation-checks.ts';
import { drainWords } from './operator-nouns.ts';
import type { StatusUpdate } from './task.ts';

const secret = string(maxima.SECRET_LENGTH_MAX);

/** Executors' updates always have an id: the agent answers by it. */
const identifiedUpdate = object<StatusUpdate & { readonly id: UpdateId }>({
  id: properId(),
  ...updateRequired,
});

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
    ping: [
      { master: address(), agentId: properId(), connected: boolean },
      { returnSpreadMs: milliseconds, drain: drainWords },
    ],
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
