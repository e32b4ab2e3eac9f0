/** Messor's members, each a process; `peers/consensus-member.ts` says of what kinds there are. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePorts } from '../../../bin/free-ports.ts';
import { type Address, defineActor } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import { nodeHost } from '../../../runtime/node-host.ts';
import { createSystem } from '../../../runtime/system.ts';
import { startTransport } from '../../../transport/transport.ts';
import { peer } from '../measure.ts';
import { acceptsFromDoor, DOOR_NAME, type FromDoor, type FromWriter } from './door.ts';
import { eventually, type Group, kept, temporaryDirectory, VALUE_BYTES } from './group.ts';

const DESCRIBE_TIMEOUT_MS = 500;

type Done = (failed: string | undefined) => void;
type Description = Extract<FromDoor, { type: 'described' }>;

export interface MessorGroup extends Group {
  /** `host:port` of each member, and the directory that its log is in. */
  readonly members: readonly { readonly node: string; readonly directory: string }[];
  /** Ends the processes in order; the directories stay until this program ends. */
  end(): Promise<void>;
}

/** Receives all answers: as many clients as writes are under way. */
const writer = defineActor<null, { readonly waiting: Map<number, Done> }, FromDoor>({
  name: 'writer',
  initialState: () => ({ waiting: new Map() }),
  accepts: acceptsFromDoor,
  handlers: {
    written(_, { number, refused }) {
      const done = waiting.get(number);
      waiting.delete(number);
      done?.(refused);
    },
    described() {},
  },
});

/** By the number of the write. */
const waiting = new Map<number, Done>();

export async function startMessorGroup(
  kind: 'log' | 'registry',
  memberCount: number,
  snapshotEntryCount?: number,
): Promise<MessorGroup> {
  const ports = await freePorts(memberCount);
  const directory = temporaryDirectory();
  const members = ports.map((port, index) => ({
    port,
    node: `127.0.0.1:${port}`,
    directory: join(directory, `m${index}`),
  }));
  const nodes = members.map(({ node }) => node).join(',');
  const processes: (ChildProcess | undefined)[] = members.map(() => undefined);
  const value = new Uint8Array(VALUE_BYTES).fill(0x76);

  async function start(index: number): Promise<void> {
    const member = members[index];
    if (member === undefined) return;
    const [program = '', ...rest] = peer(
      'consensus-member',
      ...[kind, String(member.port), nodes, member.directory],
      ...(snapshotEntryCount === undefined ? [] : [String(snapshotEntryCount)]),
    );
    const child = kept(spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] }));
    processes[index] = child;
    await once(child.stdout as NodeJS.EventEmitter, 'data');
  }

  const host = nodeHost({ logSink: () => {} });
  const incarnation = Date.now();
  const transport = await startTransport({ host, cluster: 'bench', incarnation, name: 'writer' });
  const system = createSystem({ node: transport.node, incarnation, host, carrier: transport });
  const self = system.spawn(writer, null);
  const doors = members.map(({ node }) => address<FromWriter>(DOOR_NAME, node));
  const doorOf = (index: number) => doors[index] as Address<FromWriter>;
  let nextNumber = 1;

  const describe = (index: number) =>
    system
      .ask<FromWriter, Description>(
        doorOf(index),
        (replyTo) => ({
          type: 'describe',
          number: 0,
          replyTo: replyTo as unknown as Address<FromDoor>,
        }),
        DESCRIBE_TIMEOUT_MS,
      )
      .catch(() => undefined);

  await Promise.all(members.map((_, index) => start(index)));
  return {
    memberCount,
    members,
    processIds: () => processes.flatMap((child) => child?.pid ?? []),
    leader: () =>
      eventually('the group has a leader', async () => {
        const all = await Promise.all(members.map((_, index) => describe(index)));
        const leaders = new Set(all.map((one) => one?.leader));
        const indexes = new Set(all.map((one) => one?.appliedIndex));
        const leader = all.findIndex((one) => one?.leads);
        const isAgreed = leader !== -1 && leaders.size === 1;
        return isAgreed && indexes.size === 1 ? leader : undefined;
      }),
    write(index, key, done) {
      const number = nextNumber++;
      waiting.set(number, done);
      system.send(doorOf(index), { type: 'write', key, value, number, replyTo: self });
    },
    kill(index) {
      processes[index]?.kill('SIGKILL');
      processes[index] = undefined;
    },
    restart: start,
    async end() {
      await Promise.all(
        processes.map(async (child) => {
          if (child === undefined) return;
          child.stdin?.end();
          await once(child, 'exit');
        }),
      );
      await system.shutdown();
    },
    async stop() {
      for (const child of processes) child?.kill('SIGKILL');
      await system.shutdown();
    },
  };
}
