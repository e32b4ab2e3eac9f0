/**
 * Records of executors that frameworks brought along: they hold resources for as long as they live.
 * (The command executors of agents are not charged to anybody and not recorded.)
 */
import { assert } from '../../runtime/assert.ts';
import type { ReportedExecutor } from '../protocol/agent-to-master.ts';
import { giveBack, holdForExecutor, releaseExecutor } from './ledger.ts';
import type { MasterContext } from './messages.ts';
import {
  type AgentRecord,
  deleteNested,
  type ExecutorRecord,
  type FrameworkRecord,
  firstRole,
  type MasterState,
  setNested,
} from './state.ts';

export function addExecutor(
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: ExecutorRecord,
): void {
  setNested(agent.executors, record.frameworkId, record.info.executorId, record);
  framework.agentIds.add(agent.agentId);
  holdForExecutor(agent, framework, record);
}

/** It has ended: what it held is given back. */
export function dropExecutor(
  state: MasterState,
  agent: AgentRecord,
  record: ExecutorRecord,
  context: MasterContext,
): void {
  const { frameworkId, agentId, role, info } = record;
  const framework = state.frameworks.get(frameworkId);
  assert(framework !== undefined, 'what is on an agent belongs to a known framework');
  deleteNested(agent.executors, frameworkId, info.executorId);
  const resources = releaseExecutor(agent, framework, record);
  giveBack(state, { frameworkId, role, agentId, resources }, context);
}

/** Those that the agent lacks have ended; but for those that are just on their way to it. */
export function dropMissingExecutors(
  state: MasterState,
  agent: AgentRecord,
  reported: readonly ReportedExecutor[],
  context: MasterContext,
): void {
  const kept = new Set(
    reported.map(({ frameworkId, info }) => `${frameworkId} ${info.executorId}`),
  );
  for (const { task } of agent.unconfirmed) kept.add(`${task.frameworkId} ${task.executorId}`);
  for (const [frameworkId, executors] of agent.executors) {
    for (const [executorId, record] of executors) {
      if (!kept.has(`${frameworkId} ${executorId}`)) dropExecutor(state, agent, record, context);
    }
  }
}

/** Those that the master lacks are taken over; the allocator is told with the agent. */
export function adoptExecutors(
  state: MasterState,
  agent: AgentRecord,
  reported: readonly ReportedExecutor[],
): void {
  for (const { frameworkId, info, role } of reported) {
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined) continue;
    if (agent.executors.get(frameworkId)?.has(info.executorId)) continue;
    const { agentId } = agent;
    addExecutor(agent, framework, {
      frameworkId,
      agentId,
      role: role ?? firstRole(framework),
      info,
    });
  }
}

/** Whether a task that is to run in it has been launched and not been heard of. */
export function isExpected(agent: AgentRecord, record: ExecutorRecord): boolean {
  for (const { task } of agent.unconfirmed) {
    if (task.frameworkId !== record.frameworkId) continue;
    if (task.executorId === record.info.executorId) return true;
  }
  return false;
}
