/**
 * The command executor: runs one command for the one task it is given, and reports what becomes of it.
 *
 *     (new) ─launch▶ preparing ─sandboxMade▶ fetching ─fetched▶ starting ─containerStarted▶ running
 *                      │                       │                   │ STARTING                 │ RUNNING
 *                      └─sandboxFailed▶ over ◀─┴────notFetched─────┴──────containerEnded──────┘
 *                                   FINISHED, FAILED or KILLED
 * As long as its files are fetched the task is staging. A kill asks the launcher for SIGTERM, a grace
 * period, SIGKILL; killed before the command is handed to the launcher, it never runs. While it runs
 * its checks look at it, and one that is found unhealthy too often is killed, as is one that takes
 * longer than it may. One that was there in an earlier life of the agent begins where that left it:
 * the launcher tells it anew what is known of its container. It speaks the words of an executor in
 * another process, but lives in the agent's node, a light actor; when the agent has its last word it
 * ends.
 * Source: Mesos 1.11, src/launcher/executor.cpp.
 */
import { type Address, type Context, defineActor, type TimerId } from '../../runtime/actor.ts';
import { describeError } from '../../runtime/errors.ts';
import type { FromExecutorToAgent } from '../protocol/executor-to-agent.ts';
import type { UpdateId } from '../protocol/ids.ts';
import type { ExecutorMessage } from '../protocol/messages.ts';
import type {
  CommandInfo,
  EnvironmentVariable,
  TaskInfo,
  TaskState,
  TaskStatus,
} from '../protocol/task.ts';
import type { CheckerNews } from './checks/checker.ts';
import type { NetworkProbes } from './checks/probes.ts';
import {
  endChecks,
  noteNews,
  nothingFound,
  pauseChecks,
  startChecks,
  type TaskChecks,
} from './checks/task-checks.ts';
import { programEnvironment } from './environment.ts';
import type { FetcherEvent, FetcherMessage } from './fetcher/fetcher-state.ts';
import type { LauncherEvent, LauncherMessage } from './launcher/launcher.ts';
import { isPrepared } from './preparation.ts';
import { tooLong, type Verdict, verdict } from './verdicts.ts';
import type { SandboxName, WorkDirectory } from './work-directory.ts';

export type CommandExecutorMessage =
  /** From the agent. A second `launch`, and all else that doesn't fit the state, is dropped. */
  | ExecutorMessage
  /** From the launcher. */
  | LauncherEvent
  /** From the fetcher. */
  | FetcherEvent
  /** From the checkers of the task. */
  | CheckerNews
  /** From ourselves. */
  | { readonly type: 'sandboxMade' }
  | { readonly type: 'completionDue' }
  | { readonly type: 'sandboxFailed'; readonly sentence: string };

/** What became of its task in an earlier life of the agent. */
export interface RecoveredCommand {
  readonly task: TaskInfo;
  /** It was reported so. */
  readonly running: boolean;
  /** Somebody asked for its end. */
  readonly killed: boolean;
  /** When it was to be started: its time limit counts from then. */
  readonly beganMs: number | undefined;
  /** What its checks found last. */
  readonly found: TaskChecks['found'];
  /** When the order to start it was lost with the agent. */
  readonly neverStarted: Verdict;
}

export interface CommandExecutorOptions {
  readonly agent: Address<FromExecutorToAgent>;
  readonly launcher: Address<LauncherMessage>;
  readonly fetcher?: Address<FetcherMessage> | undefined;
  readonly runsAs?: string | undefined;
  /** For checks of the task. */
  readonly probes?: NetworkProbes | undefined;
  readonly workDirectory: WorkDirectory;
  readonly sandbox: SandboxName;
  /** Unless the task or the kill says otherwise. */
  readonly killGracePeriodMs: number;
  /** On shutdown nothing has longer. */
  readonly shutdownGracePeriodMs: number;
  /** The framework understands `killing`. */
  readonly reportsKilling: boolean;
  /** What the operator of the agent gives to all programs. */
  readonly common?: readonly EnvironmentVariable[];
  /** What it had done when the agent's process ended; the launcher has been told of us. */
  readonly recovered?: RecoveredCommand;
}

interface CommandExecutorState {
  phase: 'new' | 'preparing' | 'fetching' | 'starting' | 'running' | 'over';
  task: TaskInfo | undefined;
  killed: boolean;
  /** The launcher has not been told of it in this life. */
  killAgain: boolean;
  /** Since when, and when it is over; a later kill can only bring it nearer. */
  grace: { readonly beganMs: number; readonly endsMs: number } | undefined;
  /** Set while it has a time limit. */
  completionTimer: TimerId | undefined;
  tookTooLong: boolean;
  checks: TaskChecks | undefined;
  /** Of the terminal update. */
  lastUpdateId: UpdateId | undefined;
}

