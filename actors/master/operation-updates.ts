/**
 * What is heard about operations on resources: agents say how they went, again and again until it is
 * acknowledged; frameworks acknowledge those that they gave an id, the master all others.
 *
 *     agent ──operationUpdated──▶ master ──operationUpdated──▶ scheduler
 *     agent ◀─acknowledgeOperation── master ◀──acknowledgeOperation── scheduler
 *
 * | a scheduler asks for an operation that is       | it is told                               |
 * |---|---|
 * | known                                           | its last status                          |
 * | not, and its agent is waited for                | recovering                               |
 * | not, and its agent is unreachable               | unreachable                              |
 * | not, and an operator gave up its agent          | goneByOperator                           |
 * | not, and its agent is registered, or unknown    | unknown                                  |
 *
 * Answers carry no id: they are not acknowledged, and who misses one asks again.
 * Source: Mesos 1.11, src/master/master.cpp, updateOperationStatus, acknowledgeOperationStatus,
 * reconcileOperations, updateSlave.
 */
import type { AgentId, OperationId } from '../protocol/ids.ts';
import {
  isTerminalOperation,
  type OperationState,
  type OperationStatus,
} from '../protocol/operation.ts';
import { equalResources } from '../protocol/resources.ts';
import { hearRevision } from './adoption.ts';
import { announceAgent } from './agent-records.ts';
import { countJudged, countOperation } from './counters.ts';
import { checkDrained } from './drains.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { rescindOffer } from './offers.ts';
import {
  acknowledgeToAgent,
  forgetOperation,
  type OperationEntry,
  tellOperation,
} from './operation-records.ts';
import { mayComeBack } from './reconciliation.ts';
import { activeSender, registeredSender } from './senders.ts';
import type { AgentRecord, MasterState } from './state.ts';

/**
 * How long a framework that nobody knows may still come and acknowledge an operation: after a change
 * of masters its agent may be here first. Source: Mesos 1.11, src/master/constants.hpp.
 */
const ORPHAN_WAIT_MS = 10 * 60_000;

interface Asked {
  readonly operationId: OperationId;
  readonly agentId?: AgentId;
}

export const operationUpdateHandlers: MasterHandlers<
  | 'agentUpdated'
  | 'operationUpdated'
  | 'acknowledgeOperation'
  | 'reconcileOperations'
  | 'describeOperations'
