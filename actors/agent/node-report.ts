/**
 * All that an agent knows, for this node's HTTP: frameworks with their executors, these with their tasks.
 * Made when it is asked for; the records in it are not changed any more.
 */
import type { Address } from '../../runtime/actor.ts';
import type { AgentInfo } from '../protocol/agent.ts';
import type { FrameworkInfo } from '../protocol/framework.ts';
import type { AgentId, ContainerId, ExecutorId, FrameworkId } from '../protocol/ids.ts';
import type { ReportedOperation } from '../protocol/operation.ts';
import type { Resources } from '../protocol/resources.ts';
import { type ExecutorInfo, isTerminal, type Task } from '../protocol/task.ts';
import {
  type AgentExecutor,
  type AgentFramework,
  type AgentHandlers,
  type AgentState,
  type AgentTask,
  type Drain,
  taskRecord,
} from './state.ts';

/** From this node's HTTP, and from nobody else. */
export interface FromHttpToAgent {
  readonly type: 'reportNode';
  readonly replyTo: Address<NodeReport>;
}

export interface NodeReport {
  readonly type: 'nodeReport';
  /** The agent doesn't know yet what an earlier life left running. */
  readonly isRecovering: boolean;
  readonly isRegistered: boolean;
  /** Absent until it has been registered for the first time. */
  readonly agentId: AgentId | undefined;
  readonly info: AgentInfo;
  /** Of the master that registered it. */
  readonly masterNode: string | undefined;
  /** With its reservations and volumes. */
  readonly total: Resources;
  readonly operations: readonly ReportedOperation[];
  readonly occupied: Resources;
  readonly drain: Drain | undefined;
  readonly frameworks: readonly FrameworkReport[];
  /** Oldest first. */
  readonly completedFrameworks: readonly FrameworkReport[];
}

export interface FrameworkReport {
  readonly frameworkId: FrameworkId;
  readonly info: FrameworkInfo;
  readonly executors: readonly ExecutorReport[];
  readonly completedExecutors: readonly ExecutorReport[];
}

export interface ExecutorReport {
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
  /** Absent for an executor that lives in the agent. */
  readonly info: ExecutorInfo | undefined;
  readonly role: string | undefined;
  /** Its sandbox. */
  readonly directory: string;
  readonly phase: 'registering' | 'running' | 'terminating' | 'terminated';
  /** Not handed to it yet. */
  readonly queued: readonly Task[];
  readonly launched: readonly Task[];
  /** Over, and not acknowledged. */
  readonly terminated: readonly Task[];
  readonly completed: readonly Task[];
}

export const nodeReportHandlers: AgentHandlers<'reportNode'> = {
  reportNode(state, { replyTo }, context) {
    const { agentId, registration, master, frameworks, history } = state;
    const { occupied, total, operations, drain } = state;
    const { info, workDirectory } = context.options;
    const report = new Reporter(state, (executorId, containerId, frameworkId) =>
      agentId === undefined
        ? workDirectory.path
        : workDirectory.sandboxPath({ agentId, frameworkId, executorId, containerId }),
    );
    context.send(replyTo, {
      type: 'nodeReport',
      isRecovering: registration.phase === 'waiting',
      isRegistered: registration.phase === 'registered',
      agentId,
      info,
      masterNode: master?.node,
      total,
      operations: [...operations.values()],
      occupied,
      drain,
      frameworks: [...frameworks.values()].map((framework) => report.framework(framework)),
      completedFrameworks: [...history.frameworks]
        .filter(([frameworkId]) => !frameworks.has(frameworkId))
        .map(([frameworkId, itsInfo]) => report.completedFramework(frameworkId, itsInfo)),
    });
  },
};

type DirectoryOf = (
  executorId: ExecutorId,
  containerId: ContainerId,
  frameworkId: FrameworkId,
) => string;

/** Tasks that are over are looked through once for all executors. */
class Reporter {
  readonly #state: AgentState;
  readonly #directoryOf: DirectoryOf;
  readonly #completed = new Map<ContainerId, Task[]>();

  constructor(state: AgentState, directoryOf: DirectoryOf) {
    this.#state = state;
    this.#directoryOf = directoryOf;
    for (const { record, containerId } of state.completed.values()) {
      if (record === undefined || containerId === undefined) continue;
      const records = this.#completed.get(containerId);
      if (records === undefined) this.#completed.set(containerId, [record]);
      else records.push(record);
    }
  }

