/**
 * What must hold in a simulated cluster, whatever goes wrong.
 *
 * Three kinds of witness: the machines, which know what really runs; the master and its allocator,
 * which must be right about themselves and agree with each other; and the schedulers' ledgers, in
 * which every launched task must have come to an end that was heard of.
 */

import type { AgentState } from '../../actors/agent/state.ts';
import type { MasterState } from '../../actors/master/state.ts';
import { AGENT_NAME } from '../../actors/protocol/messages.ts';
import { isRevocable } from '../../actors/protocol/resource-kinds.ts';
import { formatResources } from '../../actors/protocol/resource-text.ts';
import { contains, equalResources, plus, type Resources } from '../../actors/protocol/resources.ts';
import type { Tagged } from '../../runtime/actor.ts';
import type { System } from '../../runtime/system.ts';
import type { Cluster, ClusterAgent } from '../kit/cluster.ts';
import { actorNames, lookInside } from '../kit/look-inside.ts';
import type { VirtualNode } from '../kit/virtual-world.ts';
import { Books } from './books.ts';
import { Deliveries } from './deliveries.ts';
import { EXECUTOR_RESOURCES, EXECUTOR_TASK, type JobLedger, type JobRecord } from './jobs.ts';
import { LeftBehind } from './left-behind.ts';
import { VolumeData } from './volume-data.ts';

export class ClusterInvariants {
  readonly #ledgers: readonly JobLedger[];
  readonly #startedOn = new Map<string, string>();
  readonly #books = new Books();
  readonly #deliveries = new Deliveries();
  readonly #leftBehind = new LeftBehind();
  readonly #volumeData = new VolumeData();

  constructor(ledgers: readonly JobLedger[]) {
    this.#ledgers = ledgers;
  }

  /** Only a beginning program can take too much, or be one too many. */
  onStarted(agent: ClusterAgent, task: string): void {
    const { node, machine, resources } = agent;
    const before = this.#startedOn.get(task);
    if (before !== undefined && task !== EXECUTOR_TASK) {
      throw new Error(`Task ${task} runs twice: on ${before}, and now on ${node.name}`);
    }
    this.#startedOn.set(task, node.name);
    this.#checkGroup(task, node.name);
    const volume = this.#jobOf(task)?.volume;
    if (volume !== undefined) this.#volumeData.onStarted(task, volume, agent);
    let used: Resources = [];
    for (const running of machine.running.values()) {
      // What is given a second time can be too much; the agent sees to that.
      used = plus(
        used,
        this.#resourcesOf(running).filter((one) => !isRevocable(one)),
      );
    }
    if (!contains(resources, used)) {
      const tasks = [...machine.running.values()].join(', ');
      throw new Error(
        `${node.name} is over-committed: ${formatResources(used)} of ${formatResources(resources)} ` +
          `in use by ${tasks}`,
      );
    }
  }

  onMessage(message: Tagged, node: string, system: System | undefined): void {
    this.#deliveries.see(message, node);
    this.#leftBehind.see(message, system);
  }

  /** What the master and the allocator know is consistent, and the same. */
  checkMaster({ insideLeader }: Cluster): void {
    const leader = insideLeader();
    if (leader !== undefined) this.#books.check(leader);
  }

