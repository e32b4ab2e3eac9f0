/**
 * The default executor: runs task groups, each task in a container of its own, and reports each by
 * itself.
 *
 *     launchGroup ──▶ preparing ──groupPrepared──▶ starting ──containerStarted──▶ running
 *                       │ STARTING each               │                            │ RUNNING
 *                       └──groupNotPrepared──▶ over ◀─┴──────containerEnded────────┘
 *                                              FINISHED, FAILED or KILLED
 * No task of a group starts before all have their sandboxes. When one fails or is killed, the others
 * of its group are killed; that one finishes, or what becomes of other groups, is nothing to them.
 * It ends when it is told to and its last task is over: as soon as the agent has all its updates, and
 * a minute later at the latest. (The agent tells it when it has no tasks any more, see lives.ts; that of
 * Mesos finds out by itself, and may miss the next group.) Of a task that is killed with its group its
 * own grace period counts; in Mesos that is so only for the task that the kill was for. One that was
 * there in an earlier life of the agent goes on with its groups as they were: the launcher tells it
 * anew what is known of their containers.
 * Source: Mesos 1.11, src/launcher/default_executor.cpp.
 */
import { type Address, type Context, defineActor, type TimerId } from '../../../runtime/actor.ts';
import type { ContainerId, TaskId, UpdateId } from '../../protocol/ids.ts';
import type { ExecutorMessage, FromExecutorToAgent } from '../../protocol/messages.ts';
import { isTerminal, type TaskInfo, type TaskState } from '../../protocol/task.ts';
import type { LauncherEvent, LauncherMessage } from '../launcher/launcher.ts';
import type { Verdict } from '../verdicts.ts';
import type { SandboxName, WorkDirectory } from '../work-directory.ts';
import {
  type Group,
  type Member,
  memberEnvironment,
  memberVerdict,
  NEVER_STARTED,
  newMember,
  type RecoveredMember,
  recoveredGroups,
} from './members.ts';
import { makeGroupSandboxes, SandboxFault } from './sandboxes.ts';

export type DefaultExecutorMessage =
  /** From the agent. What it has had before, and `launch`, which is for others, is dropped. */
  | ExecutorMessage
  /** From the launcher. */
  | LauncherEvent
  /** From ourselves. */
  | { readonly type: 'groupPrepared'; readonly number: number }
  /** Without `taskId`: none of them could have one. */
  | {
      readonly type: 'groupNotPrepared';
      readonly number: number;
      readonly taskId: TaskId | undefined;
      readonly sentence: string;
    }
  /** Updates that the agent doesn't confirm are not waited for any longer. */
  | { readonly type: 'endDue' };

export interface DefaultExecutorOptions {
  readonly agent: Address<FromExecutorToAgent>;
  readonly launcher: Address<LauncherMessage>;
  readonly workDirectory: WorkDirectory;
  readonly sandbox: SandboxName;
  /** Unless the task or the kill says otherwise. */
  readonly killGracePeriodMs: number;
  /** On shutdown nothing has longer. */
  readonly shutdownGracePeriodMs: number;
  /** The framework understands `killing`. */
  readonly reportsKilling: boolean;
  /** Where its tasks can be reached, where that is known. */
  readonly containerIp?: string;
  readonly recovered?: RecoveredExecutor;
}

interface DefaultExecutorState {
  groupCount: number;
  readonly groups: Map<number, Group>;
  readonly members: Map<TaskId, Member>;
  readonly taskIds: Map<ContainerId, TaskId>;
  /** That the agent has not confirmed, and the container that a terminal one is about. */
  readonly updateIds: Map<UpdateId, ContainerId | undefined>;
  shuttingDown: boolean;
  endTimer: TimerId | undefined;
}

type DefaultExecutorContext = Context<DefaultExecutorOptions, DefaultExecutorMessage>;

/** What became of its tasks in an earlier life of the agent; the launcher has been told of us. */
export interface RecoveredExecutor {
  readonly members: readonly RecoveredMember[];
  /** It was told to end. */
  readonly shuttingDown: boolean;
  /** What is told of those whose order to start was lost with the agent. */
  readonly neverStarted: Verdict;
}

/** Source: Mesos 1.11, default_executor.cpp, _shutdown. */
const CONFIRMATION_WAIT_MS_MAX = 60_000;

