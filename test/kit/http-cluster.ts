/** A virtual cluster whose masters and agents answer HTTP, without sockets. */
import { equal } from 'node:assert/strict';
import { type AgentApi, agentApi } from '../../actors/agent/api/agent-api.ts';
import { type MasterApi, masterApi } from '../../actors/master/api/master-api.ts';
import { type Cluster, type ClusterAgent, type ClusterOptions, startCluster } from './cluster.ts';
import { askingRoutes } from './http-routes.ts';
import type { VirtualNode } from './virtual-world.ts';

export interface HttpCluster extends Cluster {
  /** Asks the node of a master. Default: the first. */
  ask(master?: VirtualNode): ReturnType<typeof askingRoutes>;
  /** Asks the node of an agent. Default: the first. */
  askAgent(agent?: ClusterAgent): ReturnType<typeof askingRoutes>;
  /** What a master says at an endpoint of the time before v1. Default: the first. */
  get<Shape>(target: string, master?: VirtualNode): Promise<Shape>;
}

export function startHttpCluster(options: ClusterOptions): HttpCluster {
  /** Of the present lives. */
  const apis = new Map<string, MasterApi>();
  const agentApis = new Map<string, AgentApi>();
  const cluster = startCluster({
    ...options,
    readsOf(name) {
      const { domain, rates } = options.masterOptions ?? {};
      const shared = { ...(domain && { domain }), ...(rates && { rates }) };
      const api = masterApi({ version: '0.0.0', ...shared });
      apis.set(name, api);
      return api.reads;
    },
    onMaster: (life) => apis.get(life.system.node)?.open(life),
    onAgent({ system, agent }) {
      const api = agentApi({ version: '0.0.0', workDirectory: '/work' });
      api.open({ system, agent });
      agentApis.set(system.node, api);
    },
  });
  const ask = ({ name } = cluster.master) => askingRoutes(apis.get(name)?.routes ?? {}, ['master']);
  return {
    ...cluster,
    ask,
    askAgent: (agent = cluster.agents[0]) =>
      askingRoutes(agentApis.get(agent?.node.name ?? '')?.routes ?? {}, ['slave(1)']),
    async get<Shape>(target: string, master?: VirtualNode) {
      const { status, text } = await cluster.world.settle(ask(master)('GET', target));
      equal(status, 200, `GET ${target}: ${text}`);
      return JSON.parse(text) as Shape;
    },
  };
}
