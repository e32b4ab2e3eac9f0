/**
 * A whole cluster in a virtual world: masters, agents whose tasks are scripted, and schedulers.
 *
 *     const cluster = startCluster({ seed: 1, agentCount: 3 });
 *     cluster.startScheduler('batch:0', ({ system, masters, timings }) => {
 *       system.spawn(batch, { masters, timings, … });
 *     });
 *     await cluster.world.runUntil(() => …);
 *     cluster.agents[0]?.node.crash();
 *     await cluster.close();
 *
 * Times are about a tenth of those of production, in the same proportions: a story of a quarter of
 * an hour is told in a minute and a half of virtual time.
 */
import { agent } from '../../actors/agent/agent.ts';
import type { Fetching } from '../../actors/agent/fetcher/fetching.ts';
import type { ContainerEnd } from '../../actors/agent/launcher/launcher.ts';
import type { Oversubscription } from '../../actors/agent/oversubscription/oversubscription.ts';
import {
  AGENT_DEFAULTS,
  type AgentActorMessage,
  type AgentOptions,
} from '../../actors/agent/state.ts';
import type { SchedulerTimings } from '../../actors/framework/index.ts';
import type { AllocatorState } from '../../actors/master/allocator/state.ts';
import type { Reads } from '../../actors/master/api/snapshot/reads.ts';
import type { MastershipMessage } from '../../actors/master/mastership.ts';
import {
  MASTER_DEFAULTS,
  type MasterOptions,
  type MasterSettings,
} from '../../actors/master/options.ts';
import type { MasterState } from '../../actors/master/state.ts';
import type { AgentInfo } from '../../actors/protocol/agent.ts';
import type { ContainerId } from '../../actors/protocol/ids.ts';
import { AGENT_NAME, MASTER_NAME, type MasterMessage } from '../../actors/protocol/messages.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import type { Resources } from '../../actors/protocol/resources.ts';
import type { Address, AnyAddress } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { System } from '../../runtime/system.ts';
import { startLoneMaster, startMasterOf } from './lone-master.ts';
import { type Inside, lookout } from './look-inside.ts';
import { playedFetching } from './played-fetching.ts';
import { type PlayedPorts, playedProbes } from './played-probes.ts';
import {
  type ProgramStarter,
  type RunningProgram,
  type ScriptedMachine,
  scriptedLauncher,
  scriptedMachine,
} from './scripted-launcher.ts';
import { type VirtualCheckpointDisk, virtualCheckpointDisk } from './virtual-checkpoint-store.ts';
import { virtualLogDirectories } from './virtual-log-directories.ts';
import { type VirtualVolumes, virtualVolumes } from './virtual-volumes.ts';
import { virtualWorkDirectory } from './virtual-work-directory.ts';
import {
  type NodeLife,
  type VirtualNode,
  VirtualWorld,
  type VirtualWorldOptions,
} from './virtual-world.ts';

export interface ClusterOptions extends VirtualWorldOptions {
  readonly agentCount: number;
  /** Default 1, which keeps its registry in memory; several keep it in a log, on disks of their own. */
  readonly masterCount?: number;
  /** Default: 4 cpus, 4096 MiB of memory, as much disk. */
  readonly agentResources?: (index: number) => Resources;
  /** Default: none, and no domain. */
  readonly agentFacts?: (index: number) => Partial<Pick<AgentInfo, 'attributes' | 'domain'>>;
  /** Default: nothing is offered twice. */
  readonly oversubscription?: Oversubscription;
  readonly masterSettings?: Partial<MasterSettings>;
  readonly masterOptions?: Partial<Pick<MasterOptions, 'domain' | 'requireAgentDomain' | 'rates'>>;
  readonly weights?: readonly { readonly role: string; readonly weight: number }[];
  /** Default: all. */
  readonly rolesAllowed?: readonly string[];
  /** Of each sandbox that it can't be made. Default 0. */
  readonly diskFaultProbability?: number;
  /** What `program NAME` starts, on a node of its own; the program ends with the actor. */
  readonly programs?: Readonly<Record<string, (life: ProgramLife) => AnyAddress>>;
  /** What those who read from a master's node are told by, made anew for each of its lives. */
  readonly readsOf?: (masterNode: string) => Reads;
  /** Hears of each life of a master's node: what else is to be there is started now. */
  readonly onMaster?: (master: MasterLife) => void;
  /** The same of an agent's node. */
  readonly onAgent?: (agent: AgentLife) => void;
  /** How files come into sandboxes. Default: at once. */
  readonly fetching?: Fetching;
  /** What checks of tasks find at ports. Default: everything is well. */
  readonly ports?: Partial<PlayedPorts>;
  /** Hears of each program that begins on a machine. */
  readonly onStarted?: (agent: ClusterAgent, task: string) => void;
}

