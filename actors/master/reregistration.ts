/**
 * Agents come back with what they have: after a broken link, a restart, a change of master, or from
 * being unreachable.
 *
 * | the master's view of it | what is done                                                        |
 * |---|---|
 * | its machine is down               | it is shut down                                           |
 * | its registration is just changing | nothing: it asks again                                    |
 * | registered, on another host       | it is shut down: somebody copied its work directory       |
 * | gone                              | it is shut down: its tasks have been given up              |
 * | registered                        | both sides are compared (below), and it is connected;     |
 * |                                   | where nothing differs, what is on offer of it stays so    |
 * | recovered: the leader before had it | it is taken in with its tasks; nobody is told           |
 * | unreachable, or unknown           | it is admitted again with its tasks; frameworks are told, |
 * |                                   | also of what it should have and has not: that is gone     |
 *
 * Compared: tasks and operations that the agent lacks are named to it, and it reports them dropped;
 * what it has after its operations is what it says. Tasks and
 * executors that the master lacks are adopted, and who was told that they are lost hears of it;
 * frameworks it lacks become *recovered*, and those that have ended are shut down there. Kills that could not be sent are.
 * Source: Mesos 1.11, master.cpp, reregisterSlave, reconcileKnownSlave; adopting is Messor's.
 */
import { isDeepStrictEqual } from 'node:util';
import { sameAddress } from '../../runtime/address.ts';
import { assert } from '../../runtime/assert.ts';
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import type { FrameworkId, OperationUuid, TaskId } from '../protocol/ids.ts';
import type { FromMasterToAgent } from '../protocol/master-to-agent.ts';
import { TASKS_PER_QUESTION_MAX } from '../protocol/maxima.ts';
import { isTerminal } from '../protocol/task.ts';
import { adoptFrameworks, adoptResources, adoptTask } from './adoption.ts';
import { isOutOfPlace } from './agent-domains.ts';
import { leave, loseUnreported, replaceUnreachable } from './agent-losses.ts';
import { announceAgent, firstWords, isHere, reconnectAgent, startAgent } from './agent-records.ts';
import { tellRegistrar } from './children.ts';
import { countAgent } from './counters.ts';
import { checkDrained } from './drains.ts';
import { adoptExecutors, dropMissingExecutors } from './executor-records.ts';
import { usedOn } from './ledger.ts';
import { shutDownIfDown } from './maintenance/maintenance.ts';
import { isDown, MACHINE_DOWN } from './maintenance/schedule.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { rescindOffer } from './offers.ts';
import { speaksForItself } from './senders.ts';
import {
  type AgentRecord,
  findTask,
  isPartitionAware,
  type MasterState,
  type Reregistration,
  type TaskRecord,
} from './state.ts';
import { forwardUpdate, masterUpdate } from './task-records.ts';
import { wasCutOff } from './uncheckpointed.ts';

