/** Whether a task group can be sent to the master: as a whole, or each of its tasks is answered. Pure. */
import type { LaunchGroup } from '../protocol/offer.ts';
import type { TaskStatus } from '../protocol/task.ts';
import { groupLaunchFault, LAUNCH_WEIGHT_MAX } from './launch-limits.ts';
import { LIVE_TASK_COUNT_MAX, type TaskBook } from './task-book.ts';

/** @param weight of the accept up to and with this group */
export function groupRefusal(
  group: LaunchGroup,
  weight: number,
  connected: boolean,
  { live }: TaskBook,
): (Pick<TaskStatus, 'reason' | 'message'> & { readonly state?: TaskStatus['state'] }) | undefined {
  const { executorId } = group.executor;
  const cannot = `Cannot launch the task group of executor "${executorId}"`;
  const fault = groupLaunchFault(group);
  if (fault !== undefined) {
    return { state: 'error', reason: 'taskGroupInvalid', message: `${cannot}: ${fault}` };
  }
  if (weight > LAUNCH_WEIGHT_MAX) {
    return { message: `${cannot} along with so much else: launch it with the next offers` };
  }
  if (!connected) {
    const message = `${cannot}: no master listens at the moment`;
    return { reason: 'masterDisconnected', message };
  }
  if (live.size + group.tasks.length <= LIVE_TASK_COUNT_MAX) return undefined;
  return {
    message: `${cannot}: ${live.size} tasks have not ended yet; launch it when some have`,
  };
}
