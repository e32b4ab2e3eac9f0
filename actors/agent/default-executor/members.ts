/**
 * The tasks in a default executor: each a member of its group, in a container of its own.
 *
 *     preparing ──all sandboxes of the group made, all files fetched──▶ starting ──▶ running ──▶ (over)
 */
import type { TimerId } from '../../../runtime/actor.ts';
import type { ContainerId, TaskId } from '../../protocol/ids.ts';
import type { EnvironmentVariable, TaskInfo } from '../../protocol/task.ts';
import type { TaskChecks } from '../checks/task-checks.ts';
import { programEnvironment, twice } from '../environment.ts';
import type { ContainerEnd } from '../launcher/launcher.ts';
import { tooLong, type Verdict, verdict } from '../verdicts.ts';
import type { SandboxName } from '../work-directory.ts';

export interface Group {
  readonly number: number;
  /** Those that are not over. */
  readonly members: Map<TaskId, Member>;
  readonly role: string | undefined;
  /** Those whose files are on their way. */
  readonly fetching: Set<ContainerId>;
  /** One of it has failed or was killed: the others are being killed, too. */
  ending: boolean;
}

export interface Member {
  readonly task: TaskInfo;
  readonly group: Group;
  readonly sandbox: SandboxName & { readonly taskId: TaskId };
  phase: 'preparing' | 'starting' | 'running';
  killed: boolean;
  /** It was killed in an earlier life of the agent; the launcher has not been told of it in this one. */
  killAgain: boolean;
  /** Why what its command needs could not be had. */
  unprepared: string | undefined;
  /** Set while it has a time limit. */
  completionTimer: TimerId | undefined;
  tookTooLong: boolean;
  checks: TaskChecks | undefined;
  /** What an earlier life of the agent knew of it. */
  readonly recovered: RecoveredMember | undefined;
  /** What is told of one of an earlier life when the order to start it was lost. */
  readonly neverStarted: Verdict | undefined;
}

/** A task of an earlier life of the agent, as far as it had come then. */
export interface RecoveredMember {
  readonly task: TaskInfo;
  readonly containerId: ContainerId;
  readonly role: string | undefined;
  /** All that it was launched together with. */
  readonly group: readonly TaskId[];
  /** It was reported so. */
  readonly running: boolean;
  /** Somebody asked for its end. */
  readonly killed: boolean;
  /** When it was first told of: its time limit counts from then. */
  readonly beganMs: number | undefined;
  /** What its checks found last. */
  readonly found: TaskChecks['found'];
}

/** @param executor the sandbox that those of its tasks are in */
export function newMember(
  task: TaskInfo,
  containerId: ContainerId,
  group: Group,
  executor: SandboxName,
): Member {
  const { taskId } = task;
  const sandbox = { ...executor, containerId, taskId };
  return {
    task,
    group,
    sandbox,
    phase: 'preparing',
    killed: false,
    killAgain: false,
    unprepared: undefined,
    completionTimer: undefined,
    tookTooLong: false,
    checks: undefined,
    recovered: undefined,
    neverStarted: undefined,
  };
}

/** In their groups. @param neverStarted what is told of those whose order to start was lost */
export function recoveredGroups(
  members: readonly RecoveredMember[],
  neverStarted: Verdict,
  executor: SandboxName,
): readonly Group[] {
  const groups = new Map<TaskId | undefined, Group>();
  for (const recovered of members) {
    const { task, containerId, role, group: taskIds, running, killed } = recovered;
    const [first] = taskIds;
    const group = groups.get(first) ?? {
      number: groups.size,
      members: new Map(),
      role,
      fetching: new Set(),
      ending: false,
    };
    groups.set(first, group);
    group.members.set(task.taskId, {
      ...newMember(task, containerId, group, executor),
      phase: running ? 'running' : 'starting',
      killed,
      killAgain: killed,
      recovered,
      neverStarted: killed ? undefined : neverStarted,
    });
  }
  return [...groups.values()];
}

/** Whom it belongs to, and where it can be reached, beside what every command learns. */
export function memberEnvironment(
  { task, sandbox: name, group }: Member,
  sandbox: string,
  {
    containerIp,
    common,
  }: { readonly containerIp?: string; readonly common?: readonly EnvironmentVariable[] },
): readonly EnvironmentVariable[] {
  const { command } = task;
  if (command === undefined) return [];
  const environment = [
    ...(group.role === undefined ? [] : twice('ALLOCATION_ROLE', group.role)),
    ...(containerIp === undefined ? [] : twice('CONTAINER_IP', containerIp)),
    ...command.environment,
  ];
  return programEnvironment({ ...command, environment }, name, sandbox, common);
}

/**
 * As of a command; but what was killed counts as killed, also when it ended well.
 * Source: Mesos 1.11, src/launcher/default_executor.cpp, waited.
 */
export function memberVerdict(member: Member, end: ContainerEnd): Verdict {
  const { task, killed, neverStarted, tookTooLong } = member;
  if (end.kind === 'notStarted' && end.orderLost && neverStarted !== undefined) return neverStarted;
  const { command } = task;
  if (command === undefined) {
    const message = 'Cannot start the task: it has no command, which the default executor needs';
    return { state: 'failed', reason: 'containerLaunchFailed', message };
  }
  const plain = verdict(end, killed, command);
  if (tookTooLong) return tooLong(plain, task.maxCompletionTimeMs);
  return killed ? { ...plain, state: 'killed' } : plain;
}

/** Of a member that never ran because another one of its group can't, or was killed before. */
export const NEVER_STARTED: Verdict = {
  state: 'killed',
  reason: 'taskKilledDuringLaunch',
  message:
    'Command was killed before it started: the tasks of a group start together or not at all',
};
