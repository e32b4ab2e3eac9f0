/**
 * `npm run bench -- [local] [remote] [tasks] [consensus] [reads] [allocator] [master] [flags]` (`--help` names them):
 * measures against named peers in the same run and prints tables; medians over interleaved rounds. Nothing here
 * ever fails a build.
 */
import { cpus } from 'node:os';
import { benchAllocator } from './allocator.ts';
import { benchConsensus } from './consensus.ts';
import { readCommand, usage } from './flags.ts';
import { benchLocal } from './local.ts';
import { benchMaster } from './master.ts';
import { benchReads } from './reads.ts';
import { benchRemote } from './remote.ts';
import { benchTasks } from './tasks.ts';

const suites = {
  local: benchLocal,
  remote: benchRemote,
  tasks: benchTasks,
  consensus: benchConsensus,
  reads: benchReads,
  allocator: benchAllocator,
  master: benchMaster,
};
const known = Object.keys(suites);
const command = readCommand(process.argv.slice(2), known);
if (typeof command === 'string') {
  console.error(`${command}\n\n${usage(known)}`);
  process.exit(2);
}
const { flags, names } = command;
if (flags.help) {
  console.log(usage(known));
  process.exit(0);
}

const roundCount = Number(flags.rounds);
const { length: cpuCount, 0: cpu } = cpus();
console.error(
  `Node ${process.version}, ${cpuCount} x ${cpu?.model ?? 'unknown CPU'}, ${roundCount} rounds`,
);
for (const [name, bench] of Object.entries(suites)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.error(`\n${name}`);
  await bench(roundCount, flags);
}
