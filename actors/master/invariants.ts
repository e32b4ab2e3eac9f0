/**
 * What always holds between two messages. For tests and the simulation, which ask after each step;
 * it looks at everything, and is not for a master at work.
 */
import { contains, equalResources, plus, type Resources } from '../protocol/resources.ts';
import { holdsResources } from '../protocol/task.ts';
import { isHere } from './agent-records.ts';
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
  const expect = (holds: boolean, claim: string) => {
    if (!holds) broken.push(claim);
  };
  for (const agent of state.agents.registered.values()) checkAgent(state, agent, expect);
  for (const framework of state.frameworks.values()) checkFramework(state, framework, expect);
  checkOffers(state, expect);
  checkIndexes(state, expect);
  return broken;
}

type Expect = (holds: boolean, claim: string) => void;

function checkAgent(state: MasterState, agent: AgentRecord, expect: Expect): void {
  const { agentId } = agent;
  let used: Resources = [];
  for (const [frameworkId, tasks] of agent.tasks) {
    expect(tasks.size > 0, `agent ${agentId} has an empty map for framework ${frameworkId}`);
    const framework = state.frameworks.get(frameworkId);
    expect(framework !== undefined, `agent ${agentId} has tasks of unknown ${frameworkId}`);
    expect(framework?.agentIds.has(agentId) === true, `${frameworkId} doesn't know ${agentId}`);
    for (const [taskId, { task, holding }] of tasks) {
      expect(task.agentId === agentId, `task ${taskId} is with ${agentId} by mistake`);
      expect(
        holding === holdsResources(task.state),
        `task ${taskId} holds resources: ${holding}, although it is ${task.state}`,
      );
      if (holding) used = plus(used, task.resources);
    }
  }
  for (const [frameworkId, executors] of agent.executors) {
    expect(state.frameworks.has(frameworkId), `an executor of unknown ${frameworkId} lives`);
    for (const { info } of executors.values()) used = plus(used, info.resources);
  }
  expect(equalResources(used, agent.used), `agent ${agentId} counts its used resources wrongly`);
  let offered: Resources = [];
  for (const { offer } of agent.offers) offered = plus(offered, offer.resources);
  expect(equalResources(offered, agent.offered), `agent ${agentId} counts its offers wrongly`);
  expect(
    agent.overcommitted || contains(agent.info.resources, plus(used, offered)),
    `agent ${agentId} has more used and offered than it has`,
  );
  expect(agent.connected || agent.offers.size === 0, `${agentId} is away, and on offer`);
  expect(agent.connected === (agent.deadline === undefined), `${agentId} waits for what is here`);
  expect(agent.pingTimer !== undefined, `agent ${agentId} is not pinged`);
  for (const record of [...agent.unconfirmed, ...agent.pendingKills.keys()]) {
    const { frameworkId, taskId } = record.task;
    expect(findTask(agent, frameworkId, taskId) === record, `${agentId} remembers old ${taskId}`);
  }
}

function checkFramework(state: MasterState, framework: FrameworkRecord, expect: Expect): void {
  const { frameworkId, status, scheduler } = framework;
  for (const [taskId, record] of framework.tasks) {
    const agent = state.agents.registered.get(record.task.agentId);
    expect(agent !== undefined, `task ${taskId} is on an unknown agent`);
    expect(
      agent !== undefined && findTask(agent, frameworkId, taskId) === record,
      `task ${taskId} is not on its agent`,
    );
    expect(!framework.unreachableTasks.has(taskId), `task ${taskId} is here and unreachable`);
  }
  for (const [taskId, { holding }] of framework.unreachableTasks) {
    expect(!holding, `unreachable task ${taskId} holds resources`);
  }
  for (const [taskId, { holding }] of framework.completedTasks) {
    expect(!holding, `completed task ${taskId} holds resources`);
  }
  for (const agentId of framework.agentIds) {
    expect(state.agents.registered.has(agentId), `${frameworkId} knows lost agent ${agentId}`);
  }
  const active = status === 'active';
  expect(!active || scheduler !== undefined, `active ${frameworkId} has no scheduler`);
  expect(active === (framework.heartbeatTimer !== undefined), `${frameworkId}: heartbeats`);
  expect(active === (framework.failoverTimer === undefined), `${frameworkId}: failover timer`);
  expect(active || framework.offers.size === 0, `${frameworkId} is away, and has offers`);
  expect(!state.completedFrameworks.has(frameworkId), `${frameworkId} is here and completed`);
}

function checkOffers(state: MasterState, expect: Expect): void {
  let ofAgents = 0;
  let ofFrameworks = 0;
  for (const { offers } of state.agents.registered.values()) ofAgents += offers.size;
  for (const { offers } of state.frameworks.values()) ofFrameworks += offers.size;
  expect(ofAgents === state.offers.size, 'agents have other offers than there are');
  expect(ofFrameworks === state.offers.size, 'frameworks have other offers than there are');
  for (const [offerId, record] of state.offers) {
    const { agentId, frameworkId } = record.offer;
    expect(offerId === record.offer.offerId, `offer ${offerId} is listed by another id`);
    const agent = state.agents.registered.get(agentId);
    expect(agent?.offers.has(record) === true, `offer ${offerId} is not on its agent`);
    const framework = state.frameworks.get(frameworkId);
    expect(framework?.offers.has(record) === true, `offer ${offerId} is not its framework's`);
  }
  expect(
    state.offers.size > 0 === (state.offersTimer !== undefined),
    'the oldest offer is not watched, or nothing is',
  );
}

function checkIndexes(state: MasterState, expect: Expect): void {
  const { agents } = state;
  for (const [agentId, { address }] of agents.registered) {
    const listed = agents.idsByNode.get(address.node) === agentId;
    expect(listed || agents.leaving.has(agentId), `agent ${agentId} is not found by its node`);
    expect(!agents.unreachable.has(agentId), `agent ${agentId} is here and unreachable`);
    expect(!agents.recovered.has(agentId), `agent ${agentId} is here and waited for`);
    expect(!agents.admitting.has(agentId), `agent ${agentId} is here and being admitted`);
    expect(!agents.gone.has(agentId), `agent ${agentId} is here and gone`);
  }
  for (const [node, agentId] of agents.idsByNode) {
    const known = isHere(state, agentId) || agents.admitting.has(agentId);
    expect(known, `${node} is listed for agent ${agentId}, which is gone`);
  }
  for (const agentId of agents.leaving) {
    const known = isHere(state, agentId) || agents.unreachable.has(agentId);
    expect(known, `agent ${agentId} leaves, but is not here`);
  }
  for (const [key, frameworkId] of state.frameworkIds) {
    const scheduler = state.frameworks.get(frameworkId)?.scheduler;
    const right = scheduler !== undefined && schedulerKey(scheduler) === key;
    expect(right, `${key} is listed for framework ${frameworkId}, which is not its`);
  }
}
