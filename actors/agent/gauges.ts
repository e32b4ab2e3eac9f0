/**
 * What of an agent can be read at any moment, under the names of Mesos: whether it is registered, its
 * executors and tasks by how far they are, and what they hold. Pure.
 * Source: Mesos 1.11, src/slave/metrics.cpp.
 */
import type { AgentInfo } from '../protocol/agent.ts';
import { isRevocable } from '../protocol/resource-kinds.ts';
import { type Resources, scalarMilli } from '../protocol/resources.ts';
import type { TaskState } from '../protocol/task.ts';
import { type ExecutorReport, executorPhase } from './node-report.ts';
import type { AgentState } from './state.ts';

type Gauge = readonly [name: string, value: number];

const RESOURCES = ['cpus', 'gpus', 'mem', 'disk'] as const;
const LIVE: readonly TaskState[] = ['staging', 'starting', 'running', 'killing'];
const PHASES: readonly ExecutorReport['phase'][] = ['registering', 'running', 'terminating'];

export function* agentGauges(
  { registration, frameworks, occupied, oversubscribed, recovery }: AgentState,
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
  const revocable = occupied.filter(isRevocable);
  const own = occupied.filter((resource) => !isRevocable(resource));
  for (const name of RESOURCES) {
    yield* amounts(name, info.resources, own, name);
    yield* amounts(`${name}_revocable`, oversubscribed, revocable, name);
  }
}

function* amounts(kind: string, all: Resources, taken: Resources, name: string): Iterable<Gauge> {
  const total = scalarMilli(all, name) / 1000;
  const used = scalarMilli(taken, name) / 1000;
  yield [`slave/${kind}_total`, total];
  yield [`slave/${kind}_used`, used];
  yield [`slave/${kind}_percent`, total === 0 ? 0 : used / total];
}

/** Of kinds that are not counted nothing is noted. */
function add<Kind>(counts: Map<Kind, number>, kind: Kind): void {
  const count = counts.get(kind);
  if (count !== undefined) counts.set(kind, count + 1);
}
