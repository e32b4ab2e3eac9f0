/** `/state` of an agent. Pure. Source: Mesos 1.11, src/slave/http.cpp, `Http::state`. */
import type { Resources } from '../../../protocol/resources.ts';
import { fromFramework } from '../../../protocol/v1/from-nouns/frameworks.ts';
import { fromAttributes, fromResources } from '../../../protocol/v1/from-nouns/resources.ts';
import { fromTask } from '../../../protocol/v1/from-nouns/tasks.ts';
import type { ExecutorReport, FrameworkReport, NodeReport } from '../../node-report.ts';
import type { NodeFacts } from '../node-facts.ts';
import { allocatedOf, executorInfoView } from '../operator/agent-views.ts';
import {
  attributesRecord,
  frameworkRecord,
  type Json,
  messageRecord,
  queuedTaskRecord,
  resourcesRecord,
  taskRecordOf,
} from './old-records.ts';

export interface StateOf {
  readonly report: NodeReport;
  readonly facts: NodeFacts;
  /** `host:port` of the agent's node. */
  readonly node: string;
  readonly startedMs: number;
}

/** Of a build; a package has none, and old clients expect the keys. */
export const NO_BUILD = { build_date: '', build_time: 0, build_user: '' } as const;

export function stateRecord({ report, facts, node, startedMs }: StateOf): Json {
  const { info, agentId = '', masterNode, occupied } = report;
  const { log_dir: logDirectory, external_log_file: externalLog } = facts.flags;
  const total = resourcesRecord(fromResources(info.resources));
  return {
    version: facts.version,
    ...NO_BUILD,
    start_time: startedMs / 1000,
    id: agentId,
    pid: `slave(1)@${node}`,
    hostname: info.hostname,
    capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'],
    resources: total,
    reserved_resources: {},
    unreserved_resources: total,
    reserved_resources_full: {},
    unreserved_resources_full: full(info.resources),
    reserved_resources_allocated: {},
    unreserved_resources_allocated: resourcesRecord(fromResources(occupied)),
    resource_providers: [],
    attributes: attributesRecord(fromAttributes(info.attributes)),
    ...(masterNode !== undefined && { master_hostname: hostOf(masterNode) }),
    ...(logDirectory !== undefined && { log_dir: logDirectory }),
    ...(externalLog !== undefined && { external_log_file: externalLog }),
    flags: facts.flags,
    frameworks: report.frameworks.map(frameworkOf),
    completed_frameworks: report.completedFrameworks.map(frameworkOf),
  };
}

function full(resources: Resources): readonly unknown[] {
  return fromResources(resources).map((resource) => messageRecord('Resource', resource));
}

function frameworkOf(framework: FrameworkReport): Json {
  const { info, frameworkId, executors, completedExecutors } = framework;
  return {
    ...frameworkRecord(fromFramework(info, frameworkId)),
    executors: executors.map((executor) => executorOf(framework, executor)),
    completed_executors: completedExecutors.map((executor) => executorOf(framework, executor)),
  };
}

function executorOf(framework: FrameworkReport, executor: ExecutorReport): Json {
  const { executorId, containerId, directory, role } = executor;
  const { name = '', source = '', type, labels } = executorInfoView(framework, executor);
  return {
    id: executorId,
    name,
    source,
    container: containerId,
    directory,
    resources: resourcesRecord(fromResources(allocatedOf(executor))),
    ...(role !== undefined && { role }),
    ...(labels && { labels: labels.labels ?? [] }),
    ...(type !== undefined && { type }),
    tasks: executor.launched.map((task) => taskRecordOf(fromTask(task))),
    queued_tasks: executor.queued.map((task) => queuedTaskRecord(fromTask(task))),
    completed_tasks: [...executor.completed, ...executor.terminated].map((task) =>
      taskRecordOf(fromTask(task)),
    ),
  };
}

function hostOf(node: string): string {
  return node.slice(0, node.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
