/**
 * One simulated life of a replicated log: three masters, two programs that fence each other again and
 * again, one that follows and one that reads, while masters crash and connections break.
 *
 *     chaos ──(faults heal)──▶ repair: all is read once more ──▶ over
 *
 * What must hold is in `history.ts`. Afterwards appending and reading must work again in stated times.
 */
import { openLog, type ReplicatedLog } from '../../../actors/framework/index.ts';
import { type Cluster, type SchedulerLife, startCluster } from '../../kit/cluster.ts';
import type { Random } from '../../kit/random.ts';
import {
  knownFaults,
  type SeedOutcome,
  type SeedRun,
  type Simulation,
  sentencesOf,
  storyOf,
  TRACE_LINE_COUNT_MAX,
} from '../simulation.ts';
import { emptyHistory, faultsOf, type LogHistory, type ReadEntry, readEntry } from './history.ts';

const KINDS = ['crash', 'partition', 'one-way', 'break', 'freeze', 'loss', 'slow'] as const;
const CHAOS_MS = 20_000;
const REPAIR_MS = 60_000;
const NAME = 'ops/ledger';

export const simulation: Simulation = { run: runLogScenario };

async function runLogScenario(run: SeedRun): Promise<SeedOutcome> {
  const { seed, traceLineCountMax: lineCountMax = TRACE_LINE_COUNT_MAX } = run;
  const cluster = startCluster({
    seed: `log/${seed}`,
    agentCount: 0,
    masterCount: 3,
    trace: { lineCountMax },
  });
  const { world } = cluster;
  const random = world.random('logs');
  const history = emptyHistory();
  const life: Life = {
    cluster,
    history,
    random,
    over: false,
    failedCount: 0,
    truncatedCount: 0,
    kinds: new Set(
      knownFaults(KINDS, run.faults) ??
        KINDS.filter((kind) => random.split(`swarm/${kind}`).chance(0.5)),
    ),
  };
  try {
    const users = ['one', 'two', 'follower', 'reader'].map((name) => userOf(cluster, name));
    const [one, two, follower, reader] = users as [User, User, User, User];
    await world.settle(openLog(one, NAME, { create: true }));
    const working = [
      write(life, one, 'one'),
      write(life, two, 'two'),
      follow(life, follower),
      read(life, reader),
    ];
    drawFaults(
      life,
      users.map(({ system }) => system.node),
    );
    await world.runFor(CHAOS_MS);
    world.network.heal();
    world.network.setFaults({ lossProbability: 0, duplicateProbability: 0, delayMsMean: 0.3 });
    for (const master of cluster.masters) {
      master.slowDown(0);
      if (!master.running) master.restart();
    }
    life.over = true;
    let ended = false;
    void Promise.all(working).then(() => {
      ended = true;
    });
    const healedMs = world.nowMs();
    await world.runUntil(() => ended || world.nowMs() > healedMs + REPAIR_MS);
    if (!ended) return outcome(seed, life, ['what was asked is not answered after all is healed']);
    const { final, beginning } = await world.settle(readAll(one));
    return outcome(seed, life, faultsOf(history, final, beginning));
  } catch (error) {
    return outcome(seed, life, sentencesOf(error));
  } finally {
    await cluster.close();
  }
}

interface Life {
  readonly cluster: Cluster;
  readonly history: LogHistory;
  readonly random: Random;
  over: boolean;
  failedCount: number;
  truncatedCount: number;
  readonly kinds: ReadonlySet<(typeof KINDS)[number]>;
}

type User = SchedulerLife;

function userOf(cluster: Cluster, name: string): User {
  let started: User | undefined;
  cluster.startScheduler(`${name}:0`, (life) => {
    started = life;
  });
  if (started === undefined) throw new Error(`${name} has not started`);
  return started;
}

/** Begins again and again; what fails is noted as unknown. */
async function write(life: Life, user: User, name: string): Promise<void> {
  const { cluster, history } = life;
  const { world } = cluster;
  const random = life.random.split(name);
  const log = await opened(user);
  let count = 0;
  while (!life.over) {
    try {
      const writer = await log.becomeWriter();
      history.epochs.push({ epoch: writer.epoch, acknowledgedMs: world.nowMs() });
      for (let round = random.integer(40); round >= 0 && !life.over; round--) {
        const some = Array.from({ length: 1 + random.integer(20) }, async () => {
          const text = `${name} ${++count}`;
          const append: LogHistory['appends'][number] = {
            ...{ text, epoch: writer.epoch, askedMs: world.nowMs() },
          };
          history.appends.push(append);
          const position = await writer.append(new TextEncoder().encode(text));
          append.acknowledged = { position, atMs: world.nowMs() };
          return position;
        });
        const results = await Promise.allSettled(some);
        const failed = results.find(({ status }) => status === 'rejected');
        if (failed?.status === 'rejected') throw failed.reason;
        if (random.chance(0.1)) {
          const [first] = results;
          const to = first?.status === 'fulfilled' ? first.value : 0;
          history.truncatedTo = Math.max(history.truncatedTo, await writer.truncate(to));
          life.truncatedCount++;
        }
        await pause(cluster, random.exponential(100));
      }
    } catch {
      life.failedCount++;
    }
    await pause(cluster, random.exponential(2000));
  }
}

