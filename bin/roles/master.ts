/** `--role master`: who has what, who gets what. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ALLOCATOR_DEFAULTS } from '../../actors/master/allocator/allocator.ts';
import { masterApi } from '../../actors/master/api/master-api.ts';
import { workerEngine } from '../../actors/master/api/snapshot/worker-engine.ts';
import { mastership } from '../../actors/master/mastership.ts';
import { MASTER_DEFAULTS } from '../../actors/master/options.ts';
import { FrameworkRates } from '../../actors/master/rates/framework-rates.ts';
import { startEtcdStore } from '../../actors/master/registry/etcd-store.ts';
import { startMemoryStore } from '../../actors/master/registry/memory-store.ts';
import { startRaftStore } from '../../actors/master/registry/raft-store.ts';
import type { StartRegistryStore } from '../../actors/master/registry/store.ts';
import type { Disk } from '../../consensus/disk.ts';
import { nodeDisk } from '../../consensus/node-disk.ts';
import { describeError } from '../../runtime/errors.ts';
import { MASTER_LIMITS } from '../../transport/limits.ts';
import { watchWhitelist } from '../agent-whitelist.ts';
import { allocationPolicy } from '../allocation-policy.ts';
import { etcdClient } from '../etcd-client.ts';
import { ExitError } from '../exits.ts';
import { flagTexts } from '../flag-list.ts';
import type { FlagValues } from '../flags.ts';
import { nodeLogDirectories } from '../log-directories.ts';
import { machineLoad } from '../machine-load.ts';
import { VERSION } from '../manifest.ts';
import { namedMasters } from '../named-masters.ts';
import type { ReadFlags } from '../read-flags.ts';
import { listen } from './listening-node.ts';
import { announce, type NodeOutside, type RunningNode } from './running-node.ts';

const PORT_DEFAULT = 5050;

export async function startMaster(
  flags: ReadFlags,
  { logSink, log, logFile }: NodeOutside,
): Promise<RunningNode> {
  const values = reachedByHostname(flags.values);
  const rates = values.rateLimits && new FrameworkRates(values.rateLimits);
  const policy = await allocationPolicy(values);
  const api = masterApi({
    version: VERSION,
    flags: flagTexts(flags, { port: String(values.port ?? PORT_DEFAULT) }),
    engine: workerEngine((error) => log.error(`Nobody can read any more: ${error.message}`)),
    verbosity: logSink.verbosity,
    machine: machineLoad,
    subscriberCountMax: values.eventSubscribers,
    frameworkMetrics: values.frameworkMetrics,
    ...(values.domain && { domain: values.domain }),
    ...(rates && { rates }),
    ...(logFile !== undefined && { logFile }),
  });
  const { routes } = api;
  const listening = {
    ...{ defaultPort: PORT_DEFAULT, processes: ['master'], routes },
    limits: MASTER_LIMITS,
  };
  const { system, transport } = await listen(values, listening, logSink);
  const { node } = transport;
  const { rolesAllowed } = values;
  const registry = await openRegistry(values, node).catch(async (error: unknown) => {
    await system.shutdown();
    throw error;
  });
  const whitelist =
    values.whitelist === undefined ? undefined : watchWhitelist(values.whitelist, log);
  const address = system.spawn(
    mastership,
    {
      candidate: { node, masterId: randomUUID(), version: VERSION },
      startStore: registry.startStore,
      masters: registry.masters,
      master: {
        cluster: values.cluster,
        version: VERSION,
        settings: {
          ...MASTER_DEFAULTS,
          pingIntervalMs: values.agentPingTimeoutMs,
          pingMissCountMax: values.agentPingTimeoutCountMax,
          agentReregisterTimeoutMs: values.agentReregisterTimeoutMs,
          ...(values.agentRemovalIntervalMs !== undefined && {
            agentRemovalIntervalMs: values.agentRemovalIntervalMs,
          }),
          offerTimeoutMs: values.offerTimeoutMs,
          completedFrameworkCountMax: values.completedFrameworkCountMax,
          completedTaskCountMax: values.completedTaskCountMax,
          unreachableTaskCountMax: values.unreachableTaskCountMax,
          registryStoreTimeoutMs: values.registryStoreTimeoutMs,
          registryCollectIntervalMs: values.registryCollectIntervalMs,
          registryAgeMsMax: values.registryAgeMsMax,
          registryCountMax: values.registryCountMax,
          allocatorRecoveryFactor: values.allocatorRecoveryFactor,
          allocatorRecoveryTimeoutMs: values.allocatorRecoveryTimeoutMs,
        },
        allocator: {
          ...ALLOCATOR_DEFAULTS,
          allocationIntervalMs: values.allocationIntervalMs,
          minAllocatable: values.minAllocatable,
          unsharedNames: values.unsharedNames ?? [],
          policy,
          filterGpuResources: values.filterGpuResources,
          roleSorter: values.roleSorter,
          frameworkSorter: values.frameworkSorter,
          agentOrder: values.agentOrder,
          offerWaitMsMax: values.offerWaitMsMax,
          ...(whitelist && { whitelist: whitelist.hostnames }),
        },
        weights: values.weights ?? [],
        registryIsDurable: registry.isDurable,
        reads: api.reads,
        rootSubmissions: values.rootSubmissions,
        ...(rates && { rates }),
        ...(values.domain && { domain: values.domain }),
        requireAgentDomain: values.requireAgentDomain,
        regexLimits: {
          memoryBytesMax: values.regexMemoryBytesMax,
          programSizeMax: values.regexProgramSizeMax,
        },
        ...(rolesAllowed !== undefined && { rolesAllowed }),
      },
    },
    { onCrash: 'stop' },
  );
  api.open({ system, mastership: address });
  announce('Master', node);
  let stopping = false;
  return {
    ended: system.exited(address).then((reason) => {
      if (!stopping) log.error(`The master ended by itself (${reason}); the lines before say why`);
      if (registry.isUnusable?.()) return 'workDirectory';
      return reason === 'stopped' ? 'failed' : 'internal';
    }),
    async stop() {
      stopping = true;
      await system.shutdown();
      whitelist?.close();
      await api.close();
      await registry.close?.();
      const { path } = registry;
      if (values.discardWorkDirectory && path !== undefined) {
        await rm(path, { recursive: true, force: true });
      }
    },
  };
}

/** In Mesos a master's host name is where redirects lead; here that is where it is reached at all. */
function reachedByHostname(values: FlagValues): FlagValues {
  const { hostname, advertiseAddress = hostname } = values;
  if (hostname === advertiseAddress) return { ...values, advertiseAddress };
  const sentence =
    '--hostname and --advertise-address both say how others reach this master; give one of them';
  throw new ExitError('usage', sentence);
}