export const defaultExecutor = defineActor<
  DefaultExecutorOptions,
  DefaultExecutorState,
  DefaultExecutorMessage
>({
  name: 'default-executor',
  initialState({ recovered, sandbox }) {
    const { members = [], neverStarted = NEVER_STARTED, shuttingDown = false } = recovered ?? {};
    const groups = recoveredGroups(members, neverStarted, sandbox);
    return {
      groupCount: groups.length,
      groups: new Map(groups.map((group) => [group.number, group])),
      members: new Map(groups.flatMap((group) => [...group.members])),
      taskIds: new Map(members.map(({ containerId, task }) => [containerId, task.taskId])),
      updateIds: new Map(),
      shuttingDown,
      endTimer: undefined,
    };
  },
  handlers: {
    launchGroup(state, { tasks, containerIds, role }, context) {
      if (state.shuttingDown || containerIds?.length !== tasks.length) return;
      if (tasks.some(({ taskId }) => state.members.has(taskId))) return;
      const { workDirectory, sandbox } = context.options;
      const number = state.groupCount++;
      const group: Group = { number, members: new Map(), role, ending: false };
      state.groups.set(number, group);
      tasks.forEach((task, index) => {
        const containerId = containerIds[index];
        if (containerId !== undefined) addMember(state, group, task, containerId, context);
      });
      const names = [...group.members.values()].map((member) => member.sandbox);
      context.defer(makeGroupSandboxes(workDirectory, sandbox, names), {
        onValue: () => ({ type: 'groupPrepared', number }),
        onError: (error) => ({ type: 'groupNotPrepared', number, ...SandboxFault.of(error) }),
      });
    },

    groupPrepared(state, { number }, context) {
      const members = membersOf(state, number);
      const unfit = members.find(({ task }) => task.command === undefined);
      if (unfit !== undefined || members.some(({ killed }) => killed)) {
        const why = unfit && memberVerdict(unfit, { kind: 'notStarted', cause: '' });
        endUnstarted(state, number, (member) => (member === unfit ? why : undefined), context);
        return;
      }
      for (const member of members) launch(member, context);
    },

    groupNotPrepared(state, { number, taskId, sentence: message }, context) {
      const failed: Verdict = { state: 'failed', reason: 'containerLaunchFailed', message };
      const verdictOf = ({ task }: Member) =>
        taskId === undefined || taskId === task.taskId ? failed : undefined;
      endUnstarted(state, number, verdictOf, context);
    },

    containerStarted(state, { containerId }, context) {
      const member = memberIn(state, containerId);
      if (member?.killAgain) {
        member.killAgain = false;
        kill(state, member, lastGraceMs(state, member, context), context);
      }
      if (member?.phase !== 'starting') return;
      member.phase = 'running';
      if (!member.killed) report(state, member, { state: 'running' }, context);
    },

    containerEnded(state, { containerId, end: how }, context) {
      const member = memberIn(state, containerId);
      if (member !== undefined) end(state, member, memberVerdict(member, how), context);
    },

    kill(state, { taskId, killGracePeriodMs }, context) {
      const member = state.members.get(taskId);
      if (member === undefined) return;
      kill(state, member, killGracePeriodMs ?? graceMsOf(member, context), context);
    },

    shutdown(state, _, context) {
      state.shuttingDown = true;
      for (const member of state.members.values()) {
        kill(state, member, lastGraceMs(state, member, context), context);
      }
      stopWhenDone(state, context);
    },

    updateReceived(state, { updateId }, context) {
      const containerId = state.updateIds.get(updateId);
      if (containerId !== undefined) {
        context.send(context.options.launcher, { type: 'settled', containerId });
      }
      state.updateIds.delete(updateId);
      stopWhenDone(state, context);
    },

    endDue(_state, _message, context) {
      context.log.warn('The agent did not confirm the last updates');
      context.stop();
    },

    launch() {},
    // It is registered by being started, and hears no messages.
    executorRegistered() {},
    registrationRefused() {},
    schedulerMessage() {},
    exited() {},
  },
});

function addMember(
  state: DefaultExecutorState,
  group: Group,
  task: TaskInfo,
  containerId: ContainerId,
  context: DefaultExecutorContext,
): void {
  const { taskId } = task;
  const member = newMember(task, containerId, group, context.options.sandbox);
  group.members.set(taskId, member);
  state.members.set(taskId, member);
  state.taskIds.set(containerId, taskId);
  report(state, member, { state: 'starting' }, context);
}

