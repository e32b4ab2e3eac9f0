/**
 * The flags of `bin/node`, one table: name, unit, default, help, and the roles they belong to.
 *
 * Each flag can come from the command line (`--agent-ping-timeout 15s`, `--agent-ping-timeout=15s`)
 * or from the environment (`MESSOR_AGENT_PING_TIMEOUT=15s`, else `MESOS_AGENT_PING_TIMEOUT=15s`),
 * and the command line wins. Names and defaults are those of Mesos 1.11 where Mesos has the flag, in
 * kebab case; snake case is accepted. What Mesos has and we have not is in `mesos-flags/`.
 */
import { RECONFIGURATION_POLICIES } from '../actors/agent/reconfiguration.ts';
import { CLUSTER_DEFAULTS } from './cluster-defaults.ts';
import * as unit from './flag-units.ts';
import { MASTER_FLAGS } from './master-flags.ts';
import { controller, estimator } from './oversubscription-units.ts';
import { attributes, defaultRole, domain, environment, resources } from './resource-units.ts';

export const ROLES = ['master', 'agent', 'framework', 'local'] as const;
export type Role = (typeof ROLES)[number];

interface Flag {
  readonly name: string;
  /** Further names, as good as the first. */
  readonly aliases?: readonly string[];
  readonly unit: unit.FlagUnit<unknown>;
  /** As it would be written on the command line. */
  readonly default?: string;
  readonly help: string;
  readonly roles: readonly Role[];
}

const LISTENING: readonly Role[] = ['master', 'agent'];
const MASTERS: readonly Role[] = ['master', 'local'];
const AGENTS: readonly Role[] = ['agent', 'local'];
const LOCAL: readonly Role[] = ['local'];
const EVERY: readonly Role[] = ROLES;