export interface ClusterAgent {
  readonly node: VirtualNode;
  /** Outlives the node. */
  readonly machine: ScriptedMachine;
  /** So does this. */
  readonly checkpointDisk: VirtualCheckpointDisk;
  /** And these. */
  readonly volumes: VirtualVolumes;
  readonly resources: Resources;
}

export interface MasterLife {
  readonly system: System;
  readonly mastership: Address<MastershipMessage>;
}

export interface AgentLife {
  readonly system: System;
  readonly agent: Address<AgentActorMessage>;
}

/** What a program of a task or an executor is started with. */
export interface ProgramLife extends NodeLife {
  readonly containerId: ContainerId;
  readonly environment: Readonly<Record<string, string>>;
  readonly machine: ScriptedMachine;
}

/** What a scheduler is started with, each time its node starts. */
export interface SchedulerLife extends NodeLife {
  readonly masters: readonly Address<MasterMessage>[];
  readonly timings: SchedulerTimings;
}

export interface InsideLeader {
  readonly master: Inside<MasterState>;
  readonly allocator: Inside<AllocatorState>;
}

export interface Cluster {
  readonly world: VirtualWorld;
  readonly masters: readonly VirtualNode[];
  /** The first of them. */
  readonly master: VirtualNode;
  readonly agents: readonly ClusterAgent[];
  /** `node`: `name:port`; port 0 for one that only dials. */
  startScheduler(node: string, boot: (life: SchedulerLife) => void): VirtualNode;
  /** What the master that leads knows; undefined while none does. */
  insideMaster(): Inside<MasterState> | undefined;
  /** That master's; undefined also while it has none. */
  insideAllocator(): Inside<AllocatorState> | undefined;
  /** Both, for who looks after each step. */
  insideLeader(): InsideLeader | undefined;
  close(): Promise<void>;
}

const masterNode = (index: number) => (index === 0 ? 'master:5050' : `master-${index + 1}:5050`);

export const MASTER_SETTINGS: MasterSettings = {
  ...MASTER_DEFAULTS,
  pingIntervalMs: 1500,
  agentReregisterTimeoutMs: 60_000,
  launchConfirmMs: 3000,
  offerTimeoutMs: 12_000,
  heartbeatIntervalMs: 1500,
};

const AGENT_SETTINGS = {
  ...AGENT_DEFAULTS,
  registrationBackoffMs: 100,
  registrationBackoffMsMax: 6000,
  executorRegistrationTimeoutMs: 6000,
  executorReregistrationTimeoutMs: 600,
  launchRepeatMs: 1000,
  statusUpdateRetryMsMin: 1000,
  statusUpdateRetryMsMax: 60_000,
} satisfies Partial<AgentOptions>;

export const SCHEDULER_TIMINGS: SchedulerTimings = {
  resubscribeDelayMsMax: 50,
  subscribeDelayMsMin: 200,
  subscribeDelayMsMax: 6000,
  missedHeartbeatCountMax: 5,
  silentLaunchMs: 3000,
  reconcileIntervalMs: 90_000,
  repeatDelayMsMin: 1000,
  repeatDelayMsMax: 30_000,
  sweepIntervalMs: 500,
};

