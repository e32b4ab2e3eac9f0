/**
 * Launches of task groups: all of a group's tasks are booked and sent to the agent in one message, or
 * all are answered with the first error. The executor is booked once, with the first group in it.
 * Source: Mesos 1.11, src/master/master.cpp, _accept, LAUNCH_GROUP.
 */
import type { OfferId } from '../protocol/ids.ts';
import type { LaunchGroup } from '../protocol/offer.ts';
import type { Resources } from '../protocol/resources.ts';
import type { TaskInfo } from '../protocol/task.ts';
import { groupFault, groupResourcesNeeded } from './group-validation.ts';
import { bookExecutor, bookTask, isFull, launchGround, tellError } from './launch-records.ts';
import type { MasterContext } from './messages.ts';
import type { AgentRecord, FrameworkRecord } from './state.ts';

interface GroupLaunch {
  readonly agent: AgentRecord;
  readonly framework: FrameworkRecord;
  readonly operation: LaunchGroup;
  /** What is left of the offers. */
  readonly resources: Resources;
  readonly role: string;
  readonly offerId: OfferId;
}

/** @returns what it takes of `resources`: nothing if it is refused, and for a group of no tasks */
export function launchGroup(
  { agent, framework, operation, resources, role, offerId }: GroupLaunch,
  context: MasterContext,
): Resources {
  const { executor } = operation;
  const { frameworkId } = framework;
  if (operation.tasks.length === 0) {
    context.log.warn(`Dropped a task group of framework "${frameworkId}": it has no tasks`);
    return [];
  }
  const tasks = operation.tasks.map((task) => ({ ...task, executor: task.executor ?? executor }));
  const ground = launchGround(agent, framework, resources);
  const message = isFull(framework, context, tasks.length) ?? groupFault(executor, tasks, ground);
  if (message !== undefined) {
    const why = { reason: 'taskGroupInvalid', message } as const;
    for (const task of tasks) tellError(framework, task, why, context);
    return [];
  }
  const taken = groupResourcesNeeded(executor, tasks, ground);
  const launchExecutor = bookExecutor(agent, framework, executor, role);
  for (const task of tasks) bookTask(agent, framework, task, { role, offerId }, context);
  context.send(agent.address, {
    type: 'runTaskGroup',
    frameworkId,
    framework: framework.info,
    executor,
    tasks: tasks.map(withoutExecutor),
    role,
    launchExecutor,
    launchId: offerId,
    ...(agent.resourceVersion !== undefined && { resourceVersion: agent.resourceVersion }),
  });
  return taken;
}

/** It travels once, beside them. */
function withoutExecutor({ executor: _, ...task }: TaskInfo): TaskInfo {
  return task;
}
