/** What an agent knows → what operators read by the v1 API. Pure. */
import { plus, type Resources, scalarMilli } from '../../../protocol/resources.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { fromFramework } from '../../../protocol/v1/from-nouns/frameworks.ts';
import { fromDrain } from '../../../protocol/v1/from-nouns/operators.ts';
import { fromResources } from '../../../protocol/v1/from-nouns/resources.ts';
import { fromExecutor, fromTask } from '../../../protocol/v1/from-nouns/tasks.ts';
import { nanosecondsOfMs } from '../../../protocol/v1/times.ts';
import type { ContainerUsage } from '../../launcher/usage.ts';
import type { ExecutorReport, FrameworkReport, NodeReport } from '../../node-report.ts';
import type { Drain } from '../../state.ts';

export function tasksView(report: NodeReport): V1<'agent.Response.GetTasks'> {
  const here = executorsOf(report);
  const all = [...here, ...completedExecutorsOf(report)];
  const view = (list: 'queued' | 'launched' | 'terminated' | 'completed') =>
    all.flatMap(({ executor }) => executor[list].map(fromTask));
  return {
    queued_tasks: view('queued'),
    launched_tasks: view('launched'),
    terminated_tasks: view('terminated'),
    completed_tasks: view('completed'),
  };
}

export function executorsView(report: NodeReport): V1<'agent.Response.GetExecutors'> {
  const view = (found: readonly FoundExecutor[]) =>
    found.map(({ framework, executor }) => ({
      executor_info: executorInfoView(framework, executor),
    }));
  return {
    executors: view(executorsOf(report)),
    completed_executors: view(completedExecutorsOf(report)),
  };
}

export function frameworksView(report: NodeReport): V1<'agent.Response.GetFrameworks'> {
  const view = (frameworks: readonly FrameworkReport[]) =>
    frameworks.map(({ info, frameworkId }) => ({
      framework_info: fromFramework(info, frameworkId),
    }));
  return {
    frameworks: view(report.frameworks),
    completed_frameworks: view(report.completedFrameworks),
  };
}

/** Nothing while it takes tasks. */
export function drainView(
  drain: Drain | undefined,
): Pick<V1<'agent.Response.GetAgent'>, 'drain_config' | 'estimated_drain_start_time'> {
  if (drain === undefined) return {};
  return {
    drain_config: fromDrain({ ...drain.words, drained: false }).config,
    estimated_drain_start_time: { nanoseconds: nanosecondsOfMs(drain.startedMs) },
  };
}

/** @param usage by container */
export function containersView(
  report: NodeReport,
  usage: ReadonlyMap<string, ContainerUsage>,
  nowMs: number,
): readonly V1<'agent.Response.GetContainers.Container'>[] {
  return executorsOf(report).map(({ framework, executor }) => {
    const { containerId, executorId } = executor;
    const { name } = executorInfoView(framework, executor);
    return {
      framework_id: { value: framework.frameworkId },
      executor_id: { value: executorId },
      executor_name: name ?? '',
      container_id: { value: containerId },
      container_status: { container_id: { value: containerId } },
      resource_statistics: statisticsView(executor, usage.get(containerId), nowMs),
    };
  });
}

const MIB = 1_048_576;

/** Limits are what the executor and its tasks were promised; the rest is there when it could be read. */
export function statisticsView(
  executor: ExecutorReport,
  usage: ContainerUsage | undefined,
  nowMs: number,
): V1<'ResourceStatistics'> {
  const resources = allocatedOf(executor);
  const bytes = (name: string) => BigInt(Math.round((scalarMilli(resources, name) * MIB) / 1000));
  const disk = bytes('disk');
  return {
    timestamp: nowMs / 1000,
    ...(usage && {
      processes: usage.processCount,
      threads: usage.threadCount,
      cpus_user_time_secs: usage.cpuUserSeconds,
      cpus_system_time_secs: usage.cpuSystemSeconds,
      mem_rss_bytes: BigInt(usage.memBytes),
      mem_total_bytes: BigInt(usage.memBytes),
    }),
    cpus_limit: scalarMilli(resources, 'cpus') / 1000,
    mem_limit_bytes: bytes('mem'),
    ...(disk > 0n && { disk_limit_bytes: disk }),
  };
}

/** Of the executor itself and of its tasks that are not over. */
export function allocatedOf({ info, queued, launched }: ExecutorReport): Resources {
  let sum: Resources = info?.resources ?? [];
  for (const { resources } of [...queued, ...launched]) sum = plus(sum, resources);
  return sum;
}

/** One that lives in the agent has no program of its own; it is called as Mesos calls its own. */
export function executorInfoView(
  { frameworkId }: Pick<FrameworkReport, 'frameworkId'>,
  { executorId, info, role }: ExecutorReport,
): V1<'ExecutorInfo'> {
  if (info !== undefined) return fromExecutor(info, { frameworkId, role });
  return {
    executor_id: { value: executorId },
    framework_id: { value: frameworkId },
    name: `Command Executor (Task: ${executorId})`,
    resources: fromResources([]),
    source: executorId,
  };
}

export interface FoundExecutor {
  readonly framework: FrameworkReport;
  readonly executor: ExecutorReport;
}

export function executorsOf({ frameworks }: NodeReport): readonly FoundExecutor[] {
  return frameworks.flatMap((framework) =>
    framework.executors.map((executor) => ({ framework, executor })),
  );
}

function completedExecutorsOf(report: NodeReport): readonly FoundExecutor[] {
  return [...report.frameworks, ...report.completedFrameworks].flatMap((framework) =>
    framework.completedExecutors.map((executor) => ({ framework, executor })),
  );
}
