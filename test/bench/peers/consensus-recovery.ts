/**
 * A registry of many agents, and who leads next: first three masters are started on it, then the one
 * that leads is killed. A master counts as leading when it answers a question about the last agent.
 * usage: node consensus-recovery.js AGENTS
 * Prints startMs and takeOverMs; startPeakMiB and takeOverPeakMiB, the most memory (VmHWM) that the
 * master that then led had in use until then; snapshotBytes and directoryBytes, of one master.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  MASTER_NAME,
  type MasterMessage,
  type NotLeader,
} from '../../../actors/protocol/messages.ts';
import type { MasterPage } from '../../../actors/protocol/views.ts';
import { dial } from '../../../bin/dial.ts';
import type { Address } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import { eventually, kept } from '../consensus/group.ts';
import { startMessorGroup } from '../consensus/messor-group.ts';

const agentCount = Number(process.argv[2] ?? '1');
/** Registered at a time. */
const OUTSTANDING_COUNT = 1000;
/** A snapshot after so many entries, of which each has up to as many agents as register at a time. */
const SNAPSHOT_ENTRY_COUNT = 20;
/** Who changes its role just then answers nothing. */
const ASK_TIMEOUT_MS = 100;
/** The others must have restored it, too. */
const CALM_MS = 3000;

const group = await startMessorGroup('registry', 3, SNAPSHOT_ENTRY_COUNT);
const writer = await group.leader();
let next = 0;
await Promise.all(
  Array.from({ length: OUTSTANDING_COUNT }, async () => {
    while (next < agentCount) {
      const key = `agent-${next++}`;
      await new Promise<void>((resolve, reject) =>
        group.write(writer, key, (failed) =>
          failed === undefined ? resolve() : reject(new Error(failed)),
        ),
      );
    }
  }),
);
await group.end();

const { members } = group;
const onlooker = await dial({ cluster: 'bench', logSink: () => {} });
const [directory = ''] = members.map((member) => member.directory);
const sizes = readdirSync(directory).map((name) => ({
  name,
  bytes: statSync(join(directory, name)).size,
}));
const snapshotBytes = Math.max(
  0,
  ...sizes.filter(({ name }) => name.startsWith('snap')).map(({ bytes }) => bytes),
);

const startedMs = performance.now();
const masters = members.map(start);
const first = await leaderAmong(members.map(({ node }) => node));
const startMs = performance.now() - startedMs;
const startPeakMiB = peakMiB(masters[indexOf(first)]?.pid);
await pause(CALM_MS);
const killedMs = performance.now();
masters[indexOf(first)]?.kill('SIGKILL');
const rest = members.map(({ node }) => node).filter((node) => node !== first);
const second = await leaderAmong(rest);
const takeOverMs = performance.now() - killedMs;
const takeOverPeakMiB = peakMiB(masters[indexOf(second)]?.pid);
console.log(
  JSON.stringify({
    ...{ count: agentCount, wallMs: 0, cpuMs: 0 },
    ...{ startMs, startPeakMiB, takeOverMs, takeOverPeakMiB, snapshotBytes },
    directoryBytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
  }),
);
process.exit(0);

function start({ node, directory: path }: (typeof members)[number]) {
  const [, port = ''] = node.split(':');
  /** From where it was built to: build/test/bench/peers. */
  const program = join(import.meta.dirname, '../../../../bin/node');
  const flags = [
    ...['--role', 'master', '--cluster', 'bench', '--port', port, '--registry', `raft:${path}`],
    ...['--masters', members.map((member) => member.node).join(',')],
    ...['--log-level', 'error', '--end-with-stdin'],
  ];
  return kept(
    spawn(process.execPath, [program, ...flags], { stdio: ['pipe', 'ignore', 'inherit'] }),
  );
}

function indexOf(node: string): number {
  return members.findIndex((member) => member.node === node);
}

function leaderAmong(nodes: readonly string[]): Promise<string> {
  let leader: string | undefined;
  return Promise.race(
    nodes.map((node) =>
      eventually('a master leads', async () => {
        if (await knowsLastAgent(node)) leader = node;
        return leader;
      }),
    ),
  );
}

/** Whether this master leads, and knows the last agent. */
async function knowsLastAgent(node: string): Promise<boolean> {
  const answer = await onlooker.system
    .ask<MasterMessage, MasterPage | NotLeader>(
      address<MasterMessage>(MASTER_NAME, node),
      (replyTo: Address<MasterPage | NotLeader>) => ({
        ...{ type: 'describeMaster', section: 'agents', countMax: 1, replyTo },
        offset: agentCount - 1,
      }),
      ASK_TIMEOUT_MS,
    )
    .catch(() => undefined);
  return answer?.type === 'masterPage' && answer.items.length === 1;
}

function peakMiB(processId: number | undefined): number {
  const text = readFileSync(`/proc/${processId}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024;
}
