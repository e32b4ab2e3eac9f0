/** What several routes say of the node, each in its own words: asked for in one place. */
import type { ReadUsage } from '../launcher/usage.ts';
import type { NodeReport } from '../node-report.ts';
import { askAgent, type OpenNode } from './api-node.ts';
import type { NodeFacts } from './node-facts.ts';

export interface NodeAnswers {
  /** Undefined while the agent can't be asked. */
  report(): Promise<NodeReport | undefined>;
  usage: ReadUsage;
  nowMs(): number;
  /** When the node was started, since 1970. */
  startedMs(): number;
}

export function nodeAnswers(openNode: OpenNode, facts: NodeFacts): NodeAnswers {
  const report = async (): Promise<NodeReport | undefined> => {
    const node = openNode();
    if (node === undefined) return undefined;
    return askAgent<NodeReport>(node, (replyTo) => ({ type: 'reportNode', replyTo }));
  };
  const nowMs = () => openNode()?.system.host.nowMs() ?? 0;
  const startedMs = () => openNode()?.system.metrics().startedAtMs ?? 0;
  return {
    report,
    nowMs,
    startedMs,
    usage: oneAtATime(facts.usage),
  };
}

/** Looking through all processes is dear: who asks meanwhile is told what is found for who asked first. */
function oneAtATime(read: ReadUsage): ReadUsage {
  let underWay: ReturnType<ReadUsage> | undefined;
  return (containerIds) => {
    underWay ??= read(containerIds)
      .catch(() => new Map())
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
}
