/** Task groups from a scheduler's side: their executor, and how they are matched with offers. Pure. */
import type { ExecutorId } from '../protocol/ids.ts';
import { claim } from '../protocol/resource-selection.ts';
import { parseResources } from '../protocol/resource-text.ts';
import { minus, plus, type Resources } from '../protocol/resources.ts';
import type { ExecutorInfo } from '../protocol/task.ts';
import { type Demand, type Placed, portsResources } from './matching.ts';

/** A little more than the least that a master lets the executor of a group have. */
const EXECUTOR_RESOURCES = parseResources('cpus:0.1;mem:32;disk:32');

/**
 * The agent's own executor for task groups. Groups of one id on one agent share it, and have to
 * describe it in the same way; a group with an id of its own has it for itself.
 * @param resources held as long as it lives; at least 0.01 cpus, 32 MB of mem and some disk
 */
export function defaultExecutor(
  executorId: ExecutorId,
  resources: Resources = EXECUTOR_RESOURCES,
): ExecutorInfo {
  return { executorId, type: 'default', name: 'default executor', resources };
}

/** A group as one thing to be placed: `matchTasks` puts it on one agent as a whole, or nowhere. */
export interface GroupDemand<Task extends Demand> extends Demand {
  readonly executor: ExecutorInfo;
  readonly tasks: readonly Task[];
}

export function groupDemand<Task extends Demand>(
  executor: ExecutorInfo,
  tasks: readonly Task[],
): GroupDemand<Task> {
  return {
    executor,
    tasks,
    resources: tasks.reduce<Resources>((sum, { resources }) => plus(sum, resources), []),
    portCount: tasks.reduce((sum, { portCount = 0 }) => sum + portCount, 0),
    constraints: tasks.flatMap(({ constraints = [] }) => constraints),
  };
}

/** What each task of a placed group was given: the ports in the order of the tasks. */
export function groupMembers<Task extends Demand>({
  task: { tasks },
  resources: ofGroup,
  ports,
}: Placed<GroupDemand<Task>>): readonly Placed<Task>[] {
  let from = 0;
  let rest = ofGroup;
  return tasks.map((task) => {
    const { portCount = 0 } = task;
    const own = ports.slice(from, from + portCount);
    from += portCount;
    const resources = claim(rest, plus(task.resources, portsResources(own))) ?? [];
    rest = minus(rest, resources);
    return { task, resources, ports: own };
  });
}
