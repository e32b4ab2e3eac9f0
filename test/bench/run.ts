/**
 * `npm run bench -- [local] [remote] [tasks] [consensus] [reads] [allocator] [master] [--rounds N]`:
 * measures against named peers in the same run and prints tables; medians over interleaved rounds. Nothing here
 * ever fails a build.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAllocator } from './allocator.ts';
import { benchConsensus } from './consensus.ts';
import { BENCH_OPTIONS } from './flags.ts';
import { benchLocal } from './local.ts';
import { benchMaster } from './master.ts';
import { benchReads } from './reads.ts';
import { benchRemote } from './remote.ts';
import { benchTasks } from './tasks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: BENCH_OPTIONS,
});
const roundCount = Number(values.rounds);
const suites = {
  local: benchLocal,
  remote: benchRemote,
  tasks: benchTasks,
  consensus: benchConsensus,
  reads: benchReads,
  allocator: benchAllocator,
  master: benchMaster,
};
const unknown = positionals.filter((name) => !(name in suites));
if (unknown.length > 0 || !Number.isInteger(roundCount) || roundCount < 1) {
  console.error(
    `Usage: npm run bench -- [${Object.keys(suites).join('] [')}] [--rounds N]   (N a whole number from 1)`,
  );
  process.exit(2);
}

const { length: cpuCount, 0: cpu } = cpus();
console.error(
  `Node ${process.version}, ${cpuCount} x ${cpu?.model ?? 'unknown CPU'}, ${roundCount} rounds`,
);
for (const [name, bench] of Object.entries(suites)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.error(`\n${name}`);
  await bench(roundCount, values);
}
