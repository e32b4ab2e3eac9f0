/**
 * What an agent says that it has, when it registers again. All of it has to fit into one message: of
 * each task only the newest status is told, and where there are very many, what is only shown of a task
 * (labels, discovery, its container, its health check) is left out of the last of them. The master has
 * that already, unless it is a new one.
 */
import type { ReportedExecutor, ReportedFramework } from '../protocol/agent-to-master.ts';
import type { AgentId } from '../protocol/ids.ts';
import type { Task } from '../protocol/task.ts';
import { type AgentContext, type AgentState, taskRecord } from './state.ts';

/** Values of one report, keys included; the wire takes 200 000 in one message. What is only shown beyond it is left out. */
const REPORT_VALUES_MAX = 190_000;
/** Of a task without that, with ten resources. */
const VALUES_PER_TASK = 65;

export interface RegistrationReport {
  readonly frameworks: readonly ReportedFramework[];
  readonly executors: readonly ReportedExecutor[];
  readonly tasks: readonly Task[];
}

export function reportAll(
  { frameworks: all }: AgentState,
  agentId: AgentId,
  { log }: Pick<AgentContext, 'log'>,
): RegistrationReport {
  const living = [...all.values()].filter(({ ending }) => !ending);
  const frameworks = living.map(({ frameworkId, info }) => ({ frameworkId, info }));
  const executors = living.flatMap(({ frameworkId, executors: its }) =>
    [...its.values()].flatMap(({ custom }) => {
      if (custom === undefined) return [];
      const { info, role } = custom;
      return [{ frameworkId, info, ...(role === undefined ? {} : { role }) }];
    }),
  );
  const records = living.flatMap(({ frameworkId, tasks }) =>
    [...tasks.values()].map((task) => newest(taskRecord(agentId, frameworkId, task))),
  );
  const bareCount = valuesIn(frameworks) + valuesIn(executors) + records.length * VALUES_PER_TASK;
  const tasks = fitting(records, REPORT_VALUES_MAX - bareCount);
  const barredCount = tasks.filter((task, index) => task !== records[index]).length;
  if (barredCount > 0) {
    log.warn(
      `Not telling the master what is only shown of ${barredCount} tasks: there are too many`,
    );
  }
  return { frameworks, executors, tasks };
}

/** @param valuesLeft for what is only shown */
function fitting(records: readonly Task[], valuesLeft: number): readonly Task[] {
  let left = valuesLeft;
  return records.map((task) => {
    const { labels, discovery, container, healthCheck, ...bare } = task;
    const count = valuesIn([labels, discovery, container, healthCheck]);
    if (count > left) return bare;
    left -= count;
    return task;
  });
}

function newest(task: Task): Task {
  return { ...task, statuses: task.statuses.slice(-1) };
}

/** As the wire counts them. Plain data is no deeper than its checks let it be. */
export function valuesIn(data: unknown): number {
  if (Array.isArray(data)) return data.reduce<number>((sum, item) => sum + valuesIn(item), 1);
  if (typeof data !== 'object' || data === null) return 1;
  return Object.values(data).reduce<number>((sum, value) => sum + 1 + valuesIn(value), 1);
}
