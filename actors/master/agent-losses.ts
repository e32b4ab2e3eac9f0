/**
 * Agents go: their link breaks, they don't come back in time, they leave, or another takes their place.
 *
 * A lost agent may well be alive and its tasks running: they become *unreachable* (lost, for
 * frameworks that are not partition aware) and come back with it. One that left or was replaced took
 * its tasks with it: they are *gone* (lost); also when that turns out only after it was lost. (Mesos
 * leaves those unreachable for good.) Who is gone doesn't come back under its id. The registry is asked first, so that no master says of
 * an agent what the next one doesn't know. Source: Mesos 1.11, master.cpp, markUnreachable,
 * removeSlave.
 */
import { assert } from '../../runtime/assert.ts';
import type { AgentId } from '../protocol/ids.ts';
import { isTerminal } from '../protocol/task.ts';
import {
  addUnreachable,
  disconnectAgent,
  dropAgent,
  forgetRecovered,
  forgetUnreachable,
} from './agent-records.ts';
import { tellRegistrar } from './children.ts';
import { countAgent } from './counters.ts';
import { setMarks } from './drains.ts';
import { releaseTask } from './ledger.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { loseOperations } from './operation-records.ts';
import type { GoneAgent } from './registry/registry.ts';
import { markUnreachable } from './removals.ts';
import { registeredSender } from './senders.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  isPartitionAware,
  type MasterState,
  remember,
  type TaskRecord,
  type UnreachableAgent,
} from './state.ts';
import { rememberCompleted, tellLast, unlistTask } from './task-records.ts';
import { loseUncheckpointed } from './uncheckpointed.ts';

export const agentLossHandlers: MasterHandlers<'unregisterAgent' | 'agentReregistrationTimedOut'> =
  {
    unregisterAgent(state, { agentId }, context) {
      const agent = registeredSender(state, agentId, context);
      if (agent !== undefined) leave(state, agentId, context, 'left');
    },

    agentReregistrationTimedOut(state, { agentId }, context) {
      const agent = state.agents.registered.get(agentId);
      assert(agent !== undefined && !agent.connected, 'an agent that is back has no deadline');
      const why = 'it did not register again in time';
      markUnreachable(state, agentId, { silent: false, why }, context);
    },
  };

/** Its link broke: it may come back. */
export function agentExited(state: MasterState, agent: AgentRecord, context: MasterContext): void {
  if (!agent.connected) return;
  // One that has said goodbye is expected to go.
  if (!state.agents.leaving.has(agent.agentId)) {
    context.log.warn(`Agent "${agent.agentId}" at ${agent.address.node} is disconnected`);
  }
  disconnectAgent(state, agent, context);
  loseUncheckpointed(state, agent, context);
}

/** For good: it said so, another agent is where it was, or an operator gives it up. */
export function leave(
  state: MasterState,
  agentId: AgentId,
  context: MasterContext,
  why?: 'left' | 'replaced' | 'byOperator',
): void {
  if (state.agents.leaving.has(agentId)) return;
  state.agents.leaving.add(agentId);
  const byOperator = why === 'byOperator';
  if (why !== undefined && !byOperator && state.agents.registered.has(agentId))
    countAgent(why, context);
  const sinceMs = context.nowMs();
  tellRegistrar(
    state,
    { type: 'markAgentGone', agentId, sinceMs, ...(byOperator && { byOperator }) },
    context,
  );
}

/** The registry has it as unreachable. */
export function agentMarkedUnreachable(
  state: MasterState,
  { agentId, sinceMs }: { readonly agentId: AgentId; readonly sinceMs: number },
  context: MasterContext,
): void {
  state.agents.leaving.delete(agentId);
  countAgent('silent', context);
  const agent = state.agents.registered.get(agentId);
  if (agent === undefined) {
    countAgent('removed', context);
    countAgent('notRecovered', context);
    const info = forgetRecovered(state, agentId);
    assert(info !== undefined, 'only admitted agents are marked unreachable');
    const before = { address: undefined, registeredMs: undefined, tasks: [] };
    addUnreachable(state, { info, sinceMs, ...before });
    return;
  }
  const lost = { state: 'unreachable', message: 'Agent was marked unreachable' } as const;
  loseOperations(state, agent, lost, context);
  const tasks: UnreachableAgent['tasks'][number][] = [];
  const fate = (framework: FrameworkRecord, record: TaskRecord) => {
    if (!becomeUnreachable(agent, framework, record, sinceMs, context)) return;
    const { frameworkId, taskId } = record.task;
    tasks.push({ frameworkId, taskId });
  };
  dropAgent(state, agent, fate, context);
  const { info, address, registeredMs } = agent;
  addUnreachable(state, { info, address, registeredMs, sinceMs, tasks });
}

/** A new agent has come to a node where one was lost: that one won't come back. */
export function replaceUnreachable(state: MasterState, node: string, context: MasterContext): void {
  const agentId = state.agents.unreachableIdsByNode.get(node);
  if (agentId === undefined || state.agents.reregistering.has(agentId)) return;
  context.log.info(`A new agent came to ${node}, where "${agentId}" was lost`);
  leave(state, agentId, context);
}

