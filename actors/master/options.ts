/** How a master is set up. Defaults: Mesos 1.11, src/master/constants.hpp, where it has the option. */
import type { Address } from '../../runtime/actor.ts';
import type { Domain } from '../protocol/domain.ts';
import type { NotLeader } from '../protocol/messages.ts';
import type { AllocatorOptions } from './allocator/allocator.ts';
import type { RegexLimits } from './allocator/safe-regex.ts';
import type { Reads } from './api/snapshot/reads.ts';
import type { FrameworkRates } from './rates/framework-rates.ts';
import type { Registry } from './registry/registry.ts';
import type { RegistryStoreMessage } from './registry/store.ts';

export interface MasterOptions {
  /**
   * A UUID made for this very leadership: the ids that the master gives are built from it, and one
   * that lost its state must not give them again. So spawn a master with `onCrash: 'stop'`.
   */
  readonly masterId: string;
  /** Of this leadership; see `Leader`. */
  readonly epoch: number;
  /** `host:port` of all masters of the cluster, told to agents and schedulers. */
  readonly masters: readonly string[];
  /** Who asked here before there was a leader; they are told that there is one now. */
  readonly askers: readonly Address<NotLeader>[];
  /** Where the registrar writes. */
  readonly store: Address<RegistryStoreMessage>;
  /** As the leaders before left it; the master's own from now on. */
  readonly registry: Registry;
  /** False: those before forgot it with their process, and agents come back that are not in it. */
  readonly registryIsDurable: boolean;
  readonly cluster: string;
  readonly version: string;
  readonly settings: MasterSettings;
  readonly allocator: Omit<AllocatorOptions, 'master'>;
  /** Default weight of a role: 1. */
  readonly weights: readonly { readonly role: string; readonly weight: number }[];
  /** The roles that frameworks may have; absent: all. */
  readonly rolesAllowed?: readonly string[];
  /** Of this node; absent: nobody reads here by HTTP. */
  readonly reads?: Reads;
  /** Default true: whether frameworks of the user `root` are let in. */
  readonly rootSubmissions?: boolean;
  /** Where this master is. Agents that say where they are need a master that does. */
  readonly domain?: Domain;
  /** Default false: whether agents that don't say where they are stay outside. */
  readonly requireAgentDomain?: boolean;
  /** How fast frameworks may call; absent: as fast as they like. Shared with the HTTP of this node. */
  readonly rates?: FrameworkRates;
  /** Of what frameworks ask for by `text_matches`. Default: `REGEX_LIMITS_DEFAULT`. */
  readonly regexLimits?: RegexLimits;
}

export interface MasterSettings {
  /** An agent that leaves `pingMissCountMax` pings in a row unanswered is unreachable. */
  readonly pingIntervalMs: number;
  readonly pingMissCountMax: number;
  /** How long an agent whose link broke has to register again before it is unreachable. */
  readonly agentReregisterTimeoutMs: number;
  /** Between two agents that are given up for their silence; absent: none. */
  readonly agentRemovalIntervalMs?: number;
  /** Launches not heard of for this long are asked for with the next ping. */
  readonly launchConfirmMs: number;
  /** An offer not answered for this long is rescinded: it may have been lost on its way. */
  readonly offerTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** The oldest go first. */
  readonly completedFrameworkCountMax: number;
  /** For each framework; the oldest go first. */
  readonly completedTaskCountMax: number;
  readonly unreachableTaskCountMax: number;
  /** At the maximum a new framework is refused. */
  readonly frameworkCountMax: number;
  /** For each framework, those that are not completed; at the maximum a launch is an error. */
  readonly taskCountMax: number;
  /**
   * How often the registry forgets agents that are unreachable or gone and frameworks that have
   * ended, and which of each: the oldest, and the too many.
   */
  readonly registryCollectIntervalMs: number;
  readonly registryAgeMsMax: number;
  readonly registryCountMax: number;
  /** Where there are quotas, a new leader offers nothing before this part of the agents is back, */
  readonly allocatorRecoveryFactor: number;
  /** or this time is over. */
  readonly allocatorRecoveryTimeoutMs: number;
  /** A store that has not answered for this long is taken for lost, and the leadership with it. */
  readonly registryStoreTimeoutMs: number;
}

const MINUTE_MS = 60_000;

export const MASTER_DEFAULTS: MasterSettings = {
  pingIntervalMs: 15_000,
  pingMissCountMax: 5,
  agentReregisterTimeoutMs: 10 * MINUTE_MS,
  launchConfirmMs: 30_000,
  offerTimeoutMs: 2 * MINUTE_MS,
  heartbeatIntervalMs: 15_000,
  completedFrameworkCountMax: 50,
  completedTaskCountMax: 1000,
  unreachableTaskCountMax: 1000,
  frameworkCountMax: 100_000,
  taskCountMax: 1_000_000,
  registryCollectIntervalMs: 15 * MINUTE_MS,
  registryAgeMsMax: 14 * 24 * 60 * MINUTE_MS,
  registryCountMax: 102_400,
  registryStoreTimeoutMs: 20_000,
  allocatorRecoveryFactor: 0.8,
  allocatorRecoveryTimeoutMs: 10 * MINUTE_MS,
};
