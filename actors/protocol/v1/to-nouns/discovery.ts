/** How others find a task, of Mesos → ours. */
import type { DiscoveryInfo, DiscoveryPort, Visibility } from '../../discovery.ts';
import type { V1, V1Enum } from '../dictionary.ts';
import { ours, VISIBILITIES } from '../words.ts';
import { toLabels } from './commands.ts';

export function toDiscovery(discovery: V1<'DiscoveryInfo'>): DiscoveryInfo {
  const { name, environment, location, version, ports, labels } = discovery;
  return {
    visibility: toVisibility(discovery.visibility),
    ...(name === undefined ? {} : { name }),
    ...(environment === undefined ? {} : { environment }),
    ...(location === undefined ? {} : { location }),
    ...(version === undefined ? {} : { version }),
    ...(ports && { ports: (ports.ports ?? []).map(toPort) }),
    ...(labels && { labels: toLabels(labels) }),
  };
}

function toPort({ number, name, protocol, visibility, labels }: V1<'Port'>): DiscoveryPort {
  return {
    number,
    ...(name === undefined ? {} : { name }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(visibility && { visibility: toVisibility(visibility) }),
    ...(labels && { labels: toLabels(labels) }),
  };
}

function toVisibility(visibility: V1Enum<'DiscoveryInfo.Visibility'>): Visibility {
  return ours(VISIBILITIES, visibility) ?? 'framework';
}
