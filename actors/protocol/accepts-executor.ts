/** What may enter the mailbox of an executor from another node; see `accepts-master.ts`. */
import { acceptor, array, oneOf, union } from '../../runtime/decode.ts';
import type { ContainerId } from './ids.ts';
import * as maxima from './maxima.ts';
import type { ExecutorMessage } from './messages.ts';
import {
  data,
  executorInfo,
  frameworkInfo,
  milliseconds,
  properId,
  registeredAgentInfo,
  role,
  sentence,
  taskGroup,
  taskInfo,
} from './nouns.ts';
import type { RegistrationErrorCode } from './registration-errors.ts';

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
