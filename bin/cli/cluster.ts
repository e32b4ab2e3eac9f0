/**
 * The cluster as the command line sees it: a master and its agents, asked by plain actor messages
 * from a node that only dials. Every question has a deadline, so that nothing here can hang.
 */

import type { FrameworkId, TaskId } from '../../actors/protocol/ids.ts';
import {
  type AgentMessage,
  MASTER_NAME,
  type MasterMessage,
  type OperatorAnswer,
} from '../../actors/protocol/messages.ts';
import {
  type MasterPage,
  type MasterSection,
  type MasterSummary,
  PAGE_COUNT_MAX,
  type SandboxChunk,
} from '../../actors/protocol/views.ts';
import type { Address } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { DialledNode } from '../dial.ts';
import { ExitError } from '../exits.ts';

type PageOf<Name extends MasterSection> = Extract<MasterPage, { readonly section: Name }>;

export interface Section<Name extends MasterSection> {
  readonly master: MasterSummary;
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
  /** @throws ExitError `failed` with the agent's sentence when there is nothing to read */
  readSandbox(file: SandboxFile, offsetBytes: number): Promise<SandboxChunk>;
}

/** What one `readSandbox` asks for. */
const CHUNK_BYTES = 256 * 1024;

/** @param masterNode `host:port` */
export function clusterOf(node: DialledNode, masterNode: string, timeoutMs: number): Cluster {
  const master = address<MasterMessage>(MASTER_NAME, masterNode);
  const ofMaster = {
    timeoutMs,
    whom: 'a master',
    remedy: 'start one with bin/node --role master, or name it with --master',
  };
  const ofAgent = { timeoutMs, whom: 'the agent', remedy: 'look for it with messor agents' };

  const order = async (request: (replyTo: Address<OperatorAnswer>) => MasterMessage) => {
    const { refused } = await node.ask(master, request, ofMaster);
    if (refused !== undefined) throw new ExitError('failed', refused);
  };
  const ask = (section: MasterSection, offset: number): Promise<MasterPage> =>
    node.ask<MasterMessage, MasterPage>(
      master,
      (replyTo) => ({
        type: 'describeMaster',
        section,
        offset,
        countMax: PAGE_COUNT_MAX,
        replyTo,
      }),
      ofMaster,
    );

  return {
    async list<Name extends MasterSection>(section: Name): Promise<Section<Name>> {
      const items: MasterPage['items'][number][] = [];
      for (let offset = 0; ; ) {
        const page = await ask(section, offset);
        items.push(...page.items);
        if (page.nextOffset === undefined) {
          // The pages of a section hold what the section is of.
          return { master: page.master, items: items as Section<Name>['items'][number][] };
        }
        offset = page.nextOffset;
      }
    },
    killTask: (taskId, frameworkId) =>
      order((replyTo) => ({ type: 'killTask', taskId, frameworkId, replyTo })),
    teardownFramework: (frameworkId) =>
      order((replyTo) => ({ type: 'teardownFramework', frameworkId, replyTo })),
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
