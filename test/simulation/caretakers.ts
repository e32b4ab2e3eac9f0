/**
 * Those who care for the machines of a simulated cluster: they drain and deactivate agents, change
 * their minds, give agents up, and take machines down and up while everything goes wrong. An agent
 * that has ended is started again after a while, as on a machine where something sees to that.
 *
 * As for `Operators` an answer is a promise: whoever leads later knows it, until an agent is gone.
 */
import type { MasterState } from '../../actors/master/state.ts';
import type { AgentOrder } from '../../actors/protocol/agent-orders.ts';
import type { AgentId } from '../../actors/protocol/ids.ts';
import type { MaintenanceOrder } from '../../actors/protocol/maintenance-orders.ts';
import { type AgentMessage, MASTER_NAME } from '../../actors/protocol/messages.ts';
import type { Tagged } from '../../runtime/actor.ts';
import type { System } from '../../runtime/system.ts';
import type { AgentLife, Cluster } from '../kit/cluster.ts';
import { lookInside } from '../kit/look-inside.ts';
import type { Random } from '../kit/random.ts';
import { OperatorDesk, type ToAsk } from './operator-desk.ts';
import { Promised } from './promised.ts';

const GAP_MS_MEAN = 2000;
const RESTART_MS_MAX = 10_000;

type Order = ToAsk<AgentOrder | MaintenanceOrder>;
type Launching = Extract<AgentMessage, { readonly type: 'runTask' | 'runTaskGroup' }>;

/** What each order that is kept counts as. */
const COUNTED_AS: Readonly<Record<Order['type'], string>> = {
  drainAgent: 'drains',
  cancelDrain: 'drains cancelled',
  deactivateAgent: 'deactivated',
  reactivateAgent: 'reactivated',
  markAgentGone: 'given up',
  updateMaintenanceSchedule: 'schedules set',
  startMaintenance: 'machines down',
  stopMaintenance: 'machines up',
};

export class Caretakers {
  readonly #cluster: Cluster;
  readonly #chance: Random;
  readonly #onAnswer: (what: string) => void;
  readonly #desk: OperatorDesk<AgentOrder | MaintenanceOrder>;
  readonly #promised = new Promised();

  constructor(cluster: Cluster, chance: Random, onAnswer: (what: string) => void) {
    this.#cluster = cluster;
    this.#chance = chance;
    this.#onAnswer = onAnswer;
    this.#desk = new OperatorDesk(cluster);
  }

  /** From now on until so long after the beginning. */
  begin(endMs: number): void {
    const { world } = this.#cluster;
    for (let atMs = this.#chance.exponential(GAP_MS_MEAN); atMs < endMs; ) {
      const own = this.#chance.split(String(atMs));
      world.at(atMs, () => {
        const order = this.#draw(own);
        if (order !== undefined) this.#ask(order);
      });
      atMs += this.#chance.exponential(GAP_MS_MEAN);
    }
  }

  /** Starts the node again when its agent has ended. */
  watch({ system, agent }: AgentLife): void {
    const { world } = this.#cluster;
    const delayMs = this.#chance.split(`restart/${system.node}/${system.incarnation}`);
    void system.exited(agent).then(async () => {
      const node = world.nodes.get(system.node);
      if (node?.system !== system) return;
      await node.stop();
      world.after(delayMs.between(100, RESTART_MS_MAX), () => {
        if (!node.running) node.restart();
      });
    });
  }

  /** A master launches nothing where it has promised operators that nothing is launched. */
  static checkLaunch(message: Tagged, system: System | undefined): void {
    const launching = message as Launching;
    if (launching.type !== 'runTask' && launching.type !== 'runTaskGroup') return;
    const tasks = launching.type === 'runTask' ? [launching.task] : launching.tasks;
    if (system === undefined) return;
    // Where it arrives there is no master.
    const state = lookInside<Partial<MasterState>>(system, { name: MASTER_NAME })?.state;
    for (const { taskId, agentId } of tasks) {
      if (state?.agents?.marks.get(agentId)?.deactivated !== true) continue;
      throw new Error(`${taskId} is launched on ${agentId}, which is to have nothing new`);
    }
  }

  /** All machines are up, and none is to go down. @returns what is not so yet */
  open(): string[] {
    const schedule = this.#cluster.insideMaster()?.state.schedule;
    if (schedule === undefined) return ['no master leads'];
    const down = [...schedule.machines.values()].filter(({ mode }) => mode === 'down');
    if (down.length > 0) {
      const machineIds = down.map(({ machineId }) => machineId);
      this.#ask({ type: 'stopMaintenance', machineIds });
      return [`${down.length} machines are down`];
    }
    if (schedule.machines.size === 0) return [];
    this.#ask({ type: 'updateMaintenanceSchedule', windows: [] });
    return ['the schedule of maintenance is not empty'];
  }

