/** Replicas in a virtual world: they agree, lose their leader, come back, and are added and removed. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberId, MembershipStep, SnapshotMark } from '../../consensus/entry.ts';
import { PARTIAL } from '../../consensus/file-names.ts';
import type { PackedMessage } from '../../consensus/packed-entries.ts';
import type { ReplicaMessage } from '../../consensus/replica-messages.ts';
import { replicaName } from '../../consensus/replica-state.ts';
import { address } from '../../runtime/address.ts';
import {
  CLUSTER_ID,
  GROUP,
  leaderOf,
  nodeOf,
  startReplica,
  type VirtualReplica,
} from '../kit/virtual-replicas.ts';
import { VirtualWorld } from '../kit/virtual-world.ts';

/** The first founds the group, the others are added one by one. */
async function group(
  world: VirtualWorld,
  count: number,
  options: Parameters<typeof startReplica>[2] = {},
): Promise<VirtualReplica[]> {
  const first = startReplica(world, 1, { ...options, founds: true });
  await world.runUntil(() => leaderOf([first]) !== undefined);
  const all = [first];
  for (let memberId = 2; memberId <= count; memberId++) {
    all.push(startReplica(world, memberId, options));
    await add(world, all, memberId);
  }
  return all;
}

async function add(world: VirtualWorld, all: readonly VirtualReplica[], memberId: MemberId) {
  const address = nodeOf(memberId);
  await change(world, all, { type: 'addLearner', memberId, address });
  await change(world, all, { type: 'addVoter', memberId, address });
  const added = all.find((one) => one.memberId === memberId);
  await world.runUntil(() => added?.inside()?.membership.voters.includes(memberId) ?? false);
}

/** A leader takes a change once it has committed something, and one at a time. */
async function change(
  world: VirtualWorld,
  all: readonly VirtualReplica[],
  step: MembershipStep,
): Promise<void> {
  for (;;) {
    await world.runUntil(() => leaderOf(all) !== undefined);
    const leader = leaderOf(all) as VirtualReplica;
    const number = leader.change({ transition: 'auto', steps: [step] });
    await world.runUntil(() => outcome(leader, number) !== undefined);
    const result = outcome(leader, number);
    if (result?.outcome === 'applied') return;
    ok(
      result?.outcome === 'dropped' && /termNotCommitted|changePending/.test(result.reason),
      JSON.stringify(result),
    );
    await world.runFor(50);
  }
}

const outcome = (replica: VirtualReplica, number: number) =>
  replica.proposed.find((one) => one.number === number)?.outcome;

async function write(world: VirtualWorld, all: readonly VirtualReplica[], text: string) {
  await world.runUntil(() => leaderOf(all) !== undefined);
  const leader = leaderOf(all) as VirtualReplica;
  const number = leader.propose(text);
  await world.runUntil(() => outcome(leader, number) !== undefined);
  return outcome(leader, number);
}

const allHave = (all: readonly VirtualReplica[], count: number) => () =>
  all.every(({ machine }) => machine.applied.length === count);

test('a group of one writes by itself, and has it all after a loss of power', async () => {
  const world = new VirtualWorld({ seed: 1 });
  const [only] = await group(world, 1);
  ok(only);
  for (const text of ['a', 'b', 'c']) equal((await write(world, [only], text))?.outcome, 'applied');
  only.crash('power');
  only.restart();
  await world.runUntil(allHave([only], 3));
  deepEqual(only.machine.applied, ['a', 'b', 'c']);
  await world.close();
});

test('three agree on one order, and each answers its own clients', async () => {
  const world = new VirtualWorld({ seed: 2 });
  const all = await group(world, 3);
  for (let count = 0; count < 20; count++) {
    equal((await write(world, all, `w${count}`))?.outcome, 'applied');
  }
  await world.runUntil(allHave(all, 20));
  for (const { machine } of all) deepEqual(machine.applied, all[0]?.machine.applied);
  await world.close();
});

