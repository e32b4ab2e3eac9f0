/** What a returning agent reports is compared with what the master knows, and taken over from it. */
import { isDeepStrictEqual } from 'node:util';
import type { ReportedFramework } from '../protocol/agent-to-master.ts';
import type { OperationUuid } from '../protocol/ids.ts';
import type { FromMasterToAgent } from '../protocol/master-to-agent.ts';
import { isTerminalOperation } from '../protocol/operation.ts';
import { conversionOf, converted } from '../protocol/resource-operations.ts';
import { equalResources } from '../protocol/resources.ts';
import { isTerminal, type Task, type TaskState } from '../protocol/task.ts';
import { recoverFramework } from './framework-records.ts';
import type { MasterContext } from './messages.ts';
import { addOperation, forgetOperation, type OperationEntry } from './operation-records.ts';
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

/**
 * What the agent has, as operations left it. An agent that asked more than once may have asked before it
 * got an operation, and be heard after that was booked, or has ended: so what it lacks and may still get
 * stays booked, and what is older than what was heard of it is not listened to.
 */
export function adoptResources(
  state: MasterState,
  agent: AgentRecord,
  report: Registration | Reregistration,
  context: MasterContext,
): {
  /** Whether the master took it to have something else. */
  readonly changed: boolean;
  /** Those that the agent should have and has not. */
  readonly missing: readonly OperationUuid[];
} {
  const { info, resources: has = info.resources, resourceVersion } = report;
  if (!hearRevision(agent, report)) return { changed: false, missing: [] };
  agent.resourceVersion = resourceVersion;
  const missing = adoptOperations(state, agent, report, context);
  const onTheirWay = missing.filter((entry) => entry.resourceVersion === resourceVersion);
  const total = onTheirWay.reduce(
    (booked, { record }) => converted(booked, conversionOf(record.operation)) ?? booked,
    has,
  );
  const changed = !equalResources(agent.total, total);
  if (changed) agent.total = total;
  return { changed, missing: missing.map(({ record }) => record.operationUuid) };
}

/** @returns false where it was under way while something newer was heard of this life of the agent */
export function hearRevision(
  agent: AgentRecord,
  { resourceRevision = agent.resourceRevision }: { readonly resourceRevision?: number },
): boolean {
  if (resourceRevision < agent.resourceRevision) return false;
  agent.resourceRevision = resourceRevision;
  return true;
}

/**
 * A report may overtake an acknowledgement: what it names has ended, and is not heard of again. What has
 * ended and is not named was acknowledged elsewhere.
 *
 * @returns those that have not ended, and that the agent does not know
 */
function adoptOperations(
  state: MasterState,
  agent: AgentRecord,
  { operations = [] }: Registration | Reregistration,
  context: MasterContext,
): readonly OperationEntry[] {
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
  return [...missing].flatMap((operationUuid) => {
    const entry = agent.operations.get(operationUuid);
    if (entry === undefined) return [];
    if (!isTerminalOperation(entry.status)) return [entry];
    forgetOperation(state, agent, entry);
    return [];
  });
}