  /** What is not over yet, or not known any more. */
  unsettled(): string[] {
    const { insideMaster, masters } = this.#cluster;
    const state = insideMaster()?.state;
    if (state === undefined) return ['no master leads'];
    const draining = [...state.agents.marks].flatMap(([agentId, { drain }]) => {
      if (drain === undefined || (drain.drained && !drain.markGone)) return [];
      return [`agent ${agentId} is still draining${drain.markGone ? ', and not gone' : ''}`];
    });
    // One that keeps its registry in memory forgets it with its process.
    if (masters.length === 1 && masters.some(({ life }) => life > 1)) return draining;
    return [...draining, ...this.#promised.broken(state)];
  }

  /** All agents take tasks again. @returns what is not so yet */
  end(): string[] {
    const { marks } = this.#cluster.insideMaster()?.state.agents ?? {};
    if (marks === undefined) return ['no master leads'];
    const [agentId] = marks.keys();
    if (agentId === undefined) return [];
    this.#ask({ type: 'reactivateAgent', agentId });
    return [`${marks.size} agents are not active`];
  }

  /** By what the leader knows just now. @returns undefined: there is nothing to order */
  #draw(chance: Random): Order | undefined {
    const state = this.#cluster.insideMaster()?.state;
    if (state === undefined) return undefined;
    const kind = chance.pick(['begin', 'begin', 'back', 'schedule', 'down', 'up'] as const);
    switch (kind) {
      case 'begin':
        return this.#beginSomething(state, chance);
      case 'back':
        return takeBack(state, chance);
      case 'schedule':
        return this.#schedule(state, chance);
      case 'down':
      case 'up': {
        const mode = kind === 'down' ? 'draining' : 'down';
        const machines = [...state.schedule.machines.values()].filter((one) => one.mode === mode);
        if (machines.length === 0) return undefined;
        const machineIds = [chance.pick(machines).machineId];
        return { type: kind === 'down' ? 'startMaintenance' : 'stopMaintenance', machineIds };
      }
    }
  }

  #beginSomething({ agents }: MasterState, chance: Random): Order | undefined {
    const agentIds = [
      ...agents.registered.keys(),
      ...agents.recovered.keys(),
      ...agents.unreachable.keys(),
    ];
    if (agentIds.length === 0) return undefined;
    const agentId = chance.pick(agentIds);
    const type = chance.pick(['drain', 'drain', 'drain', 'deactivate', 'giveUp'] as const);
    if (type === 'deactivate') return { type: 'deactivateAgent', agentId };
    if (type === 'giveUp') return { type: 'markAgentGone', agentId };
    const grace = chance.chance(0.5) ? {} : { maxGracePeriodMs: chance.pick([0, 500, 5000]) };
    return { type: 'drainAgent', agentId, markGone: chance.chance(0.25), ...grace };
  }

  /** Sometimes without one that is down, which is refused. */
  #schedule({ schedule }: MasterState, chance: Random): Order {
    const kept = chance.chance(0.9) ? [...schedule.machines.values()] : [];
    const names = kept
      .filter(({ mode }) => mode === 'down' || chance.chance(0.5))
      .flatMap(({ machineId }) => machineId.hostname ?? []);
    const { agents, world } = this.#cluster;
    for (const { node } of chance.shuffled(agents).slice(0, chance.integer(3))) {
      names.push(node.name.replace(/:\d+$/, ''));
    }
    const machineIds = [...new Set(names)].map((hostname) => ({ hostname }));
    const startMs = world.nowMs() + chance.pick([0, 10_000]);
    const windows = machineIds.length === 0 ? [] : [{ machineIds, startMs }];
    return { type: 'updateMaintenanceSchedule', windows };
  }

  #ask(order: Order): void {
    this.#desk.ask(
      order,
      () => this.#promised.note(order, false),
      (outcome) => {
        if (outcome === 'kept') this.#promised.note(order, true);
        this.#onAnswer(outcome === 'kept' ? COUNTED_AS[order.type] : 'maintenance refused');
      },
    );
  }
}

/** Sometimes what is refused: a drain that goes on can't be followed by more tasks. */
function takeBack({ agents }: MasterState, chance: Random): Order | undefined {
  const marked = [...agents.marks];
  if (marked.length === 0) return undefined;
  const [agentId, { drain }] = chance.pick<[AgentId, (typeof marked)[number][1]]>(marked);
  const isDraining = drain?.drained === false;
  const type = isDraining !== chance.chance(0.1) ? 'cancelDrain' : 'reactivateAgent';
  return { type, agentId };
}
