/** Masters whose disks fill up in the midst of registrations: one of three, then all of them. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import { type Afterwards, eventually, lastFirst } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';
import {
  allFollow,
  leaderOf,
  listOf,
  messor,
  type RealMaster,
  startMaster,
  verifyLogs,
} from '../kit/real-masters.ts';
import { type NamedAgent, registerByName } from '../kit/registrations.ts';

/** Room for two segments of the log, and not for a third. */
const SMALL_MEBIBYTES = 40;
const LARGE_MEBIBYTES = 200;
/** So that a log is full soon. */
const REGISTRATION_BYTES = 900_000;

describe('masters whose disks fill up', { concurrency: 2 }, () => {
  test('one of three lets another lead, ends when nothing fits, and is a member again when there is room', async (context) => {
    const place = await startPlace(context, 1);
    if (place === undefined) return;
    const { masters, load, disks } = place;
    const [small] = masters as [RealMaster];
    await lead(small, masters);

    const { directory } = small;
    await small.program.untilPrinted(
      new RegExp(`The disk of the log in \\\\"${directory}\\\\" is nearly full`),
    );
    await small.program.untilPrinted(/This master leads no longer/);
    await small.program.untilPrinted(
      new RegExp(`Cannot write the log in \\\\"${directory}\\\\": ENOSPC`),
    );
    const { exitCode } = await small.program.ended;
    equal(exitCode, 1);
    await load.acknowledged(3);

    disks[0]?.resize(LARGE_MEBIBYTES);
    small.program = startMaster(context, small, listOf(masters));
    await load.acknowledged(1);
    await allFollow(masters);
    await knownByAll(masters, await load.end());
    await verifyLogs(masters);
  });

  test('when all are full nothing is acknowledged, nobody leads, and with room they go on by themselves', async (context) => {
    const place = await startPlace(context, 3);
    if (place === undefined) return;
    const { masters, load, disks } = place;
    const all = Promise.all(masters.map(({ program }) => program.untilPrinted(/is nearly full/)));
    await all;
    const refused = await eventually('nobody leads', async () => {
      const outcome = await messor('agents', '--master', listOf(masters), '--answer-timeout', '1s');
      return outcome.exitCode === 0 ? undefined : outcome;
    });
    equal(refused.exitCode, 3);
    match(refused.stderr, /No master leads/);

    for (const disk of disks) disk.resize(LARGE_MEBIBYTES);
    for (const { program } of masters) await program.untilPrinted(/has room again/);
    await load.acknowledged(3);
    await allFollow(masters);
    await knownByAll(masters, await load.end());
    await verifyLogs(masters);
  });
});

/** Three masters, the first of them (so many) with a small disk, and registrations all the time. */
async function startPlace(context: TestContext, smallCount: number) {
  const directory = await temporaryDirectory(context);
  const ports = await freePorts(3);
  const disks: Disk[] = [];
  const masters: RealMaster[] = [];
  for (const [index, port] of ports.entries()) {
    const path = await temporaryDirectory(context);
    if (index < smallCount) {
      const disk = mountDisk(context, path, SMALL_MEBIBYTES);
      if (disk === undefined) {
        context.skip('only who may mount a file system has a small disk');
        return undefined;
      }
      disks.push(disk);
    }
    const log = index < smallCount ? join(path, 'log') : join(directory, `${index}`);
    masters.push({ node: `127.0.0.1:${port}`, directory: log } as RealMaster);
  }
  for (const master of masters) master.program = startMaster(context, master, listOf(masters));
  await allFollow(masters);
  return { masters, disks, load: startLoad(context, masters) };
}

interface Disk {
  resize(mebibytes: number): void;
}

function mountDisk(afterwards: Afterwards, path: string, mebibytes: number): Disk | undefined {
  const mount = (size: number, more = '') =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', `${more}size=${size}m`, 'tmpfs', path]);
  if (mount(mebibytes).status !== 0) return undefined;
  lastFirst(afterwards, async () => void spawnSync('umount', ['--lazy', path]));
  return { resize: (size) => void mount(size, 'remount,') };
}

/** Large agents that come and go, and small ones that stay: one after the other, without an end. */
function startLoad(context: TestContext, masters: readonly RealMaster[]) {
  const nodes = masters.map(({ node }) => node);
  const stay: NamedAgent[] = [];
  const ids: string[] = [];
  let count = 0;
  let isOver = false;
  let failure: unknown;
  const run = async () => {
    while (!isOver) {
      const large = await registerByName(context, nodes, REGISTRATION_BYTES);
      await large.registered;
      await large.leave();
      const small = await registerByName(context, nodes);
      ids.push(await small.registered);
      stay.push(small);
      count++;
    }
  };
  const running = run().catch((error: unknown) => {
    failure = error;
  });
  const acknowledged = async (more: number) => {
    const wanted = count + more;
    await eventually('registrations are acknowledged', async () => {
      if (failure !== undefined) throw failure;
      return count >= wanted || undefined;
    });
  };
  return {
    acknowledged,
    /** @returns the ids of all that have stayed */
    async end(): Promise<readonly string[]> {
      isOver = true;
      await running;
      return ids;
    },
  };
}

async function lead(master: RealMaster, masters: readonly RealMaster[]): Promise<void> {
  const all = listOf(masters);
  await eventually(`${master.node} leads`, async () => {
    if ((await leaderOf(masters)) === master) return true;
    await messor('masters', 'transfer', master.node, '--master', all);
    return undefined;
  });
}

/** Each of them leads for once, and names what it knows. */
async function knownByAll(
  masters: readonly RealMaster[],
  agentIds: readonly string[],
): Promise<void> {
  for (const master of masters) {
    await lead(master, masters);
    const { stdout } = await messor('agents', '--json', '--master', master.node);
    const { agents } = JSON.parse(stdout) as { agents: readonly { readonly id: string }[] };
    deepEqual(
      agentIds.filter((id) => !agents.some((one) => one.id === id)),
      [],
    );
  }
}