interface Registry {
  readonly startStore: StartRegistryStore;
  readonly masters: readonly string[];
  readonly isDurable: boolean;
  /** Of the directory that it is kept in. */
  readonly path?: string;
  /** That only turned out after the start; it was said why. */
  readonly isUnusable?: () => boolean;
  /** After the last word of the store. */
  readonly close?: () => Promise<void>;
}

/** @throws ExitError `usage`, `workDirectory` */
async function openRegistry(values: FlagValues, node: string): Promise<Registry> {
  const { masters: given = [node] } = values;
  if (typeof given === 'number') {
    const sentence = 'A master is told where all masters are: --masters a:5050,b:5050,c:5050';
    throw new ExitError('usage', sentence);
  }
  const masters = await namedMasters(given);
  if (!masters.includes(node)) {
    const sentence =
      `--masters ${masters.join(',')} does not name this master, which is at ${node}; ` +
      'name it as the others reach it, or change that with --advertise-address and --port';
    throw new ExitError('usage', sentence);
  }
  const majority = Math.floor(masters.length / 2) + 1;
  if (values.quorum !== undefined && values.quorum !== majority) {
    const sentence = `Cannot use --quorum "${values.quorum}": of ${masters.length} masters ${majority} are the majority; leave it out, it follows from --masters`;
    throw new ExitError('usage', sentence);
  }
  const { workDirectory } = values;
  const { registry = masters.length > 1 || workDirectory !== undefined ? RAFT : MEMORY } = values;
  if (registry.kind === 'memory') {
    if (masters.length > 1) {
      const sentence =
        'With --registry memory a master stands alone; several need --registry raft, or an etcd';
      throw new ExitError('usage', sentence);
    }
    return { startStore: startMemoryStore, masters, isDurable: false };
  }
  if (registry.kind === 'etcd') {
    const client = etcdClient(registry.endpoints);
    const startStore = startEtcdStore({ client, cluster: values.cluster });
    return { startStore, masters, isDurable: true, close: () => client.close() };
  }
  const path = registry.path ?? workDirectory ?? defaultPath(values);
  const disk = openDisk(path);
  const logDirectories = nodeLogDirectories(path);
  let isUnusable = false;
  const onUnusable = () => {
    isUnusable = true;
  };
  const startStore = startRaftStore({ nodes: masters, disk, logDirectories, onUnusable });
  return { startStore, masters, isDurable: true, path, isUnusable: () => isUnusable };
}

/** @throws ExitError `workDirectory` */
function openDisk(path: string): Disk {
  try {
    return nodeDisk(path);
  } catch (error) {
    const sentence = `Cannot keep the registry in "${path}": ${describeError(error)}; give another directory with --registry raft:DIR`;
    throw new ExitError('workDirectory', sentence);
  }
}

const RAFT = { kind: 'raft', path: undefined } as const;
const MEMORY = { kind: 'memory' } as const;

function defaultPath({ port }: FlagValues): string {
  if (port === 0) {
    const sentence = 'A master on any free port needs a place of its own: --registry raft:DIR';
    throw new ExitError('usage', sentence);
  }
  return join(homedir(), '.messor', `master-${port ?? PORT_DEFAULT}`);
}
