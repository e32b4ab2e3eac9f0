/**
 * The container that a task or an executor asks for: here always one on the agent's own file system
 * and network, without an image. What it says of networks is kept and shown.
 * Source of the names: Mesos 1.11, include/mesos/v1/mesos.proto, ContainerInfo, NetworkInfo.
 */
import type { Label } from './task.ts';

export interface ContainerInfo {
  /** It has a part for containers of Mesos' own kind, which names no image. */
  readonly hasMesosPart?: boolean;
  /** None has a name: without one it is the network of the agent. */
  readonly networks?: readonly ContainerNetwork[];
  /** Said of Linux; absent: nothing is said of it. */
  readonly linux?: LinuxSharing;
}

/** What of its agent's machine, or of the container around it, a container sees. */
export interface LinuxSharing {
  readonly sharesCgroups?: boolean;
  /** Never false: all processes of a machine see each other. */
  readonly sharesPidNamespace?: boolean;
}

export interface ContainerNetwork {
  /** Only in statuses: executors may have put their containers where they like. */
  readonly name?: string;
  readonly addresses?: readonly NetworkAddress[];
  readonly groups?: readonly string[];
  readonly labels?: readonly Label[];
  readonly portMappings?: readonly PortMapping[];
}

export interface NetworkAddress {
  readonly protocol?: 'ipv4' | 'ipv6';
  readonly address?: string;
}

export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol?: string;
}