export function startCluster({
  agentCount,
  masterCount = 1,
  agentResources = () => parseResources('cpus:4;mem:4096;disk:4096'),
  agentFacts = () => ({}),
  masterSettings = {},
  masterOptions = {},
  oversubscription,
  weights = [],
  rolesAllowed,
  diskFaultProbability = 0,
  programs = {},
  readsOf,
  onMaster = () => {},
  onAgent = () => {},
  fetching = playedFetching(true).fetching,
  ports = {},
  onStarted = () => {},
  ...worldOptions
}: ClusterOptions): Cluster {
  const world = new VirtualWorld(worldOptions);
  const masterNodes = Array.from({ length: masterCount }, (_, index) => masterNode(index));
  const masters = masterNodes.map((name) => startMaster(name));

  function startMaster(name: string): VirtualNode {
    const given = {
      ...masterOptions,
      settings: { ...MASTER_SETTINGS, ...masterSettings },
      weights,
      ...(rolesAllowed && { rolesAllowed }),
    };
    const disk = masterCount === 1 ? undefined : world.disk(name);
    const logs = virtualLogDirectories((logId) => world.disk(`${name}/${logId}`));
    return world.start(name, ({ system, life }) => {
      const options = readsOf === undefined ? given : { ...given, reads: readsOf(name) };
      if (disk === undefined) {
        onMaster({ system, mastership: startLoneMaster(system, options) });
        return;
      }
      // How the process before ended is known only here: sometimes the machine lost power with it.
      if (life > 1) {
        const losesPower = world.random(`power/${name}/${life}`).chance(0.5);
        for (const one of [disk, ...logs.disks()]) {
          if (losesPower) one.losePower();
          else one.killProcess();
        }
      }
      const mastership = startMasterOf(system, masterNodes, disk, options, logs);
      onMaster({ system, mastership });
    });
  }

  const agents = Array.from({ length: agentCount }, (_, index) => startAgent(index));

  function startAgent(index: number): ClusterAgent {
    const resources = agentResources(index);
    const hostname = `agent-${index + 1}`;
    const starters = new Map(
      Object.entries(programs).map(([name, boot]): [string, ProgramStarter] => [
        name,
        (containerId, environment) =>
          startProgram(hostname, containerId, (life) =>
            boot({ ...life, containerId, environment, machine }),
          ),
      ]),
    );
    const machine = scriptedMachine((task) => onStarted(started, task), starters);
    const checkpointDisk = virtualCheckpointDisk(world.random(`checkpoint/${hostname}`));
    const volumes = virtualVolumes(world.random(`volumes/${hostname}`));
    const node = world.start(`${hostname}:5051`, ({ system, life }) => {
      const random = world.random(`disk/${hostname}/${life}`);
      const disk = {
        delayMsMax: 5,
        faultProbability: diskFaultProbability,
        checkpoint: checkpointDisk.open(system.host),
        volumes: volumes.open(system.host),
      };
      const spawned = system.spawn(
        agent,
        {
          ...AGENT_SETTINGS,
          info: {
            ...{ hostname, port: 5051, resources, attributes: [], version: '0.0.0' },
            ...agentFacts(index),
          },
          cluster: 'simulated',
          masters: masterNodes,
          workDirectory: virtualWorkDirectory(system.host, random, disk),
          launcher: scriptedLauncher(machine),
          bootId: `${hostname}/${machine.boot.count}`,
          fetcher: {
            fetching,
            cacheBytesMax: 1_000_000,
            stallTimeoutMs: 6000,
          },
          probes: playedProbes(ports),
          ...(oversubscription && { oversubscription }),
        },
        { name: AGENT_NAME, onCrash: 'stop' },
      );
      onAgent({ system, agent: spawned });
    });
    const started: ClusterAgent = { node, machine, checkpointDisk, volumes, resources };
    return started;
  }

  function startProgram(
    hostname: string,
    containerId: ContainerId,
    boot: (life: NodeLife) => AnyAddress,
  ): RunningProgram {
    let end: (how: ContainerEnd) => void = () => {};
    const ended = new Promise<ContainerEnd>((resolve) => {
      end = resolve;
    });
    const node = world.start(`${hostname}/${containerId}:0`, (life) => {
      void life.system
        .exited(boot(life))
        .then(() => node.stop())
        .then(() => end({ kind: 'exited', exitCode: 0 }));
    });
    const kill = (signal: string) => {
      node.crash();
      end({ kind: 'signalled', signal });
    };
    return { ended, kill };
  }

  const posts = masters.map((node) => ({
    node,
    master: lookout<object>({ name: MASTER_NAME }),
    allocator: lookout<AllocatorState>({ name: 'allocator' }),
  }));

  /** One that was deposed may not know it yet: the one that was elected last counts. */
  function leading() {
    let newest:
      | { readonly post: (typeof posts)[number]; readonly inside: Inside<MasterState> }
      | undefined;
    for (const post of posts) {
      if (!post.node.running) continue;
      const inside = post.master(post.node.system);
      // Where it doesn't lead a standby has its name.
      if (inside === undefined || !('agents' in inside.state)) continue;
      const found = { post, inside: inside as Inside<MasterState> };
      if (newest === undefined || found.inside.state.epoch > newest.inside.state.epoch) {
        newest = found;
      }
    }
    return newest;
  }

  function insideLeader(): InsideLeader | undefined {
    const leader = leading();
    if (leader === undefined) return undefined;
    const { post, inside: master } = leader;
    const allocator = post.allocator(post.node.system);
    return allocator === undefined ? undefined : { master, allocator };
  }

  return {
    world,
    masters,
    master: masters[0] as VirtualNode,
    agents,
    startScheduler: (node, boot) =>
      world.start(node, (life) => {
        const known = masterNodes.map((name) => address<MasterMessage>(MASTER_NAME, name));
        boot({ ...life, masters: known, timings: SCHEDULER_TIMINGS });
      }),
    insideMaster: () => leading()?.inside,
    insideAllocator: () => insideLeader()?.allocator,
    insideLeader,
    close: () => world.close(),
  };
}
