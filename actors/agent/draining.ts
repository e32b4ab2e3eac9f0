/**
 * Draining on the agent: all its tasks are killed, and it takes no more until the master says otherwise.
 *
 *     (takes tasks) ──drain──▶ draining ──no drain──▶ (takes tasks)
 *
 * The master says it with each registration and each ping, and at once when it changes; so what counts
 * is what it said last. It is written down: a restarted agent goes on draining before any master is
 * found, and kills again what it has. A drain that is cancelled brings nothing back: what has been
 * told to end ends. What schedulers hear is in `drained-status.ts`.
 * Source: Mesos 1.11, src/slave/slave.cpp, drain.
 */
import { isDeepStrictEqual } from 'node:util';
import type { DrainWords } from '../protocol/maintenance.ts';
import { isTerminal } from '../protocol/task.ts';
import { keepThen } from './keeping.ts';
import type { AgentContext, AgentExecutor, AgentHandlers, AgentState, AgentTask } from './state.ts';
import { killTask } from './tasks.ts';

export const drainingHandlers: AgentHandlers<'setDrain'> = {
  setDrain: (state, { drain }, context) => heedDrain(state, drain, context),
};

/** The master that registered this agent says whether it is to drain. */
export function heedDrain(
  state: AgentState,
  drain: DrainWords | undefined,
  context: AgentContext,
): void {
  if (state.agentId === undefined || isDeepStrictEqual(state.drain?.words, drain)) return;
  const startedMs = context.nowMs();
  state.drain = drain === undefined ? undefined : { words: drain, startedMs };
  const record = state.drain === undefined ? {} : { drain: state.drain };
  keepThen(state, { checkpointed: true }, [{ type: 'drain', ...record }], [], context);
  if (drain === undefined) {
    context.log.info('Taking tasks again: the drain is over or was cancelled');
    return;
  }
  context.log.info(`Draining: killing ${state.activeTaskCount} tasks`);
  killAll(state, context);
}

/** Also for a restarted agent, which may have been told and not have killed yet. */
export function killAll(state: AgentState, context: AgentContext): void {
  if (state.drain === undefined) return;
  // What is killed before its executor had it is gone at once, perhaps with its framework.
  for (const framework of [...state.frameworks.values()]) {
    for (const task of [...framework.tasks.values()]) {
      if (isTerminal(task.state)) continue;
      task.isDrained = true;
      const executor = framework.executors.get(task.executorId);
      killTask(
        state,
        framework,
        task,
        graceOf(state.drain.words, task, executor, context),
        context,
      );
    }
  }
}

/** @returns undefined: as the task has it. What a custom executor grants by itself nobody knows. */
function graceOf(
  { maxGracePeriodMs: maxMs }: DrainWords,
  { info }: AgentTask,
  executor: AgentExecutor | undefined,
  { options }: AgentContext,
): number | undefined {
  if (maxMs === undefined) return undefined;
  const byItself = executor?.type === 'custom' ? undefined : options.killGracePeriodMs;
  const ownMs = info.killGracePeriodMs ?? byItself;
  return ownMs === undefined || maxMs < ownMs ? maxMs : undefined;
}
