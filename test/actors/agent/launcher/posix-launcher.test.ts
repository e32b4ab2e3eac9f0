/** The posix launcher alone, on a machine that is played: what no real machine does on demand. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { LauncherEvent, LauncherNews } from '../../../../actors/agent/launcher/launcher.ts';
import { posixLauncher } from '../../../../actors/agent/launcher/posix-launcher.ts';
import type { EarlierZygote } from '../../../../actors/agent/launcher/posix-machine.ts';
import type { ProcessEntry } from '../../../../actors/agent/launcher/processes.ts';
import type { LaunchOrder, Report, Zygote } from '../../../../actors/agent/launcher/zygote.ts';
import type { ContainerId } from '../../../../actors/protocol/ids.ts';
import { address, probe } from '../../../kit/probe.ts';
import { program } from './real-launcher.ts';

const agent = address<LauncherNews>('agent');
const owner = address<LauncherEvent>('owner');

test('it is ready when its first zygote is', async () => {
  const { news, turns } = start();
  deepEqual(news(), []);
  await turns();
  deepEqual(news(), [{ type: 'launcherReady', leftoverCount: 0 }]);
});

test('an end is told once, whatever else is reported of the container', async () => {
  const { launch, turns, report, told } = await ready();
  launch('a');
  report(1, started('a', 10), exited('a'), exited('a'), started('a', 10));
  await turns();
  deepEqual(told(), ['a started', 'a exited']);
});

test('a container is launched once', async () => {
  const { launch, orders } = await ready();
  launch('a');
  launch('a');
  deepEqual(orders(), ['1 a']);
});

test('orders wait for a zygote when the last one died, and the next one gets them', async () => {
  const { launch, turns, advance, die, orders, told } = await ready();
  die(1);
  await turns();
  launch('a');
  deepEqual(orders(), []);
  advance(100);
  await turns();
  deepEqual(orders(), ['2 a']);
  deepEqual(told(), []);
});

test('one that is killed while it waits for a zygote is never ordered', async () => {
  const { launch, turns, advance, die, receive, orders, told } = await ready();
  die(1);
  await turns();
  launch('a');
  receive({ type: 'kill', containerId: 'a' as ContainerId, gracePeriodMs: 0 });
  advance(100);
  await turns();
  deepEqual(orders(), []);
  deepEqual(told(), ['a notStarted']);
});

test('what a dead zygote may not have started is reported so, and killed if it is there', async () => {
  const { launch, turns, advance, die, told, machine } = await ready();
  launch('a');
  machine.processes = [entry(10, { containerId: 'a' })];
  die(1);
  await turns();
  deepEqual(told(), ['a notStarted']);
  advance(1000);
  await turns();
  deepEqual(machine.signals, ['10 SIGKILL']);
});

test('zygotes that die at once are started ever more slowly', async () => {
  const { turns, advance, die, machine } = await ready();
  for (let index = 1; index <= 4; index++) {
    die(index);
    await turns();
    advance(100 * 2 ** (index - 1) - 1);
    await turns();
    equal(machine.zygotes.length, index);
    advance(1);
    await turns();
    equal(machine.zygotes.length, index + 1);
  }
});

test('what a dead zygote had running is killed, and its end told as unknown', async () => {
  const { launch, turns, advance, die, report, told, machine } = await ready();
  launch('a');
  machine.processes = [entry(10)];
  report(1, started('a', 10));
  await turns();
  die(1);
  await turns();
  deepEqual(told(), ['a started', 'a unknown']);
  advance(1000);
  await turns();
  deepEqual(machine.signals, ['10 SIGKILL']);
  machine.processes = [];
  advance(1000);
  await turns();
  deepEqual(machine.signals, ['10 SIGKILL']);
});

test('a journal is removed when its zygote and all it started are gone and settled', async () => {
  const { launch, turns, advance, die, report, receive, machine } = await ready();
  launch('a');
  report(1, started('a', 10));
  await turns();
  die(1);
  await turns();
  for (let count = 0; count < 5; count++) {
    advance(1000);
    await turns();
  }
  deepEqual(machine.removed, [], 'a later life of the agent may want to know how it ended');
  receive({ type: 'settled', containerId: 'a' as ContainerId });
  deepEqual(machine.removed, ['journal-1']);
});

test('of one that no later life wants to know of nothing is kept when it has ended', async () => {
  const { launch, turns, advance, report, state } = await ready();
  launch('a', { fleeting: true });
  report(1, started('a', 10), exited('a'));
  await turns();
  equal(state.containers.size, 1);
  advance(1000);
  await turns();
  equal(state.containers.size, 0);
});

test('after its number of orders a zygote is told to finish, and another takes over', async () => {
  const { launch, turns, orders, machine } = await ready({ ordersPerZygoteMax: 2 });
  for (const name of ['a', 'b', 'c']) {
    launch(name);
    await turns();
  }
  deepEqual(orders(), ['1 a', '1 b', '2 c']);
  deepEqual(
    machine.zygotes.map(({ finished }) => finished),
    [true, false],
  );
});

test('SIGTERM goes to all once, SIGKILL when the grace period is over until nothing is left', async () => {
  const { launch, turns, advance, report, receive, machine } = await ready();
  launch('a');
  machine.processes = [entry(10), entry(11, { parentId: 10 })];
  report(1, started('a', 10));
  await turns();
  receive({ type: 'kill', containerId: 'a' as ContainerId, gracePeriodMs: 3000 });
  for (let atMs = 0; atMs < 2900; atMs += 100) {
    advance(100);
    await turns();
  }
  deepEqual(machine.signals.splice(0), ['10 SIGTERM', '11 SIGTERM']);
  advance(110);
  await turns();
  machine.processes = [entry(11)];
  report(1, exited('a'));
  await turns();
  machine.processes = [entry(11, { containerId: 'a' })];
  advance(1000);
  await turns();
  machine.processes = [];
  advance(1000);
  await turns();
  deepEqual(machine.signals, ['10 SIGKILL', '11 SIGKILL', '11 SIGKILL']);
});

test('what can not be killed is given up with an error, not waited for for ever', async () => {
  const { launch, turns, advance, report, receive, machine, logged, state } = await ready();
  launch('a');
  report(1, started('a', 10), exited('a'));
  await turns();
  machine.processes = [entry(11, { containerId: 'a' })];
  for (let atMs = 0; atMs < 70_000; atMs += 1000) {
    advance(1000);
    await turns();
  }
  receive({ type: 'settled', containerId: 'a' as ContainerId });
  equal(state.containers.size, 0);
  match(logged.find(({ level }) => level === 'error')?.text ?? '', /Cannot kill all processes/);
});

test('what an earlier life left and nobody wants is killed before it is ready, and nobody else', async () => {
  const left = [
    leftContainer('marked', 10),
    leftContainer('bare', 20),
    leftContainer('reused', 30),
    { ...leftContainer('over', 41), end: { kind: 'exited', exitCode: 0 } as const },
  ];
  const processes = [
    entry(10, { containerId: 'marked', startedMs: 1_000_500 }),
    entry(11, { parentId: 10, startedMs: 1_000_500 }),
    entry(20, { groupId: 20, startedMs: 1_000_500 }),
    entry(30, { groupId: 30, startedMs: 9_000_000 }),
    entry(40, { containerId: 'over', startedMs: 1_000_900 }),
  ];
  const { turns, advance, news, machine } = start(
    {},
    { earlier: [{ zygote: playedZygote(0, true), left, finished: false }], processes },
  );
  await turns();
  advance(0);
  await turns();
  deepEqual(machine.signals.sort(), ['10 SIGKILL', '11 SIGKILL', '20 SIGKILL', '40 SIGKILL']);
  deepEqual(news(), []);
  machine.processes = processes.filter(({ processId }) => processId === 30);
  for (let count = 0; count < 3; count++) {
    advance(50);
    await turns();
  }
  deepEqual(news(), [{ type: 'launcherReady', leftoverCount: 3 }]);
});

test('what is kept of an earlier life goes on, and how it ended meanwhile is told', async () => {
  const zygote = playedZygote(0, true);
  const left = [
    leftContainer('runs', 10),
    { ...leftContainer('over', 11), end: { kind: 'exited', exitCode: 3 } as const },
  ];
  const processes = [entry(10, { containerId: 'runs', startedMs: 1_000_500 })];
  const earlier = [{ zygote, left, finished: true }];
  const { turns, advance, news, told, machine } = start(
    {},
    { earlier, processes, keep: ['runs', 'over'] },
  );
  await turns();
  advance(0);
  await turns();
  deepEqual(told(), ['runs started', 'over started', 'over exited']);
  deepEqual(news(), [{ type: 'launcherReady', leftoverCount: 0 }]);
  zygote.report([exited('over'), exited('runs')], false);
  await turns();
  deepEqual(told().slice(3), ['runs exited']);
  deepEqual(machine.signals, []);
});

test('a kept container that was not started yet may still be, until its zygote takes no orders', async () => {
  const zygote = playedZygote(0, true);
  const earlier = [{ zygote, left: [], finished: false }];
  const { turns, told } = start({}, { earlier, keep: ['late', 'never'] });
  await turns();
  deepEqual(told(), []);
  zygote.report([started('late', 10), { kind: 'finished' }], false);
  await turns();
  deepEqual(told(), ['late started', 'never notStarted']);
});

test('a kept container whose zygote is gone is killed, and its end told as unknown', async () => {
  const zygote = playedZygote(0, true);
  const left = [leftContainer('alone', 10)];
  const processes = [entry(10, { containerId: 'alone', startedMs: 1_000_500 })];
  const earlier = [{ zygote, left, finished: false }];
  const { turns, advance, told, machine } = start({}, { earlier, processes, keep: ['alone'] });
  await turns();
  zygote.die();
  await turns();
  deepEqual(told(), ['alone started', 'alone unknown']);
  advance(1000);
  await turns();
  deepEqual(machine.signals, ['10 SIGKILL']);
});

test('a directory for journals that can not be made is the end before the begin', async () => {
  const { turns, news } = start({}, { journalFault: 'no space is left' });
  await turns();
  deepEqual(news(), [{ type: 'launcherFailed', cause: 'no space is left' }]);
});

interface PlayedZygote extends Zygote {
  readonly orders: LaunchOrder[];
  finished: boolean;
  report(reports: readonly Report[], closed: boolean): void;
  die(): void;
}

function playedZygote(index: number, earlier = false): PlayedZygote {
  let waiting: ((value: { reports: readonly Report[]; closed: boolean }) => void) | undefined;
  let exit: (cause: string) => void = () => {};
  const zygote: PlayedZygote = {
    earlier,
    release() {},
    processId: 1000 + index,
    journal: `journal-${index}`,
    exited: new Promise((resolve) => {
      exit = resolve;
    }),
    orders: [],
    finished: false,
    launch: (order) => void zygote.orders.push(order),
    nextReports: () =>
      new Promise((resolve) => {
        waiting = resolve;
      }),
    finish: () => {
      zygote.finished = true;
    },
    report: (reports, closed) => waiting?.({ reports, closed }),
    die: () => {
      zygote.report([], true);
      exit('it was ended by SIGKILL');
    },
  };
  return zygote;
}

function start(
  but: { ordersPerZygoteMax?: number } = {},
  {
    earlier = [],
    processes = [],
    journalFault,
    keep = [],
  }: {
    earlier?: readonly EarlierZygote[];
    processes?: readonly ProcessEntry[];
    journalFault?: string;
    keep?: readonly string[];
  } = {},
) {
  const machine = {
    processes,
    signals: [] as string[],
    removed: [] as string[],
    zygotes: [] as PlayedZygote[],
  };
  const actor = probe(posixLauncher, {
    agent,
    machine: {
      earlierZygotes: () =>
        journalFault === undefined
          ? Promise.resolve(earlier)
          : Promise.reject(new Error(journalFault)),
      removeJournal: (journal) => void machine.removed.push(journal),
      startZygote: () => {
        const zygote = playedZygote(machine.zygotes.length + 1);
        machine.zygotes.push(zygote);
        return Promise.resolve(zygote);
      },
      search: () => Promise.resolve({ processes: machine.processes, bootedMs: 0 }),
      signal: (processId, signal) => void machine.signals.push(`${processId} ${signal}`),
    },
    ordersPerZygoteMax: 50_000,
    leftoverSearchDelayMs: 1000,
    watchIntervalMs: 30_000,
    condemnedMsMax: 60_000,
    ...but,
  });
  const { receive } = actor;
  receive({
    type: 'recover',
    keep: keep.map((name) => ({ containerId: name as ContainerId, owner })),
  });
  /** What was sent to self is delivered, and what was promised has come: a few times over. */
  let delivered = 0;
  const turns = async () => {
    for (let count = 0; count < 10; count++) {
      await new Promise((resolve) => setImmediate(resolve));
      const own = actor.sentTo(actor.self);
      for (const { message } of own.slice(delivered)) receive(message);
      delivered = own.length;
    }
  };
  return {
    ...actor,
    machine,
    turns,
    launch: (name: string, how: { readonly fleeting?: true } = {}) =>
      receive({
        type: 'launch',
        containerId: name as ContainerId,
        command: program('true'),
        environment: [],
        sandbox: '/sandbox',
        owner,
        ...how,
      }),
    report: (index: number, ...reports: Report[]) =>
      machine.zygotes[index - 1]?.report(reports, false),
    die: (index: number) => machine.zygotes[index - 1]?.die(),
    orders: () =>
      machine.zygotes.flatMap(({ orders }, index) =>
        orders.map(({ containerId }) => `${index + 1} ${containerId}`),
      ),
    news: () => actor.sentTo(agent).map(({ message }) => message),
    told: () =>
      actor
        .sentTo(owner)
        .map(({ message }) =>
          message.type === 'containerStarted'
            ? `${message.containerId} started`
            : `${message.containerId} ${message.end.kind}`,
        ),
  };
}

async function ready(but: { ordersPerZygoteMax?: number } = {}) {
  const actor = start(but);
  await actor.turns();
  return actor;
}

function leftContainer(name: string, processId: number) {
  return { containerId: name as ContainerId, processId, launchedMs: 1_000_000, end: undefined };
}

function started(name: string, processId: number): Report {
  return { kind: 'started', containerId: name as ContainerId, processId, launchedMs: 0 };
}

function exited(name: string): Report {
  return { kind: 'exited', containerId: name as ContainerId, exitCode: 0 };
}

function entry(processId: number, but: Partial<ProcessEntry> = {}): ProcessEntry {
  return {
    processId,
    parentId: 1,
    groupId: 1,
    sessionId: 1,
    ended: false,
    startedMs: 1000,
    containerId: undefined,
    ...but,
  };
}
