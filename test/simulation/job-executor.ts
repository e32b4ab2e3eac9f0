/**
 * An executor for simulations: runs the scripts that tasks carry as `data`, on timers, and writes
 * down on its machine what runs, as a process would show it.
 */
import { defineExecutor, type ExecutorCalls } from '../../actors/framework/index.ts';
import type { ContainerId, TaskId } from '../../actors/protocol/ids.ts';
import { parseScript, type ScriptedMachine } from '../kit/scripted-launcher.ts';

export interface JobExecutorOptions {
  readonly machine: ScriptedMachine;
  readonly containerId: ContainerId;
}

type Own =
  /** From ourselves: the script has come to its end. */
  | { readonly type: 'jobOver'; readonly taskId: TaskId; readonly exitCode: number }
  /** From ourselves: a deaf one has had its grace period. */
  | { readonly type: 'patienceOver'; readonly taskId: TaskId };

export const jobExecutor = defineExecutor<JobExecutorOptions, Set<TaskId>, Own>({
  name: 'job-executor',
  /** The tasks that hear no polite kill. */
  initialState: () => new Set(),
  on: {
    launch(deaf, { task }, driver, context) {
      const { taskId, data = '' } = task;
      const script = parseScript(data);
      if (script === undefined) {
        driver.update(taskId, 'failed', { message: `Cannot run "${data}"` });
        return;
      }
      const { machine, containerId } = context.options;
      machine.running.set(`${containerId}/${taskId}`, taskId);
      machine.onStarted(taskId);
      if (script.deaf) deaf.add(taskId);
      driver.update(taskId, 'running');
      const { sleepMs, exitCode } = script;
      context.sendSelfAfter(sleepMs, { type: 'jobOver', taskId, exitCode });
    },

    kill(deaf, { taskId, killGracePeriodMs = 3000 }, driver, context) {
      if (!deaf.has(taskId)) end(taskId, 'killed', driver, context.options);
      else context.sendSelfAfter(killGracePeriodMs, { type: 'patienceOver', taskId });
    },

    shutdown(_deaf, _event, driver, context) {
      for (const taskId of [...driver.liveTaskIds]) end(taskId, 'killed', driver, context.options);
      driver.stop();
    },
  },
  handlers: {
    jobOver(_deaf, { taskId, exitCode }, driver, context) {
      end(taskId, exitCode === 0 ? 'finished' : 'failed', driver, context.options);
    },

    patienceOver(_deaf, { taskId }, driver, context) {
      end(taskId, 'killed', driver, context.options);
    },
  },
});

function end(
  taskId: TaskId,
  state: 'finished' | 'failed' | 'killed',
  driver: ExecutorCalls,
  { machine, containerId }: JobExecutorOptions,
): void {
  if (!driver.liveTaskIds.has(taskId)) return;
  machine.running.delete(`${containerId}/${taskId}`);
  driver.update(taskId, state);
}
