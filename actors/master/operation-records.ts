/**
 * Operations on resources as the master knows them: booked on their agent until their end is
 * acknowledged, and found by their framework where it gave them an id.
 *
 *     pending ──operationUpdated──▶ ended ──acknowledged──▶ (forgotten)
 *        └──agent unreachable, gone──▶ (told so, forgotten; the agent tells the rest when it is back)
 *
 * Those of a framework that has ended, or of an operator, are acknowledged by the master itself.
 * Source: Mesos 1.11, src/master/master.cpp, addOperation, removeOperation, sendBulkOperationFeedback.
 */
import type { AgentId, OperationUuid, UpdateId } from '../protocol/ids.ts';
import { REPORTED_COUNT_MAX } from '../protocol/maxima.ts';
import {
  isTerminalOperation,
  type OperationRecord,
  type OperationState,
  type OperationStatus,
} from '../protocol/operation.ts';
import { countEvent, countNewOperation, countOperation } from './counters.ts';
import type { MasterContext } from './messages.ts';
import type { AgentRecord, FrameworkRecord, MasterState } from './state.ts';

/** An operation, and what was said of it last. */
export interface OperationEntry {
  readonly record: OperationRecord;
  readonly agentId: AgentId;
  status: OperationStatus;
  /** Of what the agent had said that it has when it was sent there. */
  readonly resourceVersion: string | undefined;
  /** When it was sent to the agent, or the agent has said last that it has it. */
  confirmedMs: number;
}

/** On one agent, whose report of them has to fit into a message; a further one is an error. */
export const OPERATIONS_PER_AGENT_MAX = REPORTED_COUNT_MAX;
/** Of one agent that are remembered when they have ended; then the oldest is forgotten. */
export const ENDED_OPERATIONS_MAX = 1000;

export function addOperation(
  agent: AgentRecord,
  framework: FrameworkRecord | undefined,
  record: OperationRecord,
  status: OperationStatus,
  context: MasterContext,
): OperationEntry {
  const { agentId, resourceVersion } = agent;
  const entry = { record, agentId, status, resourceVersion, confirmedMs: context.nowMs() };
  agent.operations.set(record.operationUuid, entry);
  countNewOperation(record, context);
  countOperation(record, status.state, context);
  if (framework === undefined) return entry;
  framework.agentIds.add(agent.agentId);
  if (record.operationId !== undefined) framework.operations.set(record.operationId, entry);
  return entry;
}

export function forgetOperation(
  { frameworks }: MasterState,
  agent: AgentRecord,
  { record }: OperationEntry,
): void {
  const { operationUuid, frameworkId, operationId } = record;
  agent.operations.delete(operationUuid);
  noteEnded(agent, operationUuid);
  if (frameworkId === undefined || operationId === undefined) return;
  const framework = frameworks.get(frameworkId);
  if (framework?.operations.get(operationId)?.record.operationUuid !== operationUuid) return;
  framework.operations.delete(operationId);
}

/**
 * Whether the agent may not have heard of one: then it is asked to register again, which tells what it
 * has and what it lacks.
 */
export function hasSilentOperation({ operations }: AgentRecord, context: MasterContext): boolean {
  const { launchConfirmMs } = context.options.settings;
  for (const { status, confirmedMs } of operations.values()) {
    if (isTerminalOperation(status)) continue;
    if (context.nowMs() - confirmedMs >= launchConfirmMs) return true;
  }
  return false;
}

export function pendingStatus({ operationId }: Pick<OperationRecord, 'operationId'>) {
  return {
    state: 'pending',
    ...(operationId !== undefined && { operationId }),
  } as const satisfies OperationStatus;
}

/** Schedulers that are away miss it: agents send theirs again, the master's own are lost. */
export function tellOperation(
  framework: FrameworkRecord,
  status: OperationStatus,
  agentId: AgentId | undefined,
  context: MasterContext,
): void {
  if (framework.status !== 'active' || framework.scheduler === undefined) return;
  context.send(framework.scheduler, {
    type: 'operationUpdated',
    ...(agentId !== undefined && { agentId }),
    status,
  });
  countEvent(framework.frameworkId, 'UPDATE_OPERATION_STATUS', context);
}

/**
 * The agent goes: nothing more will be heard of its operations. That is told also of those that have
 * ended, for nobody has said yet that this was heard.
 */
export function loseOperations(
  state: MasterState,
  agent: AgentRecord,
  words: { readonly state: OperationState; readonly message: string },
  context: MasterContext,
): void {
  for (const entry of agent.operations.values()) {
    const { frameworkId, operationId } = entry.record;
    const framework = frameworkId === undefined ? undefined : state.frameworks.get(frameworkId);
    forgetOperation(state, agent, entry);
    countOperation(entry.record, words.state, context);
    if (framework === undefined || operationId === undefined) continue;
    tellOperation(framework, { ...words, operationId }, agent.agentId, context);
  }
}

/** Agents may have been back before it: what it asked of them is found by its ids from now on. */
export function claimOperations({ agents }: MasterState, framework: FrameworkRecord): void {
  for (const agent of agents.registered.values()) {
    for (const entry of agent.operations.values()) {
      const { frameworkId, operationId } = entry.record;
      if (frameworkId !== framework.frameworkId) continue;
      framework.agentIds.add(agent.agentId);
      if (operationId !== undefined) framework.operations.set(operationId, entry);
    }
  }
}

/** The framework has ended: nobody but the master will acknowledge what its operations came to. */
export function orphanOperations(
  { agents }: MasterState,
  framework: FrameworkRecord,
  context: MasterContext,
): void {
  for (const { agentId, record, status } of framework.operations.values()) {
    const agent = agents.registered.get(agentId);
    const { updateId } = status;
    if (agent === undefined || updateId === undefined) continue;
    acknowledgeToAgent(agent, record.operationUuid, updateId, context);
    if (!isTerminalOperation(status)) continue;
    agent.operations.delete(record.operationUuid);
    noteEnded(agent, record.operationUuid);
  }
  framework.operations.clear();
}

function noteEnded({ endedOperations }: AgentRecord, operationUuid: OperationUuid): void {
  endedOperations.add(operationUuid);
  if (endedOperations.size <= ENDED_OPERATIONS_MAX) return;
  const [oldest] = endedOperations;
  if (oldest !== undefined) endedOperations.delete(oldest);
}

/** One that is away asks again when it is back. */
export function acknowledgeToAgent(
  agent: AgentRecord,
  operationUuid: OperationRecord['operationUuid'],
  updateId: UpdateId,
  context: MasterContext,
): void {
  if (!agent.connected) return;
  context.send(agent.address, { type: 'acknowledgeOperation', operationUuid, updateId });
}

/** As Mesos names an agent in its sentences. */
export function agentText({ agentId, address, info }: AgentRecord): string {
  return `${agentId} at slave(1)@${address.node} (${info.hostname})`;
}