export const reregistrationHandlers: MasterHandlers<'reregisterAgent'> = {
  reregisterAgent(state, report, context) {
    if (!speaksForItself(report.agent, context)) return;
    const { agents } = state;
    const { agentId, agent: address, info: said } = report;
    if (isOutOfPlace(report.agent, report.info, context)) return;
    if (isDown(state.schedule, { hostname: said.hostname, node: address.node })) {
      context.send(address, { type: 'shutdownAgent', reason: MACHINE_DOWN });
      return;
    }
    if (agents.leaving.has(agentId)) return;
    if (agents.reregistering.has(agentId)) {
      agents.reregistering.set(agentId, report);
      return;
    }
    if (agents.gone.has(agentId)) {
      const reason =
        `Agent "${agentId}" cannot register again: it left, or another one came to where it was, ` +
        'and its tasks have been given up; start it again, and it gets an id of its own';
      context.send(report.agent, { type: 'shutdownAgent', reason });
      return;
    }
    const agent = agents.registered.get(agentId);
    if (agent !== undefined && isElsewhere(agent, report)) {
      const reason =
        `Agent "${agentId}" cannot register from ${report.info.hostname} (${report.agent.node}): ` +
        `it is registered from ${agent.info.hostname} (${agent.address.node}); ` +
        'start it with an empty work directory to get an id of its own';
      context.send(report.agent, { type: 'shutdownAgent', reason });
      return;
    }
    const { node } = report.agent;
    const otherId = agents.idsByNode.get(node);
    if (otherId !== undefined && otherId !== agentId && isHere(state, otherId)) {
      leave(state, otherId, context);
    }

    const info = { ...report.info, agentId, node };
    const admitted = agent?.info ?? agents.recovered.get(agentId);
    if (admitted !== undefined && isDeepStrictEqual(admitted, info)) {
      if (agent === undefined) takeIn(state, info, report, context);
      else comeBack(state, agent, report, false, context);
      return;
    }
    agents.reregistering.set(agentId, report);
    const type = admitted === undefined ? 'markAgentReachable' : 'updateAgent';
    tellRegistrar(state, { type, info }, context);
  },
};

/** The registry has it again, or as it is now. */
export function agentReadmitted(
  state: MasterState,
  info: RegisteredAgentInfo,
  context: MasterContext,
): void {
  const { agents } = state;
  const report = agents.reregistering.get(info.agentId);
  assert(report !== undefined, 'only agents that wait for it are admitted again');
  agents.reregistering.delete(info.agentId);
  const agent = agents.registered.get(info.agentId);
  if (agent === undefined) {
    takeIn(state, info, report, context);
  } else {
    agent.info = info;
    comeBack(state, agent, report, true, context);
  }
}

/** One that is not registered here, whatever the registry says of it. */
function takeIn(
  state: MasterState,
  info: RegisteredAgentInfo,
  report: Reregistration,
  context: MasterContext,
): void {
  const { unreachable, recovered } = state.agents;
  const wasRecovered = recovered.has(info.agentId);
  const lost = unreachable.get(info.agentId);
  const agent = startAgent(state, info, report.agent, context);
  replaceUnreachable(state, info.node, context);
  agent.reregisteredMs = context.nowMs();
  const commands = adoptFrameworks(state, agent, report.frameworks, context);
  adoptExecutors(state, agent, report.executors);
  for (const task of report.tasks) commands.push(...adoptTask(state, agent, task, context));
  if (lost !== undefined) loseUnreported(state, lost, context);
  adoptResources(state, agent, report, context);
  announceAgent(state, agent, context);
  tellReregistered(state, agent, [], [], context);
  for (const command of commands) context.send(agent.address, command);
  const message =
    lost !== undefined
      ? 'The agent is reachable again'
      : 'The agent has registered with a master that did not know it';
  for (const records of wasRecovered ? [] : agent.tasks.values()) {
    for (const record of records.values()) tellIsBack(state, record, message, context);
  }
  checkDrained(state, agent, context);
  shutDownIfDown(state, agent, context);
  context.log.info(`Agent "${agent.agentId}" at ${agent.address.node} is back`);
}

