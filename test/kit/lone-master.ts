/** Masters for tests on any kind of node: one that leads by itself, and one of several. */
import { ALLOCATOR_DEFAULTS } from '../../actors/master/allocator/allocator.ts';
import { type MastershipOptions, mastership } from '../../actors/master/mastership.ts';
import { MASTER_DEFAULTS } from '../../actors/master/options.ts';
import { startMemoryStore } from '../../actors/master/registry/memory-store.ts';
import { startRaftStore } from '../../actors/master/registry/raft-store.ts';
import type { StartRegistryStore } from '../../actors/master/registry/store.ts';
import type { LogDirectories } from '../../actors/master/replicated-logs/logs-messages.ts';
import type { Disk } from '../../consensus/disk.ts';
import type { System } from '../../runtime/system.ts';

type Given = Partial<MastershipOptions['master']>;

/**
 * As `--registry memory` starts it. It has the name `master` a few turns later; in the first ones it
 * stands by.
 */
export function startLoneMaster(system: System, options: Given) {
  return startMastership(system, startMemoryStore, [system.node], options);
}

/** As `--registry raft` starts it, on this disk, and with replicated logs where they have a place. */
export function startMasterOf(
  system: System,
  masters: readonly string[],
  disk: Disk,
  options: Given,
  logDirectories?: LogDirectories,
) {
  const logs = logDirectories === undefined ? {} : { logDirectories };
  const startStore = startRaftStore({ nodes: masters, disk, ...logs });
  return startMastership(system, startStore, masters, { registryIsDurable: true, ...options });
}

function startMastership(
  system: System,
  startStore: StartRegistryStore,
  masters: readonly string[],
  options: Given,
) {
  return system.spawn(
    mastership,
    {
      candidate: {
        node: system.node,
        masterId: '00000000-0000-4000-8000-000000000001',
        version: '0.0.0',
      },
      startStore,
      masters,
      master: {
        cluster: 'test',
        version: '0.0.0',
        settings: MASTER_DEFAULTS,
        allocator: ALLOCATOR_DEFAULTS,
        weights: [],
        registryIsDurable: false,
        ...options,
      },
    },
    { onCrash: 'stop' },
  );
}
