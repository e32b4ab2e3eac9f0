/**
 * What goes wrong in a simulated cluster, drawn from the seed.
 *
 * Swarm: each seed has a random subset of the kinds of faults, because faults hide each other: where
 * everything fails at once, the bug that needs a quiet minute between two crashes is never seen.
 * Each kind has its own stream of chance: leaving one out leaves the others where they were.
 * An agent that crashes leaves its containers running, and goes on with them when it is back; one
 * whose machine is booted finds none of them. Source of the idea: Groce et al., Swarm Testing, ISSTA 2012.
 */
import { AGENT_NAME, type AgentMessage } from '../../actors/protocol/messages.ts';
import { address } from '../../runtime/address.ts';
import type { ClusterAgent } from '../kit/cluster.ts';
import type { NetworkFaults, NetworkMode } from '../kit/network-options.ts';
import type { Random } from '../kit/random.ts';
import { bootMachine, type ScriptedMachine } from '../kit/scripted-launcher.ts';
import type { VirtualNode, VirtualWorld } from '../kit/virtual-world.ts';

export const FAULT_KINDS = [
  'loss',
  'duplication',
  'delay',
  'break',
  'partition',
  'one-way',
  'agent-crash',
  'dark-crash',
  'boot',
  'executor-crash',
  'executor-break',
  'scheduler-crash',
  'failover',
  'master-crash',
  'agent-stop',
  'landslide',
  'freeze',
  'slow',
  'disk',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultPlan {
  readonly mode: NetworkMode;
  readonly kinds: ReadonlySet<FaultKind>;
  readonly network: Partial<NetworkFaults>;
  /** Quotas and weights are changed meanwhile. */
  readonly hasOperators: boolean;
  /** Agents are drained, and machines taken down. */
  readonly hasCaretakers: boolean;
  /** Agents offer a part of what they have a second time, and take it back now and then. */
  readonly isOversubscribed: boolean;
  /** Of each sandbox that it can't be made. */
  readonly diskFaultProbability: number;
}

/** Who can be hit. */
export interface Victims {
  readonly world: VirtualWorld;
  readonly masters: readonly VirtualNode[];
  readonly agents: readonly VirtualNode[];
  readonly machines: readonly ScriptedMachine[];
  /** The same agents with all that outlives their processes. */
  readonly hosts: readonly ClusterAgent[];
  readonly schedulers: readonly VirtualNode[];
  /** Each starts another scheduler that takes over one of the frameworks. */
  readonly standIns: readonly (() => void)[];
  /** Hears of each deed. */
  readonly onFault: (kind: FaultKind) => void;
}

/** @param only instead of a random subset */
export function drawFaultPlan(random: Random, only?: readonly FaultKind[]): FaultPlan {
  const mode = random.split('mode').pick(['connection', 'datagram'] as const);
  const drawn = FAULT_KINDS.filter((kind) => random.split(`swarm/${kind}`).chance(0.5));
  const kinds = new Set(only ?? drawn);
  const severity = random.split('severity');
  const loss = mode === 'datagram' ? severity.between(0.001, 0.1) : severity.between(0.0005, 0.005);
  const duplication = severity.between(0.01, 0.2);
  const delayMsMean = severity.between(5, 500);
  return {
    mode,
    kinds,
    network: {
      ...(kinds.has('loss') ? { lossProbability: loss } : {}),
      ...(kinds.has('duplication') ? { duplicateProbability: duplication } : {}),
      ...(kinds.has('delay') ? { delayMsMean } : {}),
    },
    hasOperators: only === undefined && random.split('operators').chance(0.5),
    hasCaretakers: only === undefined && random.split('caretakers').chance(0.5),
    isOversubscribed: only === undefined && random.split('oversubscribed').chance(0.5),
    diskFaultProbability: kinds.has('disk') ? 0.05 : 0,
  };
}

/** Plans everything that happens at a time of its own, until `endMs`. */
export function scheduleFaults(
  { kinds }: FaultPlan,
  victims: Victims,
  random: Random,
  endMs: number,
): void {
  const { world, masters, agents, machines, hosts, schedulers, standIns, onFault } = victims;
  const { network } = world;
  const everybody = [...masters, ...agents, ...schedulers];
  const often = (kind: FaultKind, meanGapMs: number, deed: (chance: Random) => void) => {
    if (!kinds.has(kind)) return;
    const chance = random.split(kind);
    for (let atMs = chance.exponential(meanGapMs); atMs < endMs; ) {
      const own = chance.split(String(atMs));
      world.at(atMs, () => {
        onFault(kind);
        deed(own);
      });
      atMs += chance.exponential(meanGapMs);
    }
  };
  const outage = (nodes: readonly VirtualNode[], dark: boolean) => (chance: Random) => {
    const node = chance.pick(nodes);
    // From a blink of an eye, in which nobody notices, to longer than anybody waits.
    const downMs = 10 ** chance.between(1.5, 4.7);
    node.crash({ dark });
    world.after(downMs, () => {
      if (!node.running) node.restart();
    });
  };
  const apart = (oneWay: boolean) => (chance: Random) => {
    const separable = masters.length > 1 ? everybody : [...agents, ...schedulers];
    const some = chance
      .shuffled(separable)
      .slice(0, 1 + chance.integer(chance.pick([2, 10, agents.length])))
      .map(({ name }) => name);
    const rest = everybody.map(({ name }) => name).filter((name) => !some.includes(name));
    const lone = masters.map(({ name }) => name).filter((name) => !some.includes(name));
    const others = chance.chance(0.5) && lone.length > 0 ? [chance.pick(lone)] : rest;
    const [from, to] = chance.chance(0.5) ? [some, others] : [others, some];
    const partition = oneWay ? network.partitionOneWay(from, to) : network.partition(from, to);
    world.after(10 ** chance.between(2, 4.7), () => partition.heal());
  };

  often('break', 500, (chance) => {
    const [one, other] = [chance.pick(everybody), chance.pick(masters)];
    if (one !== other) network.breakConnection(one.name, other.name);
  });
  often('partition', 8000, apart(false));
  often('one-way', 8000, apart(true));
  often('agent-crash', 2000, outage(agents, false));
  often('dark-crash', 5000, outage(agents, true));
  // The machine goes with all that runs there; and the disk with what was not safe on it.
  often('boot', 5000, (chance) => {
    const { node, machine, checkpointDisk } = chance.pick(hosts);
    node.crash({ dark: true });
    checkpointDisk.losePower();
    bootMachine(machine);
    world.after(10 ** chance.between(1.5, 4.7), () => {
      if (!node.running) node.restart();
    });
  });
  often('executor-crash', 2000, (chance) => {
    const programs = machines.flatMap((machine) => [...machine.programs.values()]);
    if (programs.length > 0) chance.pick(programs).kill('SIGKILL');
  });
  // What an executor and its agent say to each other is cut off somewhere; both live on.
  often('executor-break', 500, (chance) => {
    const { node, machine } = chance.pick(hosts);
    const [containerId] = chance.shuffled([...machine.programs.keys()]);
    if (containerId === undefined) return;
    network.breakConnection(`${hostnameOf(node)}/${containerId}:0`, node.name);
  });
  // Who leads, some agents and some schedulers end in the same moment, and come back one by one.
  often('landslide', 12_000, (chance) => {
    const some = [
      chance.pick(masters),
      ...chance.shuffled(agents).slice(0, 1 + chance.integer(agents.length / 2)),
      ...chance.shuffled(schedulers).slice(0, 1 + chance.integer(schedulers.length)),
    ];
    for (const node of some) outage([node], chance.chance(0.3))(chance.split(node.name));
  });
  often('scheduler-crash', 8000, outage(schedulers, false));
  often('failover', 8000, (chance) => chance.pick(standIns)());
  often('master-crash', 12_000, outage(masters, false));
  often('agent-stop', 4000, (chance) => {
    const node = chance.pick(agents);
    if (!node.running) return;
    const agent = address<AgentMessage>(AGENT_NAME, node.name);
    const gone = node.system.exited(agent).then(() => node.stop());
    node.system.send(agent, { type: 'shutdownAgent', reason: 'the simulation asked it to' });
    const comeBack = () => {
      if (!node.running) node.restart();
    };
    void gone.then(() => world.after(chance.between(100, 10_000), comeBack));
  });
  if (kinds.has('slow')) {
    const chance = random.split('slow');
    for (const node of chance.chance(0.5) ? masters : everybody) {
      node.slowDown(10 ** chance.between(-1.5, 0.3));
    }
  }
  often('freeze', 2000, (chance) => {
    chance.pick(everybody).freeze(10 ** chance.between(1, 4.5));
  });
}

function hostnameOf({ name }: VirtualNode): string {
  return name.replace(/:\d+$/, '');
}

/** From now on everything works; who is down comes back. */
export function healEverything({ world, masters, agents, schedulers }: Victims): void {
  world.note('all faults heal');
  world.network.heal();
  world.network.setFaults({ lossProbability: 0, duplicateProbability: 0, delayMsMean: 0.3 });
  for (const node of [...masters, ...agents, ...schedulers]) {
    node.slowDown(0);
    if (!node.running) node.restart();
  }
}
