/**
 * What is heard about tasks: updates come from agents, are remembered and passed on; schedulers
 * acknowledge them, and with the acknowledgement of its end a task is completed.
 *
 *     agent ──statusUpdate──▶ master ──taskUpdated──▶ scheduler
 *     agent ◀─acknowledgeUpdate── master ◀──acknowledge── scheduler
 *
 * The master keeps no update for later: agents send theirs until they are acknowledged, so what is
 * dropped here (nobody is subscribed, the agent is disconnected) comes again.
 * Source: Mesos 1.11, src/master/master.cpp, statusUpdate, acknowledge.
 */
import type { FromAgentToMaster } from '../protocol/agent-to-master.ts';
import { isTerminal } from '../protocol/task.ts';
import { isAgentState } from './adoption.ts';
import { countJudged } from './counters.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { noteTaskStatus } from './reads.ts';
import { activeSender, registeredSender, speaksForItself } from './senders.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  findTask,
  type MasterState,
  type TaskRecord,
} from './state.ts';
import { changeTaskState, completeTask, forwardUpdate, noteStatus } from './task-records.ts';

type Report = Extract<FromAgentToMaster, { type: 'statusUpdate' }>;

export const taskHandlers: MasterHandlers<'statusUpdate' | 'acknowledge'> = {
  statusUpdate(state, report, context) {
    const { agentId, update, latestState } = report;
    const agent = registeredSender(state, agentId, context);
    if (agent === undefined) {
      countJudged('update', false, context);
      nudge(state, report, context);
      return;
    }
    const { frameworkId, status } = update;
    if (!isAgentState(latestState) || !isAgentState(status.state)) {
      countJudged('update', false, context);
      context.log.warn(`Dropped an update of agent "${agentId}": it cannot know "${status.state}"`);
      return;
    }
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined) {
      countJudged('update', false, context);
      // The agent was told when the framework ended, but that may have been lost.
      if (state.endedFrameworks.has(frameworkId)) {
        context.send(agent.address, { type: 'shutdownFramework', frameworkId });
      }
      return;
    }
    const record = findTask(agent, frameworkId, status.taskId);
    // Also for tasks that nobody knows: their updates want to be acknowledged, too.
    const owned = framework.tasks.get(status.taskId) === record;
    countJudged('update', record !== undefined && framework.status === 'active', context);
    if (record !== undefined) noteReport(state, agent, framework, record, report, context);
    else if (!isTerminal(latestState) && !framework.agentIds.has(agentId)) {
      // Launched before the agent was lost, and begun since it came back: it has not reported that.
      framework.agentIds.add(agentId);
      const { self: master } = context;
      context.send(agent.address, { type: 'ping', master, agentId, connected: false });
    }
    if (owned) {
      forwardUpdate(framework, update, context);
      return;
    }
    // The framework has given the id to another task, and would take this for news of that one.
    if (record !== undefined && hasEnded(record)) {
      completeTask(state, agent, framework, record, context);
    }
    const { taskId } = status;
    if (update.id === undefined) return;
    const acknowledged = { frameworkId, taskId, updateId: update.id };
    context.send(agent.address, { type: 'acknowledgeUpdate', ...acknowledged });
  },

  acknowledge(state, { frameworkId, agentId, taskId, updateId }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined) return;
    const agent = state.agents.registered.get(agentId);
    // The agent sends the update again, and it is acknowledged again.
    countJudged('acknowledgement', agent?.connected === true, context);
    if (agent === undefined || !agent.connected) return;
    const record = findTask(agent, frameworkId, taskId);
    if (record?.task.updateId === updateId && hasEnded(record)) {
      completeTask(state, agent, framework, record, context);
    }
    context.send(agent.address, { type: 'acknowledgeUpdate', frameworkId, taskId, updateId });
  },
};

/** It doesn't know that it is not registered (any more): it learns so, and comes back sooner. */
function nudge(state: MasterState, { agentId, agent }: Report, context: MasterContext): void {
  const { registered, reregistering } = state.agents;
  if (registered.has(agentId) || reregistering.has(agentId)) return;
  if (!speaksForItself(agent, context)) return;
  context.send(agent, { type: 'ping', master: context.self, agentId, connected: false });
}

function noteReport(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
  { update, latestState }: Report,
  context: MasterContext,
): void {
  const { task: before } = record;
  noteStatus(record, update.status, { updateState: update.status.state, updateId: update.id });
  changeTaskState(state, agent, framework, record, latestState, context);
  noteTaskStatus({ task: before }, record, update.status, context);
}

/** And its scheduler has been told, or is about to be. */
function hasEnded({ task }: TaskRecord): boolean {
  return task.updateState !== undefined && isTerminal(task.updateState);
}
