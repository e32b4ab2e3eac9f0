/**
 * Kills: asked for by schedulers or by people, done by agents.
 *
 * A kill is a wish, not a fact: what counts is the update that follows. One for an agent that is
 * disconnected is sent when it is back; one for a task that nobody knows is answered like a question
 * for it. Source: Mesos 1.11, src/master/master.cpp, kill.
 */

import { assert } from '../../runtime/assert.ts';
import type { FrameworkId, TaskId } from '../protocol/ids.ts';
import { isTerminal } from '../protocol/task.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { reconcileTask } from './reconciliation.ts';
import { activeSender } from './senders.ts';
import type { MasterState, TaskRecord } from './state.ts';

/** How many frameworks a refusal names. */
const NAMED_COUNT_MAX = 5;

export const killHandlers: MasterHandlers<'kill' | 'killTask'> = {
  kill(state, { frameworkId, taskId, agentId, killGracePeriodMs }, context) {
    const framework = activeSender(state, frameworkId, context);
    if (framework === undefined) return;
    const record = framework.tasks.get(taskId);
    if (record === undefined) {
      const asked = agentId === undefined ? { taskId } : { taskId, agentId };
      reconcileTask(state, framework, asked, context);
      return;
    }
    if (agentId !== undefined && agentId !== record.task.agentId) {
      const where = `it is on agent "${record.task.agentId}", not on "${agentId}"`;
      context.log.warn(`Dropped a kill of task "${taskId}": ${where}`);
      return;
    }
    killRecord(
      state,
      record,
      killGracePeriodMs === undefined ? {} : { killGracePeriodMs },
      context,
    );
  },

  killTask(state, { taskId, frameworkId, replyTo }, context) {
    const found = findTasks(state, taskId, frameworkId);
    const [record] = found;
    const refused = killFault(taskId, found);
    if (record !== undefined && refused === undefined) {
      context.log.info(`An operator kills task "${taskId}" of "${record.task.frameworkId}"`);
      killRecord(state, record, {}, context);
    }
    context.send(replyTo, {
      type: 'operatorAnswer',
      ...(refused === undefined ? {} : { refused }),
    });
  },
};

function killRecord(
  state: MasterState,
  record: TaskRecord,
  settings: { readonly killGracePeriodMs?: number },
  context: MasterContext,
): void {
  const { frameworkId, taskId, agentId } = record.task;
  const agent = state.agents.registered.get(agentId);
  assert(agent !== undefined, 'the agent of a task is registered');
  if (agent.connected) {
    context.send(agent.address, { type: 'killTask', frameworkId, taskId, ...settings });
  } else {
    agent.pendingKills.set(record, settings);
  }
}

function findTasks(
  state: MasterState,
  taskId: TaskId,
  frameworkId: FrameworkId | undefined,
): TaskRecord[] {
  const found: TaskRecord[] = [];
  for (const framework of state.frameworks.values()) {
    if (frameworkId !== undefined && framework.frameworkId !== frameworkId) continue;
    const record = framework.tasks.get(taskId);
    if (record !== undefined) found.push(record);
  }
  return found;
}

function killFault(taskId: TaskId, found: readonly TaskRecord[]): string | undefined {
  if (found.length === 0) {
    return `Cannot kill task "${taskId}": no running task has this id; see the list of tasks`;
  }
  if (found.length === 1) {
    const state = found[0]?.task.state ?? 'unknown';
    return isTerminal(state) ? `Cannot kill task "${taskId}": it is over (${state})` : undefined;
  }
  const names = found.slice(0, NAMED_COUNT_MAX).map(({ task }) => `"${task.frameworkId}"`);
  const more = found.length > NAMED_COUNT_MAX ? ', …' : '';
  return (
    `Cannot kill task "${taskId}": ${found.length} frameworks have a task of this id; ` +
    `name one of them: ${names.join(', ')}${more}`
  );
}
