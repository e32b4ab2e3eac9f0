/**
 * What every registry store must do, whatever is behind it: one suite of tests for all of them.
 *
 * A store's own test opens clusters of candidates, in a virtual world or in the real one, and names
 * the faults beyond a kill that it can make happen: what needs others is not asked of it.
 *
 *     registryStoreSuite('memory', async (candidates) => …, []);
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate } from '../../actors/master/registry/leader.ts';
import { applyAll } from '../../actors/master/registry/operations.ts';
import { emptyRegistry } from '../../actors/master/registry/registry.ts';
import { OPERATIONS_PER_WRITE_MAX, WRITE_BYTES_MAX } from '../../actors/master/registry/store.ts';
import { seededRandom } from './random.ts';
import {
  admit,
  agentIdOf,
  drawOperations,
  OPERATION_CASES,
  sizedAdmit,
} from './registry-operations.ts';
import type { StoreCluster } from './registry-store-cluster.ts';
import { Stage } from './registry-store-stage.ts';

type StoreFault = Exclude<keyof StoreCluster['chaos'], 'kill'>;

export function registryStoreSuite(
  name: string,
  open: (candidates: readonly Candidate[]) => Promise<StoreCluster>,
  faults: readonly StoreFault[],
): void {
  const stores = (claim: string, count: number, run: (stage: Stage) => Promise<void>) =>
    test(`${name} store: ${claim}`, async () => {
      const stage = new Stage(await open(candidatesOf(count)), candidatesOf(count));
      try {
        await stage.startAll();
        await run(stage);
        stage.checkNews();
      } finally {
        await stage.cluster.close();
      }
    });

  const storesUnder = (
    fault: StoreFault,
    claim: string,
    count: number,
    run: (stage: Stage) => Promise<void>,
  ) => {
    if (faults.includes(fault)) stores(claim, count, run);
  };

  stores('the first to be elected finds an empty registry that names it', 1, async (stage) => {
    const { leader, registry } = await stage.elected();
    equal(leader.candidate.node, 'm0:5050');
    ok(leader.epoch > 0);
    deepEqual(registry, { ...emptyRegistry(), leader });
  });

  stores('of several one is elected, and the others hear which', 3, async (stage) => {
    const { leader } = await stage.elected();
    await stage.untilAllFollow(leader);
    await stage.cluster.settle();
    equal(stage.masters.filter(({ leading }) => leading !== undefined).length, 1);
  });

  for (const [type, { given, permitted, refused, unchanged }] of Object.entries(OPERATION_CASES)) {
    if (type === 'recover') continue;
    stores(`${type} is permitted, refused, or without effect`, 1, async (stage) => {
      await stage.keep(given);
      for (const operation of [...unchanged, ...refused, ...permitted]) {
        await stage.keep([operation]);
      }
      await stage.checkSuccessor();
    });
  }

  stores('a write is the fold of its operations, of which some are refused', 1, async (stage) => {
    const refusals = await stage.keep(drawOperations(seededRandom(1), 500));
    ok(refusals.some((refusal) => refusal === undefined));
    ok(refusals.some((refusal) => refusal !== undefined));
    await stage.checkSuccessor();
  });

  stores(
    'writes that are on their way together are kept and answered in order',
    1,
    async (stage) => {
      const { master } = await stage.elected();
      const random = seededRandom(2);
      const writes = Array.from({ length: 50 }, () =>
        drawOperations(random, 1 + random.integer(9)),
      );
      const numbers = writes.map((operations) => master.write(operations));
      await stage.cluster.until('all are answered', () => master.answers.length === writes.length);
      deepEqual(
        master.answers.map(({ writeNumber }) => writeNumber),
        numbers,
      );
      for (const [index, operations] of writes.entries()) {
        stage.checkAnswer(master.answers[index], operations);
      }
      await stage.checkSuccessor();
    },
  );

  stores('a write of any permitted size is kept', 1, async (stage) => {
    await stage.keep(Array.from({ length: OPERATIONS_PER_WRITE_MAX }, (_, i) => admit(`a${i}`)));
    await stage.keep([sizedAdmit('large', WRITE_BYTES_MAX)]);
    await stage.checkSuccessor();
  });

  stores(
    'what is too large is refused by the registrar, and the next is kept',
    1,
    async (stage) => {
      const { master } = await stage.elected();
      const operations = [admit('a'), sizedAdmit('b', WRITE_BYTES_MAX + 1), admit('c')];
      const heard = master.register(operations);
      await stage.cluster.until('all are answered', () => heard.length === operations.length);
      deepEqual(
        heard.map(({ refused }) => refused === undefined),
        [true, false, true],
      );
      match(heard[1]?.refused ?? '', /bytes, and at most/);
      applyAll(stage.expected, [admit('a'), admit('c')]);
      await stage.checkSuccessor();
    },
  );

  stores('who follows reads what was kept, with its age', 2, async (stage) => {
    const { leader, master } = await stage.elected();
    await stage.untilAllFollow(leader);
    await stage.keep([admit('a'), admit('b')]);
    const follower = stage.masters.find((one) => one !== master);
    ok(follower !== undefined);
    await stage.cluster.settle();
    const read = follower.read();
    await stage.cluster.until('it is answered', () => read.answer !== undefined);
    ok(read.answer?.type === 'registryRead');
    stage.checkRegistry(read.answer.registry);
    const { term, appliedIndex, leaderHeardMs } = read.answer.age;
    ok(term > 0 && appliedIndex > 0 && leaderHeardMs !== undefined);
    read.answer.registry.admitted.clear();
    await stage.checkSuccessor();
  });

  stores('who is elected may do with the registry what it likes', 1, async (stage) => {
    const { registry } = await stage.elected();
    applyAll(registry, [admit('a')]);
    await stage.keep([admit('a'), admit('b')]);
    registry.admitted.clear();
    await stage.checkSuccessor();
  });

  stores('who resigns alone leads again, in a later epoch', 1, async (stage) => {
    const first = await stage.elected();
    await stage.keep([admit('a')]);
    const second = await stage.checkSuccessor();
    ok(second.leader.epoch > first.leader.epoch);
  });

  stores('who resigns is followed by whom it named', 3, async (stage) => {
    for (let round = 0; round < 4; round++) {
      const { master, leader } = await stage.elected();
      const next = stage.masters[(stage.masters.indexOf(master) + 1) % stage.masters.length];
      await stage.keep([admit(`a${round}`)]);
      await stage.untilAllFollow(leader);
      const successor = await stage.checkSuccessor(next?.candidate.node);
      equal(successor.master, next);
      equal(master.leading, undefined);
      ok(master.heard.some((news) => news.type === 'deposed' && news.epoch === leader.epoch));
      await stage.untilAllFollow(successor.leader);
    }
  });

  stores('to resign without leading has no effect', 3, async (stage) => {
    const { leader, master } = await stage.elected();
    await stage.untilAllFollow(leader);
    for (const other of stage.masters) if (other !== master) other.resign();
    await stage.cluster.settle();
    equal(master.leading?.epoch, leader.epoch);
  });

  stores(
    'a write of an earlier epoch comes to nothing, also from who leads again',
    1,
    async (stage) => {
      const { master, leader } = await stage.elected();
      await stage.keep([admit('a')]);
      await stage.checkSuccessor();
      const failed = await stage.answerTo(master, master.write([admit('stale')], leader.epoch));
      equal(failed.type, 'writeFailed');
      await stage.keep([admit('b')]);
      await stage.checkSuccessor();
    },
  );

  stores('a write of an epoch that has not begun comes to nothing', 1, async (stage) => {
    const { master, leader } = await stage.elected();
    const failed = await stage.answerTo(
      master,
      master.write([admit('a')], leader.epoch + 1_000_000),
    );
    equal(failed.type, 'writeFailed');
    await stage.checkSuccessor();
  });

  stores('one that does not lead cannot write', 3, async (stage) => {
    const { master, leader } = await stage.elected();
    await stage.untilAllFollow(leader);
    const other = stage.masters.find((one) => one !== master);
    ok(other !== undefined);
    const failed = await stage.answerTo(other, other.write([admit('a')], leader.epoch - 1));
    equal(failed.type, 'writeFailed');
    await stage.checkSuccessor();
  });

  stores('when the leader is killed, the next has all that was acknowledged', 3, async (stage) => {
    const { master, leader } = await stage.elected();
    const names = Array.from({ length: 100 }, (_, index) => `a${index}`);
    for (const one of names) master.write([admit(one)]);
    await stage.cluster.until('some are answered', () => master.answers.length >= 20);
    await stage.kill(master);
    const acknowledgedCount = master.answers.filter(({ type }) => type === 'written').length;
    const successor = await stage.elected(leader.epoch);
    const kept = [...successor.registry.admitted.keys()];
    ok(kept.length >= acknowledgedCount, `${kept.length} of ${acknowledgedCount} are there`);
    deepEqual(kept, names.slice(0, kept.length).map(agentIdOf));
    applyAll(stage.expected, names.slice(0, kept.length).map(admit));
    await stage.keep([admit('later')]);
    await stage.checkSuccessor();
  });

  stores('one leader after the other is killed, and comes back to follow', 3, async (stage) => {
    for (let round = 0; round < 4; round++) {
      const { master, leader } = await stage.elected();
      await stage.keep([admit(`a${round}`)]);
      await stage.kill(master);
      const successor = await stage.elected(leader.epoch);
      stage.checkRegistry(successor.registry);
      await stage.start(master.candidate);
      await stage.untilAllFollow(successor.leader);
    }
  });

  stores('when one that follows is killed, the leader goes on', 3, async (stage) => {
    const { master, leader } = await stage.elected();
    await stage.untilAllFollow(leader);
    const [other] = stage.masters.filter((one) => one !== master);
    ok(other !== undefined);
    await stage.kill(other);
    await stage.keep([admit('a')]);
    equal(master.leading?.epoch, leader.epoch);
    await stage.start(other.candidate);
    await stage.untilAllFollow(leader);
  });

  stores('50 000 agents are kept, and found by the next leader', 3, async (stage) => {
    const countMax = OPERATIONS_PER_WRITE_MAX;
    for (let from = 0; from < 50_000; from += countMax) {
      await stage.keep(Array.from({ length: countMax }, (_, index) => admit(`a${from + index}`)));
    }
    const { registry } = await stage.checkSuccessor();
    equal(registry.admitted.size, 50_000);
  });

  storesUnder('pause', 'a leader that stood still does no harm when it wakes', 3, async (stage) => {
    const { pause, resume } = stage.cluster.chaos;
    ok(pause !== undefined && resume !== undefined);
    const { master, leader } = await stage.elected();
    await stage.keep([admit('a')]);
    const { node } = master.candidate;
    await pause(node);
    const successor = await stage.elected(leader.epoch);
    await stage.keep([admit('b')]);
    await resume(node);
    const failed = await stage.answerTo(master, master.write([admit('stale')], leader.epoch));
    equal(failed.type, 'writeFailed');
    await stage.untilAllFollow(successor.leader);
    await stage.checkSuccessor();
  });

  storesUnder(
    'isolate',
    'a leader that is cut off is deposed, and another one goes on',
    3,
    async (stage) => {
      const { isolate, heal } = stage.cluster.chaos;
      ok(isolate !== undefined && heal !== undefined);
      const { master, leader } = await stage.elected();
      await stage.keep([admit('a')]);
      await isolate(master.candidate.node);
      const stale = master.write([admit('stale')]);
      const successor = await stage.elected(leader.epoch);
      await stage.keep([admit('b')]);
      await stage.cluster.until('it is deposed', () => master.leading === undefined);
      await heal();
      equal((await stage.answerTo(master, stale)).type, 'writeFailed');
      await stage.untilAllFollow(successor.leader);
      await stage.checkSuccessor();
    },
  );

  storesUnder(
    'dropReplies',
    'a write whose answer is lost is kept once or not at all',
    3,
    async (stage) => {
      const { dropReplies, heal } = stage.cluster.chaos;
      ok(dropReplies !== undefined && heal !== undefined);
      const { master, leader } = await stage.elected();
      await stage.keep([admit('a')]);
      await dropReplies(master.candidate.node);
      master.write([admit('b')]);
      await stage.cluster.settle();
      await heal();
      if (master.leading !== undefined) master.resign();
      const { registry } = await stage.elected(leader.epoch);
      if (registry.admitted.has(agentIdOf('b'))) applyAll(stage.expected, [admit('b')]);
      stage.checkRegistry(registry);
    },
  );

  storesUnder(
    'killAll',
    'what was acknowledged outlives a restart of everything',
    3,
    async (stage) => {
      const { killAll } = stage.cluster.chaos;
      ok(killAll !== undefined);
      const { leader } = await stage.elected();
      await stage.keep(drawOperations(seededRandom(3), 500));
      await killAll();
      stage.masters = [];
      await stage.startAll();
      const { registry } = await stage.elected(leader.epoch);
      stage.checkRegistry(registry);
    },
  );
}

export function candidatesOf(count: number): readonly Candidate[] {
  return Array.from({ length: count }, (_, index) => ({
    node: `m${index}:5050`,
    masterId: `master-${index}`,
    version: '0.1.0',
  }));
}
