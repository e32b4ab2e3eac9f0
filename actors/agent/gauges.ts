/**
 * What of an agent can be read at any moment, under the names of Mesos: whether it is registered, its
 * executors and tasks by how far they are, and what they hold. Pure.
 * Source: Mesos 1.11, src/slave/metrics.cpp.
 */
import type { AgentInfo } from '../protocol/agent.ts';
import { scalarMilli } from '../protocol/resources.ts';
import type { TaskState } from '../protocol/task.ts';
import { type ExecutorReport, executorPhase } from './node-report.ts';
import type { AgentState } from './state.ts';

type Gauge = readonly [name: string, value: number];

const RESOURCES = ['cpus', 'gpus', 'mem', 'disk'] as const;
const LIVE: readonly TaskState[] = ['staging', 'starting', 'running', 'killing'];
const PHASES: readonly ExecutorReport['phase'][] = ['registering', 'running', 'terminating'];

export function* agentGauges(
  { registration, frameworks, occupied, recovery }: AgentState,
  info: AgentInfo,
): Iterable<Gauge> {
  const tasks = new Map<TaskState, number>(LIVE.map((state) => [state, 0]));
  const executors = new Map<ExecutorReport['phase'], number>(PHASES.map((phase) => [phase, 0]));
  for (const framework of frameworks.values()) {
    for (const { state } of framework.tasks.values()) add(tasks, state);
    for (const executor of framework.executors.values()) add(executors, executorPhase(executor));
  }
  yield ['slave/registered', registration.phase === 'registered' ? 1 : 0];
  yield ['slave/frameworks_active', frameworks.size];
  if (recovery.tookMs !== undefined) yield ['slave/recovery_time_secs', recovery.tookMs / 1000];
  for (const [state, count] of tasks) yield [`slave/tasks_${state}`, count];
  for (const [phase, count] of executors) yield [`slave/executors_${phase}`, count];
  for (const name of RESOURCES) {
    const total = scalarMilli(info.resources, name) / 1000;
    const used = scalarMilli(occupied, name) / 1000;
    yield [`slave/${name}_total`, total];
    yield [`slave/${name}_used`, used];
    yield [`slave/${name}_percent`, total === 0 ? 0 : used / total];
    // There is no oversubscription yet.
    for (const what of ['total', 'used', 'percent']) yield [`slave/${name}_revocable_${what}`, 0];
  }
}

/** Of kinds that are not counted nothing is noted. */
function add<Kind>(counts: Map<Kind, number>, kind: Kind): void {
  const count = counts.get(kind);
  if (count !== undefined) counts.set(kind, count + 1);
}