  framework(framework: AgentFramework): FrameworkReport {
    const { frameworkId, info, executors } = framework;
    const tasks = byContainer(framework);
    const running = [...executors.values()].map((executor) =>
      this.#executor(frameworkId, executor, tasks.get(executor.containerId) ?? []),
    );
    for (const { containerId } of running) tasks.delete(containerId);
    const here = new Set(running.map(({ containerId }) => containerId));
    return {
      frameworkId,
      info,
      executors: running,
      completedExecutors: this.#completedExecutors(frameworkId, here, tasks),
    };
  }

  completedFramework(frameworkId: FrameworkId, info: FrameworkInfo): FrameworkReport {
    const completedExecutors = this.#completedExecutors(frameworkId, new Set(), new Map());
    return { frameworkId, info, executors: [], completedExecutors };
  }

  #executor(
    frameworkId: FrameworkId,
    executor: AgentExecutor,
    tasks: readonly AgentTask[],
  ): ExecutorReport {
    const { executorId, containerId, custom, address } = executor;
    const isSilent = address === undefined;
    return asMesosHasIt({
      executorId,
      containerId,
      info: custom?.info,
      role: custom?.role,
      directory: this.#directoryOf(executorId, containerId, frameworkId),
      phase: executorPhase(executor),
      ...this.#tasks(frameworkId, tasks, isSilent),
      completed: this.#completed.get(containerId) ?? [],
    });
  }

  /** @param tasks those that outlived their executor: they are not acknowledged */
  #completedExecutors(
    frameworkId: FrameworkId,
    running: ReadonlySet<ContainerId>,
    tasks: ReadonlyMap<ContainerId, readonly AgentTask[]>,
  ): ExecutorReport[] {
    const found = new Map<ContainerId, ExecutorId>();
    for (const [containerId, executor] of this.#state.history.executors) {
      if (executor.frameworkId === frameworkId) found.set(containerId, executor.info.executorId);
    }
    for (const [containerId, [task]] of this.#completed) {
      if (task?.frameworkId === frameworkId && task.executorId !== undefined) {
        found.set(containerId, task.executorId);
      }
    }
    for (const [containerId, [task]] of tasks) {
      if (task !== undefined) found.set(containerId, task.executorId);
    }
    return [...found].flatMap(([containerId, executorId]) => {
      if (running.has(containerId)) return [];
      const known = this.#state.history.executors.get(containerId);
      return asMesosHasIt({
        executorId,
        containerId,
        info: known?.info,
        role: known?.role,
        directory: this.#directoryOf(executorId, containerId, frameworkId),
        phase: 'terminated' as const,
        ...this.#tasks(frameworkId, tasks.get(containerId) ?? [], false),
        completed: this.#completed.get(containerId) ?? [],
      });
    });
  }

  #tasks(frameworkId: FrameworkId, tasks: readonly AgentTask[], isSilent: boolean) {
    const { agentId, waiting } = this.#state;
    const queued: Task[] = [];
    const launched: Task[] = [];
    const terminated: Task[] = [];
    for (const task of tasks) {
      if (agentId === undefined) break;
      const record = taskRecord(agentId, frameworkId, task);
      if (isTerminal(task.state)) terminated.push(record);
      else if (isSilent || waiting.has(task)) queued.push(record);
      else launched.push(record);
    }
    return { queued, launched, terminated };
  }
}

/**
 * The executor of a command is the agent's own: the task names none (clients take its own id then), and
 * the role is the task's. Source: Mesos, src/slave/slave.cpp, `Executor::addLaunchedTask`.
 */
function asMesosHasIt(report: ExecutorReport): ExecutorReport {
  const { info, executorId, queued, launched, terminated, completed } = report;
  if (info !== undefined) return report;
  const nameless = (tasks: readonly Task[]) =>
    tasks.map(({ executorId: its, ...task }) =>
      its === undefined || String(its) === String(task.taskId)
        ? task
        : { ...task, executorId: its },
    );
  const [first] = [...launched, ...queued, ...terminated, ...completed];
  return {
    ...report,
    role: String(executorId) === String(first?.taskId) ? first?.role : report.role,
    queued: nameless(queued),
    launched: nameless(launched),
    terminated: nameless(terminated),
    completed: nameless(completed),
  };
}

/** Of one that there is. */
export function executorPhase({ ending, address }: AgentExecutor): ExecutorReport['phase'] {
  if (ending) return 'terminating';
  return address === undefined ? 'registering' : 'running';
}

function byContainer({ tasks }: AgentFramework): Map<ContainerId, AgentTask[]> {
  const found = new Map<ContainerId, AgentTask[]>();
  for (const task of tasks.values()) {
    const others = found.get(task.containerId);
    if (others === undefined) found.set(task.containerId, [task]);
    else others.push(task);
  }
  return found;
}
