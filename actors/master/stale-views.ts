/**
 * What operators see of a master that doesn't lead: pages made of the registry as far as that one has
 * it. Pure.
 *
 * | in the registry            | in the page                                                       |
 * |---|---|
 * | an admitted agent          | `recovered`: what it does now is not known                        |
 * | an unreachable one         | `unreachable`                                                     |
 * | a framework                | `recovered`; `disconnected`, with its deadline, when it was lost  |
 * | one that has ended         | `completed`, by its name                                          |
 *
 * Tasks and offers are not in it: those pages are empty.
 */
import type {
  AgentView,
  FrameworkView,
  MasterPage,
  MasterSection,
  MasterSummary,
} from '../protocol/views.ts';
import type { CompletedFramework, RegisteredFramework, Registry } from './registry/registry.ts';
import type { RegistryAge } from './registry/store.ts';
import { grantedRoleViews } from './roles/known-roles.ts';
import { cut, knownView, listed, marksView, type Range, type Source, source } from './views.ts';

export interface StaleRegistry {
  readonly registry: Registry;
  readonly age: RegistryAge;
}

export function stalePage(
  { registry, age }: StaleRegistry,
  section: MasterSection,
  range: Range,
  master: MasterSummary,
  nowMs: number,
): MasterPage {
  const { leader, admitted, unreachable } = registry;
  const { term, appliedIndex, leaderHeardMs } = age;
  const stale = {
    epoch: leader?.epoch ?? 0,
    ...(leader === undefined ? {} : { leader: leader.candidate.node }),
    term,
    appliedIndex,
    ...(leaderHeardMs === undefined ? {} : { silenceMs: Math.max(0, nowMs - leaderHeardMs) }),
  };
  const of = { type: 'masterPage', master, stale } as const;
  switch (section) {
    case 'agents': {
      const sources: readonly Source<AgentView>[] = [
        source(admitted, ({ info, ...marks }) => ({
          ...knownView(info),
          state: 'recovered',
          ...marksView(marks),
        })),
        source(unreachable, ({ info, sinceMs, ...marks }) => ({
          ...knownView(info),
          state: 'unreachable',
          unreachableAtMs: sinceMs,
          ...marksView(marks),
        })),
      ];
      return { ...of, section, ...cut(sources, range) };
    }
    case 'frameworks':
      return { ...of, section, ...cut(frameworkSources(registry), range) };
    case 'roles':
      return {
        ...of,
        section,
        ...cut([listed(grantedRoleViews(registry.weights, registry.quotas))], range),
      };
    case 'tasks':
    case 'offers':
      return { ...of, section, items: [] };
  }
}

function frameworkSources({ frameworks, completedFrameworks }: Registry): Source<FrameworkView>[] {
  return [entries(frameworks, registeredView), entries(completedFrameworks, completedView)];
}

/** As `source`, where what an item is called stands beside it. */
function entries<Key, Item, View>(
  items: ReadonlyMap<Key, Item>,
  view: (key: Key, item: Item) => View,
): Source<View> {
  return {
    size: items.size,
    *views(skipCount) {
      let left = skipCount;
      for (const [key, item] of items) if (left-- <= 0) yield view(key, item);
    },
  };
}

function registeredView(
  frameworkId: FrameworkView['frameworkId'],
  { info, disconnectedMs }: RegisteredFramework,
): FrameworkView {
  return {
    frameworkId,
    info,
    state: disconnectedMs === undefined ? 'recovered' : 'disconnected',
    ...(disconnectedMs === undefined
      ? {}
      : { failsOverMs: disconnectedMs + info.failoverTimeoutMs }),
  };
}

function completedView(
  frameworkId: FrameworkView['frameworkId'],
  { name, endedMs }: CompletedFramework,
): FrameworkView {
  return {
    frameworkId,
    info: { name, user: '', roles: [], failoverTimeoutMs: 0, capabilities: [] },
    state: 'completed',
    endedMs,
  };
}
