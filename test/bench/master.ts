/**
 * A whole master over the real wire: under load, and when it is killed and another one comes after it.
 * Agents and frameworks are in other processes, each over a connection of its own; agents are played
 * (`master/played-agent.ts`), frameworks are schedulers of the SDK.
 */
import Table from 'cli-table3';
import { type BenchFlags, numbersIn } from './flags.ts';
import { measureFailover } from './master/failover.ts';
import { type MasterRow, measureLoad } from './master/load.ts';

/** Agents, frameworks, and tasks of each on each agent. */
type Failover = readonly [agents: number, frameworks: number, tasks: number];

/** Of Mesos' `MasterFailover_BENCHMARK_Test`. */
const FAILOVERS: readonly Failover[] = [
  [2000, 5, 10],
  [2000, 5, 20],
  [20_000, 1, 5],
];

const QUICK_FAILOVERS: readonly Failover[] = [[200, 2, 5]];

const SIZES = {
  quick: { agents: 200, frameworks: 10, seconds: 3, grid: QUICK_FAILOVERS },
  usual: { agents: 10_000, frameworks: 100, seconds: 15, grid: FAILOVERS },
} as const;

export async function benchMaster(_roundCount: number, flags: BenchFlags): Promise<void> {
  const sizes = SIZES[flags.quick ? 'quick' : 'usual'];
  const wanted = flags.case?.split(',') ?? ['load', 'failover'];
  const found: { readonly title: string; readonly rows: readonly MasterRow[] }[] = [];
  const attempt = async (title: string, measure: () => Promise<readonly MasterRow[]>) => {
    console.error(`  ${title} …`);
    try {
      found.push({ title, rows: await measure() });
    } catch (error) {
      console.error(`  ${title}: no figure: ${error instanceof Error ? error.message : error}`);
    }
  };
  const [agents = sizes.agents] = given('agents', flags.agents);
  const [frameworks = sizes.frameworks] = given('frameworks', flags.frameworks);
  const seconds = flags.seconds === undefined ? sizes.seconds : Number(flags.seconds);
  if (wanted.includes('load')) {
    const size = { agents, frameworks, seconds, tasks: Number(flags.tasks ?? 50) };
    await attempt(`${agents} agents, ${frameworks} frameworks`, () => measureLoad(size));
  }
  if (wanted.includes('failover')) {
    const one = flags.agents !== undefined || flags.frameworks !== undefined;
    const grid: readonly Failover[] = one
      ? [[agents, frameworks, Number(flags.tasks ?? 5)]]
      : sizes.grid;
    for (const [agentCount, frameworkCount, tasks] of grid) {
      const size = { agents: agentCount, frameworks: frameworkCount, tasks };
      const title = `failover: ${agentCount} agents, ${frameworkCount} frameworks with ${tasks} tasks on each`;
      await attempt(title, () => measureFailover(size));
    }
  }
  if (flags.json) console.log(JSON.stringify(found));
  else for (const { title, rows } of found) print(title, rows);
}

function given(name: string, text: string | undefined): number[] {
  return text === undefined ? [] : numbersIn(name, text);
}

function print(title: string, rows: readonly MasterRow[]): void {
  const table = new Table({
    head: ['', '', 'wanted'],
    style: { head: [], border: [], compact: true },
  });
  for (const { what, figure, wanted } of rows) table.push([what, figure, wanted]);
  console.log(`\n${title}\n${table.toString()}`);
}
