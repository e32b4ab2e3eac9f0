/** How others find a task, ours → that of Mesos. */
import type { DiscoveryInfo, DiscoveryPort } from '../../discovery.ts';
import type { V1 } from '../dictionary.ts';
import { VISIBILITIES } from '../words.ts';
import { fromLabels } from './commands.ts';

export function fromDiscovery(discovery: DiscoveryInfo): V1<'DiscoveryInfo'> {
  const { visibility, ports, labels, ...texts } = discovery;
  return {
    visibility: VISIBILITIES[visibility],
    ...texts,
    ...(ports && { ports: ports.length === 0 ? {} : { ports: ports.map(fromPort) } }),
    ...(labels && { labels: fromLabels(labels) }),
  };
}

function fromPort({ number, name, protocol, visibility, labels }: DiscoveryPort): V1<'Port'> {
  return {
    number,
    ...(name === undefined ? {} : { name }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(visibility && { visibility: VISIBILITIES[visibility] }),
    ...(labels && { labels: fromLabels(labels) }),
  };
}
