/**
 * Task groups on the agent: taken as a whole, or refused as a whole.
 *
 * Each task of a group is a task like any other, with updates of its own; what makes them a group is
 * that they are handed to their executor together, and killed together as long as they wait for that.
 * In the default executor each has a container of its own, inside that of the executor.
 * Source: Mesos 1.11, src/slave/slave.cpp, runTaskGroup, killPendingTask.
 */
import type { ContainerId } from '../protocol/ids.ts';
import type { FromMasterToAgent } from '../protocol/master-to-agent.ts';
import { admit } from './admission.ts';
import { startExecutor } from './executors.ts';
import { type AgentContext, type AgentHandlers, type AgentState, taskKey } from './state.ts';
import {
  addTask,
  idRefusal,
  isCopy,
  keepLaunch,
  launchRefusal,
  newFramework,
  refuse,
} from './tasks.ts';
import { publishUnknown, remember } from './updates.ts';

type RunTaskGroup = Extract<FromMasterToAgent, { readonly type: 'runTaskGroup' }>;

export const taskGroupHandlers: AgentHandlers<'runTaskGroup'> = {
  runTaskGroup(state, launch, context) {
    const { frameworkId, framework: info, role, launchId } = launch;
    const { launchExecutor, resourceVersion } = launch;
    const tasks = launch.tasks.map((task) => ({ ...task, executor: launch.executor }));
    const [first] = tasks;
    const isStray = tasks.some(({ agentId }) => agentId !== state.agentId);
    // For an earlier life, or too late: the master asks what became of it, and is told.
    if (first === undefined || isStray || state.ending !== undefined) {
      const taskId = first?.taskId;
      context.log.warn('Ignoring a task group that is not for this agent, or comes too late', {
        taskId,
      });
      return;
    }
    const known = state.frameworks.get(frameworkId);
    if (known?.ending || isKnown(state, launch, context)) return;
    const framework = known ?? newFramework(frameworkId, info);
    const before = known?.info;
    framework.info = info;
    const taskCount = tasks.length;
    const refusal =
      tasks.map(({ taskId }) => idRefusal(framework, taskId)).find((one) => one !== undefined) ??
      launchRefusal(state, framework, first, {
        launchExecutor,
        resourceVersion,
        taskCount,
      });
    if (refusal !== undefined) {
      for (const { taskId } of tasks) refuse(state, framework, taskId, refusal, context);
      return;
    }
    const running = framework.executors.get(launch.executor.executorId);
    const executor = running ?? startExecutor(state, framework, first, role, context);
    if (executor === undefined) return;
    state.frameworks.set(frameworkId, framework);
    const group = tasks.map(({ taskId }) => taskId);
    const containerId = () =>
      executor.type === 'default'
        ? (`${executor.containerId}.${context.uuid()}` as ContainerId)
        : executor.containerId;
    const added = tasks.map((task) =>
      addTask(state, framework, executor, {
        ...{ info: task, containerId: containerId(), role, group, launchId },
      }),
    );
    keepLaunch(
      state,
      framework,
      { executor, isNew: running === undefined, tasks: added, before },
      context,
    );
    admit(state, framework, added, context);
  },
};

/**
 * It came before; or one of its tasks was killed before it came, which is the end of the others.
 * What came before and is forgotten in part is left alone: the master asks for what it misses.
 */
function isKnown(
  state: AgentState,
  { frameworkId, tasks, launchId }: RunTaskGroup,
  context: AgentContext,
): boolean {
  const copies = tasks.filter(({ taskId }) => isCopy(state, frameworkId, taskId, launchId));
  if (copies.length === 0) return false;
  const active = state.frameworks.get(frameworkId)?.tasks;
  const completed = tasks.map(({ taskId }) => state.completed.get(taskKey(frameworkId, taskId)));
  const isHere = copies.some(({ taskId }) => active?.has(taskId));
  if (isHere || completed.some((task) => task?.record !== undefined)) return true;
  tasks.forEach(({ taskId }, index) => {
    if (completed[index] !== undefined) return;
    const message = 'A task within the task group was killed before delivery to the executor';
    const what = { state: 'killed', reason: 'taskKilledDuringLaunch', message } as const;
    publishUnknown(state, frameworkId, taskId, what, context);
    remember(state, frameworkId, taskId, {}, context);
  });
  return true;
}
