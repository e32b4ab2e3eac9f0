/**
 * What an agent's node answers over HTTP: the table of all its routes.
 *
 * Routes are made before there is an actor, for the port is opened first; they are given the actors as
 * soon as these are there. Each file of this room that has routes says in its head what they answer.
 * Source of the paths: Mesos 1.11, src/slave/slave.cpp, `Slave::initialize`.
 */
import { type HttpRoutes, jsonResponse } from '../../../transport/http/message.ts';
import type { AgentApiNode } from './api-node.ts';
import { executorRoutes } from './executor/executor-routes.ts';

export interface AgentApi {
  readonly routes: HttpRoutes;
  /** Before this, whatever needs the actors is answered as by an agent that has not recovered yet. */
  open(node: AgentApiNode): void;
}

/** What routes answer that no actor knows. */
export interface AgentApiOptions {
  readonly version: string;
}

export function agentApi({ version }: AgentApiOptions): AgentApi {
  let node: AgentApiNode | undefined;
  const openNode = () => node;
  return {
    routes: {
      '/health': { GET: () => ({ status: 200 }) },
      '/version': { GET: () => jsonResponse(200, { version }) },
      ...executorRoutes(openNode),
    },
    open(opened) {
      node = opened;
    },
  };
}
