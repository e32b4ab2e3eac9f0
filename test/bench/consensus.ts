/**
 * What the masters agree on, against etcd 3.4 on the same machine in the same run: durable writes, and
 * what the loss of the leader costs. All on loopback, so three members share the cores of one machine.
 *
 * - `Messor`: a client's process says each write to the leader, whose replica makes an entry of it.
 * - `Messor registry`: each write is an operation on the registry, by way of the master's registrar.
 * - `etcd`: a client's process puts by gRPC at the leader.
 */
import { spawnSync } from 'node:child_process';
import { VALUE_BYTES } from './consensus/group.ts';
import { type Contender, interleave, median, peer, type Sample, short } from './measure.ts';
import { printTable, type Row } from './table.ts';

const CLIENT_COUNTS = [1, 64, 256] as const;
const MEASURE_MS = 1000;
const WRITE_ROUNDS_MAX = 3;
/** Twenty kills of each, five in a turn. */
const KILLS_PER_TURN = 5;
const KILL_TURNS_MAX = 4;
const AGENT_COUNT = 50_000;
const DISK = 'fdatasync alone';
/** One write on its own takes a page; those of so many clients at a time are written together. */
const DISK_BYTES: Readonly<Record<number, number>> = {
  1: 4096,
  64: 64 * VALUE_BYTES,
  256: 256 * VALUE_BYTES,
};

type Samples = ReadonlyMap<string, readonly Sample[]>;

export function benchConsensus(roundCount: number): void {
  const etcd = etcdVersion();
  const contenders = (program: string, ...rest: string[]): Contender[] => [
    { name: 'Messor', command: peer(program, 'log', ...rest) },
    { name: 'Messor registry', command: peer(program, 'registry', ...rest) },
    ...(etcd === undefined ? [] : [{ name: etcd, command: peer(program, 'etcd', ...rest) }]),
  ];

  const disk: Contender = {
    name: DISK,
    command: peer('disk-syncs', Object.values(DISK_BYTES).join(), String(MEASURE_MS)),
  };
  const writeRounds = Math.min(roundCount, WRITE_ROUNDS_MAX);
  for (const memberCount of [1, 3]) {
    console.log(`  writes, ${members(memberCount)} …`);
    const rest = [String(memberCount), CLIENT_COUNTS.join(), String(MEASURE_MS)];
    const samples = interleave([...contenders('consensus-writes', ...rest), disk], writeRounds);
    printTable(
      `Durable writes of ${VALUE_BYTES} bytes, ${members(memberCount)} on loopback; CPU of all members, and of the clients`,
      CLIENT_COUNTS.flatMap((count) => writeRows(count, samples)),
    );
  }

  const turns = Math.min(roundCount, KILL_TURNS_MAX);
  const kills = String(KILLS_PER_TURN);
  console.log('  leader killed …');
  const killed = interleave(contenders('consensus-failover', kills), turns);
  console.log('  leader killed, next task …');
  const tasks = interleave([{ name: 'Messor', command: peer('consensus-tasks', kills) }], turns);
  printTable('Three members, the leader is killed with SIGKILL', [
    ...killRows('until a write is answered', 'kill', killed, etcd, '< 1 s, and < etcd'),
    ...killRows('until the scheduler is back', 'subscribed', tasks, etcd, ''),
    ...killRows('until the next task is RUNNING', 'kill', tasks, etcd, ''),
  ]);

  console.log(`  ${AGENT_COUNT} agents …`);
  const recovery = interleave(
    [AGENT_COUNT, 1].map((count) => ({
      name: String(count),
      command: peer('consensus-recovery', String(count)),
    })),
    1,
  );
  printTable(
    'A registry of many agents, three masters',
    [...recovery].flatMap(([count, list]) => recoveryRows(Number(count), list)),
  );
}

