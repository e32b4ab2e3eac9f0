/** Between two nodes on loopback, 200-byte messages: Messor's actors, and bare ws with cbor-x. */
import { interleave, median, peer, type Sample } from './measure.ts';
import { printTable, throughputRows } from './table.ts';

export function benchRemote(roundCount: number): void {
  console.log('  oneWay …');
  const oneWay = interleave(
    [
      { name: 'Messor', command: peer('remote-messor', 'oneWay', '400000') },
      { name: 'ws + cbor-x', command: peer('remote-ws', 'oneWay', '400000') },
    ],
    // A round takes three seconds, in which a neighbour on the machine is easily met by one side only.
    2 * roundCount,
  );
  printTable(
    'Remote messages one way, CPU of both processes',
    throughputRows('one way', 'Messor', oneWay, { 'ws + cbor-x': '>= 0.80x' }),
  );

  console.log('  ask …');
  const ask = interleave(
    [
      { name: 'Messor ask', command: peer('remote-messor', 'ask', '10000') },
      { name: 'ws + cbor-x echo', command: peer('remote-ws', 'echo', '10000') },
    ],
    roundCount,
  );
  const figure = (list: readonly Sample[] | undefined, name: string) =>
    median((list ?? []).map((sample) => sample[name] ?? Number.NaN));
  const own = figure(ask.get('Messor ask'), 'p50Us');
  printTable(
    'A question and its answer, one at a time',
    [...ask].map(([contender, list], index) => ({
      workload: index === 0 ? 'round trip' : '',
      contender,
      figure: `p50 ${figure(list, 'p50Us').toFixed(0)} µs, p99 ${figure(list, 'p99Us').toFixed(0)} µs`,
      cpu: '',
      ratio: index === 0 ? '' : `${(own / figure(list, 'p50Us')).toFixed(2)}x its p50`,
      goal: index === 0 ? '' : '<= 2x',
    })),
  );

  console.log('  stalled …');
  const stalled = interleave(
    [{ name: 'Messor', command: peer('remote-messor', 'stalled', '1000000') }],
    1,
  );
  printTable(
    'A peer that is stopped while 1 000 000 messages (190 MB) are sent to it',
    [...stalled].map(([contender, list]) => ({
      workload: 'stalled peer',
      contender,
      figure: `memory grows by at most ${figure(list, 'peakMiB').toFixed(0)} MiB`,
      cpu: '',
      ratio: '',
      goal: 'bounded',
    })),
  );
}
