/**
 * The command executor: runs one command for the one task it is given, and reports what becomes of it.
 *
 *     (new) ──launch──▶ preparing ──sandboxMade──▶ fetching ──fetched──▶ starting ──containerStarted──▶ running
 *                         │ STARTING                  │                     │                             │ RUNNING
 *                         └──sandboxFailed──▶ over ◀──┴─────notFetched──────┴───────containerEnded────────┘
 *                                               FINISHED, FAILED or KILLED
 * A kill asks the launcher for SIGTERM, a grace period, SIGKILL; killed before the command is
 * handed to the launcher, it never runs. It speaks the words of an executor in another process, but
 * lives in the agent's node, a light actor; when the agent has its last word it ends.
 * Source: Mesos 1.11, src/launcher/executor.cpp.
 */
import { type Address, type Context, defineActor } from '../../runtime/actor.ts';
import { describeError } from '../../runtime/errors.ts';
import type { UpdateId } from '../protocol/ids.ts';
import type { ExecutorMessage, FromExecutorToAgent } from '../protocol/messages.ts';
import type { TaskInfo, TaskState } from '../protocol/task.ts';
import { programEnvironment } from './environment.ts';
import type { FetcherEvent, FetcherMessage } from './fetcher/fetcher.ts';
import type { LauncherEvent, LauncherMessage } from './launcher/launcher.ts';
import { isPrepared } from './preparation.ts';
import { type Verdict, verdict } from './verdicts.ts';
import type { SandboxName, WorkDirectory } from './work-directory.ts';

export type CommandExecutorMessage =
  /** From the agent. A second `launch`, and all else that doesn't fit the state, is dropped. */
  | ExecutorMessage
  /** From the launcher. */
  | LauncherEvent
  /** From the fetcher. */
  | FetcherEvent
  /** From ourselves. */
  | { readonly type: 'sandboxMade' }
  | { readonly type: 'sandboxFailed'; readonly sentence: string };

export interface CommandExecutorOptions {
  readonly agent: Address<FromExecutorToAgent>;
  readonly launcher: Address<LauncherMessage>;
  readonly fetcher?: Address<FetcherMessage> | undefined;
  readonly runsAs?: string | undefined;
  readonly workDirectory: WorkDirectory;
  readonly sandbox: SandboxName;
  /** Unless the task or the kill says otherwise. */
  readonly killGracePeriodMs: number;
  /** On shutdown nothing has longer. */
  readonly shutdownGracePeriodMs: number;
  /** The framework understands `killing`. */
  readonly reportsKilling: boolean;
}

interface CommandExecutorState {
  phase: 'new' | 'preparing' | 'fetching' | 'starting' | 'running' | 'over';
  task: TaskInfo | undefined;
  killed: boolean;
  /** Of the terminal update. */
  lastUpdateId: UpdateId | undefined;
}

type CommandExecutorContext = Context<CommandExecutorOptions, CommandExecutorMessage>;

export const commandExecutor = defineActor<
  CommandExecutorOptions,
  CommandExecutorState,
  CommandExecutorMessage
>({
  name: 'command-executor',
  initialState: () => ({
    phase: 'new',
    task: undefined,
    killed: false,
    lastUpdateId: undefined,
  }),
  handlers: {
    launch(state, { task }, context) {
      if (state.phase !== 'new') return;
      state.phase = 'preparing';
      state.task = task;
      report(state, { state: 'starting' }, context);
      const { workDirectory, sandbox } = context.options;
      context.defer(workDirectory.makeSandbox(sandbox), {
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
      if (state.phase !== 'starting') return;
      state.phase = 'running';
      if (!state.killed) report(state, { state: 'running' }, context);
    },

    containerEnded(state, { end: how }, context) {
      const command = state.task?.command;
      if (command === undefined) return;
      end(state, verdict(how, state.killed, command), context);
    },

    kill(state, { killGracePeriodMs }, context) {
      const ownMs = state.task?.killGracePeriodMs ?? context.options.killGracePeriodMs;
      kill(state, killGracePeriodMs ?? ownMs, context);
    },

    shutdown(state, _, context) {
      if (state.phase === 'new') {
        context.stop();
        return;
      }
      const ownMs = state.task?.killGracePeriodMs ?? context.options.killGracePeriodMs;
      kill(state, Math.min(ownMs, context.options.shutdownGracePeriodMs), context);
    },

    updateReceived(state, { updateId }, context) {
      if (updateId === state.lastUpdateId) context.stop();
    },

    // It is registered by being started, and a command hears no messages.
    executorRegistered() {},
    registrationRefused() {},
    schedulerMessage() {},
    exited() {},
  },
});

/** Everything is ready for the command, unless it isn't wanted any more. */
function start(state: CommandExecutorState, context: CommandExecutorContext): void {
  const { launcher, workDirectory, sandbox: name } = context.options;
  const command = state.task?.command;
  if (state.phase !== 'fetching' || command === undefined) return;
  if (state.killed) {
    end(state, verdict({ kind: 'notStarted', cause: '' }, true, command), context);
    return;
  }
  state.phase = 'starting';
  const sandbox = workDirectory.sandboxPath(name);
  context.send(launcher, {
    type: 'launch',
    containerId: name.containerId,
    command,
    environment: programEnvironment(command, name, sandbox),
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
  if (!state.killed) {
    state.killed = true;
    if (context.options.reportsKilling) report(state, { state: 'killing' }, context);
  }
  const { launcher, fetcher, sandbox } = context.options;
  // Before that there is nothing to kill, and `sandboxMade` starts nothing.
  if (state.phase === 'preparing') return;
  if (state.phase === 'fetching') {
    const { containerId } = sandbox;
    if (fetcher !== undefined) context.send(fetcher, { type: 'cancelFetch', containerId });
    return;
  }
  context.send(launcher, { type: 'kill', containerId: sandbox.containerId, gracePeriodMs });
}

function end(state: CommandExecutorState, how: Verdict, context: CommandExecutorContext): void {
  if (state.phase === 'over') return;
  state.phase = 'over';
  state.lastUpdateId = report(state, how, context);
}

function report(
  state: CommandExecutorState,
  what: Partial<Verdict> & { readonly state: TaskState },
  context: CommandExecutorContext,
): UpdateId | undefined {
  const { agent, sandbox } = context.options;
  const { frameworkId, executorId } = sandbox;
  const taskId = state.task?.taskId;
  if (taskId === undefined) return undefined;
  const id = context.uuid() as UpdateId;
  context.send(agent, {
    type: 'executorUpdate',
    frameworkId,
    executorId,
    update: {
      id,
      frameworkId,
      status: { taskId, source: 'executor', timestampMs: context.nowMs(), ...what },
    },
  });
  return id;
}
