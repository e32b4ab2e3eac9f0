/**
 * Checks for the parts of tasks: commands, containers, what watches over them, how others find them. As in
 * `nouns.ts`, which uses them: shape only, the rest is for the master to say.
 */
import {
  array,
  boolean,
  type Check,
  integer,
  number,
  object,
  oneOf,
  string,
  union,
} from '../../runtime/decode.ts';
import type { CheckInfo, CheckStatus, HealthCheck, IpProtocol } from './checks.ts';
import type {
  ContainerInfo,
  ContainerNetwork,
  LinuxSharing,
  NetworkAddress,
  PortMapping,
} from './container.ts';
import type { DiscoveryInfo, DiscoveryPort, Visibility } from './discovery.ts';
import * as maxima from './maxima.ts';
import type { CommandInfo, CommandUri, EnvironmentVariable, Label } from './task.ts';

export const name = string(maxima.NAME_LENGTH_MAX);
export const data = string(maxima.DATA_LENGTH_MAX);
/** A duration or a moment; fractions are possible. */
export const milliseconds = number(0, Number.MAX_SAFE_INTEGER);
export const count = integer(0);
/** A number of 32 bits, as Mesos has them for ports. Whether it is one is for the master to say. */
const number32 = integer(0, 0xffff_ffff);

const label = object<Label>({ key: data }, { value: data });
export const labels = array(label, maxima.LABELS_MAX);

// ----------------------------------------------------------------------------------- commands

const commandText = string(maxima.COMMAND_TEXT_LENGTH_MAX);
const variable = object<EnvironmentVariable>({ name: commandText, value: commandText });
const uri = object<CommandUri>(
  { value: string(maxima.URI_LENGTH_MAX) },
  { executable: boolean, extract: boolean, cache: boolean, outputFile: name },
);

export const command = object<CommandInfo>(
  {
    shell: boolean,
    value: commandText,
    arguments: array(commandText, maxima.ARGUMENTS_PER_COMMAND_MAX),
    environment: array(variable, maxima.VARIABLES_PER_ENVIRONMENT_MAX),
  },
  { uris: array(uri, maxima.URIS_PER_COMMAND_MAX), user: name },
);

// ------------------------------------------------------------------------------------- checks

const times = {
  delayMs: milliseconds,
  intervalMs: milliseconds,
  timeoutMs: milliseconds,
};

export const checkInfo: Check<CheckInfo> = union<CheckInfo, 'type'>('type', {
  command: [{ command }, times],
  http: [{ port: number32 }, { ...times, path: name }],
  tcp: [{ port: number32 }, times],
});

const healthTimes = { ...times, consecutiveFailures: count, gracePeriodMs: milliseconds };
const protocol = oneOf<IpProtocol>({ ipv4: true, ipv6: true });

export const healthCheck: Check<HealthCheck> = union<HealthCheck, 'type'>('type', {
  command: [{ command }, healthTimes],
  http: [
    { port: number32 },
    {
      ...healthTimes,
      path: name,
      scheme: oneOf({ http: true, https: true }),
      protocol,
      statuses: array(number32, maxima.STATUSES_PER_HEALTH_CHECK_MAX),
    },
  ],
  tcp: [{ port: number32 }, { ...healthTimes, protocol }],
});

export const checkStatus: Check<CheckStatus> = union<CheckStatus, 'type'>('type', {
  command: [{}, { exitCode: integer() }],
  http: [{}, { statusCode: number32 }],
  tcp: [{}, { succeeded: boolean }],
});

// ---------------------------------------------------------------------------------- discovery

const visibility = oneOf<Visibility>({ framework: true, cluster: true, external: true });
const discoveryPort = object<DiscoveryPort>(
  { number: number32 },
  { name, protocol: name, visibility, labels },
);

export const discovery = object<DiscoveryInfo>(
  { visibility },
  {
    name,
    environment: name,
    location: name,
    version: name,
    ports: array(discoveryPort, maxima.PORTS_PER_DISCOVERY_MAX),
    labels,
  },
);

// --------------------------------------------------------------------------------- containers

const networkAddress = object<NetworkAddress>({}, { protocol, address: name });
const portMapping = object<PortMapping>(
  { hostPort: number32, containerPort: number32 },
  { protocol: name },
);
const network = object<ContainerNetwork>(
  {},
  {
    name,
    addresses: array(networkAddress, maxima.PARTS_PER_NETWORK_MAX),
    groups: array(name, maxima.PARTS_PER_NETWORK_MAX),
    labels,
    portMappings: array(portMapping, maxima.PARTS_PER_NETWORK_MAX),
  },
);

export const networks = array(network, maxima.NETWORKS_PER_CONTAINER_MAX);

export const container = object<ContainerInfo>(
  {},
  {
    hasMesosPart: boolean,
    networks,
    linux: object<LinuxSharing>({}, { sharesCgroups: boolean, sharesPidNamespace: boolean }),
  },
);
