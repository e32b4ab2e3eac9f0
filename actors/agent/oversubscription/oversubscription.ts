/**
 * Oversubscription: what tasks have and do not use is offered once more, to be taken back at any time.
 *
 *     (each interval) ─▶ measured ─▶ estimator ─▶ changed? ─▶ told to the master
 *                           └──────▶ controller ─▶ what is to end: its revocable tasks are killed
 *
 * The master is told what revocable tasks have and what may be given beside, together; it takes back
 * offers that are made of it. A new master is told when it registers the agent.
 * Source: Mesos 1.11, src/slave/slave.cpp, _forwardOversubscribed, _qosCorrections.
 */
import { describeError } from '../../../runtime/errors.ts';
import { isRevocable } from '../../protocol/resource-kinds.ts';
import { equalResources, formatResources, plus, type Resources } from '../../protocol/resources.ts';
import { isTerminal } from '../../protocol/task.ts';
import { count } from '../counters.ts';
import { destroy } from '../executors.ts';
import type { AgentContext, AgentHandlers, AgentState } from '../state.ts';
import { killTask } from '../tasks.ts';
import type { AgentUse, Controller, Estimator, ExecutorUse } from './policies.ts';
import { preemption } from './preempted-status.ts';

const BUSY = 'Killing an executor, for the machine is too busy';

export interface MachineUse {
  readonly loads: readonly [one: number, five: number, fifteen: number];
  readonly cpuCount: number;
}

export interface Oversubscription {
  /** Absent: nothing is offered twice. */
  readonly estimator?: Estimator;
  /** Absent: nothing is taken back. */
  readonly controller?: Controller;
  /** Default 15 000. */
  readonly intervalMs: number;
  /** Between two looks of the controller, however often the machine is measured. Default 0. */
  readonly correctionIntervalMsMin?: number;
  /** How the machine is doing. */
  measure(): Promise<MachineUse>;
}

export const oversubscriptionHandlers: AgentHandlers<
  'oversubscriptionDue' | 'machineMeasured' | 'machineNotMeasured'
> = {
  oversubscriptionDue(_state, _message, context) {
    const { oversubscription } = context.options;
    if (oversubscription === undefined) return;
    context.defer(oversubscription.measure(), {
      onValue: (machine) => ({ type: 'machineMeasured', machine }),
      onError: (error) => ({ type: 'machineNotMeasured', sentence: describeError(error) }),
    });
  },

  machineMeasured(state, { machine }, context) {
    const { oversubscription } = context.options;
    watchUse(context);
    if (oversubscription === undefined || state.recovery.phase !== 'over') return;
    const use = { ...useOf(state), ...machine };
    const { correctionIntervalMsMin = 0 } = oversubscription;
    if (context.nowMs() - (state.correctedMs ?? -Infinity) >= correctionIntervalMsMin) {
      state.correctedMs = context.nowMs();
      for (const executor of oversubscription.controller?.(use) ?? []) {
        preempt(state, executor, context);
      }
    }
    if (oversubscription.estimator === undefined) return;
    const oversubscribed = plus(use.revocable, oversubscription.estimator(use));
    if (equalResources(oversubscribed, state.oversubscribed)) return;
    state.oversubscribed = oversubscribed;
    tellOversubscribed(state, context);
  },

  machineNotMeasured(_state, { sentence }, context) {
    context.log.warn(`Cannot measure how this machine is used: ${sentence}`);
    watchUse(context);
  },
};

/** Also once at the beginning. */
export function watchUse(context: AgentContext): void {
  const { oversubscription } = context.options;
  if (oversubscription === undefined) return;
  context.sendSelfAfter(oversubscription.intervalMs, { type: 'oversubscriptionDue' });
}

/** Also to a master that has just registered the agent. */
export function tellOversubscribed(
  { agentId, master, oversubscribed, registration }: AgentState,
  context: AgentContext,
): void {
  if (agentId === undefined || master === undefined || registration.phase !== 'registered') return;
  context.log.info(`Oversubscribed: ${formatResources(oversubscribed)}`);
  context.send(master, {
    type: 'agentOversubscribed',
    ...{ agentId, agent: context.self, oversubscribed },
  });
}

function useOf(state: AgentState): Omit<AgentUse, keyof MachineUse> {
  let [allocated, revocable]: [Resources, Resources] = [[], []];
  const executors: ExecutorUse[] = [];
  for (const { frameworkId, executors: all, tasks } of state.frameworks.values()) {
    const ofExecutors = new Map([...all.keys()].map((id) => [id, [] as Resources]));
    for (const { info, executorId, state: taskState } of tasks.values()) {
      if (isTerminal(taskState)) continue;
      const taken = info.resources.filter(isRevocable);
      allocated = plus(
        allocated,
        info.resources.filter((one) => !isRevocable(one)),
      );
      revocable = plus(revocable, taken);
      ofExecutors.set(executorId, plus(ofExecutors.get(executorId) ?? [], taken));
    }
    for (const { custom } of all.values()) {
      const held = custom?.info.resources ?? [];
      allocated = plus(
        allocated,
        held.filter((one) => !isRevocable(one)),
      );
      revocable = plus(revocable, held.filter(isRevocable));
    }
    for (const [executorId, taken] of ofExecutors) {
      executors.push({ frameworkId, executorId, revocable: taken });
    }
  }
  return { total: state.total, allocated, revocable, executors };
}

/**
 * Without grace: a custom executor ends with all its tasks, of others the tasks are killed. What their
 * schedulers hear is in `preempted-status.ts`.
 */
function preempt(
  state: AgentState,
  { frameworkId, executorId }: ExecutorUse,
  context: AgentContext,
): void {
  const framework = state.frameworks.get(frameworkId);
  const executor = framework?.executors.get(executorId);
  if (framework === undefined || executor === undefined || executor.ending) return;
  if (executor.type === 'custom') {
    context.log.info(BUSY, { frameworkId, executorId });
    count('executorsPreempted', context);
    executor.endReason = preemption(framework);
    executor.ending = true;
    destroy(state, executor, 0, context);
    return;
  }
  const running = [...framework.tasks.values()].filter(
    (task) => task.executorId === executorId && !isTerminal(task.state) && !task.isPreempted,
  );
  if (running.length === 0) return;
  context.log.info(BUSY, { frameworkId, executorId });
  count('executorsPreempted', context);
  for (const task of running) {
    task.isPreempted = true;
    killTask(state, framework, task, 0, context);
  }
}
