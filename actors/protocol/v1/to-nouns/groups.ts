/**
 * LAUNCH_GROUP of Mesos → ours. What our nouns have no words for, but Mesos has rules about in groups,
 * is judged here: containers, their networks, limits.
 * Source of rules and sentences: Mesos, src/master/validation.cpp, executor::validateType, task::group.
 */
import type { Operation } from '../../offer.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { toExecutor, toTask } from './tasks.ts';

type Group = V1<'Offer.Operation.LaunchGroup'>;

/**
 * Its executor need not say whose it is, though Mesos insists on `framework_id` here.
 * @returns none without its part: the reason is in the report
 */
export function toLaunchGroup(
  operation: V1<'Offer.Operation'>,
  report: Report,
  path: string,
): Operation[] {
  report.rest('Offer.Operation', operation, ['type', 'launch_group'], path);
  const at = step(path, 'launch_group');
  const { launch_group: group } = operation;
  if (group === undefined) {
    const sentence =
      'A LAUNCH_GROUP offer operation must have the Offer.Operation.launch_group field set.';
    report.refuse(at, sentence);
    return [];
  }
  const fault = groupFault(group);
  if (fault !== undefined) report.refuse(at, fault);
  const executor = toExecutor(group.executor, report, step(at, 'executor'));
  const tasks = (group.task_group.tasks ?? []).map((task, place) =>
    toTask(task, report, step(at, 'task_group.tasks', place)),
  );
  return [{ type: 'launchGroup', executor, tasks }];
}

function groupFault({ executor, task_group: { tasks = [] } }: Group): string | undefined {
  for (const task of tasks) {
    const fault = memberFault(task);
    if (fault !== undefined) return `Task '${task.task_id.value}' is invalid: ${fault}`;
  }
  const shared = new Set(tasks.map(({ container }) => sharesCgroups(container) ?? true));
  return (
    executorFault(executor) ??
    (shared.size > 1
      ? "If set, the value of 'share_cgroups' must be the same for all tasks in each task group and under a single executor"
      : undefined)
  );
}

function memberFault({ container, health_check, limits }: V1<'TaskInfo'>): string | undefined {
  const hasNetwork = (container?.network_infos ?? []).length > 0;
  if (hasNetwork && (health_check?.type === 'HTTP' || health_check?.type === 'TCP')) {
    return "HTTP and TCP health checks are not supported for nested containers not joining parent's network";
  }
  if (container?.type === 'DOCKER') return 'Docker ContainerInfo is not supported on the task';
  if (limits !== undefined && limits.size > 0 && sharesCgroups(container) !== false) {
    return "Resource limits may only be set for tasks within a task group when the 'share_cgroups' field is set to 'false'.";
  }
  return undefined;
}

function executorFault({ type, container }: V1<'ExecutorInfo'>): string | undefined {
  if (type === 'DEFAULT' && container !== undefined) {
    if (container.type !== 'MESOS') {
      return "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor";
    }
    if (container.mesos?.image !== undefined) {
      return "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor";
    }
  }
  if (container?.type === 'DOCKER') return 'Docker ContainerInfo is not supported on the executor';
  return sharesCgroups(container)
    ? "The 'share_cgroups' field cannot be set to 'true' on executor containers"
    : undefined;
}

function sharesCgroups(container: V1<'ContainerInfo'> | undefined): boolean | undefined {
  return container?.linux_info?.share_cgroups;
}
