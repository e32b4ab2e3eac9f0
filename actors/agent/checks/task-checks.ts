/**
 * The checks of one task, for who runs it: started with it, paused when it is about to end, gone with
 * it. Who runs it hears `CheckerNews`, and puts what they say into the task's statuses.
 */
import type { Address, Context } from '../../../runtime/actor.ts';
import type { CheckStatus } from '../../protocol/checks.ts';
import type { EnvironmentVariable, TaskInfo, TaskStatus } from '../../protocol/task.ts';
import { type CheckerMessage, type CheckerNews, type CheckerOptions, checker } from './checker.ts';

export interface TaskChecks {
  readonly checkers: readonly Address<CheckerMessage>[];
  /** What they found last, as statuses of the running task have it. */
  found: Pick<TaskStatus, 'healthy' | 'checkStatus'>;
  /** The task is killed because of its health. */
  hopeless: boolean;
}

type Speaker = Pick<Context<never, never>, 'send' | 'spawn' | 'stop'>;

export function startChecks(
  task: TaskInfo,
  where: Omit<CheckerOptions, 'owner' | 'watch'>,
  owner: Address<CheckerNews>,
  context: Speaker,
): TaskChecks {
  const { check, healthCheck, command } = task;
  const own: readonly EnvironmentVariable[] = command?.environment ?? [];
  const options = { ...where, environment: [...where.environment, ...own], owner };
  const watches: CheckerOptions['watch'][] = [];
  if (check !== undefined) watches.push({ kind: 'check', check });
  if (healthCheck !== undefined) watches.push({ kind: 'health', check: healthCheck });
  return {
    checkers: watches.map((watch) =>
      context.spawn(checker, { ...options, watch }, { light: true }),
    ),
    found: nothingFound(task),
    hopeless: false,
  };
}

/** A task with a check has a status of it from the first on. */
export function nothingFound({ check }: TaskInfo): { readonly checkStatus?: CheckStatus } {
  return check === undefined ? {} : { checkStatus: { type: check.type } };
}

/** @returns what the status of the running task says, beside its state */
export function noteNews(checks: TaskChecks, news: CheckerNews): Partial<TaskStatus> {
  if (news.type === 'checkFound') {
    const { checkStatus } = news;
    checks.found = { ...checks.found, checkStatus };
    return { ...checks.found, reason: 'taskCheckStatusUpdated' };
  }
  const { healthy, hopeless, message } = news;
  checks.found = { ...checks.found, healthy };
  checks.hopeless = hopeless;
  return { ...checks.found, reason: 'taskHealthCheckStatusUpdated', message };
}

export function pauseChecks(checks: TaskChecks | undefined, context: Speaker): void {
  for (const one of checks?.checkers ?? []) context.send(one, { type: 'pauseChecks' });
}

export function endChecks(checks: TaskChecks | undefined, context: Speaker): void {
  for (const one of checks?.checkers ?? []) context.stop(one);
}
