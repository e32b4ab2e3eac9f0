/** A real etcd for tests: one process on loopback, quick in its elections, gone with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../bin/free-ports.ts';
import { eventually } from './programs.ts';

export interface RealEtcd {
  /** `host:port` of its clients' door. */
  readonly endpoint: string;
  /** As with SIGKILL; what it has acknowledged is on its disk. */
  kill(): Promise<void>;
  /** Again, on the same ports and disk. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Undefined, or why there can be no test with a real one. */
export function etcdMissing(): string | undefined {
  const { error } = spawnSync('etcd', ['--version']);
  return error === undefined
    ? undefined
    : 'there is no etcd here; apt-get install etcd-server, and these tests run';
}

export async function startRealEtcd(flags: readonly string[] = []): Promise<RealEtcd> {
  const directory = await mkdtemp(join(tmpdir(), 'messor-etcd-'));
  const [clientPort, peerPort] = await freePorts(2);
  const endpoint = `127.0.0.1:${clientPort}`;
  let running: ChildProcess | undefined;

  const kill = async () => {
    const child = running;
    running = undefined;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  const restart = async () => {
    running = spawn(
      'etcd',
      [
        ...['--data-dir', directory, '--heartbeat-interval', '10', '--election-timeout', '100'],
        ...['--listen-client-urls', `http://${endpoint}`],
        ...['--advertise-client-urls', `http://${endpoint}`],
        ...['--listen-peer-urls', `http://127.0.0.1:${peerPort}`],
        ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peerPort}`],
        ...['--initial-cluster', `default=http://127.0.0.1:${peerPort}`],
        ...flags,
      ],
      { stdio: 'ignore' },
    );
    await eventually('etcd answers', async () => {
      const healthy = fetch(`http://${endpoint}/health`).then(({ ok }) => ok);
      return (await healthy.catch(() => false)) || undefined;
    });
  };
  await restart();
  return {
    endpoint,
    kill,
    restart,
    async close() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