export const FLAGS = {
  role: {
    name: 'role',
    unit: unit.choice(...ROLES),
    help: 'What this node is. local: a whole cluster on this machine, a process for each node',
    roles: EVERY,
  },

  listenAddress: {
    name: 'listen-address',
    aliases: ['ip'],
    unit: unit.text,
    default: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 for all. Who can reach it can run commands here',
    roles: LISTENING,
  },
  port: {
    name: 'port',
    unit: unit.port,
    help: 'Port to listen on, 0 for a free one (default: 5050 for a master, 5051 for an agent; local: a free one for its first master)',
    roles: ['master', 'agent', 'local'],
  },
  advertiseAddress: {
    name: 'advertise-address',
    aliases: ['advertise-ip'],
    unit: unit.text,
    help: 'Address that others reach this node by (default: the one it listens on; when that is all of them, the host name)',
    roles: LISTENING,
  },
  advertisePort: {
    name: 'advertise-port',
    unit: unit.count(1, 65_535),
    help: 'Port that others reach this node by (default: the one it listens on)',
    roles: LISTENING,
  },
  ipDiscoveryCommand: {
    name: 'ip-discovery-command',
    unit: unit.text,
    help: 'A command line whose output is the address to listen on, instead of --listen-address',
    roles: LISTENING,
  },
  hostname: {
    name: 'hostname',
    unit: unit.text,
    help: 'Name of this machine as shown to people and frameworks (default: what the system says); of a master: the name that it is reached by',
    roles: ['master', 'agent', 'local'],
  },
  hostnameLookup: {
    name: 'hostname-lookup',
    unit: unit.toggle,
    default: 'true',
    help: 'Whether the system is asked for the host name, where that is not given; else it is the address',
    roles: LISTENING,
  },
  cluster: {
    name: 'cluster',
    unit: unit.text,
    default: CLUSTER_DEFAULTS.cluster,
    help: 'Name of the cluster; nodes of another one are refused',
    roles: EVERY,
  },
  master: {
    name: 'master',
    unit: unit.masterAddresses,
    default: CLUSTER_DEFAULTS.master,
    help: 'Where masters are, some or all of them; the one that leads is found by asking',
    roles: ['agent', 'framework'],
  },

  agentPingTimeoutMs: {
    name: 'agent-ping-timeout',
    unit: unit.positiveDuration,
    default: '15s',
    help: 'How often agents are pinged, and how long each has to answer',
    roles: MASTERS,
  },
  agentPingTimeoutCountMax: {
    name: 'max-agent-ping-timeouts',
    unit: unit.count(1, 1000),
    default: '5',
    help: 'After so many unanswered pings in a row an agent is unreachable',
    roles: MASTERS,
  },
  agentRemovalIntervalMs: {
    name: 'agent-removal-rate-limit',
    unit: unit.rate,
    help: 'How many silent agents are given up in which time, so that most are kept when a network fails; as many as there are where it is not given',
    roles: MASTERS,
  },
  agentReregisterTimeoutMs: {
    name: 'agent-reregister-timeout',
    unit: unit.positiveDuration,
    default: '10mins',
    help: 'How long an agent whose connection broke has to come back before it is unreachable',
    roles: MASTERS,
  },
  offerTimeoutMs: {
    name: 'offer-timeout',
    unit: unit.positiveDuration,
    default: '2mins',
    help: 'Offers that are not answered for so long are rescinded',
    roles: MASTERS,
  },
  allocationIntervalMs: {
    name: 'allocation-interval',
    unit: unit.positiveDuration,
    default: '1s',
    help: 'How often free resources are offered, beside when something changed',
    roles: MASTERS,
  },
  weights: {
    name: 'weights',
    unit: unit.weights,
    help: 'Weights of roles in the fair sharing of resources when a cluster starts first, 1 for the others; from then on messor weights',
    roles: MASTERS,
  },
  eventSubscribers: {
    name: 'max-operator-event-stream-subscribers',
    unit: unit.count(1, 10_000),
    default: '1000',
    help: 'Operators who listen to events at a time; with one more the oldest is let go',
    roles: MASTERS,
  },
  rolesAllowed: {
    name: 'roles',
    unit: unit.names,
    help: 'The roles that frameworks may have (default: any)',
    roles: MASTERS,
  },
  ...MASTER_FLAGS,

  workDirectory: {
    name: 'work-dir',
    unit: unit.path,
    help: 'Where sandboxes are kept (default: ~/.messor/agent-PORT); of a master: its registry, where --registry names no directory',
    roles: LISTENING,
  },
  discardWorkDirectory: {
    name: 'discard-work-dir',
    unit: unit.toggle,
    default: 'false',
    help: 'Remove the work directory, with all sandboxes, at a clean end; of a master that of its registry',
    roles: LISTENING,
  },
  resources: {
    name: 'resources',
    unit: resources,
    help: 'What tasks may use, such as "cpus:4;mem:2048;ports:[31000-32000]", for a role "cpus(ads):2"; disks as JSON, as in Mesos (default for what is not named: what the machine has)',
    roles: AGENTS,
  },
  defaultRole: {
    name: 'default-role',
    unit: defaultRole,
    default: '*',
    help: 'Whose the resources are that --resources does not give to a role; *: nobody has them to itself',
    roles: AGENTS,
  },
  domain: {
    name: 'domain',
    unit: domain,
    help: 'Where this node is: {"fault_domain": {"region": {"name": "eu"}, "zone": {"name": "a"}}}. Agents of other regions than that of the masters are offered only to frameworks that are REGION_AWARE',
    roles: LISTENING,
  },
  attributes: {
    name: 'attributes',
    unit: attributes,
    help: 'What frameworks may want to know about this agent, such as "rack:r7;ssd:yes"',
    roles: AGENTS,
  },
  registrationBackoffMs: {
    name: 'registration-backoff-factor',
    unit: unit.positiveDuration,
    default: '1s',
    help: 'An agent asks the master again after a chance wait of once to twice this, doubling each time',
    roles: AGENTS,
  },
  executorRegistrationTimeoutMs: {
    name: 'executor-registration-timeout',
    unit: unit.positiveDuration,
    default: '1mins',
    help: 'An executor that has not registered for so long is ended, and its tasks fail',
    roles: AGENTS,
  },
  executorReregistrationTimeoutMs: {
    name: 'executor-reregistration-timeout',
    unit: unit.durationUpTo('15s'),
    default: '2s',
    help: 'How long executors of an earlier life have to come back to an agent that was started again; then they are killed',
    roles: AGENTS,
  },
  recoveryTimeoutMs: {
    name: 'recovery-timeout',
    unit: unit.positiveDuration,
    default: '15mins',
    help: 'Executors of frameworks that wait longer than this for an agent that is away end by themselves; commands always go on',
    roles: AGENTS,
  },
  recover: {
    name: 'recover',
    unit: unit.choice('reconnect', 'cleanup'),
    default: 'reconnect',
    help: 'What is done with what an earlier life of the agent left running. reconnect: it goes on. cleanup: it is ended, and so is the agent',
    roles: ['agent'],
  },
  reconfigurationPolicy: {
    name: 'reconfiguration-policy',
    unit: unit.choice(...RECONFIGURATION_POLICIES),
    default: 'equal',
    help: 'What of an agent may have changed when it goes on under its old id. equal: nothing. additive: resources and attributes may have been added',
    roles: AGENTS,
  },
  gcDelayMs: {
    name: 'gc-delay',
    unit: unit.duration,
    default: '1weeks',
    help: 'How long sandboxes of what has ended are kept; less when the disk fills',
    roles: AGENTS,
  },
  gcDiskHeadroom: {
    name: 'gc-disk-headroom',
    unit: unit.ratio,
    default: '0.1',
    help: 'When only this part of the disk is free, no sandbox of what has ended is kept. They are kept for gc-delay * max(0, 1 - gc-disk-headroom - usage)',
    roles: AGENTS,
  },
  diskWatchIntervalMs: {
    name: 'disk-watch-interval',
    unit: unit.positiveDuration,
    default: '1mins',
    help: 'How often the agent looks how full its disk is',
    roles: AGENTS,
  },
  executorShutdownGracePeriodMs: {
    name: 'executor-shutdown-grace-period',
    unit: unit.duration,
    default: '5s',
    help: 'From the polite request to end until an executor is killed',
    roles: AGENTS,
  },
  authenticateHttpExecutors: {
    name: 'authenticate-http-executors',
    unit: unit.toggle,
    default: 'false',
    help: 'Executors that speak HTTP prove who they are by a token that the agent gave them; needs --jwt-secret-key',
    roles: ['agent'],
  },
  jwtSecretKey: {
    name: 'jwt-secret-key',
    aliases: ['executor-secret-key'],
    unit: unit.path,
    help: 'File with the key that the tokens of executors are signed with',
    roles: ['agent'],
  },
  frameworksHome: {
    name: 'frameworks-home',
    unit: unit.path,
    help: 'What relative paths are relative to, of files that tasks ask for (default: they are refused)',
    roles: AGENTS,
  },
  fetcherCacheDirectory: {
    name: 'fetcher-cache-dir',
    unit: unit.path,
    help: 'Where files are kept that tasks ask to be cached, emptied at the start (default: in the work directory)',
    roles: ['agent'],
  },
  fetcherCacheBytesMax: {
    name: 'fetcher-cache-size',
    unit: unit.bytes,
    default: '2GB',
    help: 'How much is kept of them; what was used least recently goes',
    roles: AGENTS,
  },
  fetcherStallTimeoutMs: {
    name: 'fetcher-stall-timeout',
    unit: unit.positiveDuration,
    default: '1mins',
    help: 'A download that brings nothing for so long is given up',
    roles: AGENTS,
  },
  fetcherFileBytesMax: {
    name: 'fetcher-file-size-max',
    unit: unit.bytes,
    default: '10GB',
    help: 'A larger file is not fetched',
    roles: AGENTS,
  },
  fetcherUnpackedBytesMax: {
    name: 'fetcher-unpacked-size-max',
    unit: unit.bytes,
    default: '20GB',
    help: 'An archive with more in it is not unpacked',
    roles: AGENTS,
  },

  resourceEstimator: {
    name: 'resource-estimator',
    unit: estimator,
    help: 'What is offered a second time to frameworks that can deal with REVOCABLE_RESOURCES. fixed:cpus:2: this. load: cpus that tasks have and do not use',
    roles: AGENTS,
  },
  qosController: {
    name: 'qos-controller',
    unit: controller,
    help: 'When tasks of revocable resources are killed. load:6,4: when the load of the machine, averaged over 5 minutes, is above 6, or over 15 minutes above 4',
    roles: AGENTS,
  },
  qosCorrectionIntervalMsMin: {
    name: 'qos-correction-interval-min',
    unit: unit.duration,
    default: '0ns',
    help: 'How long at least --qos-controller waits before it kills again; it looks no more often than the machine is measured',
    roles: AGENTS,
  },
  oversubscribedResourcesIntervalMs: {
    name: 'oversubscribed-resources-interval',
    unit: unit.positiveDuration,
    default: '15s',
    help: 'How often the agent looks what can be offered a second time, and whether that was too much',
    roles: AGENTS,
  },
  executorEnvironment: {
    name: 'executor-environment-variables',
    unit: environment,
    help: 'What all programs find in their environment beside what their commands say, such as {"LANG": "C"}',
    roles: AGENTS,
  },

  module: {
    name: 'module',
    unit: unit.path,
    help: 'The framework: a module whose default export is what defineScheduler made, and whose export "options", if any, is its options',
    roles: ['framework'],
  },

  masters: {
    name: 'masters',
    unit: unit.masters,
    help: 'Of a master: all that form the cluster, this one included (default: it alone). Of local: how many to start (default: 1)',
    roles: MASTERS,
  },
  registry: {
    name: 'registry',
    unit: unit.registry,
    help: 'Where the registry is kept, and who leads decided: in a log that the masters keep together (default where there are several: raft:~/.messor/master-PORT), in an etcd that runs already, or in memory (default of one alone)',
    roles: ['master'],
  },
  agents: {
    name: 'agents',
    unit: unit.count(0, 100),
    default: '2',
    help: 'How many agents to start',
    roles: LOCAL,
  },

  logLevel: {
    name: 'log-level',
    aliases: ['logging-level'],
    unit: unit.logLevel,
    default: 'info',
    help: 'The least that is logged; INFO, WARNING and ERROR are words of Mesos for info, warn and error',
    roles: EVERY,
  },
  quiet: {
    name: 'quiet',
    unit: unit.toggle,
    default: 'false',
    help: 'Nothing is logged to standard error',
    roles: EVERY,
  },
  logDirectory: {
    name: 'log-dir',
    unit: unit.path,
    help: 'The log is also written to a file in this directory, messor-master.log or messor-agent.log (with the port, where that is another than usual), and shown as /master/log or /slave/log',
    roles: LISTENING,
  },
  externalLogFile: {
    name: 'external-log-file',
    unit: unit.path,
    help: 'A file that somebody else writes the log to; it is shown in the place of that in --log-dir',
    roles: LISTENING,
  },
  logFormat: {
    name: 'log-format',
    unit: unit.choice('auto', 'pretty', 'json'),
    default: 'auto',
    help: 'Of the log; auto: pretty on a terminal, JSON elsewhere',
    roles: EVERY,
  },
  endWithStdin: {
    name: 'end-with-stdin',
    unit: unit.toggle,
    default: 'false',
    help: 'End, cleanly, when standard input ends: a node does not outlive who started it',
    roles: EVERY,
  },
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagKey = keyof typeof FLAGS;
type ValueOf<Key extends FlagKey> = ReturnType<(typeof FLAGS)[Key]['unit']['read']>;

/** What was given, or the default; undefined where there is neither. */
export type FlagValues = {
  readonly [Key in FlagKey]: (typeof FLAGS)[Key] extends { readonly default: string }
    ? ValueOf<Key>
    : ValueOf<Key> | undefined;
};

/** Where a flag is looked up in the environment; the first that is set counts. */
export function environmentNames(flagName: string): readonly [ours: string, ofMesos: string] {
  const name = flagName.toUpperCase().replaceAll('-', '_');
  return [`MESSOR_${name}`, `MESOS_${name}`];
}
