/** The flags of Mesos' agents about containers: launchers, isolation, images, networks. */
import { fixed, type MesosFlag, refused } from './mesos-flag.ts';
import { MODULES } from './of-both.ts';

const CGROUPS =
  'tasks are not held to what they asked for yet: limits by cgroups come with isolation';
const NAMESPACES = 'tasks see the machine as the agent does: namespaces come with isolation';
const CAPABILITIES =
  'tasks have the rights of the agent: capabilities of Linux come with isolation';
const IMAGES = 'tasks run in the file system of the machine: images come with isolation';
const DOCKER = 'tasks are not run by Docker yet: that comes with isolation';
const PORT_MAPPING =
  'tasks use the network of the machine; limit it there, for Mesos has given up port mapping, too';
const CNI = 'tasks use the network of the machine: networks by CNI come with isolation';
const PORTS = 'ports are handed out, but not watched: that comes with isolation';
const DISKS = 'the disk that tasks use is not watched: that comes with isolation';
const SYSTEMD =
  'tasks outlive no unit of systemd by themselves: set KillMode=process for the agent';
const SECCOMP = 'tasks may call all of the system that the agent may: seccomp comes with isolation';

export const CONTAINERS: readonly MesosFlag[] = [
  ...fixed('agent', 'containerizers', ['mesos'], DOCKER),
  ...fixed('agent', 'launcher', ['posix'], CGROUPS),
  ...fixed('agent', 'isolation', ['posix/cpu,posix/mem', 'posix/cpu', 'posix/mem'], CGROUPS),
  ...refused('agent', MODULES, 'container-logger'),
  ...refused('agent', 'containers have what their tasks ask for', 'default-container-info'),

  ...refused('agent', CGROUPS, 'cgroups-destroy-timeout', 'cgroups-hierarchy', 'cgroups-root'),
  ...fixed('agent', 'cgroups-enable-cfs!', ['false'], CGROUPS),
  ...fixed('agent', 'cgroups-limit-swap!', ['false'], CGROUPS),
  ...fixed('agent', 'cgroups-cpu-enable-pids-and-tids-count!', ['false'], CGROUPS),
  ...refused('agent', CGROUPS, 'cgroups-net-cls-primary-handle'),
  ...refused('agent', CGROUPS, 'cgroups-net-cls-secondary-handles', 'allowed-devices'),
  ...refused('agent', CGROUPS, 'agent-subsystems|slave-subsystems', 'nvidia-gpu-devices'),
  ...refused('agent', CGROUPS, 'perf-events', 'perf-interval', 'perf-duration'),
  ...refused('agent', CGROUPS, 'revocable-cpu-low-priority!'),

  ...fixed('agent', 'systemd-enable-support!', ['false'], SYSTEMD),
  ...refused('agent', SYSTEMD, 'systemd-runtime-directory'),
  ...refused('agent', CAPABILITIES, 'effective-capabilities|allowed-capabilities'),
  ...refused('agent', CAPABILITIES, 'bounding-capabilities'),
  ...refused('agent', NAMESPACES, 'default-container-shm-size'),
  ...fixed('agent', 'disallow-sharing-agent-ipc-namespace!', ['false'], NAMESPACES),
  ...fixed('agent', 'disallow-sharing-agent-pid-namespace!', ['false'], NAMESPACES),
  ...refused('agent', SECCOMP, 'seccomp-config-dir', 'seccomp-profile-name'),

  ...refused('agent', IMAGES, 'image-providers', 'image-provisioner-backend', 'image-gc-config'),
  ...refused('agent', IMAGES, 'appc-simple-discovery-uri-prefix', 'appc-store-dir'),
  ...refused('agent', IMAGES, 'docker-registry', 'docker-store-dir', 'docker-ignore-runtime!'),
  ...refused('agent', IMAGES, 'sandbox-directory', 'host-path-volume-force-creation'),
  ...refused('agent', IMAGES, 'volume-gid-range'),
  ...refused('agent', DOCKER, 'docker', 'docker-socket', 'docker-config', 'docker-mesos-image'),
  ...refused('agent', DOCKER, 'docker-remove-delay', 'docker-kill-orphans!'),
  ...refused('agent', DOCKER, 'docker-stop-timeout', 'docker-volume-checkpoint-dir'),
  ...refused('agent', DOCKER, 'docker-volume-chown!'),

  ...refused('agent', CNI, 'network-cni-plugins-dir', 'network-cni-config-dir'),
  ...refused('agent', CNI, 'network-cni-root-dir-persist!', 'network-cni-metrics!'),
  ...refused('agent', CNI, 'default-container-dns'),
  ...refused('agent', PORTS, 'container-ports-watch-interval', 'container-ports-isolated-range'),
  ...fixed('agent', 'check-agent-port-range-only!', ['false'], PORTS),
  ...fixed('agent', 'enforce-container-ports!', ['false'], PORTS),
  ...refused('agent', DISKS, 'container-disk-watch-interval'),
  ...fixed('agent', 'enforce-container-disk-quota!', ['false'], DISKS),
  ...refused('agent', DISKS, 'xfs-project-range', 'xfs-kill-containers!', 'xfs-quota-headroom'),

  ...refused('agent', PORT_MAPPING, 'ephemeral-ports-per-container', 'eth0-name', 'lo-name'),
  ...refused('agent', PORT_MAPPING, 'egress-rate-limit-per-container', 'egress-rate-per-cpu'),
  ...refused('agent', PORT_MAPPING, 'minimum-egress-rate-limit', 'maximum-egress-rate-limit'),
  ...refused('agent', PORT_MAPPING, 'egress-ceil-limit', 'egress-burst'),
  ...refused('agent', PORT_MAPPING, 'egress-unique-flow-per-container!'),
  ...refused('agent', PORT_MAPPING, 'egress-flow-classifier-parent'),
  ...refused('agent', PORT_MAPPING, 'ingress-rate-limit-per-container', 'ingress-rate-per-cpu'),
  ...refused('agent', PORT_MAPPING, 'minimum-ingress-rate-limit', 'maximum-ingress-rate-limit'),
  ...refused('agent', PORT_MAPPING, 'ingress-ceil-limit', 'ingress-burst'),
  ...refused('agent', PORT_MAPPING, 'ingress-isolate-existing-containers!', 'network-link-speed'),
  ...refused('agent', PORT_MAPPING, 'network-enable-socket-statistics-summary!'),
  ...refused('agent', PORT_MAPPING, 'network-enable-socket-statistics-details!'),
  ...refused('agent', PORT_MAPPING, 'network-enable-snmp-statistics!'),
  ...refused('agent', PORT_MAPPING, 'network-enable-rate-statistics!'),
  ...refused('agent', PORT_MAPPING, 'network-rate-statistics-window'),
  ...refused('agent', PORT_MAPPING, 'network-rate-statistics-interval'),
];
