/** Whatever crashes when: volumes of the record are there with their data, and nothing else is. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationCarrierNews } from '../../../../actors/agent/resources/carrier-state.ts';
import { keptOf, readKept, totalOf } from '../../../../actors/agent/resources/kept-resources.ts';
import { operationCarrier } from '../../../../actors/agent/resources/operation-carrier.ts';
import { volumePath } from '../../../../actors/agent/resources/volume-paths.ts';
import { isPersistentVolume } from '../../../../actors/protocol/resource-kinds.ts';
import type { ResourceOperation } from '../../../../actors/protocol/resource-operations.ts';
import { equalResources } from '../../../../actors/protocol/resources.ts';
import type { Host } from '../../../../runtime/host.ts';
import { address, probe } from '../../../kit/probe.ts';
import { seededRandom } from '../../../kit/random.ts';
import { virtualVolumes } from '../../../kit/virtual-volumes.ts';
import { create, destroy, flags, operationRecord, reserve, volume } from './nouns.ts';

const agent = address<OperationCarrierNews>('agent');
const NAMES = ['a', 'b', 'c'];

for (let seed = 1; seed <= 60; seed++) {
  test(`volumes are as the record says, and keep their data, whatever crashes (${seed})`, async () => {
    const random = seededRandom(seed);
    const disk = virtualVolumes(random, { faultProbability: 0.1 });
    let operationCount = 0;
    for (let life = 0; life < 8; life++) {
      const written = new Map([...disk.data].map(([path, lines]) => [path, [...lines]]));
      const one = begin(disk);
      await one.steps(Number.POSITIVE_INFINITY, () => one.read() !== undefined);
      const total = one.read() ?? [];
      const paths = keptOf(total)
        .filter(isPersistentVolume)
        .map((it) => volumePath('/work-directory', it));
      deepEqual([...disk.data.keys()].sort(), paths.sort());
      for (const path of paths) {
        // What was to be destroyed when it crashed may have been made anew only by another operation.
        deepEqual(disk.data.get(path), written.get(path) ?? []);
      }
      ok(equalResources(totalOf(flags, keptOf(total)), total));
      for (const name of NAMES) {
        if (paths.some((path) => path.endsWith(`/${name}`))) disk.write(volume(name), `${life}`);
      }
      const operations: ResourceOperation[] = [reserve];
      for (let count = 0; count < 4; count++) {
        const name = NAMES[random.integer(NAMES.length)] ?? 'a';
        operations.push(random.chance(0.6) ? create(volume(name)) : destroy(volume(name)));
      }
      for (const operation of operations) one.apply(`${operationCount++}`, operation);
      await one.steps(random.integer(30), () => false);
    }
    equal(readKept(disk.text(), '').operations.length > 0, true);
  });
}

/** One life of the agent; what it has under way when nobody steps any more is cut off. */
function begin(disk: ReturnType<typeof virtualVolumes>) {
  const due: { readonly atMs: number; readonly fire: () => void }[] = [];
  let nowMs = 0;
  const setTimer = (delayMs: number, fire: () => void) => {
    due.push({ atMs: nowMs + delayMs, fire });
    return () => {};
  };
  const opened = disk.open({ setTimer } as unknown as Host);
  const actor = probe(operationCarrier, {
    ...{ agent, store: opened.store, disk: opened.disk, resources: flags },
    ...{ retryDelayMsMin: 10_000, retryDelayMsMax: 40_000 },
  });
  return {
    read() {
      const [first] = actor.sentTo(agent).map(({ message }) => message);
      return first?.type === 'resourcesRead' ? first.total : undefined;
    },
    apply(uuid: string, operation: ResourceOperation) {
      actor.receive({ type: 'apply', record: operationRecord(uuid, operation), inUse: [] });
    },
    async steps(countMax: number, isDone: () => boolean) {
      for (let count = 0; count < countMax && !isDone(); count++) {
        await new Promise(setImmediate);
        due.sort((a, b) => a.atMs - b.atMs);
        const next = due.shift();
        if (next === undefined) continue;
        nowMs = next.atMs;
        next.fire();
      }
    },
  };
}
