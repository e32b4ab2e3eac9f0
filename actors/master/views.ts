/**
 * What operators see: pages of what the master knows, made when they are asked for.
 * A page makes views only of what is on it: what comes before is skipped.
 */

import { address } from '../../runtime/address.ts';
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import { AGENT_NAME, type AgentMessage } from '../protocol/messages.ts';
import type { Resource, Resources } from '../protocol/resources.ts';
import {
  type AgentView,
  type FrameworkView,
  type MasterPage,
  type MasterSection,
  PAGE_COUNT_MAX,
  type TaskView,
} from '../protocol/views.ts';
import { totalOf } from './ledger.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { roleViews } from './roles/known-roles.ts';
import type {
  AgentRecord,
  CompletedFramework,
  FrameworkRecord,
  MasterState,
  OperatorMarks,
  TaskRecord,
  UnreachableAgent,
} from './state.ts';

export const viewHandlers: MasterHandlers<'describeMaster'> = {
  describeMaster(state, { section, offset, countMax, replyTo }, context) {
    context.send(replyTo, page(state, section, rangeOf(offset, countMax), context));
  },
};

export function rangeOf(offset: number, countMax: number): Range {
  return { offset, countMax: Math.max(1, Math.min(countMax, PAGE_COUNT_MAX)) };
}

export interface Range {
  readonly offset: number;
  readonly countMax: number;
}

/** Something with a size, and a view for each of its items but for so many that are skipped. */
export interface Source<View> {
  readonly size: number;
  views(skipCount: number): Iterable<View>;
}

function page(
  state: MasterState,
  section: MasterSection,
  range: Range,
  context: MasterContext,
): MasterPage {
  const { masterId, cluster, version } = context.options;
  const { node } = context.self;
  const master = { masterId, cluster, version, node, startedMs: state.startedMs };
  const of = { type: 'masterPage', master } as const;
  switch (section) {
    case 'agents':
      return { ...of, section, ...cut(agentSources(state), range) };
    case 'frameworks':
      return { ...of, section, ...cut(frameworkSources(state), range) };
    case 'tasks':
      return { ...of, section, ...cut(taskSources(state), range) };
    case 'offers':
      return { ...of, section, ...cut([source(state.offers, (record) => record.offer)], range) };
    case 'roles': {
      const views = roleViews(state, context.options.rolesAllowed);
      return { ...of, section, ...cut([listed(views)], range) };
    }
  }
}

export function cut<View>(
  sources: Iterable<Source<View>>,
  { offset, countMax }: Range,
): { readonly items: View[]; readonly nextOffset?: number } {
  const items: View[] = [];
  let skipCount = offset;
  for (const { size, views } of sources) {
    if (skipCount >= size) {
      skipCount -= size;
      continue;
    }
    for (const view of views(skipCount)) {
      if (items.length === countMax) return { items, nextOffset: offset + countMax };
      items.push(view);
    }
    skipCount = 0;
  }
  return { items };
}

function agentSources({ agents }: MasterState): Source<AgentView>[] {
  return [
    source(agents.registered, agentView),
    source(agents.recovered, (info) => recoveredView(info, agents.marks.get(info.agentId))),
    source(agents.unreachable, (agent) =>
      unreachableView(agent, agents.marks.get(agent.info.agentId)),
    ),
  ];
}

function frameworkSources(state: MasterState): Source<FrameworkView>[] {
  return [
    source(state.frameworks, frameworkView),
    source(state.completedFrameworks, completedFrameworkView),
  ];
}

function* taskSources(state: MasterState): Iterable<Source<TaskView>> {
  for (const framework of state.frameworks.values()) {
    yield source(framework.tasks, (record) => taskView(record, 'active'));
    yield source(framework.unreachableTasks, (record) => taskView(record, 'unreachable'));
    yield source(framework.completedTasks, (record) => taskView(record, 'completed'));
  }
  for (const { completedTasks } of state.completedFrameworks.values()) {
    yield source(completedTasks, (record) => taskView(record, 'completed'));
  }
}

/** Views that are made already. */
export function listed<View>(views: readonly View[]): Source<View> {
  return { size: views.length, views: (skipCount) => views.slice(skipCount) };
}

export function source<Key, Item, View>(
  items: ReadonlyMap<Key, Item>,
  view: (item: Item) => View,
): Source<View> {
  return {
    size: items.size,
    *views(skipCount) {
      let left = skipCount;
      for (const item of items.values()) if (left-- <= 0) yield view(item);
    },
  };
}

export function agentView(agent: AgentRecord): AgentView {
  const { agentId, info, address, registeredMs, reregisteredMs, deadline } = agent;
  const { used, offered } = agent;
  return {
    agentId,
    info,
    address,
    state: agent.connected ? 'active' : 'disconnected',
    registeredMs,
    ...(reregisteredMs === undefined ? {} : { reregisteredMs }),
    ...(deadline === undefined ? {} : { unreachableAtMs: deadline.atMs }),
    total: totalOf(agent),
    used,
    offered,
    ...marksView(agent.marks),
    ...(agent.unavailability && { unavailability: agent.unavailability }),
  };
}

/** What operators want of an agent, as they see it. */
export function marksView(marks: OperatorMarks | undefined) {
  if (marks === undefined || !marks.deactivated) return {};
  const { drain, drainStartedMs } = marks;
  return {
    deactivated: true,
    ...(drain === undefined ? {} : { drain }),
    ...(drainStartedMs === undefined ? {} : { drainStartedMs }),
  };
}

export function recoveredView(info: RegisteredAgentInfo, marks?: OperatorMarks): AgentView {
  return { ...knownView(info), state: 'recovered', ...NOTHING, ...marksView(marks) };
}

export function unreachableView(
  { info, registeredMs, sinceMs }: UnreachableAgent,
  marks?: OperatorMarks,
): AgentView {
  return {
    ...knownView(info),
    state: 'unreachable',
    ...(registeredMs === undefined ? {} : { registeredMs }),
    unreachableAtMs: sinceMs,
    ...NOTHING,
    ...marksView(marks),
  };
}

/** What of an agent that is not here is known by what it said of itself. */
export function knownView(info: RegisteredAgentInfo) {
  const { agentId, node, resources: total } = info;
  return { agentId, info, address: address<AgentMessage>(AGENT_NAME, node), total };
}

const NOTHING = { used: [], offered: [] } as const;

export function frameworkView(framework: FrameworkRecord): FrameworkView {
  const { frameworkId, info, status, subscribedMs, resubscribedMs, tasks } = framework;
  const { offerConstraints } = framework;
  return {
    frameworkId,
    info,
    state: status,
    subscribedMs,
    ...(resubscribedMs === undefined ? {} : { resubscribedMs }),
    used: scalars(framework.usedMilli),
    offered: scalars(framework.offeredMilli),
    activeTaskCount: tasks.size,
    ...(offerConstraints.length > 0 && { offerConstraints }),
  };
}

export function completedFrameworkView(framework: CompletedFramework): FrameworkView {
  const { frameworkId, info, subscribedMs, resubscribedMs, endedMs } = framework;
  return {
    frameworkId,
    info,
    state: 'completed',
    subscribedMs,
    ...(resubscribedMs === undefined ? {} : { resubscribedMs }),
    endedMs,
    used: [],
    offered: [],
    activeTaskCount: 0,
  };
}

function taskView({ task }: TaskRecord, phase: TaskView['phase']): TaskView {
  return { ...task, phase };
}

function scalars(sums: ReadonlyMap<string, number>): Resources {
  return [...sums]
    .map(([name, milli]): Resource => ({ name, type: 'scalar', milli }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
