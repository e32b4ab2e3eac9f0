/**
 * What watches over a task of a group while it runs: its checks, and its time limit. The limit counts
 * from the start of its command; in a later life of the agent from the first word about it, for then
 * nobody knows how long its files took.
 */
import type { TimerId } from '../../../runtime/actor.ts';
import type { TaskStatus } from '../../protocol/task.ts';
import { endChecks, startChecks } from '../checks/task-checks.ts';
import type { DefaultExecutorContext } from './executor-state.ts';
import { type Member, memberEnvironment } from './members.ts';

/** Its checks begin, once in a life of the agent. */
export function look(member: Member, context: DefaultExecutorContext): void {
  if (member.checks !== undefined) return;
  const { launcher, probes, workDirectory } = context.options;
  const { containerId } = member.sandbox;
  const sandbox = workDirectory.sandboxPath(member.sandbox);
  const environment = memberEnvironment(member, sandbox, context.options);
  const where = { containerId, launcher, probes, sandbox, environment };
  const checks = startChecks(member.task, where, context.self, context);
  checks.found = { ...checks.found, ...member.recovered?.found };
  member.checks = checks;
}

/** @param beganMs now, where it is not known */
export function startClock(
  member: Member,
  beganMs: number | undefined,
  context: DefaultExecutorContext,
): void {
  const { maxCompletionTimeMs: limitMs = 0 } = member.task;
  if (limitMs <= 0 || member.completionTimer !== undefined) return;
  const nowMs = context.nowMs();
  const leftMs = Math.max(0, (beganMs ?? nowMs) + limitMs - nowMs);
  const { containerId } = member.sandbox;
  member.completionTimer = context.sendSelfAfter(leftMs, { type: 'completionDue', containerId });
}

export function stopClock(member: Member, context: DefaultExecutorContext): void {
  const timer: TimerId | undefined = member.completionTimer;
  if (timer !== undefined) context.cancel(timer);
  member.completionTimer = undefined;
}

/** It is over. @returns what its last status says of its health */
export function endWatch(
  member: Member,
  context: DefaultExecutorContext,
): Pick<TaskStatus, 'healthy'> {
  stopClock(member, context);
  endChecks(member.checks, context);
  return member.killed && member.checks?.hopeless ? { healthy: false } : {};
}
