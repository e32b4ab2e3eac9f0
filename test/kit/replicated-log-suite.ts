/**
 * What a replicated log must do, whoever keeps it: one suite of tests for a log in the memory of one
 * master and for one that three keep on their disks.
 */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { openLog, type ReplicatedLog } from '../../actors/framework/index.ts';
import type { LogEntry } from '../../actors/protocol/replicated-logs.ts';
import { LOG_ENTRY_BYTES_MAX, LOGS_MAX } from '../../actors/protocol/replicated-logs.ts';
import type { Cluster, SchedulerLife } from './cluster.ts';

export interface LogStage {
  readonly cluster: Cluster;
  /** A node of its own that uses logs. */
  user(name: string): SchedulerLife;
  /** Lets time pass until it is settled. */
  settle<Value>(promise: Promise<Value>): Promise<Value>;
  open(name?: string, user?: SchedulerLife): Promise<ReplicatedLog>;
}

export const bytesOf = (text: string) => new TextEncoder().encode(text);
export const textOf = ({ data }: LogEntry) => new TextDecoder().decode(data);

export function logStage(cluster: Cluster): LogStage {
  const { world } = cluster;
  const settle = <Value>(promise: Promise<Value>) => world.settle(promise);
  let userCount = 0;
  const user = (name: string) => {
    let started: SchedulerLife | undefined;
    cluster.startScheduler(`${name}:0`, (life) => {
      started = life;
    });
    ok(started !== undefined);
    return started;
  };
  return {
    cluster,
    user,
    settle,
    open: (name = 'ops/ledger', who = user(`user-${++userCount}`)) =>
      settle(openLog(who, name, { create: true, holder: who.system.node })),
  };
}

