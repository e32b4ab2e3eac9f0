/** Inside one node: Messor's runtime as it is used, plain nact, and Erlang where it is installed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Contender, interleave, median, peer, type Sample } from './measure.ts';
import { printTable, type Row, throughputRows } from './table.ts';

const COUNT = {
  pingPong: { messor: 8_000_000, nact: 400_000, Erlang: 4_000_000 },
  ring: { messor: 8_000_000, nact: 400_000, Erlang: 4_000_000 },
  fanIn: { messor: 4_000_000, nact: 400_000, Erlang: 2_000_000 },
  ask: { messor: 1_000_000, nact: 300_000, Erlang: 1_000_000 },
  spawnStop: { messor: 100_000, nact: 100_000, Erlang: 300_000 },
} as const;

const GOAL: Readonly<Record<keyof typeof COUNT, Readonly<Record<string, string>>>> = {
  pingPong: { nact: '>= 15x', Erlang: '> 1x' },
  ring: { nact: '>= 15x', Erlang: '> 1x' },
  fanIn: { nact: '>= 5x' },
  ask: { nact: '>= 3x' },
  spawnStop: {},
};

export function benchLocal(roundCount: number): void {
  const erlang = spawnSync('escript', [], { stdio: 'ignore' }).error === undefined;
  if (!erlang) console.log('Erlang is left out: escript is missing (Debian: erlang-base)');

  const rows: Row[] = [];
  for (const [workload, counts] of Object.entries(COUNT)) {
    console.log(`  ${workload} …`);
    const contenders: Contender[] = [
      { name: 'Messor', command: peer('local-messor', workload, String(counts.messor)) },
      { name: 'nact', command: peer('local-nact', workload, String(counts.nact)) },
    ];
    if (workload === 'spawnStop') {
      const command = peer('local-messor', 'spawnStopLight', '400000');
      contenders.push({ name: 'Messor, light', command });
    }
    if (erlang) {
      const program = join(import.meta.dirname, '../../../test/bench/peers/local.erl');
      const command = ['escript', program, workload, String(counts.Erlang)];
      contenders.push({ name: 'Erlang', command });
    }
    const goals = GOAL[workload as keyof typeof COUNT];
    rows.push(...throughputRows(workload, 'Messor', interleave(contenders, roundCount), goals));
  }
  printTable('Local messages, all instrumentation on', rows);
  benchChain(Math.min(roundCount, 3));
}

function benchChain(roundCount: number): void {
  console.log('  chain …');
  const contenders = ['messor', 'nact'].map((name) => ({
    name,
    command: peer('chain', name, '1500'),
  }));
  const samples = interleave(contenders, roundCount);
  const figure = (list: readonly Sample[] | undefined, name: string) =>
    median((list ?? []).map((sample) => sample[name] ?? Number.NaN));
  const own = samples.get('messor');
  printTable(
    'A chain of 10 hops in a process that serves WebSocket frames meanwhile',
    [...samples].map(([contender, list]) => ({
      workload: `${(figure(list, 'framesPerSecond') / 1000).toFixed(0)} k frames/s`,
      contender,
      figure: `p50 ${figure(list, 'p50Us').toFixed(0)} µs, p99 ${figure(list, 'p99Us').toFixed(0)} µs`,
      cpu: '',
      ratio:
        contender === 'messor'
          ? ''
          : `${(figure(list, 'p99Us') / figure(own, 'p99Us')).toFixed(0)}x faster at p99`,
      goal: contender === 'messor' ? 'p99 < 500 µs' : '',
    })),
  );
}