test('when the process of the leader ends, another leads within half a second', async () => {
  const world = new VirtualWorld({ seed: 3 });
  const all = await group(world, 3);
  await write(world, all, 'before');
  const leader = leaderOf(all) as VirtualReplica;
  leader.crash('process');
  const rest = all.filter((one) => one !== leader);
  const lostMs = world.nowMs();
  await world.runUntil(() => leaderOf(rest) !== undefined);
  ok(world.nowMs() - lostMs < 500, `it took ${world.nowMs() - lostMs} ms`);
  equal((await write(world, rest, 'after'))?.outcome, 'applied');
  leader.restart();
  await world.runUntil(allHave(all, 2));
  deepEqual(leader.machine.applied, ['before', 'after']);
  await world.close();
});

test('who is lost is followed by the next in line, whatever the luck', async () => {
  for (let seed = 20; seed < 40; seed++) {
    const world = new VirtualWorld({ seed });
    const all = await group(world, 3);
    await write(world, all, 'known to all');
    await world.runUntil(allHave(all, 1));
    const leader = leaderOf(all) as VirtualReplica;
    const before = leader.inside()?.member?.summary().term ?? 0;
    leader.crash('process');
    const rest = all.filter((one) => one !== leader);
    const lostMs = world.nowMs();
    await world.runUntil(() => leaderOf(rest) !== undefined);
    const [next] = rest;
    equal(leaderOf(rest)?.memberId, next?.memberId, 'the one with the lowest id asks first');
    equal(next?.inside()?.member?.summary().term, before + 1);
    ok(world.nowMs() - lostMs < 200, `it took ${world.nowMs() - lostMs} ms`);
    await world.close();
  }
});

test('when the next in line does not ask, the one after it does', async () => {
  const world = new VirtualWorld({ seed: 12 });
  const all = await group(world, 5);
  const leader = leaderOf(all) as VirtualReplica;
  const [next, ...rest] = all.filter((one) => one !== leader);
  next?.crash('process');
  leader.crash('process');
  const lostMs = world.nowMs();
  await world.runUntil(() => leaderOf(rest) !== undefined);
  ok(world.nowMs() - lostMs < 500, `it took ${world.nowMs() - lostMs} ms`);
  await world.close();
});

test('what is asked for in one turn travels to each member in one message', async () => {
  const world = new VirtualWorld({ seed: 13 });
  const all = await group(world, 3);
  await write(world, all, 'a');
  await world.runUntil(allHave(all, 1));
  const leader = leaderOf(all) as VirtualReplica;
  const sentTo: string[] = [];
  leader.node.system.intercept(({ to, message }) => {
    const { message: said } = message as { message?: PackedMessage };
    if (said?.type === 'appendEntries' && said.entries.length > 0) sentTo.push(to.node);
    return 'deliver';
  });
  const numbers = Array.from({ length: 50 }, (_, count) => leader.propose(`${count}`));
  await world.runUntil(allHave(all, 51));
  deepEqual(
    sentTo.sort(),
    all.filter((one) => one !== leader).map(({ node }) => node.name),
  );
  deepEqual(
    numbers.map((number) => outcome(leader, number)?.outcome),
    numbers.map(() => 'applied'),
  );
  await world.close();
});

test('more than one append may have is written in several', async () => {
  const world = new VirtualWorld({ seed: 14 });
  const [only] = await group(world, 1);
  ok(only);
  const large = 'x'.repeat(7 * 2 ** 20);
  const numbers = Array.from({ length: 5 }, () => only.propose(large));
  await world.runUntil(() => numbers.every((number) => outcome(only, number) !== undefined));
  deepEqual(
    numbers.map((number) => outcome(only, number)?.outcome),
    numbers.map(() => 'applied'),
  );
  equal(only.failure, undefined);
  await world.close();
});

test('who is alone leads again as soon as it has started', async () => {
  const world = new VirtualWorld({ seed: 15 });
  const [only] = await group(world, 1);
  ok(only);
  only.crash('power');
  const crashedMs = world.nowMs();
  only.restart();
  await world.runUntil(() => leaderOf([only]) !== undefined);
  ok(world.nowMs() - crashedMs < 100, `it took ${world.nowMs() - crashedMs} ms`);
  await world.close();
});

test('a leader that is cut off steps down, and what it was asked for has an unknown outcome', async () => {
  const world = new VirtualWorld({ seed: 4 });
  const all = await group(world, 3);
  const leader = leaderOf(all) as VirtualReplica;
  const rest = all.filter((one) => one !== leader);
  world.network.partition(
    [leader.node.name],
    rest.map(({ node }) => node.name),
  );
  const number = leader.propose('lost');
  await world.runUntil(() => outcome(leader, number) !== undefined);
  equal(outcome(leader, number)?.outcome, 'unknown');
  equal((await write(world, rest, 'kept'))?.outcome, 'applied');
  world.network.heal();
  await world.runUntil(allHave(all, 1));
  for (const { machine } of all) deepEqual(machine.applied, ['kept']);
  await world.close();
});