/** Undefined, and said why, where there is none. */
function etcdVersion(): string | undefined {
  const { error, stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  if (error !== undefined) {
    console.log('  etcd is skipped: there is none here; apt-get install etcd-server');
    return undefined;
  }
  return `etcd ${/Version: (\S+)/.exec(stdout)?.[1] ?? ''}`.trim();
}

function members(count: number): string {
  return count === 1 ? 'one member' : `${count} members`;
}

function writeRows(clientCount: number, samples: Samples): Row[] {
  const own = samples.get('Messor') ?? [];
  const all = [...samples].filter(([, list]) => list.length > 0);
  return all.map(([contender, list], index): Row => {
    const isDisk = contender === DISK;
    const key = isDisk ? `rate${DISK_BYTES[clientCount]}` : `rate${clientCount}`;
    const recordCount = isDisk ? clientCount : 1;
    const rateOf = (sample: Sample) => (sample[key] ?? Number.NaN) * recordCount;
    const rate = `${short(median(list.map(rateOf)))}/s`;
    const latency = (share: string) => `${figure(list, `${share}Ms${clientCount}`).toFixed(1)} ms`;
    const micro = (who: string) => `${figure(list, `${who}Us${clientCount}`).toFixed(0)} µs`;
    return {
      workload: index === 0 ? `${clientCount} client${clientCount === 1 ? '' : 's'}` : '',
      contender: isDisk && recordCount > 1 ? `${DISK}, ${recordCount} at a time` : contender,
      figure: isDisk ? rate : `${rate}, p50 ${latency('p50')}, p99 ${latency('p99')}`,
      cpu: isDisk ? '' : `${micro('server')} + ${micro('client')}`,
      ratio: contender === 'Messor' ? '' : `${ratioWithinRounds(own, list).toFixed(2)}x`,
      goal: contender.startsWith('etcd') && clientCount === 64 ? '>= 1.00x' : '',
    };

    function ratioWithinRounds(ours: readonly Sample[], theirs: readonly Sample[]): number {
      return median(
        ours.flatMap((sample) => {
          const other = theirs.find(({ round }) => round === sample.round);
          if (other === undefined) return [];
          return (sample[`rate${clientCount}`] ?? Number.NaN) / rateOf(other);
        }),
      );
    }
  });
}

function killRows(
  workload: string,
  name: string,
  samples: Samples,
  etcd: string | undefined,
  goal: string,
): Row[] {
  const own = timesOf(samples.get('Messor') ?? [], name);
  return [...samples].map(([contender, list], index): Row => {
    const times = timesOf(list, name);
    const at = (share: number) => milliseconds(times[Math.floor(times.length * share)]);
    return {
      workload: index === 0 ? workload : '',
      contender,
      figure: `p50 ${milliseconds(median(times))}, p99 ${at(0.99)}, max ${milliseconds(times.at(-1))} of ${times.length}`,
      cpu: '',
      ratio: contender === etcd ? `${(median(times) / median(own)).toFixed(1)}x as fast` : '',
      goal: index === 0 ? goal : '',
    };
  });
}

/** What was measured at each kill of each turn, ascending. */
function timesOf(list: readonly Sample[], name: string): readonly number[] {
  const pattern = new RegExp(`^${name}\\d+Ms$`);
  return list
    .flatMap((sample) => Object.entries(sample))
    .filter(([key, value]) => pattern.test(key) && typeof value === 'number')
    .map(([, value]) => value)
    .sort((one, other) => one - other);
}

function recoveryRows(count: number, list: readonly Sample[]): Row[] {
  const of = (name: string) => figure(list, name);
  const row = (workload: string, text: string): Row => ({
    ...{ workload, contender: 'Messor', figure: text, cpu: '', ratio: '', goal: '' },
  });
  const peak = (name: string) => `peak ${of(name).toFixed(0)} MiB`;
  return [
    row(
      `${count} agent${count === 1 ? '' : 's'}: all are started`,
      `a leader after ${milliseconds(of('startMs'))}, ${peak('startPeakMiB')}`,
    ),
    row(
      '  its leader is killed',
      `the next after ${milliseconds(of('takeOverMs'))}, ${peak('takeOverPeakMiB')}`,
    ),
    row(
      '  on the disk',
      `snapshot ${(of('snapshotBytes') / 2 ** 20).toFixed(1)} MiB, of ${(of('directoryBytes') / 2 ** 20).toFixed(0)} MiB`,
    ),
  ];
}

function figure(list: readonly Sample[], name: string): number {
  return median(list.map((sample) => sample[name] ?? Number.NaN));
}

function milliseconds(value = Number.NaN): string {
  return value < 10_000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`;
}
