/**
 * The cluster as the command line sees it: a master and its agents, asked by plain actor messages
 * from a node that only dials. Every question has a deadline, so that nothing here can hang.
 */
import type { AgentOrder } from '../../actors/protocol/agent-orders.ts';
import type { Explanation } from '../../actors/protocol/explanation.ts';
import type { FrameworkId, TaskId } from '../../actors/protocol/ids.ts';
import type {
  MaintenanceOrder,
  MaintenanceView,
} from '../../actors/protocol/maintenance-orders.ts';
import type { AgentMessage, MasterMessage, NotLeader } from '../../actors/protocol/messages.ts';
import type {
  FromOperatorToMaster,
  OperatorAnswer,
  ResourcesChangeAnswer,
} from '../../actors/protocol/operator-to-master.ts';
import type { Resources } from '../../actors/protocol/resources.ts';
import {
  type MasterPage,
  type MasterSection,
  type MasterSummary,
  PAGE_COUNT_MAX,
  type SandboxChunk,
  type Staleness,
} from '../../actors/protocol/views.ts';
import type { Address } from '../../runtime/actor.ts';
import type { DialledNode } from '../dial.ts';
import { ExitError } from '../exits.ts';
import { leaderAmong } from './leader.ts';
import { askStale, whoKnowsMost } from './stale.ts';

type PageOf<Name extends MasterSection> = Extract<MasterPage, { readonly section: Name }>;

export interface Section<Name extends MasterSection> {
  readonly master: MasterSummary;
  /** How old it is, where who answered doesn't lead. */
  readonly stale?: Staleness;
  readonly items: readonly PageOf<Name>['items'][number][];
}

export interface SandboxFile {
  readonly agent: Address<AgentMessage>;
  readonly frameworkId: FrameworkId;
  readonly taskId: TaskId;
  readonly path: string;
}

export interface Cluster {
  /** All items of a section; its pages are asked for one after the other. */
  list<Name extends MasterSection>(section: Name): Promise<Section<Name>>;
  /** @throws ExitError `failed` with the master's sentence when it refuses */
  killTask(taskId: TaskId, frameworkId: FrameworkId): Promise<void>;
  teardownFramework(frameworkId: FrameworkId): Promise<void>;
  /** @throws ExitError `failed`, as `killTask` */
  changeResources(asked: ResourcesToChange): Promise<void>;
  /** What operators want of agents and machines, and grant to roles. @throws as `killTask` */
  order(order: OrderToGive): Promise<void>;
  maintenance(): Promise<MaintenanceView>;
  explain(about: ExplainAbout): Promise<Explanation>;
  /** @throws ExitError `failed` with the agent's sentence when there is nothing to read */
  readSandbox(file: SandboxFile, offsetBytes: number): Promise<SandboxChunk>;
}

export interface ExplainAbout {
  readonly frameworkId: FrameworkId;
  readonly taskId?: TaskId;
  readonly needs?: Resources;
}

export type ResourcesToChange = ToGive<
  Omit<Extract<FromOperatorToMaster, { readonly type: 'changeResources' }>, 'type'>
>;

export type OrderToGive = ToGive<AgentOrder | MaintenanceOrder | GrantOrder>;
type GrantOrder = Extract<MasterMessage, { readonly type: 'updateWeights' | 'updateQuota' }>;
type ToGive<Order> = Order extends unknown ? Omit<Order, 'replyTo'> : never;

/** What one `readSandbox` asks for. */
const CHUNK_BYTES = 256 * 1024;

export interface ClusterToAsk {
  /** `host:port`, several separated by commas. */
  readonly masters: string;
  readonly timeoutMs: number;
  /** Lists what a master knows that doesn't lead, where none does. */
  readonly stale: boolean;
}

export function clusterOf(node: DialledNode, { masters, timeoutMs, stale }: ClusterToAsk): Cluster {
  const leader = leaderAmong(node, masters.split(','), timeoutMs);
  let knowsMost: Promise<string> | undefined;
  const ofAgent = { timeoutMs, whom: 'the agent', remedy: 'look for it with messor agents' };

  const order = async (
    request: (replyTo: Address<OperatorAnswer | NotLeader>) => MasterMessage,
  ) => {
    const { refused } = await leader.ask(request);
    if (refused !== undefined) throw new ExitError('failed', refused);
  };
  const ask = async (section: MasterSection, offset: number): Promise<MasterPage> => {
    const page = { section, offset, countMax: PAGE_COUNT_MAX };
    if (!stale) return leader.ask((replyTo) => ({ type: 'describeMaster', ...page, replyTo }));
    knowsMost ??= whoKnowsMost(node, masters.split(','), timeoutMs);
    return askStale(node, await knowsMost, page, timeoutMs);
  };

  return {
    async list<Name extends MasterSection>(section: Name): Promise<Section<Name>> {
      const items: MasterPage['items'][number][] = [];
      for (let offset = 0; ; ) {
        const page = await ask(section, offset);
        items.push(...page.items);
        if (page.nextOffset === undefined) {
          // The pages of a section hold what the section is of.
          return {
            master: page.master,
            ...(page.stale !== undefined && { stale: page.stale }),
            items: items as Section<Name>['items'][number][],
          };
        }
        offset = page.nextOffset;
      }
    },
    killTask: (taskId, frameworkId) =>
      order((replyTo) => ({ type: 'killTask', taskId, frameworkId, replyTo })),
    teardownFramework: (frameworkId) =>
      order((replyTo) => ({ type: 'teardownFramework', frameworkId, replyTo })),
    maintenance: () => leader.ask((replyTo) => ({ type: 'describeMaintenance', replyTo })),
    order: (given) => order((replyTo) => ({ ...given, replyTo })),
    async changeResources(asked) {
      const answer = await leader.ask<ResourcesChangeAnswer>((replyTo) => ({
        type: 'changeResources',
        ...asked,
        replyTo,
      }));
      const { outcome, message = 'The master refuses it' } = answer;
      if (outcome !== 'accepted') throw new ExitError('failed', message);
    },
    explain: (about) => leader.ask((replyTo) => ({ type: 'explain', ...about, replyTo })),
    async readSandbox({ agent, frameworkId, taskId, path }, offsetBytes) {
      const chunk = await node.ask<AgentMessage, SandboxChunk>(
        agent,
        (replyTo) => ({
          type: 'readSandbox',
          frameworkId,
          taskId,
          path,
          offsetBytes,
          lengthBytes: CHUNK_BYTES,
          replyTo,
        }),
        ofAgent,
      );
      if (chunk.refused !== undefined) throw new ExitError('failed', chunk.refused);
      return chunk;
    },
  };
}
