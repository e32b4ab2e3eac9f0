/**
 * What always holds between two messages. For tests and the simulation, which ask after each step;
 * it looks at everything, and is not for a master at work.
 */

import { onceEach } from '../protocol/resource-selection.ts';
import { contains, equalResources, plus, type Resources } from '../protocol/resources.ts';
import { holdsResources } from '../protocol/task.ts';
import { isHere } from './agent-records.ts';
import { totalOf } from './ledger.ts';
import { isDown } from './maintenance/schedule.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  findTask,
  type MasterState,
  schedulerKey,
} from './state.ts';

/** @returns each rule that is broken, and where, as a sentence */
export function invariants(state: MasterState): string[] {
  const broken: string[] = [];
  for (const agent of state.agents.registered.values()) {
    broken.push(...agentInvariants(state, agent));
  }
  for (const framework of state.frameworks.values()) checkFramework(state, framework, broken);
  checkOffers(state, broken);
  checkIndexes(state, broken);
  return broken;
}

/** What holds of one agent: for who knows that only this one has changed. */
export function agentInvariants(state: MasterState, agent: AgentRecord): readonly string[] {
  const broken: string[] = [];
  const { agentId } = agent;
  let used: Resources = [];
  for (const [frameworkId, tasks] of agent.tasks) {
    if (!(tasks.size > 0))
      broken.push(`agent ${agentId} has an empty map for framework ${frameworkId}`);
    const framework = state.frameworks.get(frameworkId);
    if (!(framework !== undefined))
      broken.push(`agent ${agentId} has tasks of unknown ${frameworkId}`);
    if (!(framework?.agentIds.has(agentId) === true))
      broken.push(`${frameworkId} doesn't know ${agentId}`);
    for (const [taskId, { task, holding }] of tasks) {
      if (!(task.agentId === agentId)) broken.push(`task ${taskId} is with ${agentId} by mistake`);
      if (!(holding === holdsResources(task.state)))
        broken.push(`task ${taskId} holds resources: ${holding}, although it is ${task.state}`);
      if (holding) used = plus(used, task.resources);
    }
  }
  for (const [frameworkId, executors] of agent.executors) {
    if (!state.frameworks.has(frameworkId))
      broken.push(`an executor of unknown ${frameworkId} lives`);
    for (const { info } of executors.values()) used = plus(used, info.resources);
  }
  if (!equalResources(used, agent.used))
    broken.push(`agent ${agentId} counts its used resources wrongly`);
  let offered: Resources = [];
  for (const { offer } of agent.offers) offered = plus(offered, offer.resources);
  if (!equalResources(offered, agent.offered))
    broken.push(`agent ${agentId} counts its offers wrongly`);
  if (!(agent.overcommitted || contains(totalOf(agent), onceEach(plus(used, offered)))))
    broken.push(`agent ${agentId} has more used and offered than it has`);
  if (!(agent.connected || agent.offers.size === 0))
    broken.push(`${agentId} is away, and on offer`);
  if (agent.marks !== state.agents.marks.get(agentId))
    broken.push(`what operators want of ${agentId} is known in two ways`);
  if (!(agent.marks?.deactivated !== true || agent.offers.size === 0))
    broken.push(`${agentId} is deactivated, and on offer`);
  if (!(agent.marks?.drain === undefined || agent.marks.deactivated))
    broken.push(`${agentId} drains, and is not deactivated`);
  if (!(state.agents.leaving.has(agentId) || !isDown(state.schedule, agent.info)))
    broken.push(`${agentId} is here, and its machine is down`);
  if (!(agent.connected === (agent.deadline === undefined)))
    broken.push(`${agentId} waits for what is here`);
  for (const [uuid, { record, agentId: at }] of agent.operations) {
    if (!(uuid === record.operationUuid && at === agentId))
      broken.push(`operation ${uuid} is on ${agentId} by mistake`);
  }
  if (!(agent.pingTimer !== undefined)) broken.push(`agent ${agentId} is not pinged`);
  for (const record of [...agent.unconfirmed, ...agent.pendingKills.keys()]) {
    const { frameworkId, taskId } = record.task;
    if (!(findTask(agent, frameworkId, taskId) === record))
      broken.push(`${agentId} remembers old ${taskId}`);
  }
  return broken;
}