/** Its environment is what every command of the task finds. */
const NO_COMMAND: CommandInfo = { shell: false, value: '', arguments: [], environment: [] };

type CommandExecutorContext = Context<CommandExecutorOptions, CommandExecutorMessage>;

export const commandExecutor = defineActor<
  CommandExecutorOptions,
  CommandExecutorState,
  CommandExecutorMessage
>({
  name: 'command-executor',
  initialState: ({ recovered }) => ({
    phase: recovered === undefined ? 'new' : recovered.running ? 'running' : 'starting',
    task: recovered?.task,
    killed: recovered?.killed ?? false,
    killAgain: recovered?.killed ?? false,
    grace: undefined,
    completionTimer: undefined,
    tookTooLong: false,
    checks: undefined,
    lastUpdateId: undefined,
  }),
  handlers: {
    launch(state, { task }, context) {
      if (state.phase !== 'new') return;
      state.phase = 'preparing';
      state.task = task;
      const { workDirectory, sandbox } = context.options;
      context.defer(workDirectory.makeSandbox(sandbox, task.resources), {
        onValue: () => ({ type: 'sandboxMade' }),
        onError: (error) => ({ type: 'sandboxFailed', sentence: describeError(error) }),
      });
    },

    sandboxMade(state, _, context) {
      const { fetcher, runsAs, workDirectory, sandbox: name } = context.options;
      const command = state.task?.command;
      if (state.phase !== 'preparing' || command === undefined) return;
      const { containerId } = name;
      const order = { containerId, command, sandbox: workDirectory.sandboxPath(name) };
      state.phase = 'fetching';
      if (state.killed || isPrepared(order, { fetcher, runsAs }, context)) start(state, context);
    },

    fetched(state, _, context) {
      start(state, context);
    },

    notFetched(state, { sentence }, context) {
      if (state.killed) start(state, context);
      else
        end(
          state,
          { state: 'failed', message: sentence, reason: 'containerLaunchFailed' },
          context,
        );
    },

    sandboxFailed(state, { sentence }, context) {
      end(state, { state: 'failed', message: sentence, reason: 'containerLaunchFailed' }, context);
    },

    containerStarted(state, _, context) {
      if (state.killAgain) {
        state.killAgain = false;
        kill(state, ownGraceMs(state, context), context);
      }
      const { recovered } = context.options;
      const goesOn = state.phase === 'running' && recovered !== undefined;
      if (state.phase !== 'starting' && !goesOn) return;
      state.phase = 'running';
      if (state.killed) return;
      if (!goesOn) report(state, { state: 'running' }, context);
      // One that ended while the agent was away is told of before its time can be over.
      if (recovered !== undefined) startClock(state, recovered.beganMs, context);
      look(state, context);
    },

    checkFound: noteChecks,

    healthFound(state, news, context) {
      noteChecks(state, news, context);
      if (state.checks?.hopeless) kill(state, ownGraceMs(state, context), context);
    },

    completionDue(state, _, context) {
      state.completionTimer = undefined;
      state.tookTooLong = true;
      kill(state, 0, context);
    },

    containerEnded(state, { end: how }, context) {
      const command = state.task?.command;
      if (command === undefined) return;
      const { killed, tookTooLong, task } = state;
      const { recovered } = context.options;
      const neverStarted = how.kind === 'notStarted' && how.orderLost === true && !killed;
      const told =
        (neverStarted ? recovered?.neverStarted : undefined) ?? verdict(how, killed, command);
      const limitMs = task?.maxCompletionTimeMs;
      end(state, tookTooLong ? tooLong(told, limitMs) : told, context);
    },

    kill(state, { killGracePeriodMs }, context) {
      kill(state, killGracePeriodMs ?? ownGraceMs(state, context), context);
    },

    shutdown(state, _, context) {
      if (state.phase === 'new') {
        context.stop();
        return;
      }
      const { shutdownGracePeriodMs } = context.options;
      kill(state, Math.min(ownGraceMs(state, context), shutdownGracePeriodMs), context);
    },

    updateReceived(state, { updateId }, context) {
      if (updateId !== state.lastUpdateId) return;
      const { launcher, sandbox } = context.options;
      context.send(launcher, { type: 'settled', containerId: sandbox.containerId });
      context.stop();
    },

    // It has one task, it is registered by being started, and a command hears no messages.
    launchGroup() {},
    executorRegistered() {},
    registrationRefused() {},
    schedulerMessage() {},
    exited() {},
  },
});