function comeBack(
  state: MasterState,
  agent: AgentRecord,
  report: Reregistration,
  isOtherwise: boolean,
  context: MasterContext,
): void {
  const isElsewhereNow = !agent.connected || !sameAddress(agent.address, report.agent);
  const usedBefore = usedOn(agent);
  if (isElsewhereNow) {
    reconnectAgent(state, agent, report.agent, context);
    context.log.info(`Agent "${agent.agentId}" at ${agent.address.node} is connected again`);
  }
  const commands: FromMasterToAgent[] = adoptFrameworks(state, agent, report.frameworks, context);
  const missing = missingTasks(agent, report);
  const back = report.tasks.filter((task) =>
    wasCutOff(state.frameworks.get(task.frameworkId), task),
  );
  dropMissingExecutors(state, agent, report.executors, context);
  adoptExecutors(state, agent, report.executors);
  for (const task of report.tasks) commands.push(...adoptTask(state, agent, task, context));
  for (const [{ task }, settings] of agent.pendingKills) {
    const { frameworkId, taskId } = task;
    commands.push({ type: 'killTask', frameworkId, taskId, ...settings });
  }
  agent.pendingKills.clear();
  const { changed, missing: missingOperations } = adoptResources(state, agent, report, context);
  // One that asks twice, as after a change of leader, is offered already: what is on offer stays so.
  if (isOtherwise || changed || isElsewhereNow || !isDeepStrictEqual(usedOn(agent), usedBefore)) {
    for (const offer of agent.offers) rescindOffer(state, offer, context);
    announceAgent(state, agent, context);
  }
  tellReregistered(state, agent, missing, missingOperations, context);
  for (const command of commands) context.send(agent.address, command);
  for (const { frameworkId, taskId } of back) {
    const record = findTask(agent, frameworkId, taskId);
    if (record !== undefined && !isTerminal(record.task.state))
      tellIsBack(state, record, 'The agent is connected again', context);
  }
  checkDrained(state, agent, context);
  shutDownIfDown(state, agent, context);
}

/** What doesn't fit into the answer is asked for right after it. */
function tellReregistered(
  state: MasterState,
  agent: AgentRecord,
  missing: readonly TaskRecord[],
  unknownOperations: readonly OperationUuid[],
  context: MasterContext,
): void {
  countAgent('reregistered', context);
  const named = missing.map(({ task: { frameworkId, taskId }, offerId }) => ({
    frameworkId,
    taskId,
    partitionAware: isPartitionAware(state.frameworks.get(frameworkId)),
    ...(offerId === undefined ? {} : { launchId: offerId }),
  }));
  context.send(agent.address, {
    type: 'agentReregistered',
    agentId: agent.agentId,
    ...firstWords(state, agent.agentId, context),
    unknownTasks: named.slice(0, TASKS_PER_QUESTION_MAX),
    ...(unknownOperations.length > 0 && { unknownOperations }),
  });
  for (let from = TASKS_PER_QUESTION_MAX; from < named.length; from += TASKS_PER_QUESTION_MAX) {
    const tasks = named.slice(from, from + TASKS_PER_QUESTION_MAX);
    context.send(agent.address, { type: 'confirmTasks', tasks });
  }
}

function missingTasks(agent: AgentRecord, { tasks }: Reregistration): TaskRecord[] {
  const reported = new Map<FrameworkId, Set<TaskId>>();
  for (const { frameworkId, taskId } of tasks) {
    const taskIds = reported.get(frameworkId);
    if (taskIds === undefined) reported.set(frameworkId, new Set([taskId]));
    else taskIds.add(taskId);
  }
  const missing: TaskRecord[] = [];
  for (const [frameworkId, records] of agent.tasks) {
    for (const [taskId, record] of records) {
      if (!reported.get(frameworkId)?.has(taskId)) missing.push(record);
    }
  }
  return missing;
}

function tellIsBack(
  state: MasterState,
  record: TaskRecord,
  message: string,
  context: MasterContext,
): void {
  const { frameworkId, taskId, agentId, state: taskState } = record.task;
  const framework = state.frameworks.get(frameworkId);
  // Not of one whose id the framework has given to another task by now.
  if (framework?.tasks.get(taskId) !== record) return;
  const said = { taskId, agentId, state: taskState, reason: 'agentReregistered', message } as const;
  forwardUpdate(framework, masterUpdate(frameworkId, said, context), context);
}

/** The port may change with a restart, the host may not. */
function isElsewhere(agent: AgentRecord, report: Reregistration): boolean {
  return (
    agent.info.hostname !== report.info.hostname ||
    hostOf(agent.address.node) !== hostOf(report.agent.node)
  );
}

function hostOf(node: string): string {
  return node.slice(0, node.lastIndexOf(':'));
}
