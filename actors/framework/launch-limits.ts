/**
 * What a launch may carry. A message that master or wire refuse is refused as a whole, and nobody
 * answers it; so what would be refused is found out here, and answered at once.
 */
import { requestedGroup, requestedTask } from '../protocol/nouns.ts';
import type { LaunchGroup } from '../protocol/offer.ts';
import type { TaskInfo } from '../protocol/task.ts';

/**
 * Weight of the tasks of one accept: the characters and values of a message, so that it stays well
 * below what one frame may carry. What is over it waits for the next offers.
 */
export const LAUNCH_WEIGHT_MAX = 4_000_000;
/** The values of one message are limited, too: 200 000, and each counts so much here. */
const VALUE_WEIGHT = 24;

/** @returns what about the task would make the master refuse the message that it comes in */
export function launchFault(task: TaskInfo): string | undefined {
  return requestedTask(task)?.replace(/^(\.|: )/, '') ?? weightFault(task);
}

/** As `launchFault`, of a task group, which is launched as a whole. */
export function groupLaunchFault({ executor, tasks }: LaunchGroup): string | undefined {
  const group = { executor, tasks };
  return requestedGroup(group)?.replace(/^(\.|: )/, '') ?? weightFault(group);
}

function weightFault(launch: unknown): string | undefined {
  const weight = launchWeight(launch);
  if (weight <= LAUNCH_WEIGHT_MAX) return undefined;
  return `it is too large for a message: expected a weight of at most ${LAUNCH_WEIGHT_MAX}, got ${weight}`;
}

/** Of plain data. */
export function launchWeight(value: unknown): number {
  if (typeof value === 'string') return VALUE_WEIGHT + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_WEIGHT;
  let sum = VALUE_WEIGHT;
  for (const [key, item] of Object.entries(value)) {
    // The places of a list are not written.
    sum += launchWeight(item) + (Array.isArray(value) ? 0 : key.length);
  }
  return sum;
}
