/**
 * How executors that an earlier life of the agent left go on, each in the way of its kind: a custom one
 * is waited for, a built-in one begins again where it was, with what is known of its tasks.
 */
import type { ContainerId } from '../protocol/ids.ts';
import type { TaskStatus } from '../protocol/task.ts';
import { vacate } from './admission.ts';
import { type KeptFramework, type KeptTask, stateOf } from './checkpoint/kept.ts';
import { startDefaultExecutor } from './default-executor/lives.ts';
import { keepThen } from './keeping.ts';
import type { KeptContainer } from './launcher/launcher.ts';
import { unlistContainer } from './sandbox-use.ts';
import { startCommandExecutor } from './starting-commands.ts';
import type { AgentContext, AgentExecutor, AgentFramework, AgentState } from './state.ts';
import { orderLost } from './verdicts.ts';

/** @returns the containers that go on */
export function goOn(
  state: AgentState,
  { kept, framework }: { readonly kept: KeptFramework; readonly framework: AgentFramework },
  context: AgentContext,
): KeptContainer[] {
  return [...framework.executors.values()].flatMap((executor) => {
    if (executor.type === 'custom') return awaitExecutor(state, executor, context);
    const goOnWith = executor.type === 'default' ? goOnWithGroups : goOnWithCommand;
    return goOnWith(state, kept, framework, executor, context);
  });
}

function awaitExecutor(
  state: AgentState,
  executor: AgentExecutor,
  context: AgentContext,
): KeptContainer[] {
  const { containerId, ending } = executor;
  const { executorReregistrationTimeoutMs } = context.options;
  if (!ending) {
    state.recovery.awaited.add(containerId);
    executor.timer = context.sendSelfAfter(executorReregistrationTimeoutMs, {
      type: 'executorReregistrationLate',
      containerId,
    });
  }
  return [{ containerId, owner: context.self }];
}

function goOnWithCommand(
  state: AgentState,
  { executors, tasks }: KeptFramework,
  framework: AgentFramework,
  executor: AgentExecutor,
  context: AgentContext,
): KeptContainer[] {
  const { executorId, containerId, taskIds } = executor;
  const [taskId] = taskIds;
  const task = taskId === undefined ? undefined : framework.tasks.get(taskId);
  const keptTask = taskId === undefined ? undefined : tasks.get(taskId);
  if (task === undefined || keptTask === undefined) {
    // The agent ended between writing down the one and the other: it had not begun.
    forgetExecutor(state, framework, executor, context);
    return [];
  }
  if (state.waiting.has(task)) {
    startCommandExecutor(state, framework, executor, { role: task.role }, context);
    return [];
  }
  const recovered = {
    task: task.info,
    running: isRunning(keptTask),
    killed: isKilled(keptTask) || executors.get(executorId)?.ending === true,
    beganMs: beganMs(keptTask),
    found: foundBy(keptTask),
    neverStarted: orderLost(framework.info, 'command'),
  };
  startCommandExecutor(state, framework, executor, { role: task.role, recovered }, context);
  return owned([containerId], executor);
}

function goOnWithGroups(
  state: AgentState,
  { executors, tasks }: KeptFramework,
  framework: AgentFramework,
  executor: AgentExecutor,
  context: AgentContext,
): KeptContainer[] {
  const { executorId, custom, taskIds } = executor;
  const members = [...taskIds].flatMap((taskId) => {
    const task = framework.tasks.get(taskId);
    const kept = tasks.get(taskId);
    if (task === undefined || kept === undefined || state.waiting.has(task)) return [];
    const { info, containerId, role, group = [taskId] } = task;
    const known = { running: isRunning(kept), killed: isKilled(kept), beganMs: beganMs(kept) };
    return [{ task: info, containerId, role, group, ...known, found: foundBy(kept) }];
  });
  const shuttingDown = executors.get(executorId)?.ending === true;
  if (taskIds.size === 0) {
    if (custom !== undefined) vacate(state, custom.info.resources);
    forgetExecutor(state, framework, executor, context);
    return [];
  }
  const recovered = {
    members: shuttingDown ? members.map((member) => ({ ...member, killed: true })) : members,
    shuttingDown,
    neverStarted: orderLost(framework.info, 'command'),
  };
  startDefaultExecutor(state, framework, executor, recovered, context);
  return owned(
    members.map(({ containerId }) => containerId),
    executor,
  );
}

/** Built-in executors hear of their containers themselves. */
function owned(containerIds: readonly ContainerId[], { address }: AgentExecutor): KeptContainer[] {
  const owner = address as unknown as KeptContainer['owner'] | undefined;
  return owner === undefined ? [] : containerIds.map((containerId) => ({ containerId, owner }));
}

function beganMs({ statuses }: KeptTask): number | undefined {
  return statuses.find(({ state }) => state === 'starting')?.timestampMs;
}

/** By its checks, the last time. */
function foundBy({ statuses }: KeptTask): Pick<TaskStatus, 'healthy' | 'checkStatus'> {
  const { healthy, checkStatus } = statuses.at(-1) ?? {};
  return {
    ...(healthy === undefined ? {} : { healthy }),
    ...(checkStatus === undefined ? {} : { checkStatus }),
  };
}

function isRunning(task: KeptTask): boolean {
  return !['staging', 'starting'].includes(stateOf(task));
}

function isKilled(task: KeptTask): boolean {
  return task.killed || stateOf(task) === 'killing';
}

/** There is nothing of it, and nobody has to be told. */
export function forgetExecutor(
  state: AgentState,
  framework: AgentFramework,
  executor: AgentExecutor,
  context: AgentContext,
): void {
  const { frameworkId } = framework;
  const { executorId } = executor;
  framework.executors.delete(executorId);
  unlistContainer(state, executor, context);
  const record = { type: 'executorEnded', frameworkId, executorId } as const;
  keepThen(state, framework, [record], [], context);
}