export function replicatedLogSuite(kind: string, start: () => Cluster): void {
  const logs = (claim: string, run: (stage: LogStage) => Promise<void>) =>
    test(`a log ${kind}: ${claim}`, async () => {
      const cluster = start();
      try {
        await run(logStage(cluster));
      } finally {
        await cluster.close();
      }
    });

  logs('what was appended is read in its order, at rising positions', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    const texts = Array.from({ length: 200 }, (_, index) => `entry ${index}`);
    const positions = await stage.settle(
      Promise.all(texts.map((text) => writer.append(bytesOf(text)))),
    );
    ok(positions.every((position, index) => position > (positions[index - 1] ?? 0)));
    const entries = await all(stage, log);
    deepEqual(entries.map(textOf), texts);
    deepEqual(
      entries.map(({ position }) => position),
      positions,
    );
    equal(await stage.settle(log.ending()), positions.at(-1));
  });

  logs('another program finds it under its name', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    await stage.settle(writer.append(bytesOf('x')));
    const other = await stage.settle(openLog(stage.user('other'), 'ops/ledger'));
    deepEqual((await all(stage, other)).map(textOf), ['x']);
  });

  logs('one that there is not is refused, and so is a name that is none', async (stage) => {
    const who = stage.user('user');
    await refused(stage, openLog(who, 'ops/nothing'), 'logUnknown');
    await refused(stage, openLog(who, 'nothing', { create: true }), 'logNameInvalid');
  });

  logs('whoever wrote before is fenced, and told by whom', async (stage) => {
    const first = await stage.open();
    const second = await stage.open();
    const one = await stage.settle(first.becomeWriter());
    await stage.settle(one.append(bytesOf('a')));
    const two = await stage.settle(second.becomeWriter());
    ok(two.epoch > one.epoch);
    await rejects(stage.settle(one.append(bytesOf('b'))), (error: Error & { code?: string }) => {
      equal(error.code, 'logFenced');
      ok(error.message.includes('user-2:0'), error.message);
      return true;
    });
    await refused(stage, one.append(bytesOf('c')), 'logWriterEnded');
    await refused(stage, one.truncate(1000), 'logFenced');
    await stage.settle(two.append(bytesOf('d')));
    deepEqual((await all(stage, first)).map(textOf), ['a', 'd']);
    const again = await stage.settle(first.becomeWriter());
    await stage.settle(again.append(bytesOf('e')));
    await refused(stage, two.append(bytesOf('f')), 'logFenced');
    deepEqual((await all(stage, second)).map(textOf), ['a', 'd', 'e']);
  });

  logs('what is truncated is gone, and what is behind it stays', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    const positions: number[] = [];
    for (const text of ['a', 'b', 'c', 'd']) {
      positions.push(await stage.settle(writer.append(bytesOf(text))));
    }
    const [, , third = 0] = positions;
    equal(await stage.settle(writer.truncate(third)), third);
    equal(await stage.settle(log.beginning()), third);
    deepEqual((await all(stage, log)).map(textOf), ['c', 'd']);
    await refused(stage, log.read(positions[0]), 'logTruncated');
    equal(await stage.settle(writer.truncate(positions[1] ?? 0)), third);
    await stage.settle(writer.truncate(Number.MAX_SAFE_INTEGER));
    deepEqual(await all(stage, log), []);
    await stage.settle(writer.append(bytesOf('e')));
    deepEqual((await all(stage, log)).map(textOf), ['e']);
  });

  logs('who follows gets each entry once, those to come as well', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    await stage.settle(writer.append(bytesOf('0')));
    const seen: string[] = [];
    const leaving = new AbortController();
    const following = (async () => {
      for await (const entry of log.follow(undefined, { signal: leaving.signal })) {
        seen.push(textOf(entry));
      }
    })();
    for (let index = 1; index <= 20; index++) {
      await stage.settle(writer.append(bytesOf(`${index}`)));
      if (index % 7 === 0) await stage.cluster.world.runFor(15_000);
    }
    await stage.cluster.world.runUntil(() => seen.length === 21);
    deepEqual(
      seen,
      Array.from({ length: 21 }, (_, index) => `${index}`),
    );
    leaving.abort();
    await stage.settle(following);
  });

  logs('pages are bounded, and reading goes on where they end', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    const large = new Uint8Array(400_000).fill(7);
    await stage.settle(Promise.all(Array.from({ length: 6 }, () => writer.append(large))));
    const first = await stage.settle(log.read());
    ok(first.entries.length < 6 && first.entries.length > 0);
    equal((await all(stage, log)).length, 6);
  });

  logs('more than may be on its way at once is appended all the same', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    const large = new Uint8Array(LOG_ENTRY_BYTES_MAX);
    await stage.settle(Promise.all(Array.from({ length: 24 }, () => writer.append(large))));
    equal((await all(stage, log)).length, 24);
  });

  logs('an entry that is too large is refused, and the next is appended', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    const large = new Uint8Array(LOG_ENTRY_BYTES_MAX + 1);
    await refused(stage, writer.append(large), 'logEntryTooLarge');
    await stage.settle(writer.append(large.subarray(1)));
    equal((await all(stage, log)).length, 1);
  });

  logs('one that was removed is unknown, and one of the same name is empty', async (stage) => {
    const log = await stage.open();
    const writer = await stage.settle(log.becomeWriter());
    await stage.settle(writer.append(bytesOf('x')));
    await stage.settle(log.remove());
    await refused(stage, log.read(), 'logUnknown');
    const again = await stage.open();
    deepEqual(await all(stage, again), []);
  });

  logs('there are as many as there may be, and no more', async (stage) => {
    const who = stage.user('user');
    for (let index = 0; index < LOGS_MAX; index++) await stage.open(`ops/${index}`, who);
    await refused(stage, openLog(who, 'ops/more', { create: true }), 'logsTooMany');
  });
}

/** Page by page. */
export async function all(stage: LogStage, log: ReplicatedLog): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let from = 0; ; ) {
    const page = await stage.settle(log.read(from));
    entries.push(...page.entries);
    if (page.next > page.ending) return entries;
    from = page.next;
  }
}

export async function refused(
  stage: LogStage,
  promise: Promise<unknown>,
  code: string,
): Promise<void> {
  await rejects(stage.settle(promise), { code });
}
