/** Several masters as processes, and what `messor masters` says of them. */
import { deepEqual, equal } from 'node:assert/strict';
import { join } from 'node:path';
import { freePorts } from '../../bin/free-ports.ts';
import {
  type Afterwards,
  eventually,
  type Outcome,
  type Program,
  runProgram,
  startProgram,
} from './programs.ts';
import { agentFlags, temporaryDirectory } from './real-agents.ts';

export interface RealMaster {
  readonly node: string;
  readonly directory: string;
  /** What its process is started by: of one in a network namespace `ip netns exec …`. */
  readonly through?: readonly string[];
  program: Program;
}

export interface MasterRow {
  readonly master: string;
  readonly role: string;
  readonly state: string;
}

export async function startMasters(context: Afterwards, count: number): Promise<RealMaster[]> {
  const directory = await temporaryDirectory(context);
  const ports = await freePorts(count);
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  const masters = nodes.map((node, index) => {
    const master = { node, directory: join(directory, `${index}`) } as RealMaster;
    master.program = startMaster(context, master, nodes.join(','));
    return master;
  });
  await allFollow(masters);
  return masters;
}

export function startMaster(
  context: Afterwards,
  { node, directory, through = [] }: RealMaster,
  all: string,
  more: readonly string[] = [],
): Program {
  const colon = node.lastIndexOf(':');
  const flags = [
    ...['--role', 'master', '--listen-address', node.slice(0, colon)],
    ...['--port', node.slice(colon + 1), '--masters', all, '--registry', `raft:${directory}`],
    ...['--allocation-interval', '100ms', '--agent-reregister-timeout', '20s', ...more],
  ];
  return startProgram(context, 'bin/node', flags, { through });
}

export async function startAgents(
  context: Afterwards,
  masters: string,
  count: number,
  more: readonly string[] = [],
): Promise<readonly Program[]> {
  const agents: Program[] = [];
  for (let index = 0; index < count; index++) {
    const flags = agentFlags(masters, await temporaryDirectory(context));
    const agent = startProgram(context, 'bin/node', [...flags, ...more]);
    await agent.untilPrinted(/^Agent at /m);
    agents.push(agent);
  }
  await eventually('the agents are there', async () => {
    const { stdout } = await messor('agents', '--master', masters);
    return (stdout.match(/ active /g)?.length ?? 0) >= count || undefined;
  });
  return agents;
}

export function listOf(masters: readonly RealMaster[]): string {
  return masters.map(({ node }) => node).join(',');
}

export async function leaderOf(
  masters: readonly RealMaster[],
  through: readonly string[] = [],
): Promise<RealMaster> {
  const node = await eventually('a master leads', async () => {
    return (await rowsOf(masters, through)).find(({ role }) => role === 'leader')?.master;
  });
  return masters.find((one) => one.node === node) as RealMaster;
}

/** One leads, and exactly those named belong to it and have what it has. */
export async function allFollow(
  masters: readonly RealMaster[],
  through: readonly string[] = [],
): Promise<void> {
  const rows = await eventually('all masters agree', async () => {
    const all = await rowsOf(masters, through);
    const members = all.filter(({ state }) => state === 'leads' || state === 'follows');
    const voting = members.filter(({ role }) => role === 'leader' || role === 'follower');
    return voting.length === masters.length && all.length === masters.length ? all : undefined;
  });
  deepEqual(rows.map(({ master }) => master).sort(), masters.map(({ node }) => node).sort());
}

/** @returns nothing while none of them can be reached */
async function rowsOf(
  masters: readonly RealMaster[],
  through: readonly string[],
): Promise<readonly MasterRow[]> {
  const words = ['masters', '--json', '--master', listOf(masters), '--answer-timeout', '2s'];
  const { stdout } = await runProgram('bin/messor', words, { through });
  return stdout === '' ? [] : (JSON.parse(stdout) as { masters: readonly MasterRow[] }).masters;
}

/** The log of each, when its process has ended, is as it should be. */
export async function verifyLogs(masters: readonly RealMaster[]): Promise<void> {
  for (const { program, directory } of masters) {
    await program.end('SIGKILL');
    const { exitCode, stdout } = await messor('log', 'verify', directory);
    equal(exitCode, 0, stdout);
  }
}

export function messor(...words: string[]): Promise<Outcome> {
  return runProgram('bin/messor', words);
}
