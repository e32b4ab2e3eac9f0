/** A launcher with real processes, in a system and a directory of its own, and what it reported. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ContainerEnd,
  LauncherEvent,
  LauncherMessage,
  LauncherNews,
} from '../../../../actors/agent/launcher/launcher.ts';
import { perlZygote } from '../../../../actors/agent/launcher/perl-zygote.ts';
import { posixLauncherFactory } from '../../../../actors/agent/launcher/posix-launcher.ts';
import { posixMachine } from '../../../../actors/agent/launcher/posix-machine.ts';
import { markIn } from '../../../../actors/agent/launcher/processes.ts';
import { shellZygote } from '../../../../actors/agent/launcher/shell-zygote.ts';
import type { ZygoteProgram } from '../../../../actors/agent/launcher/zygote.ts';
import type { ContainerId } from '../../../../actors/protocol/ids.ts';
import type { CommandInfo, EnvironmentVariable } from '../../../../actors/protocol/task.ts';
import { type Address, defineActor } from '../../../../runtime/actor.ts';
import { nodeHost } from '../../../../runtime/node-host.ts';
import { createSystem, type System } from '../../../../runtime/system.ts';

/** The programs that this machine has, each to pass the same tests. */
export const ZYGOTES: readonly (readonly [string, ZygoteProgram])[] = [
  ['perl', perlZygote()] as const,
  ['shell', shellZygote()] as const,
].flatMap(([name, program]) => (program === undefined ? [] : [[name, program] as const]));

export function shell(value: string): CommandInfo {
  return { shell: true, value, arguments: [], environment: [] };
}

export function program(...words: readonly string[]): CommandInfo {
  return { shell: false, value: words[0] ?? '', arguments: words, environment: [] };
}

type Inbox = LauncherEvent | LauncherNews;

/** Whoever waits for something looks again whenever anything was heard. */
interface Listener {
  readonly heard: Inbox[];
  readonly watchers: Set<() => void>;
}

const ears = defineActor<Listener, Listener, Inbox>({
  name: 'ears',
  initialState: (listener) => listener,
  handlers: {
    containerStarted: hear,
    containerEnded: hear,
    launcherReady: hear,
    launcherFailed: hear,
  },
});

function hear({ heard, watchers }: Listener, message: Inbox): void {
  heard.push(message);
  for (const watcher of [...watchers]) watcher();
}

interface Boot {
  readonly machine: Parameters<typeof posixLauncherFactory>[0];
  readonly owner: Address<Inbox>;
  readonly keep: readonly ContainerId[];
}

/** Stands where the agent stands: its child is the launcher. */
const parent = defineActor<Boot, { launcher?: Address<LauncherMessage> }, LauncherMessage>({
  name: 'parent',
  initialState: () => ({}),
  started(state, context) {
    const { machine, owner, keep } = context.options;
    const fast = { leftoverSearchDelayMs: 50, watchIntervalMs: 200 };
    state.launcher = posixLauncherFactory(machine, fast)(context, owner);
    context.send(state.launcher, {
      type: 'recover',
      keep: keep.map((containerId) => ({ containerId, owner })),
    });
  },
  handlers: {
    launch: (state, message, context) =>
      state.launcher === undefined ? undefined : context.send(state.launcher, message),
    kill: (state, message, context) =>
      state.launcher === undefined ? undefined : context.send(state.launcher, message),
    settled: (state, message, context) =>
      state.launcher === undefined ? undefined : context.send(state.launcher, message),
    recover() {},
  },
});

let containerCount = 0;

export class RealLauncher {
  readonly workDirectory: string;
  private readonly system: System;
  private readonly listener: Listener = { heard: [], watchers: new Set() };
  private readonly owner: Address<Inbox>;
  private readonly launcher: Address<LauncherMessage>;
  private readonly launched = new Set<string>();

  private constructor(workDirectory: string, zygote: ZygoteProgram, keep: readonly ContainerId[]) {
    this.workDirectory = workDirectory;
    const host = nodeHost({ logSink: () => {} });
    this.system = createSystem({ node: 'real-launcher:1', incarnation: 1, host });
    this.owner = this.system.spawn(ears, this.listener);
    const nowMs = () => host.nowMs();
    const machine = posixMachine({ workDirectory, nowMs, program: zygote });
    this.launcher = this.system.spawn(parent, { machine, owner: this.owner, keep });
  }

