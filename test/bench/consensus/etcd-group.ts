/** etcd, as Debian has it, with what it does unless told otherwise. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePorts } from '../../../bin/free-ports.ts';
import { EtcdConnection } from './etcd-connection.ts';
import { eventually, type Group, kept, temporaryDirectory, VALUE_BYTES } from './group.ts';

/** Clients share so many connections to one member. */
const CONNECTION_COUNT = 4;

interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly directory: string;
  process: ChildProcess | undefined;
  connections: readonly EtcdConnection[];
  turn: number;
}

interface Status {
  readonly leader?: string;
  readonly raftIndex?: string;
  readonly header?: { readonly member_id?: string };
}

export async function startEtcdGroup(memberCount: number): Promise<Group> {
  const ports = await freePorts(2 * memberCount);
  const directory = temporaryDirectory();
  const members = Array.from(
    { length: memberCount },
    (_, index): Member => ({
      name: `m${index}`,
      clientPort: ports[2 * index] ?? 0,
      peerPort: ports[2 * index + 1] ?? 0,
      directory: join(directory, `m${index}`),
      process: undefined,
      connections: [],
      turn: 0,
    }),
  );
  const initial = members.map(({ name, peerPort }) => `${name}=${at(peerPort)}`).join(',');
  const value = Buffer.alloc(VALUE_BYTES, 'v');
  const memberAt = (index: number) => members[index] as Member;

  function start(member: Member): void {
    const { name, clientPort, peerPort } = member;
    member.process = kept(
      spawn(
        'etcd',
        [
          ...['--name', name, '--data-dir', member.directory, '--log-level', 'error'],
          ...['--listen-client-urls', at(clientPort), '--advertise-client-urls', at(clientPort)],
          ...['--listen-peer-urls', at(peerPort), '--initial-advertise-peer-urls', at(peerPort)],
          ...['--initial-cluster', initial, '--initial-cluster-token', directory],
        ],
        { stdio: 'ignore' },
      ),
    );
  }

  async function dial(member: Member): Promise<void> {
    await eventually('etcd listens', async () => (await statusOf(member)) && true);
    for (const connection of member.connections) connection.close();
    member.connections = Array.from(
      { length: CONNECTION_COUNT },
      () => new EtcdConnection(member.clientPort),
    );
  }

  for (const member of members) start(member);
  for (const member of members) await dial(member);
  return {
    memberCount,
    processIds: () => members.flatMap(({ process: running }) => running?.pid ?? []),
    leader: () =>
      eventually('etcd has a leader', async () => {
        const statuses = await Promise.all(members.map(statusOf));
        const leaders = new Set(statuses.map((status) => status?.leader ?? '0'));
        const indexes = statuses.map((status) => Number(status?.raftIndex ?? 0));
        const [leader] = leaders;
        const isAgreed = leaders.size === 1 && leader !== '0';
        if (!isAgreed || Math.min(...indexes) < Math.max(...indexes)) return undefined;
        return statuses.findIndex((status) => status?.header?.member_id === leader);
      }),
    write(index, key, done) {
      const member = memberAt(index);
      const connection = member.connections[member.turn++ % CONNECTION_COUNT];
      connection?.put(key, value, done);
    },
    kill(index) {
      const member = memberAt(index);
      member.process?.kill('SIGKILL');
      member.process = undefined;
    },
    async restart(index) {
      start(memberAt(index));
      await dial(memberAt(index));
    },
    async stop() {
      for (const member of members) {
        for (const connection of member.connections) connection.close();
        member.process?.kill('SIGKILL');
      }
    },
  };
}

function at(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function statusOf({ clientPort }: Member): Promise<Status | undefined> {
  try {
    const answer = await fetch(`${at(clientPort)}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(500),
    });
    return (await answer.json()) as Status;
  } catch {
    return undefined;
  }
}
