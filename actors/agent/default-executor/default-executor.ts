/**
 * The default executor: runs task groups, each task in a container of its own, and reports each by
 * itself.
 *
 *     launchGroup ──▶ preparing ──groupPrepared, fetched──▶ starting ──containerStarted──▶ running
 *                       │ STARTING each                        │                            │ RUNNING
 *                       └──groupNotPrepared, notFetched──▶ over ◀─┴──────containerEnded─────┘
 *                                                       FINISHED, FAILED or KILLED
 * No task of a group starts before all have their sandboxes and their files. When one fails or is
 * killed, the others of its group are killed; that one finishes, or what becomes of other groups, is
 * nothing to them. Each is looked at by its own checks and has its own time limit, as a command has.
 * It ends when it is told to and its last task is over: as soon as the agent has all its updates, and
 * a minute later at the latest. (The agent tells it when it has no tasks any more, see lives.ts; that of
 * Mesos finds out by itself, and may miss the next group.) Of a task that is killed with its group its
 * own grace period counts; in Mesos that is so only for the task that the kill was for. One that was
 * there in an earlier life of the agent goes on with its groups as they were: the launcher tells it
 * anew what is known of their containers.
 * Source: Mesos 1.11, src/launcher/default_executor.cpp.
 */
import { defineActor } from '../../../runtime/actor.ts';
import type { ContainerId, UpdateId } from '../../protocol/ids.ts';
import { isTerminal, type TaskInfo, type TaskState, type TaskStatus } from '../../protocol/task.ts';
import type { CheckerNews } from '../checks/checker.ts';
import { noteNews, nothingFound, pauseChecks } from '../checks/task-checks.ts';
import type { Verdict } from '../verdicts.ts';
import type {
  DefaultExecutorContext,
  DefaultExecutorMessage,
  DefaultExecutorOptions,
  DefaultExecutorState,
} from './executor-state.ts';
import {
  type Group,
  type Member,
  memberVerdict,
  NEVER_STARTED,
  newMember,
  recoveredGroups,
} from './members.ts';
import { fetch, giveUpFetching, launch, unpreparedVerdict } from './preparing.ts';
import { makeGroupSandboxes, SandboxFault } from './sandboxes.ts';
import { endWatch, look, startClock, stopClock } from './watching.ts';

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
      const { workDirectory, sandbox, resources } = context.options;
      const number = state.groupCount++;
      const group: Group = {
        ...{ number, members: new Map(), role },
        fetching: new Set(),
        ending: false,
      };
      state.groups.set(number, group);
      tasks.forEach((task, index) => {
        const containerId = containerIds[index];
        if (containerId !== undefined) addMember(state, group, task, containerId, context);
      });
      const own = { name: sandbox, resources };
      const plans = [...group.members.values()].map((member) => ({
        name: member.sandbox,
        resources: member.task.resources,
      }));
      context.defer(makeGroupSandboxes(workDirectory, own, plans), {
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
      for (const member of members) fetch(member, context);
      startWhenReady(state, number, context);
    },

    fetched(state, { containerId }, context) {
      prepared(state, containerId, undefined, context);
    },

    notFetched(state, { containerId, sentence }, context) {
      prepared(state, containerId, sentence, context);
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
      if (member === undefined || member.phase === 'preparing') return;
      const { phase, recovered } = member;
      if (phase === 'running' && recovered === undefined) return;
      member.phase = 'running';
      if (member.killed) return;
      if (phase !== 'running') report(state, member, { state: 'running' }, context);
      // One that ended while the agent was away is told of before its time can be over.
      if (recovered !== undefined) startClock(member, recovered.beganMs, context);
      look(member, context);
    },

    checkFound: noteChecks,

    healthFound(state, news, context) {
      noteChecks(state, news, context);
      const member = memberIn(state, news.containerId);
      if (member?.checks?.hopeless && !member.killed) {
        kill(state, member, lastGraceMs(state, member, context), context);
      }
    },

    completionDue(state, { containerId }, context) {
      const member = memberIn(state, containerId);
      if (member === undefined) return;
      member.completionTimer = undefined;
      member.tookTooLong = true;
      kill(state, member, 0, context);
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

/** @param fault why not, as a sentence */
function prepared(
  state: DefaultExecutorState,
  containerId: ContainerId,
  fault: string | undefined,
  context: DefaultExecutorContext,
): void {
  const member = memberIn(state, containerId);
  if (member?.group.fetching.delete(containerId) !== true) return;
  if (fault !== undefined && !member.group.ending) {
    member.unprepared = fault;
    giveUpFetching(member.group, context);
  }
  startWhenReady(state, member.group.number, context);
}

function startWhenReady(
  state: DefaultExecutorState,
  number: number,
  context: DefaultExecutorContext,
): void {
  const group = state.groups.get(number);
  if (group === undefined || group.fetching.size > 0) return;
  if (group.ending) endUnstarted(state, number, unpreparedVerdict, context);
  else for (const member of group.members.values()) launch(member, context);
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
  stopClock(member, context);
  if (!member.killed) {
    member.killed = true;
    const tells = context.options.reportsKilling && !member.tookTooLong;
    if (tells) report(state, member, { state: 'killing' }, context);
    pauseChecks(member.checks, context);
  }
  // Before that there is nothing to kill, and nothing of the group is started.
  if (member.phase === 'preparing') {
    if (member.group.fetching.size > 0) giveUpFetching(member.group, context);
    return;
  }
  const { containerId } = member.sandbox;
  context.send(context.options.launcher, { type: 'kill', containerId, gracePeriodMs });
}

/** What its checks say of it while it runs. */
function noteChecks(
  state: DefaultExecutorState,
  news: CheckerNews,
  context: DefaultExecutorContext,
): void {
  const member = memberIn(state, news.containerId);
  if (member?.phase !== 'running' || member.killed || member.checks === undefined) return;
  report(state, member, { state: 'running', ...noteNews(member.checks, news) }, context);
}

function end(
  state: DefaultExecutorState,
  member: Member,
  how: Verdict,
  context: DefaultExecutorContext,
): void {
  const { group, task, sandbox } = member;
  report(state, member, { ...how, ...endWatch(member, context) }, context);
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
  what: Partial<TaskStatus> & { readonly state: TaskState },
  context: DefaultExecutorContext,
): void {
  const { frameworkId, executorId, containerId } = sandbox;
  const { taskId } = task;
  const id = context.uuid() as UpdateId;
  const timestampMs = context.nowMs();
  const about = { taskId, source: 'executor', timestampMs, containerId } as const;
  const status = { ...about, ...nothingFound(task), ...what };
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
