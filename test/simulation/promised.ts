/**
 * What the caretakers of a simulated cluster have been promised of agents and machines: for each all
 * that may be so, one of which must be.
 *
 * What was asked for and never answered may have been kept or not, until the next answer.
 */
import type { MasterState } from '../../actors/master/state.ts';
import type { AgentOrder } from '../../actors/protocol/agent-orders.ts';
import type { AgentId } from '../../actors/protocol/ids.ts';
import type { MaintenanceOrder } from '../../actors/protocol/maintenance-orders.ts';
import type { ToAsk } from './operator-desk.ts';

type OrderOfAgent = ToAsk<AgentOrder>;
type OrderOfMachines = ToAsk<MaintenanceOrder>;

const ACTIVE = 'active';
const DEACTIVATED = 'deactivated';
const GONE = 'gone';
const NO_MACHINES = '[]';

export class Promised {
  readonly #agents = new Map<AgentId, ReadonlySet<string>>();
  #schedules: ReadonlySet<string> = new Set([NO_MACHINES]);

  note(order: OrderOfAgent | OrderOfMachines, isSure: boolean): void {
    if ('agentId' in order) {
      const before = this.#agents.get(order.agentId) ?? new Set([ACTIVE]);
      const after = new Set([...before].map((one) => marksAfter(one, order)));
      this.#agents.set(order.agentId, isSure ? after : new Set([...before, ...after]));
    } else {
      const before = this.#schedules;
      const after = new Set([...before].map((one) => scheduleAfter(one, order)));
      this.#schedules = isSure ? after : new Set([...before, ...after]);
    }
  }

  /** What a leader must know and does not. */
  broken({ agents, schedule }: MasterState): string[] {
    const wrong: string[] = [];
    for (const [agentId, possible] of this.#agents) {
      const isKnown =
        agents.registered.has(agentId) ||
        agents.recovered.has(agentId) ||
        agents.unreachable.has(agentId);
      // It is gone also when another one has come to where it was, or it has left.
      const known = isKnown ? marksText(agents.marks.get(agentId)) : GONE;
      if (!isKnown || possible.has(known)) continue;
      wrong.push(`agent ${agentId} is ${known}, and not ${[...possible].join(' or ')}`);
    }
    const machines = [...schedule.machines.values()].map(
      ({ machineId, mode }) => [machineId.hostname, mode] as const,
    );
    const text = scheduleText(new Map(machines));
    if (!this.#schedules.has(text)) {
      wrong.push(`the schedule is ${text}, and not ${[...this.#schedules].join(' or ')}`);
    }
    return wrong;
  }
}

function marksAfter(before: string, order: OrderOfAgent): string {
  switch (order.type) {
    case 'drainAgent':
      return marksText({ deactivated: true, drain: order });
    case 'deactivateAgent':
      return before === ACTIVE ? DEACTIVATED : before;
    case 'cancelDrain':
    case 'reactivateAgent':
      return ACTIVE;
    case 'markAgentGone':
      return GONE;
  }
}

/** Whether a drain is over nobody promised. */
function marksText(
  marks:
    | {
        readonly deactivated: boolean;
        readonly drain?: { readonly markGone: boolean; readonly maxGracePeriodMs?: number };
      }
    | undefined,
): string {
  const { deactivated = false, drain } = marks ?? {};
  if (drain === undefined) return deactivated ? DEACTIVATED : ACTIVE;
  const grace = drain.maxGracePeriodMs ?? 'their own';
  return `drained within ${grace} ms${drain.markGone ? ' for good' : ''}`;
}

function scheduleAfter(before: string, order: OrderOfMachines): string {
  const modes = new Map<string | undefined, string>(JSON.parse(before));
  if (order.type === 'updateMaintenanceSchedule') {
    const names = order.windows.flatMap(({ machineIds }) => machineIds.map((one) => one.hostname));
    return scheduleText(new Map(names.map((name) => [name, modes.get(name) ?? 'draining'])));
  }
  for (const { hostname } of order.machineIds) {
    if (order.type === 'startMaintenance') modes.set(hostname, 'down');
    else modes.delete(hostname);
  }
  return scheduleText(modes);
}

function scheduleText(modes: ReadonlyMap<string | undefined, string>): string {
  return JSON.stringify([...modes].sort());
}
