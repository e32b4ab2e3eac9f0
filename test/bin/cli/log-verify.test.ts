/** A verification names what is wrong, also where the bytes are sound and what they say is not. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { REGISTRY_GROUP } from '../../../actors/master/registry/raft-store.ts';
import { encodeEntry } from '../../../actors/master/registry/registry-machine.ts';
import { inspectionText } from '../../../bin/cli/log-facts.ts';
import { lookAgain } from '../../../bin/cli/log-files.ts';
import { verifyLog } from '../../../bin/cli/log-verify.ts';
import { hardState, operations, type Scene, scene } from '../../consensus/log-storage-scene.ts';

const WEIGHTS = { type: 'updateWeights', weights: [{ role: 'web', weight: 2 }] } as const;

test('an entry of the registry that nobody can read is named', () => {
  const at = scene();
  keep(at, encodeEntry(1, [WEIGHTS]), 1);
  deepEqual(verifyLog(at.disk).problems, []);
  keep(at, new TextEncoder().encode('nothing'), 2);
  const { problems } = verifyLog(at.disk);
  equal(problems.length, 1);
  equal(problems[0]?.place, `entry 2 of "${REGISTRY_GROUP}"`);
});

test('a torn end is nothing while somebody writes, and told when nobody does', () => {
  const at = scene();
  keep(at, encodeEntry(1, [WEIGHTS]), 1);
  const { usedBytes = 0 } = verifyLog(at.disk).found.segments[0] ?? {};
  // The sectors between did not arrive.
  for (const position of [usedBytes, usedBytes + 1500]) {
    at.disk.writeNow('wal-0000000001', position, new Uint8Array(20).fill(7));
  }
  deepEqual(verifyLog(at.disk).problems, []);
  at.disk.killProcess();
  const [problem] = verifyLog(at.disk).problems;
  equal(problem?.place, `wal-0000000001, offset ${usedBytes}`);
  match(problem?.advice ?? '', /nothing to do: the next start cuts it off/);
});

test('what is wrong only while files come and go is looked at again', () => {
  const { disk } = scene();
  let count = 0;
  const look = () => ++count;
  equal(
    lookAgain(disk, look, (seen) => seen === 2),
    2,
  );
  count = 0;
  equal(
    lookAgain(disk, look, () => false),
    3,
  );
  disk.killProcess();
  count = 0;
  equal(
    lookAgain(disk, look, () => false),
    1,
  );
});

test('people read whose log it is, what is in it, and how much of it is known to be committed', () => {
  const at = scene();
  at.append({ entries: operations(1, 10), hardState: hardState(1, 8) });
  const text = inspectionText(verifyLog(at.disk).found, 2 ** 20);
  match(text, /^Cluster +cluster-1$/m);
  match(text, /^In use +by the process \d+; it may change$/m);
  match(text, /^Entries +1 to 10, of term 1$/m);
  match(text, /^Committed +8; more may be/m);
});

function keep(at: Scene, data: Uint8Array, index: number): void {
  const entries = [{ kind: 'operation', index, term: 1, data } as const];
  at.append({ group: REGISTRY_GROUP, entries, hardState: hardState(1) });
}
