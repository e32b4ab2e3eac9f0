/** A virtual cluster whose masters answer HTTP, without sockets. */
import { type MasterApi, masterApi } from '../../actors/master/api/master-api.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { askingRoutes } from './http-routes.ts';
import type { VirtualNode } from './virtual-world.ts';

export interface HttpCluster extends Cluster {
  /** Asks the node of a master. Default: the first. */
  ask(master?: VirtualNode): ReturnType<typeof askingRoutes>;
}

export function startHttpCluster(options: ClusterOptions): HttpCluster {
  /** Of the present lives. */
  const apis = new Map<string, MasterApi>();
  const cluster = startCluster({
    ...options,
    readsOf(name) {
      const api = masterApi({ version: '0.0.0' });
      apis.set(name, api);
      return api.reads;
    },
    onMaster: (life) => apis.get(life.system.node)?.open(life),
  });
  const ask = ({ name } = cluster.master) => askingRoutes(apis.get(name)?.routes ?? {}, ['master']);
  return { ...cluster, ask };
}
