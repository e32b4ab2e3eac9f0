/** Our containers → those of Mesos. */
import type { ContainerInfo, ContainerNetwork } from '../../container.ts';
import type { V1 } from '../dictionary.ts';
import { IP_PROTOCOLS } from '../words.ts';
import { fromLabels } from './commands.ts';

export function fromContainer(container: ContainerInfo): V1<'ContainerInfo'> {
  const { hasMesosPart, networks, linux } = container;
  return {
    type: 'MESOS',
    ...(hasMesosPart && { mesos: {} }),
    ...(networks && { network_infos: networks.map(fromNetwork) }),
    ...(linux && {
      linux_info: {
        ...(linux.sharesCgroups === undefined ? {} : { share_cgroups: linux.sharesCgroups }),
        ...(linux.sharesPidNamespace === undefined
          ? {}
          : { share_pid_namespace: linux.sharesPidNamespace }),
      },
    }),
  };
}

export function fromNetwork(network: ContainerNetwork): V1<'NetworkInfo'> {
  const { name, addresses, groups, labels, portMappings } = network;
  return {
    ...(name === undefined ? {} : { name }),
    ...(addresses && {
      ip_addresses: addresses.map(({ protocol, address }) => ({
        ...(protocol && { protocol: IP_PROTOCOLS[protocol] }),
        ...(address === undefined ? {} : { ip_address: address }),
      })),
    }),
    ...(groups && { groups }),
    ...(labels && { labels: fromLabels(labels) }),
    ...(portMappings && {
      port_mappings: portMappings.map(({ hostPort, containerPort, protocol }) => ({
        host_port: hostPort,
        container_port: containerPort,
        ...(protocol === undefined ? {} : { protocol }),
      })),
    }),
  };
}
