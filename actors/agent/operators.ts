/** What operators ask an agent: how it is, and what its tasks have written. */
import { describeError } from '../../runtime/errors.ts';
import { isTerminal } from '../protocol/task.ts';
import { type AgentHandlers, taskKey, taskRecord } from './state.ts';

/** More are refused until one is answered: each holds an open file and a buffer. */
const SANDBOX_READS_MAX = 64;

export const operatorHandlers: AgentHandlers<
  'describeAgent' | 'readSandbox' | 'sandboxRead' | 'sandboxNotRead'
> = {
  describeAgent(state, { replyTo }, context) {
    const { agentId } = state;
    const { info, workDirectory } = context.options;
    const frameworks = [...state.frameworks.values()];
    context.send(replyTo, {
      type: 'agentState',
      agentId,
      info: agentId === undefined ? undefined : { ...info, agentId, node: context.self.node },
      workDirectory: workDirectory.path,
      tasks:
        agentId === undefined
          ? []
          : frameworks.flatMap(({ frameworkId, tasks }) =>
              [...tasks.values()].map((task) => taskRecord(agentId, frameworkId, task)),
            ),
      executors: frameworks.flatMap(({ frameworkId, executors }) =>
        [...executors.values()].flatMap(({ custom }) =>
          custom === undefined
            ? []
            : [
                {
                  frameworkId,
                  info: custom.info,
                  ...(custom.role === undefined ? {} : { role: custom.role }),
                },
              ],
        ),
      ),
      completedTasks: [...state.completed.values()].flatMap(({ record }) =>
        record === undefined ? [] : [record],
      ),
    });
  },

  readSandbox(state, { frameworkId, taskId, path, offsetBytes, lengthBytes, replyTo }, context) {
    const { agentId } = state;
    const refuse = (refused: string) =>
      context.send(replyTo, {
        type: 'sandboxChunk',
        bytes: new Uint8Array(),
        offsetBytes: 0,
        sizeBytes: 0,
        ended: true,
        refused,
      });
    const task = state.frameworks.get(frameworkId)?.tasks.get(taskId);
    const run = task ?? state.completed.get(taskKey(frameworkId, taskId));
    if (agentId === undefined || run?.containerId === undefined || run.executorId === undefined) {
      refuse(`Cannot read a sandbox of task "${taskId}": this agent does not know the task`);
      return;
    }
    if (state.sandboxReadCount >= SANDBOX_READS_MAX) {
      refuse(`Cannot read the sandbox: ${SANDBOX_READS_MAX} reads are under way; ask again`);
      return;
    }
    state.sandboxReadCount++;
    const { executorId, containerId } = run;
    const { workDirectory } = context.options;
    const sandbox = workDirectory.sandboxPath({ agentId, frameworkId, executorId, containerId });
    const ended = task === undefined || isTerminal(task.state);
    context.defer(workDirectory.readSandbox(sandbox, path, offsetBytes, lengthBytes), {
      onValue: (chunk) => ({ type: 'sandboxRead', chunk, ended, replyTo }),
      onError: (error) => ({ type: 'sandboxNotRead', sentence: describeError(error), replyTo }),
    });
  },

  sandboxRead(state, { chunk, ended, replyTo }, context) {
    state.sandboxReadCount--;
    context.send(replyTo, { type: 'sandboxChunk', ...chunk, ended });
  },

  sandboxNotRead(state, { sentence, replyTo }, context) {
    state.sandboxReadCount--;
    context.send(replyTo, {
      type: 'sandboxChunk',
      bytes: new Uint8Array(),
      offsetBytes: 0,
      sizeBytes: 0,
      ended: true,
      refused: sentence,
    });
  },
};
