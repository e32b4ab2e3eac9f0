/** What a returning agent reports is compared with what the master knows, and taken over from it. */
import { isDeepStrictEqual } from 'node:util';
import type { OperationUuid } from '../protocol/ids.ts';
import type { FromMasterToAgent, ReportedFramework } from '../protocol/messages.ts';
import { isTerminalOperation } from '../protocol/operation.ts';
import { equalResources } from '../protocol/resources.ts';
import { isTerminal, type Task, type TaskState } from '../protocol/task.ts';
import { recoverFramework } from './framework-records.ts';
import type { MasterContext } from './messages.ts';
import { addOperation, forgetOperation } from './operation-records.ts';
import { noteEvent } from './reads.ts';
import {
  type AgentRecord,
  findTask,
  firstRole,
  type MasterState,
  type Registration,
  type Reregistration,
  type TaskRecord,
} from './state.ts';
import { addTask, changeTaskState } from './task-records.ts';

/** @returns what to tell the agent about those that have ended, or are not what they were */
export function adoptFrameworks(
  state: MasterState,
  agent: AgentRecord,
  reported: readonly ReportedFramework[],
  context: MasterContext,
): FromMasterToAgent[] {
  const commands: FromMasterToAgent[] = [];
  for (const { frameworkId, info } of reported) {
    if (state.endedFrameworks.has(frameworkId)) {
      agent.endedFrameworks.add(frameworkId);
      commands.push({ type: 'shutdownFramework', frameworkId });
      continue;
    }
    const known = state.frameworks.get(frameworkId);
    const framework = known ?? recoverFramework(state, frameworkId, info, context);
    framework.agentIds.add(agent.agentId);
    if (!isDeepStrictEqual(info, framework.info)) {
      commands.push({ type: 'updateFramework', frameworkId, framework: framework.info });
    }
  }
  return commands;
}

/** @returns what to tell the agent about it */
export function adoptTask(
  state: MasterState,
  agent: AgentRecord,
  task: Task,
  context: MasterContext,
): FromMasterToAgent[] {
  const { frameworkId, taskId, agentId } = task;
  const framework = state.frameworks.get(frameworkId);
  // Of a framework that has ended or was not reported, or states that agents have nothing to say of.
  if (framework === undefined || agentId !== agent.agentId || !isAgentState(task.state)) return [];
  const known = findTask(agent, frameworkId, taskId);
  if (known !== undefined) {
    changeTaskState(state, agent, framework, known, task.state, context);
    return [];
  }
  const completed = framework.completedTasks.get(taskId);
  const here = (record: TaskRecord | undefined) => record?.task.agentId === agentId;
  // Acknowledged here, but not heard of there: the agent says it again and is acknowledged again.
  if (isTerminal(task.state) && here(completed)) return [];
  const elsewhere = framework.tasks.has(taskId);
  if (elsewhere && isTerminal(task.state)) return [];

  if (here(completed)) framework.completedTasks.delete(taskId);
  if (here(framework.unreachableTasks.get(taskId))) framework.unreachableTasks.delete(taskId);
  const record: TaskRecord = {
    task,
    role: task.role ?? firstRole(framework),
    holding: false,
    launchedMs: context.nowMs(),
    offerId: undefined,
  };
  addTask(agent, framework, record);
  agent.unconfirmed.delete(record);
  if (!elsewhere) noteEvent({ type: 'taskAdded', task }, context);
  if (!elsewhere) return [];
  context.log.warn(
    `Task "${taskId}" of framework "${frameworkId}" is on two agents: it is killed on "${agentId}"`,
  );
  return [{ type: 'killTask', frameworkId, taskId }];
}

/**
 * `unreachable` is said of agents, `unknown` is no state at all. `goneByOperator` is said by one that
 * drains in order to be gone.
 */
export function isAgentState(state: TaskState): boolean {
  return state !== 'unreachable' && state !== 'unknown';
}

/** What the agent has, as operations left it. @returns whether the master took it for something else */
export function adoptResources(
  agent: AgentRecord,
  { info, resources = info.resources, resourceVersion }: Registration | Reregistration,
): boolean {
  agent.resourceVersion = resourceVersion;
  if (equalResources(agent.total, resources)) return false;
  agent.total = resources;
  return true;
}

/**
 * An agent that asked more than once has one of its reports overtake an acknowledgement: what that names
 * has ended, and is not heard of again. What has ended and is not named was acknowledged elsewhere.
 *
 * @returns those that the agent should have and has not: it never got them
 */
export function adoptOperations(
  state: MasterState,
  agent: AgentRecord,
  { operations = [] }: Registration | Reregistration,
  context: MasterContext,
): readonly OperationUuid[] {
  const missing = new Set(agent.operations.keys());
  for (const { status, ...record } of operations) {
    const { operationUuid, frameworkId } = record;
    missing.delete(operationUuid);
    const known = agent.operations.get(operationUuid);
    if (known !== undefined) {
      known.confirmedMs = context.nowMs();
      continue;
    }
    if (agent.endedOperations.has(operationUuid)) continue;
    const framework = frameworkId === undefined ? undefined : state.frameworks.get(frameworkId);
    addOperation(agent, framework, record, status, context);
  }
  return [...missing].filter((operationUuid) => {
    const entry = agent.operations.get(operationUuid);
    const hasEnded = entry !== undefined && isTerminalOperation(entry.status);
    if (hasEnded) forgetOperation(state, agent, entry);
    return !hasEnded;
  });
}
