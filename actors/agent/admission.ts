/**
 * Admission: a task is handed to its executor only when what it needs is really free here.
 *
 * The master gives what a framework had to others as soon as the framework ends, while its tasks
 * still have their grace period to end in; and when the word that it ended is lost, they know nothing
 * of it. What is launched meanwhile waits, in order, until they are out. (Mesos lets both run, and
 * the machine is over-committed for that time.) When nothing is on its way out, master and agent
 * must be of different minds: the agent tells what it has, as if it registered again, and the master
 * ends what should have ended. The program of a custom executor does not wait; its tasks do, and
 * those of a group wait for each other.
 *
 * A launch may be lost on its way to another process, and nobody asks the executor what became of
 * it: what it says nothing of is handed to it again. It knows those it has had.
 */
import type { ExecutorMessage } from '../protocol/messages.ts';
import { isRevocable } from '../protocol/resource-kinds.ts';
import { onceEach } from '../protocol/resource-selection.ts';
import { contains, minus, overlap, plus, type Resources } from '../protocol/resources.ts';
import { isTerminal } from '../protocol/task.ts';
import { letter } from './checkpoint/checkpointer.ts';
import { together } from './checkpoint/records.ts';
import { keepThen } from './keeping.ts';
import { isLinked } from './resources/task-volumes.ts';
import type {
  AgentContext,
  AgentExecutor,
  AgentFramework,
  AgentState,
  AgentTask,
} from './state.ts';

/** Hands a task, or the tasks of a group together, to their executor, now or when there is room. */
export function admit(
  state: AgentState,
  framework: AgentFramework,
  tasks: readonly AgentTask[],
  context: AgentContext,
): void {
  if (fits(state, tasks)) launch(state, framework, tasks, context);
  else for (const task of tasks) state.waiting.set(task, framework);
}

/** Something has ended: those that fit now are admitted, the oldest first. */
export function admitWaiting(state: AgentState, context: AgentContext): void {
  for (const [task, framework] of state.waiting) {
    // A group is looked at once, with its first task.
    if (task.group !== undefined && task.group[0] !== task.info.taskId) continue;
    const tasks = launchedWith(framework, task);
    // Of a group that is just being killed, some don't wait any more.
    if (!tasks.every((each) => state.waiting.has(each)) || !fits(state, tasks)) continue;
    for (const each of tasks) state.waiting.delete(each);
    const { frameworkId } = framework;
    const records = tasks.map(
      ({ info: { taskId } }) => ({ type: 'admitted', frameworkId, taskId }) as const,
    );
    keepThen(state, framework, [together(records)], [], context);
    launch(state, framework, tasks, context);
  }
}

/** All tasks of its group that are here yet, or the task alone. */
export function launchedWith({ tasks }: AgentFramework, task: AgentTask): readonly AgentTask[] {
  if (task.group === undefined) return [task];
  return task.group.flatMap((taskId) => tasks.get(taskId) ?? []);
}

/** A task waits for something of which the agent doesn't know that it is to end. */
export function waitsInVain({ waiting, frameworks, operations }: AgentState): boolean {
  if (waiting.size === 0) return false;
  for (const { status } of operations.values()) if (status.state === 'pending') return false;
  for (const { ending } of frameworks.values()) if (ending) return false;
  return true;
}

/** What a task or the program of an executor needs is in use from here on. */
export function occupy(state: AgentState, resources: Resources): void {
  state.occupied = plus(state.occupied, resources);
}

/** It has ended; once for each `occupy`. */
export function vacate(state: AgentState, resources: Resources): void {
  state.occupied = minus(state.occupied, resources);
}

/** An executor has registered, or has said nothing of some of its tasks for a while. */
export function launchStaging(
  state: AgentState,
  framework: AgentFramework,
  executor: AgentExecutor,
  context: AgentContext,
): void {
  const handed = new Set<AgentTask>();
  for (const taskId of executor.taskIds) {
    const task = framework.tasks.get(taskId);
    if (task?.state !== 'staging' || state.waiting.has(task) || handed.has(task)) continue;
    const tasks = launchedWith(framework, task).filter((each) => !isTerminal(each.state));
    for (const each of tasks) handed.add(each);
    hand(state, tasks, executor, context);
  }
}

function launch(
  state: AgentState,
  { executors }: AgentFramework,
  tasks: readonly AgentTask[],
  context: AgentContext,
): void {
  for (const { info } of tasks) occupy(state, info.resources);
  const [first] = tasks;
  const executor = first === undefined ? undefined : executors.get(first.executorId);
  if (executor !== undefined) hand(state, tasks, executor, context);
}

/** To an executor that listens, when their volumes are in its sandbox. */
export function hand(
  state: AgentState,
  tasks: readonly AgentTask[],
  executor: AgentExecutor,
  context: AgentContext,
): void {
  const { address, type, containerId } = executor;
  const [first] = tasks;
  // One that hasn't registered yet is handed its tasks when it does.
  if (address === undefined || first === undefined) return;
  if (!isLinked(state, tasks, executor, context)) return;
  const launched =
    first.group === undefined
      ? letter(address, { type: 'launch', task: first.info })
      : letter(address, groupLaunch(tasks, first, type));
  keepThen(state, executor, [], [launched], context);
  if (type !== 'custom') return;
  const { launchRepeatMs } = context.options;
  const message = { type: 'launchesDue', containerId } as const;
  executor.launchTimer ??= context.sendSelfAfter(launchRepeatMs, message);
}

function groupLaunch(
  tasks: readonly AgentTask[],
  { role }: AgentTask,
  type: AgentExecutor['type'],
): Extract<ExecutorMessage, { type: 'launchGroup' }> {
  const launched = { type: 'launchGroup', tasks: tasks.map(({ info }) => info) } as const;
  if (type !== 'default') return launched;
  const containerIds = tasks.map(({ containerId }) => containerId);
  return { ...launched, containerIds, ...(role === undefined ? {} : { role }) };
}

/** Whether there is room for all of them now. */
export function fits({ occupied, total }: AgentState, tasks: readonly AgentTask[]): boolean {
  let needed = occupied;
  for (const { info } of tasks) {
    // A volume has one at a time, unless it is shared.
    if (overlap(needed, info.resources)) return false;
    needed = plus(needed, info.resources);
  }
  // What is revocable is never waited for: it is taken back instead.
  const own = needed.filter((resource) => !isRevocable(resource));
  return contains(total, onceEach(own));
}
