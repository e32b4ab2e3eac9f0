/**
 * Recovery: an agent that begins takes up what an earlier life of it left, and then registers.
 *
 *     reading ──checkpointRead──▶ recovering ──launcherReady, executors back or late──▶ over
 *                                              resourcesRead
 *
 * The processes of a machine outlive the agent's; what they were started for stands in the
 * checkpoint. A command's executor begins again where it was, and the launcher tells it how its
 * program is; a custom executor has a short while to come back, then it is killed. Updates that were
 * not acknowledged are sent again, under their ids. What runs and is in no checkpoint is killed.
 *
 * When the machine was booted since, nothing runs any more: each task is reported gone (lost, to
 * those who don't know that word) because the agent was restarted, and the agent goes on under its
 * id. Told to clean up, the agent ends everything, forgets who it was, and ends itself.
 * Source: Mesos 1.11, src/slave/slave.cpp, recover; docs/agent-recovery.md.
 */
import { describeError } from '../../runtime/errors.ts';
import type { TaskId } from '../protocol/ids.ts';
import { isTerminal, type TaskState } from '../protocol/task.ts';
import { occupy } from './admission.ts';
import type { KeptAgent, KeptExecutor, KeptFramework, KeptTask } from './checkpoint/kept.ts';
import { stateOf } from './checkpoint/kept.ts';
import { count } from './counters.ts';
import { killAll } from './draining.ts';
import { typeDescribed } from './executor-kinds.ts';
import { destroy, executorEnded } from './executors.ts';
import { keepThen } from './keeping.ts';
import type { KeptContainer } from './launcher/launcher.ts';
import { step } from './mastership.ts';
import { goesOn } from './reconfiguration.ts';
import { forgetExecutor, goOn } from './recovered-executors.ts';
import { forgetOperations } from './resources/operations.ts';
import { listContainer } from './sandbox-use.ts';
import type {
  AgentContext,
  AgentExecutor,
  AgentFramework,
  AgentHandlers,
  AgentState,
  AgentTask,
} from './state.ts';
import { forgetFrameworkIfIdle, publishOwn } from './updates.ts';

export const recoveryHandlers: AgentHandlers<
  | 'checkpointRead'
  | 'checkpointFailed'
  | 'checkpointSpace'
  | 'launcherReady'
  | 'executorReregistrationLate'
  | 'executorsBack'
> = {
  checkpointRead(state, { kept }, context) {
    if (state.recovery.phase !== 'reading') return;
    const { recover, info, bootId, reconfigurationPolicy } = context.options;
    state.recovery.phase = 'recovering';
    const found = recover === 'cleanup' ? undefined : kept;
    try {
      if (found === undefined) tellLauncher(state, [], context);
      else if (goesOn(found, info, bootId, reconfigurationPolicy)) takeUp(state, found, context);
      else {
        context.log.warn(
          'Beginning as a new agent: the machine was booted, and the agent is not what it was',
          { agentId: found.agentId },
        );
        tellLauncher(state, [], context);
      }
    } catch (error) {
      context.log.error(describeError(error));
      context.stop();
    }
  },

  checkpointFailed(_, { cause }, context) {
    count('recoveryErrors', context);
    context.log.error(cause);
    context.stop();
  },

  checkpointSpace(state, { isFull }) {
    state.checkpointFull = isFull;
  },

  launcherReady(state, { leftoverCount }, context) {
    if (leftoverCount > 0) {
      context.log.warn(`Ended ${leftoverCount} containers that an earlier life left running`);
    }
    state.recovery.launcherReady = true;
    if (context.options.recover === 'cleanup') {
      context.log.info('What an earlier life left is cleaned up');
      context.send(context.self, { type: 'shutdownDue' });
      return;
    }
    for (const { executors } of state.frameworks.values()) {
      for (const executor of executors.values()) {
        // It had been told to end, and its grace period went with the agent.
        if (executor.type === 'custom' && executor.ending) destroy(state, executor, 0, context);
      }
    }
    if (state.recovery.awaited.size === 0) context.send(context.self, { type: 'executorsBack' });
  },

  executorsBack(state, _, context) {
    const { recovery } = state;
    const { phase, launcherReady, resourcesRead } = recovery;
    if (phase !== 'recovering' || !launcherReady || !resourcesRead) return;
    recovery.phase = 'over';
    recovery.tookMs = context.nowMs() - recovery.beganMs;
    if (state.agentId === undefined) forgetOperations(state, context);
    if (state.garbageCollector !== undefined) {
      context.send(state.garbageCollector, { type: 'beginCollecting' });
    }
    const { shutdownReason: reason } = recovery;
    if (reason === undefined) step(state, 'ready', context);
    else context.send(context.self, { type: 'shutdownAgent', reason });
    killAll(state, context);
  },

  executorReregistrationLate(state, { containerId }, context) {
    const where = state.containers.get(containerId);
    const framework = where && state.frameworks.get(where.frameworkId);
    const executor = where && framework?.executors.get(where.executorId);
    if (
      framework === undefined ||
      executor?.containerId !== containerId ||
      executor.address !== undefined
    )
      return;
    const { executorReregistrationTimeoutMs } = context.options;
    executor.endReason ??= {
      state: framework.info.capabilities.includes('partitionAware') ? 'gone' : 'lost',
      reason: 'executorReregistrationTimeout',
      message: `Executor did not come back within ${executorReregistrationTimeoutMs} ms after the agent was restarted`,
    };
    executor.ending = true;
    executor.timer = undefined;
    destroy(state, executor, 0, context);
  },
};

