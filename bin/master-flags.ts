/** Flags of masters that Mesos' masters have, too, and that are mostly left as they are. */

import { AGENT_ORDERS } from '../actors/master/allocator/agent-order.ts';
import { SORTERS } from '../actors/master/allocator/share-tree.ts';
import * as unit from './flag-units.ts';
import { rateLimits } from './rate-limits.ts';
import { quantities } from './resource-units.ts';

const MASTERS = ['master', 'local'] as const;

export const MASTER_FLAGS = {
  quorum: {
    name: 'quorum',
    unit: unit.count(1, 100),
    help: 'How many of --masters make a majority; it follows from them, and another one is refused',
    roles: ['master'],
  },
  registryStoreTimeoutMs: {
    name: 'registry-store-timeout',
    unit: unit.positiveDuration,
    default: '20s',
    help: 'A master whose registry does not take what it is to keep for so long leads no more',
    roles: MASTERS,
  },
  registryCollectIntervalMs: {
    name: 'registry-gc-interval',
    unit: unit.positiveDuration,
    default: '15mins',
    help: 'How often the registry forgets what is too old or too much',
    roles: MASTERS,
  },
  registryAgeMsMax: {
    name: 'registry-max-agent-age',
    unit: unit.age,
    default: '2weeks',
    help: 'How long the registry knows agents that are unreachable or gone, and frameworks that ended',
    roles: MASTERS,
  },
  registryCountMax: {
    name: 'registry-max-agent-count',
    unit: unit.count(0, 10_000_000),
    default: '102400',
    help: 'How many of them it knows',
    roles: MASTERS,
  },
  completedFrameworkCountMax: {
    name: 'max-completed-frameworks',
    unit: unit.count(0, 1_000_000),
    default: '50',
    help: 'How many frameworks are shown after their end',
    roles: MASTERS,
  },
  completedTaskCountMax: {
    name: 'max-completed-tasks-per-framework',
    unit: unit.count(0, 1_000_000),
    default: '1000',
    help: 'How many tasks of each framework are shown after their end',
    roles: MASTERS,
  },
  unreachableTaskCountMax: {
    name: 'max-unreachable-tasks-per-framework',
    unit: unit.count(0, 1_000_000),
    default: '1000',
    help: 'How many tasks of each framework on unreachable agents are shown',
    roles: MASTERS,
  },
  minAllocatable: {
    name: 'min-allocatable-resources',
    unit: quantities,
    default: 'cpus:0.01|mem:32',
    help: 'What is free on an agent is offered when it has all of one of these, which | separates',
    roles: MASTERS,
  },
  unsharedNames: {
    name: 'fair-sharing-excluded-resource-names',
    unit: unit.names,
    help: 'Resources that do not count when it is said who has had how much, such as gpus',
    roles: MASTERS,
  },
  rateLimits: {
    name: 'rate-limits',
    unit: rateLimits,
    help: 'How many calls a second frameworks may make, by principal: {"limits": [{"principal": "ci", "qps": 50, "capacity": 1000}], "aggregate_default_qps": 100}. Up to capacity more wait their turn',
    roles: ['master'],
  },
  requireAgentDomain: {
    name: 'require-agent-domain',
    unit: unit.toggle,
    default: 'false',
    help: 'Whether agents without --domain stay outside',
    roles: ['master'],
  },
  regexMemoryBytesMax: {
    name: 'offer-constraints-re2-max-mem',
    unit: unit.bytes,
    default: '4096B',
    help: 'How large the program of a regular expression in offer constraints may be, at 8 B an instruction',
    roles: MASTERS,
  },
  regexProgramSizeMax: {
    name: 'offer-constraints-re2-max-program-size',
    unit: unit.count(1, 1_000_000),
    default: '100',
    help: 'The same in instructions',
    roles: MASTERS,
  },
  filterGpuResources: {
    name: 'filter-gpu-resources',
    unit: unit.toggle,
    default: 'true',
    help: 'Whether agents with GPUs are offered only to frameworks that say that they know them',
    roles: MASTERS,
  },
  allocator: {
    name: 'allocator',
    unit: unit.text,
    default: 'HierarchicalDRF',
    help: 'Who is offered something first. HierarchicalDRF: who has the smallest share. priority: by --priority-classes. ./module.js: as its default export says',
    roles: MASTERS,
  },
  priorityClasses: {
    name: 'priority-classes',
    unit: unit.classes,
    help: 'Of --allocator priority: the roles of the first class, of the second, and so on, as in "prod,web|batch"; all others are in the last one',
    roles: MASTERS,
  },
  roleSorter: {
    name: 'role-sorter',
    aliases: ['user-sorter'],
    unit: unit.choice(...SORTERS),
    default: 'drf',
    help: 'Which role is offered something first. drf: that has the smallest share. random: by chance, in proportion to weights',
    roles: MASTERS,
  },
  frameworkSorter: {
    name: 'framework-sorter',
    unit: unit.choice(...SORTERS),
    default: 'drf',
    help: 'The same, of the frameworks of a role',
    roles: MASTERS,
  },
  agentOrder: {
    name: 'agent-order',
    unit: unit.choice(...AGENT_ORDERS),
    default: 'random',
    help: 'Which agents are offered first. pack: the fullest, so that whole ones stay free. spread: the emptiest',
    roles: MASTERS,
  },
  offerWaitMsMax: {
    name: 'offer-wait-max',
    unit: unit.positiveDuration,
    default: '1mins',
    help: 'Who wants offers and has had none for so long is offered the next agent before all others, whatever their shares',
    roles: MASTERS,
  },
  whitelist: {
    name: 'whitelist',
    unit: unit.path,
    help: 'File with the host names of the agents that are offered, one a line, read again when it changes; * is all of them (default: all)',
    roles: MASTERS,
  },
  allocatorRecoveryFactor: {
    name: 'allocator-agent-recovery-factor',
    unit: unit.ratio,
    default: '0.8',
    help: 'A new leader offers nothing, where there are quotas, before this part of the agents is back',
    roles: MASTERS,
  },
  allocatorRecoveryTimeoutMs: {
    name: 'allocator-recovery-timeout',
    unit: unit.duration,
    default: '10mins',
    help: 'It waits no longer than this',
    roles: MASTERS,
  },
  rootSubmissions: {
    name: 'root-submissions',
    unit: unit.toggle,
    default: 'true',
    help: 'Whether frameworks of the user root are let in',
    roles: MASTERS,
  },
  frameworkMetrics: {
    name: 'publish-per-framework-metrics',
    unit: unit.toggle,
    default: 'true',
    help: 'Whether each framework has metrics of its own, about seventy',
    roles: MASTERS,
  },
} as const;
