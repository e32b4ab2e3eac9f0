/**
 * The tasks in a default executor: each a member of its group, in a container of its own.
 *
 *     preparing ──all sandboxes of the group made──▶ starting ──▶ running ──▶ (over)
 */
import type { ContainerId, TaskId } from '../../protocol/ids.ts';
import type { EnvironmentVariable, TaskInfo } from '../../protocol/task.ts';
import { programEnvironment, twice } from '../environment.ts';
import type { ContainerEnd } from '../launcher/launcher.ts';
import { type Verdict, verdict } from '../verdicts.ts';
import type { SandboxName } from '../work-directory.ts';

export interface Group {
  readonly number: number;
  /** Those that are not over. */
  readonly members: Map<TaskId, Member>;
  readonly role: string | undefined;
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
  for (const { task, containerId, role, group: taskIds, running, killed } of members) {
    const [first] = taskIds;
    const group = groups.get(first) ?? {
      number: groups.size,
      members: new Map(),
      role,
      ending: false,
    };
    groups.set(first, group);
    group.members.set(task.taskId, {
      ...newMember(task, containerId, group, executor),
      phase: running ? 'running' : 'starting',
      killed,
      killAgain: killed,
      neverStarted: killed ? undefined : neverStarted,
    });
  }
  return [...groups.values()];
}

/** Whom it belongs to, and where it can be reached, beside what every command learns. */
export function memberEnvironment(
  { task, sandbox: name, group }: Member,
  sandbox: string,
  containerIp: string | undefined,
): readonly EnvironmentVariable[] {
  const { command } = task;
  if (command === undefined) return [];
  const environment = [
    ...(group.role === undefined ? [] : twice('ALLOCATION_ROLE', group.role)),
    ...(containerIp === undefined ? [] : twice('CONTAINER_IP', containerIp)),
    ...command.environment,
  ];
  return programEnvironment({ ...command, environment }, name, sandbox);
}

/**
 * As of a command; but what was killed counts as killed, also when it ended well.
 * Source: Mesos 1.11, src/launcher/default_executor.cpp, waited.
 */
export function memberVerdict({ task, killed, neverStarted }: Member, end: ContainerEnd): Verdict {
  if (end.kind === 'notStarted' && end.orderLost && neverStarted !== undefined) return neverStarted;
  const { command } = task;
  if (command === undefined) {
    const message = 'Cannot start the task: it has no command, which the default executor needs';
    return { state: 'failed', reason: 'containerLaunchFailed', message };
  }
  const plain = verdict(end, killed, command);
  return killed ? { ...plain, state: 'killed' } : plain;
}

/** Of a member that never ran because another one of its group can't, or was killed before. */
export const NEVER_STARTED: Verdict = {
  state: 'killed',
  reason: 'taskKilledDuringLaunch',
  message:
    'Command was killed before it started: the tasks of a group start together or not at all',
};
