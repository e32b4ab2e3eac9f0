/**
 * Pings: whether agents are there.
 *
 * Each is pinged when it registers and then at intervals; one that leaves a number of pings in a row
 * unanswered is unreachable, also when its link broke before. Any pong starts the count anew. With the
 * pings goes the question for what has long been silent: launches that may have been lost on their
 * way, and executors without tasks, whose end may have been; and the order to shut down frameworks
 * that have ended, until it is answered.
 * Source: Mesos 1.11, master.cpp, SlaveObserver; the questions are Messor's.
 */
import { assert } from '../../runtime/assert.ts';
import type { FromMasterToAgent } from '../protocol/master-to-agent.ts';
import { TASKS_PER_QUESTION_MAX } from '../protocol/maxima.ts';
import { sendPing } from './agent-records.ts';
import { checkDrained } from './drains.ts';
import { rescindOldInverseOffers } from './maintenance/inverse-offers.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { keepAgent, markUnreachable } from './removals.ts';
import { registeredSender } from './senders.ts';
import { type AgentRecord, isPartitionAware, type MasterState } from './state.ts';

/** More are repeated with the next one. */
const SHUTDOWNS_PER_PING_MAX = 100;

type Question = Extract<FromMasterToAgent, { type: 'confirmTasks' }>;

export const pingHandlers: MasterHandlers<'pingDue' | 'pong' | 'frameworkShutDown'> = {
  pingDue(state, { agentId }, context) {
    const agent = state.agents.registered.get(agentId);
    assert(agent !== undefined, 'an agent that is gone is not pinged');
    const { pingMissCountMax } = context.options.settings;
    if (agent.unansweredPingCount >= pingMissCountMax) {
      const why = `it left ${agent.unansweredPingCount} pings unanswered`;
      markUnreachable(state, agentId, { silent: true, why }, context);
    }
    sendPing(state, agent, context);
    if (!agent.connected) return;
    rescindOldInverseOffers(state, agent, context);
    checkDrained(state, agent, context);
    askForSilent(state, agent, context);
    repeatShutdowns(agent, context);
  },

  pong(state, { agentId }, context) {
    const agent = registeredSender(state, agentId, context);
    if (agent === undefined) return;
    agent.unansweredPingCount = 0;
    keepAgent(state, agentId, context);
  },

  frameworkShutDown(state, { agentId, frameworkId }, context) {
    registeredSender(state, agentId, context)?.endedFrameworks.delete(frameworkId);
  },
};

function askForSilent(state: MasterState, agent: AgentRecord, context: MasterContext): void {
  const tasks = silentLaunches(state, agent, context);
  const executors = idleExecutors(agent);
  if (tasks.length === 0 && executors.length === 0) return;
  context.send(agent.address, { type: 'confirmTasks', tasks, executors });
}

function silentLaunches(state: MasterState, agent: AgentRecord, context: MasterContext) {
  const tasks: Question['tasks'][number][] = [];
  const beforeMs = context.nowMs() - context.options.settings.launchConfirmMs;
  for (const { task, launchedMs, offerId } of agent.unconfirmed) {
    if (launchedMs > beforeMs || tasks.length === TASKS_PER_QUESTION_MAX) break;
    const { frameworkId, taskId } = task;
    const partitionAware = isPartitionAware(state.frameworks.get(frameworkId));
    const launch = offerId === undefined ? {} : { launchId: offerId };
    tasks.push({ frameworkId, taskId, partitionAware, ...launch });
  }
  return tasks;
}

function repeatShutdowns({ address, endedFrameworks }: AgentRecord, context: MasterContext): void {
  for (const frameworkId of [...endedFrameworks].slice(0, SHUTDOWNS_PER_PING_MAX)) {
    context.send(address, { type: 'shutdownFramework', frameworkId });
  }
}

function idleExecutors(agent: AgentRecord) {
  const idle: NonNullable<Question['executors']>[number][] = [];
  for (const [frameworkId, executors] of agent.executors) {
    const busy = new Set<string>();
    for (const { task } of agent.tasks.get(frameworkId)?.values() ?? []) {
      if (task.executorId !== undefined) busy.add(task.executorId);
    }
    for (const executorId of executors.keys()) {
      if (!busy.has(executorId)) idle.push({ frameworkId, executorId });
    }
  }
  return idle.slice(0, TASKS_PER_QUESTION_MAX);
}
