/** `/state` of an agent, as JSON. Pure. Source: Mesos 1.11, src/slave/http.cpp, `Http::state`. */

import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { fromFramework } from '../../../protocol/v1/from-nouns/frameworks.ts';
import { fromAttributes, fromResources } from '../../../protocol/v1/from-nouns/resources.ts';
import { fromTask } from '../../../protocol/v1/from-nouns/tasks.ts';
import {
  attributesText,
  buildFields,
  byRole,
  type Field,
  field,
  fullText,
  isUnreserved,
  labelsText,
  listText,
  logFields,
  messageField,
  objectText,
  resourcesText,
  rolesField,
  taskText,
} from '../../../protocol/v1/old-text.ts';
import { hostOf } from '../../node-address.ts';
import type { ExecutorReport, FrameworkReport, NodeReport } from '../../node-report.ts';
import type { NodeFacts } from '../node-facts.ts';
import { allocatedOf, drainView, executorInfoView } from '../operator/agent-views.ts';

export interface StateOf {
  readonly report: NodeReport;
  readonly facts: NodeFacts;
  /** `host:port` of the agent's node. */
  readonly node: string;
  readonly startedMs: number;
}

export function stateText({ report, facts, node, startedMs }: StateOf): string {
  const { info, agentId = '', masterNode } = report;
  const total = fromResources(report.total);
  const occupied = fromResources(report.occupied);
  return objectText([
    ...buildFields(facts.version),
    field('start_time', startedMs / 1000),
    field('id', agentId),
    field('pid', `slave(1)@${node}`),
    field('hostname', info.hostname),
    field('capabilities', ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'AGENT_DRAINING']),
    ['resources', resourcesText(total)],
    ['reserved_resources', byRole(total, resourcesText)],
    ['unreserved_resources', resourcesText(total.filter(isUnreserved))],
    ['reserved_resources_full', byRole(total, fullText)],
    ['unreserved_resources_full', fullText(total.filter(isUnreserved))],
    ['reserved_resources_allocated', byRole(occupied, resourcesText)],
    ['unreserved_resources_allocated', resourcesText(occupied.filter(isUnreserved))],
    field('resource_providers', []),
    ['attributes', attributesText(fromAttributes(info.attributes))],
    field('master_hostname', masterNode && hostOf(masterNode)),
    ...logFields(facts.flags),
    field('flags', facts.flags),
    ...drainFields(report),
    ['frameworks', listText(report.frameworks, frameworkText)],
    ['completed_frameworks', listText(report.completedFrameworks, frameworkText)],
  ]);
}

function drainFields({ drain }: NodeReport): Field[] {
  const { drain_config: config } = drainView(drain);
  return [
    messageField('drain_config', 'DrainConfig', config),
    field('estimated_drain_start_time_seconds', drain && Math.floor(drain.startedMs / 1000)),
  ];
}

function frameworkText(framework: FrameworkReport): string {
  const { executors, completedExecutors } = framework;
  const info = fromFramework(framework.info, framework.frameworkId);
  const text = (executor: ExecutorReport) => executorText(framework, executor);
  return objectText([
    field('id', info.id?.value ?? ''),
    field('name', info.name),
    field('user', info.user),
    field('failover_timeout', info.failover_timeout ?? 0),
    field('checkpoint', info.checkpoint ?? false),
    field('hostname', info.hostname ?? ''),
    field('principal', info.principal),
    rolesField(info),
    ['executors', listText(executors, text)],
    ['completed_executors', listText(completedExecutors, text)],
  ]);
}

function executorText(framework: FrameworkReport, executor: ExecutorReport): string {
  const { executorId, containerId, directory, role } = executor;
  const { name = '', source = '', type, labels } = executorInfoView(framework, executor);
  const over = [...executor.completed, ...executor.terminated];
  return objectText([
    field('id', executorId),
    field('name', name),
    field('source', source),
    field('container', containerId),
    field('directory', directory),
    ['resources', resourcesText(fromResources(allocatedOf(executor)))],
    field('role', role),
    labels && ['labels', labelsText(labels)],
    field('type', type),
    ['tasks', listText(executor.launched, (task) => taskText(fromTask(task)))],
    ['queued_tasks', listText(executor.queued, (task) => queuedTaskText(fromTask(task)))],
    ['completed_tasks', listText(over, (task) => taskText(fromTask(task)))],
  ]);
}

/** One that its executor has not had yet. */
function queuedTaskText({ task_id: id, name, resources = [], ...task }: V1<'Task'>): string {
  return objectText([
    field('id', id.value),
    field('name', name),
    field('slave_id', task.agent_id.value),
    ['resources', resourcesText(resources)],
    field('role', resources[0]?.allocation_info?.role ?? '*'),
    field('executor_id', task.executor_id?.value ?? ''),
  ]);
}