/** Where something was given up before it was seen, it begins anew. */
async function follow(life: Life, user: User): Promise<void> {
  const { cluster, history } = life;
  const log = await opened(user);
  const leaving = new AbortController();
  void (async () => {
    while (!life.over) await pause(cluster, 500);
    leaving.abort();
  })();
  while (!life.over) {
    const got: ReadEntry[] = [];
    history.followed.push(got);
    try {
      for await (const entry of log.follow(0, { signal: leaving.signal }))
        got.push(readEntry(entry));
    } catch {
      await pause(cluster, 100);
    }
  }
}

async function read(life: Life, user: User): Promise<void> {
  const { cluster, history } = life;
  const random = life.random.split('reader');
  const log = await opened(user);
  while (!life.over) {
    const askedMs = cluster.world.nowMs();
    try {
      const from = random.chance(0.5) ? 0 : random.pick(history.appends)?.acknowledged?.position;
      const page = await log.read(from ?? 0);
      const entries = page.entries.map(readEntry);
      history.readings.push({ ...page, askedMs, from: from ?? 0, entries });
    } catch {
      life.failedCount++;
    }
    await pause(cluster, random.exponential(300));
  }
}

function opened(user: User): Promise<ReplicatedLog> {
  return openLog(user, NAME, { create: true, timeoutMs: 5000 });
}

async function readAll(user: User) {
  const log = await openLog(user, NAME);
  const final: ReadEntry[] = [];
  for (let from = 0; ; ) {
    const page = await log.read(from);
    final.push(...page.entries.map(readEntry));
    if (page.next > page.ending) return { final, beginning: page.beginning };
    from = page.next;
  }
}

function pause({ world }: Cluster, delayMs: number): Promise<void> {
  return new Promise((resolve) => world.after(delayMs, resolve));
}

function drawFaults({ cluster, kinds, random }: Life, users: readonly string[]): void {
  const { world, masters } = cluster;
  const { network } = world;
  const names = masters.map(({ name }) => name);
  const often = (
    kind: (typeof KINDS)[number],
    meanGapMs: number,
    deed: (chance: Random) => void,
  ) => {
    if (!kinds.has(kind)) return;
    const chance = random.split(kind);
    for (let atMs = chance.exponential(meanGapMs); atMs < CHAOS_MS; ) {
      const own = chance.split(String(atMs));
      world.after(atMs, () => deed(own));
      atMs += chance.exponential(meanGapMs);
    }
  };
  const apart = (oneWay: boolean) => (chance: Random) => {
    const everybody = [...names, ...users];
    const some = chance.shuffled(everybody).slice(0, 1 + chance.integer(3));
    const rest = everybody.filter((name) => !some.includes(name));
    const partition = oneWay ? network.partitionOneWay(some, rest) : network.partition(some, rest);
    world.after(10 ** chance.between(2, 3.9), () => partition.heal());
  };
  often('crash', 4000, (chance) => {
    const master = chance.pick(masters);
    if (!master.running) return;
    master.crash({ dark: chance.chance(0.3) });
    world.after(10 ** chance.between(1.5, 3.9), () => {
      if (!master.running) master.restart();
    });
  });
  often('partition', 4000, apart(false));
  often('one-way', 6000, apart(true));
  often('break', 500, (chance) => {
    const [one, other] = [chance.pick([...names, ...users]), chance.pick(names)];
    if (one !== other) network.breakConnection(one, other);
  });
  often('freeze', 3000, (chance) => chance.pick(masters).freeze(10 ** chance.between(1, 3.7)));
  if (kinds.has('loss')) network.setFaults({ lossProbability: random.between(0.001, 0.02) });
  if (kinds.has('slow')) random.pick(masters).slowDown(10 ** random.between(-1.5, 0.3));
}

function outcome(seed: string, life: Life, broken: readonly string[]): SeedOutcome {
  const { appends, epochs, readings, followed } = life.history;
  return {
    seed,
    drawn: [...life.kinds],
    counts: {
      appended: appends.filter(({ acknowledged }) => acknowledged !== undefined).length,
      unknown: appends.filter(({ acknowledged }) => acknowledged === undefined).length,
      epochs: epochs.length,
      truncated: life.truncatedCount,
      readings: readings.length,
      followed: followed.reduce((sum, entries) => sum + entries.length, 0),
      failed: life.failedCount,
    },
    broken,
    ...storyOf(life.cluster.world),
  };
}