test('without a majority nothing is written or read, and everything goes on when it is back', async () => {
  const world = new VirtualWorld({ seed: 5 });
  const all = await group(world, 3);
  const [one, two, three] = all as [VirtualReplica, VirtualReplica, VirtualReplica];
  await write(world, all, 'a');
  await world.runUntil(allHave(all, 1));
  two.crash('power');
  three.crash('power');
  await world.runFor(5000);
  equal(leaderOf([one]), undefined);
  const number = one.propose('b');
  const read = one.read();
  await world.runFor(1000);
  equal(outcome(one, number)?.outcome, 'dropped');
  ok(one.readable.find((answer) => answer.number === read)?.refused);
  two.restart();
  equal((await write(world, [one, two], 'c'))?.outcome, 'applied');
  three.restart();
  await world.runUntil(allHave(all, 2));
  await world.close();
});

test('who is far behind fetches a snapshot, piece by piece, also after a break', async () => {
  const world = new VirtualWorld({ seed: 6 });
  const all = await group(world, 3, { snapshotEntryCount: 50, keptEntryCount: 5 });
  const leader = leaderOf(all) as VirtualReplica;
  const late = all.find((one) => one !== leader) as VirtualReplica;
  late.crash('power');
  const rest = all.filter((one) => one !== late);
  for (let count = 0; count < 300; count++) {
    await write(world, rest, `${count} ${'x'.repeat(1000)}`);
  }
  ok((leaderOf(rest)?.storage.reader('test').firstIndex() ?? 0) > 100);
  late.restart();
  await world.runFor(30);
  late.crash('process');
  late.restart();
  await world.runUntil(allHave(all, 300));
  deepEqual(late.machine.applied, leader.machine.applied);
  equal((await write(world, all, 'more'))?.outcome, 'applied');
  await world.runUntil(allHave(all, 301));
  await world.close();
});

test('a snapshot of its own does not take back the log of who has fetched a later one meanwhile', async () => {
  const world = new VirtualWorld({ seed: 9, errorsAreFaults: true });
  const all = await group(world, 3, {
    snapshotEntryCount: 50,
    keptEntryCount: 5,
    segmentBytes: 4096,
  });
  const late = all.find((one) => one !== leaderOf(all)) as VirtualReplica;
  const rest = all.filter((one) => one !== late);
  // Its own snapshot is written, and takes its time.
  let finish: (() => void) | undefined;
  const { rename, syncDirectory } = late.disk;
  late.disk.rename = (from, to, done) => {
    if (finish === undefined && to.startsWith('snap-')) {
      late.disk.syncDirectory = (synced) => {
        late.disk.syncDirectory = syncDirectory;
        syncDirectory((error) => {
          finish = () => synced(error);
        });
      };
    }
    rename(from, to, done);
  };
  for (let count = 0; finish === undefined; count++) await write(world, all, `early ${count}`);
  const partition = world.network.partition(
    [late.node.name],
    rest.map(({ node }) => node.name),
  );
  // What was sent to it meanwhile is given up with the connection.
  await world.runFor(20_000);
  for (let count = 0; count < 150; count++) await write(world, rest, `late ${count}`);
  partition.heal();
  const fetched = () =>
    late.inside()?.appends.find(({ append }) => append.snapshot !== undefined)?.append.snapshot;
  await world.runUntil(() => fetched() !== undefined);
  const index = fetched()?.index ?? 0;
  finish();
  await write(world, all, 'last');
  const count = leaderOf(all)?.machine.applied.length ?? 0;
  await world.runUntil(allHave(all, count));
  ok(late.storage.reader('test').snapshotMark().index >= index);
  late.crash('power');
  late.restart();
  await world.runUntil(allHave(all, count));
  equal(late.failure, undefined);
  await world.close();
});

