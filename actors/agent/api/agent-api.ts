/**
 * What an agent's node answers over HTTP: the table of all its routes.
 *
 * Routes are made before there is an actor, for the port is opened first; they are given the actors as
 * soon as these are there. Each file of this room that has routes says in its head what they answer.
 * Source of the paths: Mesos 1.11, src/slave/slave.cpp, `Slave::initialize`.
 */
import { fileRoutes } from '../../../transport/http/files/file-routes.ts';
import { ServedFiles } from '../../../transport/http/files/served-files.ts';
import { loggingLevel } from '../../../transport/http/logging-level.ts';
import type { HttpRoutes } from '../../../transport/http/message.ts';
import { type NodeApiOptions, nodeFactsOf } from '../../../transport/http/node/node-options.ts';
import { AgentMetrics } from '../agent-metrics.ts';
import type { ReadUsage } from '../launcher/usage.ts';
import { agentMetrics } from './agent-metrics.ts';
import { AGENT_REALMS, type AgentApiNode } from './api-node.ts';
import { executorRoutes } from './executor/executor-routes.ts';
import { sandboxTree } from './files/sandbox-tree.ts';
import { nodeAnswers } from './node-answers.ts';
import type { NodeFacts } from './node-facts.ts';
import { oldRoutes } from './old/old-routes.ts';
import { executorsOf } from './operator/agent-views.ts';
import { operatorRoutes } from './operator/operator-routes.ts';

export interface AgentApiOptions extends NodeApiOptions {
  /** Absolute: where sandboxes are. */
  readonly workDirectory: string;
  /** Default: nothing is known of what containers use. */
  readonly usage?: ReadUsage;
}

export interface AgentApi {
  readonly routes: HttpRoutes;
  /** For the actors of this node to count in. */
  readonly metrics: AgentMetrics;
  /** Before this, whatever needs the actors is answered as by an agent that has not recovered yet. */
  open(node: AgentApiNode): void;
}

export function agentApi({ workDirectory, ...given }: AgentApiOptions): AgentApi {
  const { usage = async () => new Map(), logFile } = given;
  let node: AgentApiNode | undefined;
  const openNode = () => node;
  const facts: NodeFacts = { ...nodeFactsOf(given), workDirectory, usage };
  const answers = nodeAnswers(openNode, facts);
  const metrics = new AgentMetrics();
  const readMetrics = () => agentMetrics(metrics, answers, facts);
  const logging = loggingLevel(facts.verbosity, () => node?.system.host);
  const sandboxes = async () => {
    const report = await answers.report();
    return report === undefined
      ? []
      : executorsOf(report).map(({ executor }) => executor.directory);
  };
  const files = new ServedFiles(sandboxTree({ workDirectory, logFile, sandboxes }));
  const routes: HttpRoutes = {
    ...executorRoutes(openNode),
    ...operatorRoutes({ answers, facts, files, logging, readMetrics }),
    ...oldRoutes({
      ...{ openNode, answers, facts, logging, readMetrics },
      pending: () => metrics.pending(),
      paths: () => Object.keys(routes),
    }),
    ...fileRoutes(files, AGENT_REALMS.readonly),
  };
  return {
    routes,
    metrics,
    open(opened) {
      node = opened;
    },
  };
}