function checkFramework(state: MasterState, framework: FrameworkRecord, broken: string[]): void {
  const { frameworkId, status, scheduler } = framework;
  for (const [taskId, record] of framework.tasks) {
    const agent = state.agents.registered.get(record.task.agentId);
    if (!(agent !== undefined)) broken.push(`task ${taskId} is on an unknown agent`);
    if (!(agent !== undefined && findTask(agent, frameworkId, taskId) === record))
      broken.push(`task ${taskId} is not on its agent`);
    if (framework.unreachableTasks.has(taskId))
      broken.push(`task ${taskId} is here and unreachable`);
  }
  for (const [taskId, { holding }] of framework.unreachableTasks) {
    if (holding) broken.push(`unreachable task ${taskId} holds resources`);
  }
  for (const [taskId, { holding }] of framework.completedTasks) {
    if (holding) broken.push(`completed task ${taskId} holds resources`);
  }
  for (const [operationId, entry] of framework.operations) {
    const agent = state.agents.registered.get(entry.agentId);
    if (!(agent?.operations.get(entry.record.operationUuid) === entry))
      broken.push(`operation ${operationId} of ${frameworkId} is not on its agent`);
    if (!framework.agentIds.has(entry.agentId))
      broken.push(`${frameworkId} doesn't know ${entry.agentId}, where ${operationId} is`);
  }
  for (const agentId of framework.agentIds) {
    if (!state.agents.registered.has(agentId))
      broken.push(`${frameworkId} knows lost agent ${agentId}`);
  }
  const active = status === 'active';
  if (!(!active || scheduler !== undefined)) broken.push(`active ${frameworkId} has no scheduler`);
  if (!(active === (framework.heartbeatTimer !== undefined)))
    broken.push(`${frameworkId}: heartbeats`);
  if (!(active === (framework.failoverTimer === undefined)))
    broken.push(`${frameworkId}: failover timer`);
  if (!(active || framework.offers.size === 0))
    broken.push(`${frameworkId} is away, and has offers`);
  if (state.completedFrameworks.has(frameworkId))
    broken.push(`${frameworkId} is here and completed`);
}

function checkOffers(state: MasterState, broken: string[]): void {
  let ofAgents = 0;
  let ofFrameworks = 0;
  for (const { offers } of state.agents.registered.values()) ofAgents += offers.size;
  for (const { offers } of state.frameworks.values()) ofFrameworks += offers.size;
  if (!(ofAgents === state.offers.size)) broken.push('agents have other offers than there are');
  if (!(ofFrameworks === state.offers.size))
    broken.push('frameworks have other offers than there are');
  for (const [offerId, record] of state.offers) {
    const { agentId, frameworkId } = record.offer;
    if (!(offerId === record.offer.offerId))
      broken.push(`offer ${offerId} is listed by another id`);
    const agent = state.agents.registered.get(agentId);
    if (!(agent?.offers.has(record) === true)) broken.push(`offer ${offerId} is not on its agent`);
    const framework = state.frameworks.get(frameworkId);
    if (!(framework?.offers.has(record) === true))
      broken.push(`offer ${offerId} is not its framework's`);
  }
  if (!(state.offers.size > 0 === (state.offersTimer !== undefined)))
    broken.push('the oldest offer is not watched, or nothing is');
}

function checkIndexes(state: MasterState, broken: string[]): void {
  const { agents } = state;
  for (const [agentId, { address }] of agents.registered) {
    const listed = agents.idsByNode.get(address.node) === agentId;
    if (!(listed || agents.leaving.has(agentId)))
      broken.push(`agent ${agentId} is not found by its node`);
    if (agents.unreachable.has(agentId)) broken.push(`agent ${agentId} is here and unreachable`);
    if (agents.recovered.has(agentId)) broken.push(`agent ${agentId} is here and waited for`);
    if (agents.admitting.has(agentId)) broken.push(`agent ${agentId} is here and being admitted`);
    if (agents.gone.has(agentId)) broken.push(`agent ${agentId} is here and gone`);
  }
  for (const [node, agentId] of agents.idsByNode) {
    const known = isHere(state, agentId) || agents.admitting.has(agentId);
    if (!known) broken.push(`${node} is listed for agent ${agentId}, which is gone`);
  }
  for (const agentId of agents.leaving) {
    const known = isHere(state, agentId) || agents.unreachable.has(agentId);
    if (!known) broken.push(`agent ${agentId} leaves, but is not here`);
  }
  for (const [key, frameworkId] of state.frameworkIds) {
    const scheduler = state.frameworks.get(frameworkId)?.scheduler;
    const right = scheduler !== undefined && schedulerKey(scheduler) === key;
    if (!right) broken.push(`${key} is listed for framework ${frameworkId}, which is not its`);
  }
}