/** The registry has forgotten it. Its tasks have been told lost, and their ids are free again. */
export function unreachableForgotten(
  state: MasterState,
  agentId: AgentId,
  context: MasterContext,
): void {
  const agent = state.agents.unreachable.get(agentId);
  if (agent !== undefined) setMarks(state, agentId, undefined);
  for (const [framework, record] of agent === undefined ? [] : tasksLostWith(state, agent)) {
    framework.unreachableTasks.delete(record.task.taskId);
    rememberCompleted(framework, record, context);
  }
  forgetUnreachable(state, agentId);
}

/** The registry has it as gone: it was registered, waited for, lost, or no more than admitted. */
export function agentGone(
  state: MasterState,
  { agentId, sinceMs, byOperator = false }: { readonly agentId: AgentId } & GoneAgent,
  context: MasterContext,
): void {
  const { leaving, givenUp, gone, registered, unreachable } = state.agents;
  leaving.delete(agentId);
  gone.set(agentId, { sinceMs, byOperator });
  setMarks(state, agentId, undefined);
  const asker = givenUp.get(agentId);
  givenUp.delete(agentId);
  const agent = registered.get(agentId);
  const lost = unreachable.get(agentId);
  if (agent !== undefined) {
    const told = byOperator
      ? ({ state: 'goneByOperator', message: 'Agent has been marked gone' } as const)
      : ({ state: 'unknown', message: 'The agent is gone' } as const);
    loseOperations(state, agent, told, context);
    const fate = (framework: FrameworkRecord, record: TaskRecord) =>
      becomeGone(agent, framework, record, byOperator, context);
    dropAgent(state, agent, fate, context);
    if (byOperator) context.send(agent.address, { type: 'shutdownAgent', reason: GIVEN_UP });
  } else if (lost !== undefined) {
    loseForGood(state, lost, goneWords(byOperator), context);
    forgetUnreachable(state, agentId);
  } else {
    forgetRecovered(state, agentId);
  }
  context.log.info(`Agent "${agentId}" is gone`);
  if (asker !== undefined) context.send(asker, { type: 'operatorAnswer' });
}

const GIVEN_UP =
  'An operator has given up this agent: its tasks count as lost; start it again, and it gets an id of its own';

/** The agent is back, and has said what it has: what it does not have was lost on its way there. */
export function loseUnreported(
  state: MasterState,
  agent: UnreachableAgent,
  context: MasterContext,
): void {
  const message = 'The agent is back without the task';
  loseForGood(state, agent, { state: 'gone', reason: 'agentReregistered', message }, context);
}

function loseForGood(
  state: MasterState,
  agent: UnreachableAgent,
  words: Parameters<typeof tellLast>[2],
  context: MasterContext,
): void {
  for (const [framework, record] of tasksLostWith(state, agent)) {
    framework.unreachableTasks.delete(record.task.taskId);
    if (isPartitionAware(framework)) tellLast(framework, record, words, context);
    rememberCompleted(framework, record, context);
  }
}

/** Those that their frameworks have not launched anew since. */
function* tasksLostWith(
  { frameworks }: MasterState,
  { info, tasks }: UnreachableAgent,
): Generator<readonly [FrameworkRecord, TaskRecord]> {
  for (const { frameworkId, taskId } of tasks) {
    const framework = frameworks.get(frameworkId);
    const record = framework?.unreachableTasks.get(taskId);
    if (framework === undefined || record?.task.agentId !== info.agentId) continue;
    yield [framework, record];
  }
}

/** @returns false when there was nothing to lose: it had ended, or the framework has another one */
function becomeUnreachable(
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
  unreachableTimeMs: number,
  context: MasterContext,
): boolean {
  releaseTask(agent, framework, record);
  if (!unlistTask(agent, framework, record)) return false;
  const message = 'The agent is unreachable';
  if (isTerminal(record.task.state)) {
    tellLast(framework, record, { state: record.task.state, message }, context);
    rememberCompleted(framework, record, context);
    return false;
  }
  const state = isPartitionAware(framework) ? 'unreachable' : 'lost';
  tellLast(framework, record, { state, message, unreachableTimeMs }, context);
  const { unreachableTaskCountMax } = context.options.settings;
  remember(framework.unreachableTasks, record.task.taskId, record, unreachableTaskCountMax);
  return true;
}

function becomeGone(
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
  byOperator: boolean,
  context: MasterContext,
): void {
  releaseTask(agent, framework, record);
  if (!unlistTask(agent, framework, record)) return;
  const ended = isTerminal(record.task.state);
  const words = goneWords(byOperator);
  const lost = isPartitionAware(framework) ? words.state : 'lost';
  tellLast(framework, record, { ...words, state: ended ? record.task.state : lost }, context);
  rememberCompleted(framework, record, context);
}

/** Source of the reason: Mesos 1.11, master.cpp, `_removeSlave` and `markGone`. */
function goneWords(byOperator: boolean) {
  const message = byOperator ? 'An operator has given up the agent' : 'The agent is gone';
  return byOperator
    ? ({ state: 'goneByOperator', reason: 'agentRemovedByOperator', message } as const)
    : ({ state: 'gone', message } as const);
}