> = {
  agentUpdated(state, { agentId, resources, resourceVersion, ...message }, context) {
    const agent = registeredSender(state, agentId, context);
    if (agent === undefined || !hearRevision(agent, message)) return;
    agent.resourceVersion = resourceVersion;
    if (equalResources(agent.total, resources)) return;
    context.log.warn(`Agent "${agentId}" has other resources than it was taken to have`);
    for (const offer of agent.offers) rescindOffer(state, offer, context);
    agent.total = resources;
    announceAgent(state, agent, context);
  },

  operationUpdated(state, { agentId, update, ...message }, context) {
    const agent = registeredSender(state, agentId, context);
    // What came of an operation is news however late it is.
    if (agent !== undefined) hearRevision(agent, message);
    const { operationUuid } = update;
    const entry = agent?.operations.get(operationUuid);
    countJudged('operationUpdate', entry !== undefined, context);
    if (agent === undefined) return;
    const { updateId } = update.status;
    if (entry === undefined) {
      // It has ended and was acknowledged, but not heard of that there.
      if (updateId !== undefined) acknowledgeToAgent(agent, operationUuid, updateId, context);
      return;
    }
    const { operationId } = entry.record;
    if (entry.status.state !== update.status.state) {
      countOperation(entry.record, update.status.state, context);
    }
    entry.status = { ...update.status, ...(operationId !== undefined && { operationId }) };
    if (cameToNothing(update.status) && agent.resourceVersion === entry.resourceVersion) {
      // It has said what it has instead, and that was lost: it is asked to register again.
      const { self: master } = context;
      context.send(agent.address, { type: 'ping', master, agentId, connected: false });
    }
    note(state, agent, entry, context);
    checkDrained(state, agent, context);
  },

  acknowledgeOperation(state, { frameworkId, agentId, operationId, updateId }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined) return;
    const agent = state.agents.registered.get(agentId);
    const entry = framework.operations.get(operationId);
    const isKnown =
      agent?.connected === true && entry?.agentId === agentId && entry.status.updateId === updateId;
    countJudged('operationAcknowledgement', isKnown, context);
    // The agent says it again, and it is acknowledged again.
    if (!isKnown || agent === undefined || entry === undefined) return;
    if (isTerminalOperation(entry.status)) forgetOperation(state, agent, entry);
    acknowledgeToAgent(agent, entry.record.operationUuid, updateId, context);
    checkDrained(state, agent, context);
  },

  reconcileOperations(state, { frameworkId, operations }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined) return;
    const tellCurrent = ({ agentId, status: { updateId: _, ...status } }: OperationEntry) =>
      tellOperation(framework, status, agentId, context);
    if (operations.length === 0) {
      for (const entry of framework.operations.values()) tellCurrent(entry);
    }
    for (const asked of operations) {
      const { operationId, agentId } = asked;
      const entry = framework.operations.get(operationId);
      if (entry !== undefined) {
        tellCurrent(entry);
        continue;
      }
      const { state: operationState, message } = judgement(state, asked, context);
      const status = { state: operationState, operationId, message: `Reconciliation: ${message}` };
      tellOperation(framework, status, agentId, context);
    }
  },

  describeOperations({ agents }, { replyTo }, context) {
    const all = [...agents.registered.values()].map(({ operations }) => [...operations.values()]);
    const operations = all.flat().map((entry) => ({ ...entry }));
    context.send(replyTo, { type: 'operationsDescribed', operations });
  },
};

function cameToNothing({ state }: OperationStatus): boolean {
  return state === 'dropped' || state === 'failed';
}

function note(
  state: MasterState,
  agent: AgentRecord,
  entry: OperationEntry,
  context: MasterContext,
): void {
  const { status, record } = entry;
  const { operationUuid, operationId, frameworkId } = record;
  const framework = frameworkId === undefined ? undefined : state.frameworks.get(frameworkId);
  if (framework !== undefined && operationId !== undefined) {
    // The agent is back before its framework subscribed: it is found by its id from now on.
    if (!framework.operations.has(operationId)) framework.operations.set(operationId, entry);
    framework.agentIds.add(agent.agentId);
    tellOperation(framework, status, agent.agentId, context);
    const isLast = isTerminalOperation(status) && status.updateId === undefined;
    if (isLast) forgetOperation(state, agent, entry);
    return;
  }
  const mayBeAsked =
    operationId !== undefined &&
    frameworkId !== undefined &&
    !state.endedFrameworks.has(frameworkId);
  const sinceMs = agent.reregisteredMs ?? agent.registeredMs;
  if (mayBeAsked && context.nowMs() - sinceMs < ORPHAN_WAIT_MS) return;
  if (status.updateId !== undefined) {
    acknowledgeToAgent(agent, operationUuid, status.updateId, context);
  }
  if (isTerminalOperation(status)) forgetOperation(state, agent, entry);
}

function judgement(
  state: MasterState,
  { agentId }: Asked,
  context: MasterContext,
): { readonly state: OperationState; readonly message: string } {
  const { registered, unreachable, gone } = state.agents;
  if (agentId === undefined) {
    return { state: 'unknown', message: "Operation is unknown and no 'agent_id' was provided" };
  }
  if (registered.has(agentId)) return { state: 'unknown', message: 'Operation is unknown' };
  if (mayComeBack(state, agentId, context)) {
    return { state: 'recovering', message: 'Agent is recovered but has not re-registered' };
  }
  if (unreachable.has(agentId)) return { state: 'unreachable', message: 'Agent is unreachable' };
  if (gone.get(agentId)?.byOperator === true) {
    return { state: 'goneByOperator', message: 'Agent marked gone by operator' };
  }
  return { state: 'unknown', message: 'Both operation and agent are unknown' };
}
