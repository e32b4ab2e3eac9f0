/** A master that leads by itself, as `--registry memory` starts it, for tests on any kind of node. */
import { ALLOCATOR_DEFAULTS } from '../../actors/master/allocator/allocator.ts';
import { type MastershipOptions, mastership } from '../../actors/master/mastership.ts';
import { MASTER_DEFAULTS } from '../../actors/master/options.ts';
import { startMemoryStore } from '../../actors/master/registry/memory-store.ts';
import type { System } from '../../runtime/system.ts';

/** It has the name `master` a few turns later; in the first ones it stands by. */
export function startLoneMaster(system: System, options: Partial<MastershipOptions['master']>) {
  return system.spawn(
    mastership,
    {
      candidate: {
        node: system.node,
        masterId: '00000000-0000-4000-8000-000000000001',
        version: '0.0.0',
      },
      startStore: startMemoryStore,
      masters: [system.node],
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
