/** The store in memory does what every store must do, and goes with its master. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { memory } from '../../../../actors/master/registry/memory.ts';
import { memoryStore } from '../../../../actors/master/registry/memory-store.ts';
import type { AnyAddress } from '../../../../runtime/actor.ts';
import { address } from '../../../../runtime/address.ts';
import { LONE_NODE, loneSystem } from '../../../kit/lone-system.ts';
import { lookInside } from '../../../kit/look-inside.ts';
import { admit } from '../../../kit/registry-operations.ts';
import type { StoreCluster } from '../../../kit/registry-store-cluster.ts';
import { playMaster } from '../../../kit/registry-store-master.ts';
import { registryStoreSuite } from '../../../kit/registry-store-suite.ts';

registryStoreSuite('memory', async () => openCluster(), []);

test('a store without a memory to share has one of its own, and is elected at once', () => {
  const { system, run } = loneSystem();
  const candidate = { node: 'm:5050', masterId: 'm', version: '0.1.0' };
  const master = playMaster(
    { system, startStore: (options) => system.spawn(memoryStore, options, { name: 'store' }) },
    candidate,
  );
  run();
  deepEqual(master.leading, { epoch: 1, candidate });
  master.write([admit('a')]);
  run();
  deepEqual(master.answers, [{ type: 'written', writeNumber: 1, refusals: [undefined] }]);
  system.stop(address('store', LONE_NODE));
  run();
  equal(lookInside(system, { name: 'registry-memory' }), undefined);
});

/** All in one system, around one memory: a candidate is killed when its store is stopped. */
function openCluster(): StoreCluster {
  const { system, run, advance } = loneSystem();
  const shared = system.spawn(memory, undefined);
  const stores = new Map<string, AnyAddress>();
  return {
    async start(candidate) {
      run();
      return {
        system,
        startStore(options) {
          const store = system.spawn(memoryStore, { ...options, memory: shared });
          stores.set(candidate.node, store);
          return store;
        },
      };
    },
    async until(what, isSo) {
      run();
      if (!isSo()) throw new Error(`It is not so that ${what}`);
    },
    async settle() {
      advance(60_000);
    },
    chaos: {
      async kill(node) {
        const store = stores.get(node);
        if (store !== undefined) system.stop(store);
        run();
      },
    },
    async close() {
      const closed = system.shutdown();
      run();
      await closed;
    },
  };
}