function launch(member: Member, context: DefaultExecutorContext): void {
  const { launcher, workDirectory, containerIp } = context.options;
  const { command } = member.task;
  const { containerId } = member.sandbox;
  if (command === undefined) return;
  member.phase = 'starting';
  const sandbox = workDirectory.sandboxPath(member.sandbox);
  const environment = memberEnvironment(member, sandbox, containerIp);
  const owner = context.self;
  context.send(launcher, { type: 'launch', containerId, command, environment, sandbox, owner });
}

/** None of the group starts. @param verdictOf why, for those that are the reason */
function endUnstarted(
  state: DefaultExecutorState,
  number: number,
  verdictOf: (member: Member) => Verdict | undefined,
  context: DefaultExecutorContext,
): void {
  for (const member of membersOf(state, number)) {
    member.group.ending = true;
    end(state, member, verdictOf(member) ?? NEVER_STARTED, context);
  }
}

function kill(
  state: DefaultExecutorState,
  member: Member,
  gracePeriodMs: number,
  context: DefaultExecutorContext,
): void {
  if (!member.killed) {
    member.killed = true;
    if (context.options.reportsKilling) report(state, member, { state: 'killing' }, context);
  }
  // Before that there is nothing to kill, and `groupPrepared` starts nothing.
  if (member.phase === 'preparing') return;
  const { containerId } = member.sandbox;
  context.send(context.options.launcher, { type: 'kill', containerId, gracePeriodMs });
}

function end(
  state: DefaultExecutorState,
  member: Member,
  how: Verdict,
  context: DefaultExecutorContext,
): void {
  const { group, task, sandbox } = member;
  report(state, member, how, context);
  state.members.delete(task.taskId);
  state.taskIds.delete(sandbox.containerId);
  group.members.delete(task.taskId);
  if (group.members.size === 0) state.groups.delete(group.number);
  if (how.state !== 'finished') endGroup(state, group, context);
  stopWhenDone(state, context);
}

function endGroup(
  state: DefaultExecutorState,
  group: Group,
  context: DefaultExecutorContext,
): void {
  if (group.ending || state.shuttingDown) return;
  group.ending = true;
  for (const member of group.members.values()) {
    if (!member.killed) kill(state, member, graceMsOf(member, context), context);
  }
}

function stopWhenDone(state: DefaultExecutorState, context: DefaultExecutorContext): void {
  if (!state.shuttingDown || state.members.size > 0) return;
  if (state.updateIds.size === 0) context.stop();
  else state.endTimer ??= context.sendSelfAfter(CONFIRMATION_WAIT_MS_MAX, { type: 'endDue' });
}

function report(
  state: DefaultExecutorState,
  { task, sandbox }: Member,
  what: Partial<Verdict> & { readonly state: TaskState },
  context: DefaultExecutorContext,
): void {
  const { frameworkId, executorId, containerId } = sandbox;
  const { taskId } = task;
  const id = context.uuid() as UpdateId;
  const timestampMs = context.nowMs();
  const status = { taskId, source: 'executor', timestampMs, containerId, ...what } as const;
  state.updateIds.set(id, isTerminal(what.state) ? containerId : undefined);
  context.send(context.options.agent, {
    type: 'executorUpdate',
    frameworkId,
    executorId,
    update: { id, frameworkId, status },
  });
}

function graceMsOf({ task }: Member, { options }: DefaultExecutorContext): number {
  return task.killGracePeriodMs ?? options.killGracePeriodMs;
}

/** On shutdown nothing has longer than the executor. */
function lastGraceMs(
  { shuttingDown }: DefaultExecutorState,
  member: Member,
  context: DefaultExecutorContext,
): number {
  const ownMs = graceMsOf(member, context);
  return shuttingDown ? Math.min(ownMs, context.options.shutdownGracePeriodMs) : ownMs;
}

function membersOf({ groups }: DefaultExecutorState, number: number): readonly Member[] {
  return [...(groups.get(number)?.members.values() ?? [])];
}

function memberIn(state: DefaultExecutorState, containerId: ContainerId): Member | undefined {
  const taskId = state.taskIds.get(containerId);
  return taskId === undefined ? undefined : state.members.get(taskId);
}