for (const [moment, isThatMoment] of [
  ['is about to be handed over', ({ late, mark }) => late.storage.snapshots.has(GROUP, mark)],
  [
    'is on its way to the disk',
    ({ late }) => late.inside()?.appends.some(({ append }) => append.snapshot !== undefined),
  ],
] as const satisfies readonly (readonly [string, (moment: Moment) => boolean | undefined])[]) {
  test(`what was fetched is not fetched again while it ${moment}`, async () => {
    const world = new VirtualWorld({ seed: 11, errorsAreFaults: true });
    const all = await group(world, 3, {
      snapshotEntryCount: 50,
      keptEntryCount: 5,
      segmentBytes: 4096,
    });
    const leader = leaderOf(all) as VirtualReplica;
    const late = all.find((one) => one !== leader) as VirtualReplica;
    const rest = all.filter((one) => one !== late);
    late.crash('power');
    for (let count = 0; count < 150; count++) await write(world, rest, `late ${count}`);
    late.restart();
    await world.runUntil(() => late.inside()?.receiving !== undefined);
    const mark = late.inside()?.receiving?.mark;
    ok(mark);
    await world.runUntil(() => isThatMoment({ late, mark }) === true);
    const { term = 0 } = leader.inside()?.member?.summary() ?? {};
    const proof = leader.storage.snapshots.proof({ group: GROUP, ...mark });
    ok(proof);
    const replica = address<ReplicaMessage>(replicaName(GROUP), late.node.name);
    late.node.system.send(replica, {
      type: 'snapshotOffered',
      ...{ clusterId: CLUSTER_ID, group: GROUP, from: leader.memberId, to: late.memberId },
      ...{ term, mark, proof },
    });
    const names = () => late.disk.listNow().filter((name) => name.endsWith(PARTIAL));
    await world.runUntil(() => {
      deepEqual(names(), [], 'no part of it is begun');
      return late.machine.applied.length === 150;
    });
    late.crash('power');
    late.restart();
    await world.runUntil(allHave(all, 150));
    equal(late.failure, undefined);
    await world.close();
  });
}

interface Moment {
  readonly late: VirtualReplica;
  readonly mark: SnapshotMark;
}

test('leadership is handed over on demand, and reads are never stale', async () => {
  const world = new VirtualWorld({ seed: 7 });
  const all = await group(world, 3);
  const leader = leaderOf(all) as VirtualReplica;
  const next = all.find((one) => one !== leader) as VirtualReplica;
  leader.transfer(next.memberId);
  await world.runUntil(() => leaderOf(all) === next);
  await write(world, all, 'a');
  const read = leader.read();
  await world.runUntil(() => leader.readable.some(({ number }) => number === read));
  deepEqual(leader.machine.applied, ['a']);
  await world.close();
});

test('a member is removed and another takes its place, one after the other, until none is as before', async () => {
  const world = new VirtualWorld({ seed: 8 });
  let all = await group(world, 3);
  await write(world, all, 'a');
  for (const memberId of [4, 5, 6]) {
    all.push(startReplica(world, memberId));
    await add(world, all, memberId);
    const [oldest] = all as [VirtualReplica];
    const rest = all.filter((one) => one !== oldest);
    if (leaderOf(all) === oldest) {
      oldest.transfer(memberId);
      await world.runUntil(() => leaderOf(all)?.memberId === memberId);
    }
    await change(world, all, { type: 'removeMember', memberId: oldest.memberId });
    oldest.crash('process');
    all = rest;
    equal((await write(world, all, `with ${memberId}`))?.outcome, 'applied');
  }
  await world.runUntil(allHave(all, 4));
  deepEqual(
    all.map(({ memberId }) => memberId),
    [4, 5, 6],
  );
  await world.close();
});

test('who was removed and is gone is not waited for after a loss of power', async () => {
  const world = new VirtualWorld({ seed: 10 });
  const all = await group(world, 2);
  const [first, second] = all as [VirtualReplica, VirtualReplica];
  if (leaderOf(all) === second) {
    second.transfer(first.memberId);
    await world.runUntil(() => leaderOf(all) === first);
  }
  await change(world, all, { type: 'removeMember', memberId: second.memberId });
  second.crash('power');
  await world.runFor(1000);
  first.crash('power');
  first.restart();
  await world.runUntil(() => leaderOf([first]) !== undefined, 10_000);
  equal((await write(world, [first], 'alone'))?.outcome, 'applied');
  await world.close();
});
