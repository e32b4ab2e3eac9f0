/**
 * Admission: a task is handed to its executor only when what it needs is really free here.
 *
 * The master gives what a framework had to others as soon as the framework ends, while its tasks
 * still have their grace period to end in. What is launched meanwhile waits, in order, until they
 * are out. (Mesos lets both run, and the machine is over-committed for that time.) The program of a
 * custom executor does not wait; its tasks do.
 */
import { contains, plus, type Resources } from '../protocol/resources.ts';
import { isTerminal } from '../protocol/task.ts';
import type { AgentContext, AgentFramework, AgentState, AgentTask } from './state.ts';

/** Hands the task to its executor, now or when there is room. */
export function admit(
  state: AgentState,
  framework: AgentFramework,
  task: AgentTask,
  context: AgentContext,
): void {
  if (mustWait(state, task, context)) state.waiting.set(task, framework);
  else launch(framework, task, context);
}

/** Something has ended: those that fit now are admitted, the oldest first. */
export function admitWaiting(state: AgentState, context: AgentContext): void {
  for (const [task, framework] of state.waiting) {
    if (mustWait(state, task, context)) continue;
    state.waiting.delete(task);
    launch(framework, task, context);
  }
}

function launch(
  { executors }: AgentFramework,
  { info, executorId }: AgentTask,
  context: AgentContext,
): void {
  const address = executors.get(executorId)?.address;
  // One that hasn't registered yet is handed its tasks when it does.
  if (address !== undefined) context.send(address, { type: 'launch', task: info });
}

/** Only for what is ending already: it will end, whatever else happens. */
function mustWait(state: AgentState, task: AgentTask, context: AgentContext): boolean {
  if (!isAnyEnding(state)) return false;
  const needed = plus(inUse(state, task), task.info.resources);
  return !contains(context.options.info.resources, needed);
}

function isAnyEnding({ frameworks }: AgentState): boolean {
  for (const { ending } of frameworks.values()) if (ending) return true;
  return false;
}

/** By all that has been handed out, but for `task`. */
function inUse({ frameworks, waiting }: AgentState, but: AgentTask): Resources {
  let sum: Resources = [];
  for (const { tasks, executors } of frameworks.values()) {
    for (const task of tasks.values()) {
      if (task === but || waiting.has(task) || isTerminal(task.state)) continue;
      sum = plus(sum, task.info.resources);
    }
    for (const { custom } of executors.values()) {
      if (custom !== undefined) sum = plus(sum, custom.info.resources);
    }
  }
  return sum;
}
