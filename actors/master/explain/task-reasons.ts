/** What is with a task, as far as its master knows: why it does not run, or what became of it. Pure. */
import type { Reason, TaskReasonCode } from '../../protocol/explanation.ts';
import { isTerminal, type Task, type TaskState } from '../../protocol/task.ts';
import type { AgentRecord, TaskRecord } from '../state.ts';

export type TaskPhase = 'active' | 'unreachable' | 'completed';

export interface TaskGround {
  readonly record: TaskRecord;
  readonly phase: TaskPhase;
  /** Where it is, when that is registered. */
  readonly agent: AgentRecord | undefined;
  readonly nowMs: number;
}

export function taskReasons({ record, phase, agent, nowMs }: TaskGround): readonly Reason[] {
  const { task } = record;
  if (phase === 'completed') return [endReason(task)];
  if (phase === 'unreachable') {
    return [
      reason(
        'taskUnreachable',
        `It was on agent ${task.agentId}, which cannot be reached`,
        'Wait for the agent to come back, or start the task elsewhere: see messor status of the agent',
      ),
    ];
  }
  return [
    ...agentReasons(record, agent, nowMs),
    stateReason(record, agent, nowMs),
    ...updateReasons(task),
  ];
}

function agentReasons(
  record: TaskRecord,
  agent: AgentRecord | undefined,
  nowMs: number,
): readonly Reason[] {
  if (agent === undefined || agent.connected) return [];
  const { agentId } = record.task;
  const left =
    agent.deadline === undefined ? '' : `, and has ${ago(agent.deadline.atMs - nowMs)} left`;
  const reasons = [
    reason(
      'agentAway',
      `The connection to its agent ${agentId} is broken: it has to register again${left}`,
      'See whether the agent runs and reaches the master',
    ),
  ];
  if (agent.pendingKills.has(record)) {
    reasons.push(
      reason('killPending', 'It is to be killed, as soon as its agent is connected again'),
    );
  }
  return reasons;
}

function stateReason(record: TaskRecord, agent: AgentRecord | undefined, nowMs: number): Reason {
  const { task, launchedMs } = record;
  const since = ago(nowMs - launchedMs);
  if (isTerminal(task.state)) return endReason(task);
  if (agent?.unconfirmed.has(record)) {
    return reason(
      'taskUnconfirmed',
      `It was launched ${since} ago, and its agent ${task.agentId} has not said yet that it has it`,
      'The agent is asked with one of the next pings; what it does not have is reported as lost',
    );
  }
  if (task.state === 'staging') {
    return reason(
      'taskStaging',
      `It was launched ${since} ago, and its executor has not said yet that it starts it`,
      `See what the executor has written: messor logs ${task.taskId}; an executor that does not register is ended after --executor-registration-timeout`,
    );
  }
  return reason(
    'taskRuns',
    `It is ${nameOf(task.state)} on agent ${task.agentId}: nothing keeps it`,
  );
}

/** Updates go to the scheduler one by one, each when the one before is acknowledged. */
function updateReasons({ state, updateState }: Task): readonly Reason[] {
  if (updateState === undefined) return [];
  const owing = 'Have its scheduler acknowledge updates; until then its agent repeats them';
  if (updateState !== state) {
    const text = `Its scheduler was last told that it is ${nameOf(updateState)}, and has not acknowledged that: further news waits`;
    return [reason('updateUnacknowledged', text, owing)];
  }
  if (!isTerminal(state)) return [];
  const text = 'Its scheduler has not acknowledged its end: it stays until then';
  return [reason('updateUnacknowledged', text, owing)];
}

function endReason({ taskId, state, statuses }: Task): Reason {
  const { message, reason: why } = statuses.at(-1) ?? {};
  const because = why === undefined ? '' : ` (${why})`;
  const said = message === undefined || message === '' ? '' : `: ${message}`;
  const text = `It is over, ${nameOf(state)}${because}${said}`;
  const advice =
    state === 'finished' ? undefined : `See what it has written: messor logs ${taskId}`;
  return reason('taskEnded', text, advice);
}

function nameOf(state: TaskState): string {
  return state.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function ago(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}

function reason(code: TaskReasonCode, text: string, advice?: string): Reason {
  return { code, text, ...(advice !== undefined && { advice }) };
}
