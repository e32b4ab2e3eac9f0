/**
 * Admission: a task is handed to its executor only when what it needs is really free here.
 *
 * The master gives what a framework had to others as soon as the framework ends, while its tasks
 * still have their grace period to end in; and when the word that it ended is lost, they know nothing
 * of it. What is launched meanwhile waits, in order, until they are out. (Mesos lets both run, and
 * the machine is over-committed for that time.) When nothing is on its way out, master and agent
 * must be of different minds: the agent tells what it has, as if it registered again, and the master
 * ends what should have ended. The program of a custom executor does not wait; its tasks do.
 *
 * A launch may be lost on its way to another process, and nobody asks the executor what became of
 * it: what it says nothing of is handed to it again. It knows those it has had.
 */
import { contains, minus, plus, type Resources } from '../protocol/resources.ts';
import { letter } from './checkpoint/checkpointer.ts';
import { keepThen } from './keeping.ts';
import type {
  AgentContext,
  AgentExecutor,
  AgentFramework,
  AgentState,
  AgentTask,
} from './state.ts';

/** Hands the task to its executor, now or when there is room. */
export function admit(
  state: AgentState,
  framework: AgentFramework,
  task: AgentTask,
  context: AgentContext,
): void {
  if (fits(state, task, context)) launch(state, framework, task, context);
  else state.waiting.set(task, framework);
}

/** Something has ended: those that fit now are admitted, the oldest first. */
export function admitWaiting(state: AgentState, context: AgentContext): void {
  for (const [task, framework] of state.waiting) {
    if (!fits(state, task, context)) continue;
    state.waiting.delete(task);
    const { frameworkId } = framework;
    const { taskId } = task.info;
    keepThen(state, framework, [{ type: 'admitted', frameworkId, taskId }], [], context);
    launch(state, framework, task, context);
  }
}

/** A task waits for something of which the agent doesn't know that it is to end. */
export function waitsInVain({ waiting, frameworks }: AgentState): boolean {
  if (waiting.size === 0) return false;
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
  { tasks }: AgentFramework,
  executor: AgentExecutor,
  context: AgentContext,
): void {
  for (const taskId of executor.taskIds) {
    const task = tasks.get(taskId);
    if (task?.state !== 'staging' || state.waiting.has(task)) continue;
    hand(state, task, executor, context);
  }
}

function launch(
  state: AgentState,
  { executors }: AgentFramework,
  task: AgentTask,
  context: AgentContext,
): void {
  occupy(state, task.info.resources);
  const executor = executors.get(task.executorId);
  if (executor !== undefined) hand(state, task, executor, context);
}

function hand(
  state: AgentState,
  { info }: AgentTask,
  executor: AgentExecutor,
  context: AgentContext,
): void {
  const { address, custom, containerId } = executor;
  // One that hasn't registered yet is handed its tasks when it does.
  if (address === undefined) return;
  keepThen(state, executor, [], [letter(address, { type: 'launch', task: info })], context);
  if (custom === undefined) return;
  const { launchRepeatMs } = context.options;
  const message = { type: 'launchesDue', containerId } as const;
  executor.launchTimer ??= context.sendSelfAfter(launchRepeatMs, message);
}

/** Whether there is room for it now. */
export function fits(
  { occupied }: AgentState,
  { info }: AgentTask,
  context: AgentContext,
): boolean {
  return contains(context.options.info.resources, plus(occupied, info.resources));
}
