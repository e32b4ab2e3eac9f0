/**
 * Containers of Mesos → ours. What makes a container more than a place on the agent is reported, with
 * what to ask for instead.
 */
import type { ContainerInfo, ContainerNetwork, LinuxSharing } from '../../container.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { IP_PROTOCOLS, ours } from '../words.ts';
import { toLabels } from './commands.ts';

const CONTAINER_FIELDS = ['type', 'mesos', 'network_infos', 'linux_info'] as const;

/** @returns undefined: there is none, or none of ours, and the reason is in the report */
export function toContainer(
  container: V1<'ContainerInfo'> | undefined,
  report: Report,
  path: string,
): ContainerInfo | undefined {
  if (container === undefined) return undefined;
  if (container.type === 'DOCKER') {
    const instead =
      'use the type MESOS without an image; the command finds what is installed on the agent';
    report.valueNotSupported('ContainerInfo.type', step(path, 'type'), 'DOCKER', instead);
    return undefined;
  }
  report.rest('ContainerInfo', container, CONTAINER_FIELDS, path);
  const { mesos, network_infos: networks, linux_info: linux } = container;
  if (mesos?.image !== undefined) {
    const instead = 'leave it out; the command finds what is installed on the agent';
    report.fieldNotSupported('ContainerInfo.MesosInfo.image', step(path, 'mesos.image'), instead);
  }
  return {
    ...(mesos && { hasMesosPart: true }),
    ...(networks && {
      networks: networks.map((network, index) =>
        toAgentNetwork(network, report, step(path, 'network_infos', index)),
      ),
    }),
    ...(linux && { linux: toLinux(linux, report, step(path, 'linux_info')) }),
  };
}

/** For a task: there is no network of a name that it could be put into. */
function toAgentNetwork(
  network: V1<'NetworkInfo'>,
  report: Report,
  path: string,
): ContainerNetwork {
  const { name, ...nameless } = network;
  if (name !== undefined) {
    const instead = 'leave it out; tasks are on the network of their agent';
    report.valueNotSupported('NetworkInfo.name', step(path, 'name'), name, instead);
  }
  return toNetwork(nameless);
}

export function toNetwork(network: V1<'NetworkInfo'>): ContainerNetwork {
  const { name, ip_addresses, groups, labels, port_mappings } = network;
  return {
    ...(name === undefined ? {} : { name }),
    ...(ip_addresses && {
      addresses: ip_addresses.map(({ protocol, ip_address: address }) => {
        const known = protocol && ours(IP_PROTOCOLS, protocol);
        return {
          ...(known && { protocol: known }),
          ...(address === undefined ? {} : { address }),
        };
      }),
    }),
    ...(groups && { groups }),
    ...(labels && { labels: toLabels(labels) }),
    ...(port_mappings && {
      portMappings: port_mappings.map(({ host_port, container_port, protocol }) => ({
        hostPort: host_port,
        containerPort: container_port,
        ...(protocol === undefined ? {} : { protocol }),
      })),
    }),
  };
}

function toLinux(linux: V1<'LinuxInfo'>, report: Report, path: string): LinuxSharing {
  report.rest('LinuxInfo', linux, ['share_cgroups', 'share_pid_namespace'], path);
  const { share_cgroups: cgroups, share_pid_namespace: pids } = linux;
  if (pids === false) {
    const at = step(path, 'share_pid_namespace');
    report.valueNotSupported('LinuxInfo.share_pid_namespace', at, 'false');
  }
  return {
    ...(cgroups === undefined ? {} : { sharesCgroups: cgroups }),
    ...(pids === undefined ? {} : { sharesPidNamespace: pids }),
  };
}
