/** What our agent says to an executor → events of the v1 executor API. */
import type { ExecutorMessage } from '../../messages.ts';
import type { V1 } from '../dictionary.ts';
import { dataOfText, uuidOfUpdateId } from '../opaque-data.ts';
import { fromAgent } from './agents.ts';
import { fromFramework } from './frameworks.ts';
import { fromExecutor, fromKillGrace, fromTaskInfo } from './tasks.ts';

/** @returns undefined for what is said to the door, not to the executor behind it */
export function fromExecutorMessage(message: ExecutorMessage): V1<'executor.Event'> | undefined {
  switch (message.type) {
    case 'executorRegistered': {
      const { frameworkId, framework, executor, agent } = message;
      return {
        type: 'SUBSCRIBED',
        subscribed: {
          executor_info: fromExecutor(executor, { frameworkId }),
          framework_info: fromFramework(framework, frameworkId),
          agent_info: fromAgent(agent),
        },
      };
    }
    case 'registrationRefused':
      return { type: 'ERROR', error: { message: message.message } };
    case 'launch':
      return { type: 'LAUNCH', launch: { task: fromTaskInfo(message.task) } };
    case 'launchGroup': {
      const tasks = message.tasks.map((task) => fromTaskInfo(task));
      return { type: 'LAUNCH_GROUP', launch_group: { task_group: { tasks } } };
    }
    case 'kill': {
      const { taskId, killGracePeriodMs: graceMs } = message;
      const policy = graceMs === undefined ? {} : { kill_policy: fromKillGrace(graceMs) };
      return { type: 'KILL', kill: { task_id: { value: taskId }, ...policy } };
    }
    case 'updateReceived': {
      const { taskId, updateId } = message;
      return {
        type: 'ACKNOWLEDGED',
        acknowledged: { task_id: { value: taskId }, uuid: uuidOfUpdateId(updateId) },
      };
    }
    case 'schedulerMessage':
      return { type: 'MESSAGE', message: { data: dataOfText(message.data) } };
    case 'shutdown':
      return { type: 'SHUTDOWN' };
    case 'exited':
      return undefined;
  }
}