  /** Sentences about what is not as it should be once everything has come to rest. */
  unfinished(cluster: Cluster): string[] {
    const { agents, masters, insideMaster, insideLeader } = cluster;
    const faults = this.#deliveries.lost(cluster, this.#ledgers);
    const leader = insideLeader();
    if (leader !== undefined) this.#books.checkAll(leader);
    const hasForgotten = masters.length === 1 && masters.some(({ life }) => life > 1);
    for (const ledger of this.#ledgers) {
      if (ledger.over !== undefined) continue;
      for (const { taskId, ended, heard } of ledger.jobs.values()) {
        if (ended !== undefined) continue;
        // A master that lost its memory can't know of agents that died meanwhile, and says so.
        if (hasForgotten && heard.at(-1) === 'unknown') continue;
        faults.push(`${taskId} has not ended: ${heard.join(', ')}`);
      }
      for (const job of ledger.jobs.values()) faults.push(...this.#tornGroup(ledger, job));
    }
    faults.push(...this.#leftBehind.sentences(cluster, this.#ledgers));
    for (const { node, machine } of agents) {
      for (const task of machine.running.values()) {
        if (task !== EXECUTOR_TASK) faults.push(`${task} still runs on ${node.name}`);
      }
    }
    const state = insideMaster()?.state;
    if (state === undefined) return [...faults, 'the master is not there'];
    if (state.agents.registered.size !== agents.length) {
      faults.push(`${state.agents.registered.size} of ${agents.length} agents are registered`);
    }
    for (const agent of agents) {
      faults.push(...differing(agent.node, state), ...this.#volumeData.differing(agent));
    }
    for (const { tasks, info, operations } of state.agents.registered.values()) {
      if (operations.size > 0)
        faults.push(`${operations.size} operations of ${info.hostname} are not acknowledged`);
      for (const [taskId, { holding }] of [...tasks.values()].flatMap((each) => [...each])) {
        if (holding) faults.push(`${taskId} still holds resources of ${info.hostname}`);
      }
    }
    return faults;
  }

  /** Schedulers that have had no offer since then, though everything is free. */
  starving(sinceMs: number): string[] {
    return this.#ledgers
      .filter(({ over, offeredMs }) => over === undefined && (offeredMs ?? 0) <= sinceMs)
      .map(({ name }) => `${name} gets no offers`);
  }

  /** What is not given back when nobody is there any more who could have it. */
  leaked({ agents, masters, insideMaster, insideAllocator }: Cluster): string[] {
    const faults = masters.flatMap(({ name, system }) =>
      lingering(name, system, /^scheduler-subsc/),
    );
    for (const { node, machine } of agents) {
      for (const task of machine.running.values()) {
        faults.push(`${task} still runs on ${node.name}`);
      }
      // Each holds a journal, or what else stands on the machine for it.
      if (machine.containers.size > 0) {
        faults.push(`${machine.containers.size} containers of ${node.name} are not settled`);
      }
      faults.push(...remembered(node), ...lingering(node.name, node.system, /^http-executor/));
    }
    const master = insideMaster()?.state;
    for (const [frameworkId, { status }] of master?.frameworks ?? []) {
      faults.push(`framework ${frameworkId} is still ${status}`);
    }
    for (const { info, used, offered } of master?.agents.registered.values() ?? []) {
      if (used.length > 0) faults.push(`${formatResources(used)} of ${info.hostname} is in use`);
      if (offered.length > 0)
        faults.push(`${formatResources(offered)} of ${info.hostname} is offered`);
    }
    for (const [agentId, { allocated }] of insideAllocator()?.state.agents ?? []) {
      if (allocated.size > 0) faults.push(`something of agent ${agentId} is still allocated`);
    }
    return faults;
  }

  /** A group is on one agent. */
  #checkGroup(task: string, node: string): void {
    for (const other of this.#jobOf(task)?.group ?? []) {
      const where = this.#startedOn.get(other) ?? node;
      if (where === node) continue;
      throw new Error(`${task} runs on ${node}, and ${other} of its group on ${where}`);
    }
  }

  /**
   * What one of a group tells of the others: none runs that the master refused; and one that finished
   * had no reason to be alone.
   */
  #tornGroup({ jobs }: JobLedger, { taskId, group = [], heard, ended }: JobRecord): string[] {
    if (taskId !== group[0] && ended !== 'finished' && !heard.includes('error')) return [];
    const begun = group.filter((other) => this.#startedOn.has(other));
    if (group.some((other) => jobs.get(other)?.heard.includes('error')) && begun.length > 0) {
      return [`${begun.join(', ')} ran though the group of ${taskId} was refused`];
    }
    if (ended !== 'finished' || begun.length === group.length) return [];
    return [`${taskId} finished, but of its group only ${begun.join(', ')} ran`];
  }

  #jobOf(task: string): JobRecord | undefined {
    for (const { jobs } of this.#ledgers) {
      const job = jobs.get(task as JobRecord['taskId']);
      if (job !== undefined) return job;
    }
    return undefined;
  }

  #resourcesOf(task: string): Resources {
    if (task === EXECUTOR_TASK) return EXECUTOR_RESOURCES;
    const job = this.#jobOf(task);
    if (job !== undefined) return job.resources;
    throw new Error(`Nobody has launched ${task}, but it runs`);
  }
}

/** An agent has what its master says that it has. */
function differing({ name, system }: VirtualNode, { agents }: MasterState): string[] {
  const agent = lookInside<AgentState>(system, { name: AGENT_NAME })?.state;
  const record = agent?.agentId && agents.registered.get(agent.agentId);
  if (agent === undefined || !record || equalResources(agent.total, record.total)) return [];
  const [own, told] = [agent.total, record.total].map(formatResources);
  return [`${name} has ${own}, and its master takes it to have ${told}`];
}

/** What stands for somebody who speaks HTTP and is gone. */
function lingering(name: string, system: System, kind: RegExp): string[] {
  return actorNames(system)
    .filter((actor) => kind.test(actor))
    .map((actor) => `${name} still has ${actor}`);
}

/** What an agent still has of frameworks that are all over. */
function remembered({ name, system }: VirtualNode): string[] {
  const state = lookInside<AgentState>(system, { name: AGENT_NAME })?.state;
  if (state === undefined) return [`the agent of ${name} is not there`];
  const { frameworks, containers, waiting, activeTaskCount, occupied } = state;
  const updates = lookInside<{ readonly streams: ReadonlyMap<string, unknown> }>(system, {
    name: 'status-updates',
  });
  const streamCount = updates?.state.streams.size ?? 0;
  const executors = actorNames(system).filter((actor) => /-executor(-|$)/.test(actor));
  if (executors.length > 0) return [`${name} still has ${executors.join(', ')}`];
  const count = frameworks.size + containers.size + waiting.size + activeTaskCount + streamCount;
  if (count === 0 && occupied.length === 0) return [];
  return [
    `${name} still knows ${frameworks.size} frameworks, ${containers.size} containers, ` +
      `${activeTaskCount} tasks, ${waiting.size} that wait, ${streamCount} unacknowledged, ` +
      `"${formatResources(occupied)}" occupied`,
  ];
}