  /** @param workDirectory of an earlier one; left out: a new one */
  static async start(
    zygote: ZygoteProgram,
    workDirectory?: string,
    keep: readonly ContainerId[] = [],
  ): Promise<RealLauncher> {
    const directory = workDirectory ?? (await mkdtemp(join(tmpdir(), 'messor-launcher-')));
    const launcher = new RealLauncher(directory, zygote, keep);
    await launcher.hears(({ type }) => type === 'launcherReady');
    return launcher;
  }

  launch(
    command: CommandInfo,
    {
      environment = [],
      sandbox = this.workDirectory,
      output,
    }: {
      environment?: readonly EnvironmentVariable[];
      sandbox?: string;
      output?: 'stderr';
    } = {},
  ): ContainerId {
    const containerId = `test-${process.pid}-${++containerCount}` as ContainerId;
    this.launched.add(containerId);
    const path = { name: 'PATH', value: '/usr/bin:/bin' };
    const mark = { name: 'MESSOR_CONTAINER_ID', value: containerId };
    this.system.send(this.launcher, {
      type: 'launch',
      containerId,
      command,
      environment: [path, ...environment, mark],
      sandbox,
      owner: this.owner,
      ...(output && { output }),
    });
    return containerId;
  }

  kill(containerId: ContainerId, gracePeriodMs: number): void {
    this.system.send(this.launcher, { type: 'kill', containerId, gracePeriodMs });
  }

  settle(containerId: ContainerId): void {
    this.system.send(this.launcher, { type: 'settled', containerId });
  }

  async started(containerId: ContainerId): Promise<number> {
    const message = await this.hears(
      (one) => one.type === 'containerStarted' && one.containerId === containerId,
    );
    return message.type === 'containerStarted' ? message.processId : 0;
  }

  async ended(containerId: ContainerId): Promise<ContainerEnd> {
    const message = await this.hears(
      (one) => one.type === 'containerEnded' && one.containerId === containerId,
    );
    if (message.type !== 'containerEnded') throw new Error('It was looked for');
    return message.end;
  }

  file(name: string): Promise<string> {
    return readFile(join(this.workDirectory, name), 'utf8');
  }

  get leftoverCount(): number {
    const ready = this.listener.heard.find(({ type }) => type === 'launcherReady');
    return ready?.type === 'launcherReady' ? ready.leftoverCount : 0;
  }

  /** As when the agent dies: the tasks are nobody's business any more. */
  abandon(): Promise<void> {
    return this.system.shutdown();
  }

  /** Leaves nothing behind, also when the test failed in the middle. */
  async close(): Promise<void> {
    await this.system.shutdown();
    for (const [processId, containerId] of await marksOfProcesses()) {
      if (this.launched.has(containerId)) process.kill(processId, 'SIGKILL');
    }
    await rm(this.workDirectory, { recursive: true, force: true });
  }

  private hears(wanted: (message: Inbox) => boolean): Promise<Inbox> {
    return new Promise((resolve) => {
      const { heard, watchers } = this.listener;
      const look = (): boolean => {
        const found = heard.find(wanted);
        if (found !== undefined) resolve(found);
        return found !== undefined;
      };
      if (look()) return;
      const watcher = () => {
        if (look()) watchers.delete(watcher);
      };
      watchers.add(watcher);
    });
  }
}

/** Process ids of all that carry the container's mark. */
export async function marked(containerId: ContainerId): Promise<readonly number[]> {
  const found = await marksOfProcesses();
  return found.flatMap(([processId, mark]) => (mark === containerId ? [processId] : []));
}

export async function marksOfProcesses(): Promise<readonly (readonly [number, string])[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map((name) => readFile(`/proc/${name}/environ`).then(markIn, () => undefined)),
  );
  return names.flatMap((name, index) => {
    const mark = found[index];
    return mark === undefined ? [] : [[Number(name), mark] as const];
  });
}

/** Looks until `condition` holds: what a process does is no event that could be awaited. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