function takeUp(state: AgentState, kept: KeptAgent, context: AgentContext): void {
  const { agentId, frameworks } = kept;
  const { info, bootId } = context.options;
  const booted = kept.bootId !== bootId;
  state.agentId = agentId;
  state.drain = kept.drain;
  const taken = [...frameworks.values()].map((one) => ({
    kept: one,
    framework: takeFramework(state, one, context),
  }));
  const containers = booted ? [] : taken.flatMap((one) => goOn(state, one, context));
  for (const { framework } of taken) {
    loseTasks(state, framework, booted, context);
    forgetFrameworkIfIdle(state, framework, context);
  }
  // Last: who is interrupted before begins once more with what it found.
  const record = { type: 'agent', agentId, info, bootId } as const;
  keepThen(state, { checkpointed: true }, [record], [], context);
  const { activeTaskCount } = state;
  context.log.info(`Going on as ${agentId}`, { activeTaskCount, booted });
  tellLauncher(state, containers, context);
}

/** As it was, without anybody who would speak for its executors. */
function takeFramework(
  state: AgentState,
  { frameworkId, info, executors, tasks }: KeptFramework,
  context: AgentContext,
): AgentFramework {
  const framework: AgentFramework = {
    frameworkId,
    info,
    executors: new Map(),
    tasks: new Map(),
    ending: false,
    checkpointed: true,
  };
  state.frameworks.set(frameworkId, framework);
  for (const executor of executors.values()) {
    const { executorId, custom } = executor;
    framework.executors.set(executorId, newExecutor(executor));
    listContainer(state, frameworkId, executor, context);
    if (custom !== undefined) occupy(state, custom.info.resources);
  }
  for (const [taskId, task] of tasks) takeTask(state, framework, taskId, task, context);
  return framework;
}

function newExecutor({ executorId, containerId, custom, ending }: KeptExecutor): AgentExecutor {
  return {
    executorId,
    containerId,
    type: typeDescribed(custom?.info),
    custom,
    address: undefined,
    taskIds: new Set(),
    timer: undefined,
    launchTimer: undefined,
    launched: true,
    awaitsVolumes: false,
    ending: custom !== undefined && ending,
    checkpointed: true,
    endReason: undefined,
  };
}

function takeTask(
  state: AgentState,
  framework: AgentFramework,
  taskId: TaskId,
  kept: KeptTask,
  context: AgentContext,
): void {
  const { info, executorId, containerId, role, group, waits } = kept;
  const { statuses, pending, receivedIds } = kept;
  const taskState = stateOf(kept);
  const [head] = pending;
  const task: AgentTask = {
    info,
    executorId,
    containerId,
    role,
    group,
    launchId: undefined,
    state: taskState,
    statuses: [...statuses],
    updateState: head === undefined ? statuses.at(-1)?.state : head.status.state,
    updateId: head === undefined ? receivedIds.at(-1) : head.id,
    receivedIds: [...receivedIds],
    // What was linked by then is found to be so when it is handed over again.
    volumes: taskState === 'staging' ? 'unlinked' : 'linked',
  };
  framework.tasks.set(taskId, task);
  state.activeTaskCount++;
  for (const update of pending) {
    if (state.statusUpdates !== undefined) {
      context.send(state.statusUpdates, { type: 'report', update });
    }
  }
  if (isTerminal(taskState)) return;
  framework.executors.get(executorId)?.taskIds.add(taskId);
  if (waits) state.waiting.set(task, framework);
  else occupy(state, info.resources);
}

/** All, when the machine was booted; else those whose executor was told of, and they were not. */
function loseTasks(
  state: AgentState,
  framework: AgentFramework,
  booted: boolean,
  context: AgentContext,
): void {
  const message = booted ? 'The machine was booted' : 'Its executor had ended';
  for (const task of [...framework.tasks.values()]) {
    if (isTerminal(task.state) || (!booted && framework.executors.has(task.executorId))) continue;
    publishOwn(state, framework, task, lost(framework, message), context);
  }
  for (const executor of booted ? [...framework.executors.values()] : []) {
    if (executor.custom === undefined) forgetExecutor(state, framework, executor, context);
    else {
      const cause = 'the machine was booted';
      executorEnded(state, framework, executor, { kind: 'unknown', cause }, context);
    }
  }
}

function lost({ info }: AgentFramework, message: string) {
  const partitionAware = info.capabilities.includes('partitionAware');
  const state: TaskState = partitionAware ? 'gone' : 'lost';
  return { state, reason: 'agentRestarted', message } as const;
}

function tellLauncher(
  { launcher }: AgentState,
  keep: readonly KeptContainer[],
  context: AgentContext,
): void {
  if (launcher !== undefined) context.send(launcher, { type: 'recover', keep });
}
