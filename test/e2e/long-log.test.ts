/**
 * A log that is longer than what is kept of it: who joins, or lost its disk, can have it by a snapshot
 * only. The log is made from a dump, as nothing here has the time to write it.
 */
import { equal, match, ok } from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import { eventually, type Outcome, runProgram, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';
import { admit } from '../kit/registry-operations.ts';

/** More than the entries between two snapshots. */
const AGENT_COUNT = 11_000;

test('one of three masters that lost its disk is added again, and has a long log by a snapshot', async (context) => {
  const directory = await temporaryDirectory(context);
  const nodes = (await freePorts(3)).map((port) => `127.0.0.1:${port}`);
  const [one = '', two = '', three = ''] = nodes;
  const all = nodes.join(',');
  const place = (node: string) => join(directory, node);
  const start = (node: string) =>
    startProgram(context, 'bin/node', [
      ...['--role', 'master', '--port', node.slice(node.indexOf(':') + 1)],
      ...['--masters', all, '--registry', `raft:${place(node)}`],
    ]);

  const dump = join(directory, 'dump.jsonl');
  await writeFile(dump, dumpOf(AGENT_COUNT));
  const restored = await messor('log', 'restore', '--address', one, place(one), dump);
  equal(restored.exitCode, 0, restored.stderr);
  const first = start(one);
  await first.untilPrinted(/This master leads/);
  for (const node of [two, three]) {
    const joining = start(node);
    await joining.untilPrinted(/There is a cluster at \S+ already; add this node/);
    equal((await messor('masters', 'add', node, '--master', all)).exitCode, 0);
    await fetched(joining);
    await untilAllVote(node === two ? [one, two] : nodes);
    if (node === two) continue;
    await joining.end('SIGKILL');
  }

  await rm(place(three), { recursive: true });
  const wiped = start(three);
  await wiped.untilPrinted(/has lost its log; .*: messor masters add/);
  const lost = (await rows(all)).find(({ master }) => master === three);
  equal(lost?.role, 'seeking');
  match(String(lost?.state), /has lost its log/);
  equal(lost?.behindCount, undefined);

  const added = await messor('masters', 'add', three, '--master', all);
  equal(added.exitCode, 0, added.stderr);
  const behind = (await rows(all)).find(({ master }) => master === three);
  ok(behind?.role === 'learner' || behind?.role === 'follower', JSON.stringify(behind));
  if (behind.role === 'learner' && behind.state !== 'cannot be reached') {
    match(behind.state, /catches up|Waiting|There is a cluster/);
  }
  await fetched(wiped);
  await untilAllVote(nodes);

  const state = await messor('state', '--stale', '--master', three);
  match(state.stdout, new RegExp(`Agents +${AGENT_COUNT} recovered`));
  const verified = await Promise.all(nodes.map((node) => messor('log', 'verify', place(node))));
  for (const { exitCode, stdout } of verified) equal(exitCode, 0, stdout);
});

interface Row {
  readonly master: string;
  readonly role: string;
  readonly state: string;
  readonly behindCount?: number;
}

/** The snapshot with which a cluster begins would not have it. */
async function fetched(program: ReturnType<typeof startProgram>): Promise<void> {
  const [, index] = await program.untilPrinted(/"index":(\d+)\},"msg":"Fetched a snapshot"/);
  ok(Number(index) > AGENT_COUNT, `the snapshot of entry ${index}`);
}

async function untilAllVote(nodes: readonly string[]): Promise<void> {
  await eventually('all masters vote', async () => {
    const settled = (await rows(nodes.join(','))).filter(
      ({ state, behindCount }) => (state === 'leads' || state === 'follows') && behindCount === 0,
    );
    return settled.length === nodes.length || undefined;
  });
}

async function rows(masters: string): Promise<readonly Row[]> {
  const { stdout } = await messor('masters', '--json', '--master', masters);
  return stdout === '' ? [] : (JSON.parse(stdout) as { readonly masters: Row[] }).masters;
}

/** Of a master that has admitted one agent after the other. */
function dumpOf(agentCount: number): string {
  const group = 'registry';
  const candidate = { node: 'a:5050', masterId: 'm', version: '0.1.0' };
  const membership = {
    ...{ voters: [1], votersOutgoing: [], learners: [], learnersNext: [] },
    ...{ leavesJointItself: false, addresses: { 1: candidate.node } },
  };
  const begin = { type: 'recover', leader: { epoch: 0, candidate } };
  const committedIndex = 3 + agentCount;
  const operation = (index: number, epoch: number, one: object) => ({
    line: 'entry',
    group,
    entry: { kind: 'operation', index, term: 2, epoch, operations: [one] },
  });
  const lines: object[] = [
    { line: 'log', format: 1, clusterId: 'c', memberId: 1 },
    {
      ...{ line: 'group', group, hardState: { term: 2, vote: 1, committedIndex } },
      mark: { index: 1, term: 1, membership },
    },
    { line: 'record', group, record: { type: 'registry', format: 1 } },
    { line: 'record', group, record: { type: 'end', recordCount: 0 } },
    { line: 'entry', group, entry: { kind: 'empty', index: 2, term: 2 } },
    operation(3, 0, begin),
  ];
  for (let agent = 0; agent < agentCount; agent++) {
    lines.push(operation(4 + agent, 3, admit(`agent-${agent}`)));
  }
  lines.push({ line: 'end', count: lines.length });
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

function messor(...words: string[]): Promise<Outcome> {
  return runProgram('bin/messor', words);
}