/** Everything is ready for the command, unless it isn't wanted any more. */
function start(state: CommandExecutorState, context: CommandExecutorContext): void {
  const { launcher, workDirectory, sandbox: name, common } = context.options;
  const command = state.task?.command;
  if (state.phase !== 'fetching' || command === undefined) return;
  if (state.killed) {
    end(state, verdict({ kind: 'notStarted', cause: '' }, true, command), context);
    return;
  }
  state.phase = 'starting';
  report(state, { state: 'starting' }, context);
  startClock(state, undefined, context);
  const sandbox = workDirectory.sandboxPath(name);
  context.send(launcher, {
    type: 'launch',
    containerId: name.containerId,
    command,
    environment: programEnvironment(command, name, sandbox, common),
    sandbox,
    owner: context.self,
  });
}

function kill(
  state: CommandExecutorState,
  gracePeriodMs: number,
  context: CommandExecutorContext,
): void {
  if (state.phase === 'new' || state.phase === 'over') return;
  stopClock(state, context);
  if (!state.killed) {
    state.killed = true;
    const tells = context.options.reportsKilling && !state.tookTooLong;
    if (tells) report(state, { state: 'killing' }, context);
    pauseChecks(state.checks, context);
  }
  const { launcher, fetcher, sandbox } = context.options;
  // Before that there is nothing to kill, and `sandboxMade` starts nothing.
  if (state.phase === 'preparing') return;
  if (state.phase === 'fetching') {
    const { containerId } = sandbox;
    if (fetcher !== undefined) context.send(fetcher, { type: 'cancelFetch', containerId });
    return;
  }
  const nowMs = context.nowMs();
  const { beganMs, endsMs } = state.grace ?? { beganMs: nowMs, endsMs: Number.POSITIVE_INFINITY };
  // Counted from the first kill: who asks again doesn't give it more time.
  const wantedMs = beganMs + gracePeriodMs;
  if (wantedMs >= endsMs) return;
  state.grace = { beganMs, endsMs: wantedMs };
  const { containerId } = sandbox;
  const leftMs = Math.max(0, wantedMs - nowMs);
  context.send(launcher, { type: 'kill', containerId, gracePeriodMs: leftMs });
}

/** Its checks begin, once in a life of the agent. */
function look(state: CommandExecutorState, context: CommandExecutorContext): void {
  const { task } = state;
  if (task === undefined || state.checks !== undefined) return;
  const { launcher, probes, sandbox: name, workDirectory, common, recovered } = context.options;
  const { containerId } = name;
  const sandbox = workDirectory.sandboxPath(name);
  const environment = programEnvironment(NO_COMMAND, name, sandbox, common);
  const where = { containerId, launcher, probes, sandbox, environment };
  const checks = startChecks(task, where, context.self, context);
  checks.found = { ...checks.found, ...recovered?.found };
  state.checks = checks;
}

/** What its checks say of it while it runs. */
function noteChecks(
  state: CommandExecutorState,
  news: CheckerNews,
  context: CommandExecutorContext,
): void {
  if (state.phase !== 'running' || state.killed || state.checks === undefined) return;
  report(state, { state: 'running', ...noteNews(state.checks, news) }, context);
}

function ownGraceMs({ task }: CommandExecutorState, context: CommandExecutorContext): number {
  return task?.killGracePeriodMs ?? context.options.killGracePeriodMs;
}

/** @param beganMs now, where it is not known */
function startClock(
  state: CommandExecutorState,
  beganMs: number | undefined,
  context: CommandExecutorContext,
): void {
  const { maxCompletionTimeMs: limitMs = 0 } = state.task ?? {};
  if (limitMs <= 0 || state.completionTimer !== undefined) return;
  const nowMs = context.nowMs();
  const leftMs = Math.max(0, (beganMs ?? nowMs) + limitMs - nowMs);
  state.completionTimer = context.sendSelfAfter(leftMs, { type: 'completionDue' });
}

function stopClock(state: CommandExecutorState, context: CommandExecutorContext): void {
  if (state.completionTimer !== undefined) context.cancel(state.completionTimer);
  state.completionTimer = undefined;
}

function end(state: CommandExecutorState, how: Verdict, context: CommandExecutorContext): void {
  if (state.phase === 'over') return;
  state.phase = 'over';
  stopClock(state, context);
  endChecks(state.checks, context);
  const ill = state.killed && state.checks?.hopeless ? { healthy: false } : {};
  state.lastUpdateId = report(state, { ...how, ...ill }, context);
}

function report(
  state: CommandExecutorState,
  what: Partial<TaskStatus> & { readonly state: TaskState },
  context: CommandExecutorContext,
): UpdateId | undefined {
  const { agent, sandbox } = context.options;
  const { frameworkId, executorId } = sandbox;
  const { task } = state;
  if (task === undefined) return undefined;
  const { taskId } = task;
  const id = context.uuid() as UpdateId;
  context.send(agent, {
    type: 'executorUpdate',
    frameworkId,
    executorId,
    update: {
      id,
      frameworkId,
      status: {
        taskId,
        source: 'executor',
        timestampMs: context.nowMs(),
        ...nothingFound(task),
        ...what,
      },
    },
  });
  return id;
}
