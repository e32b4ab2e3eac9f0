/**
 * Operators of a simulated cluster: they set, change and remove quotas and weights while everything
 * goes wrong, and remember what they were told.
 *
 * An answer is a promise: whoever leads later knows it. What was asked for and never answered may have
 * been kept or not; it counts as possible until the next answer about the same role.
 */
import type { AllocatorState } from '../../actors/master/allocator/state.ts';
import { withQuotas } from '../../actors/master/roles/quota-faults.ts';
import type { MasterMessage } from '../../actors/protocol/messages.ts';
import type { QuotaConfig, RoleWeight } from '../../actors/protocol/quota.ts';
import { isRevocable, roleOf } from '../../actors/protocol/resource-kinds.ts';
import { isWithin } from '../../actors/protocol/roles.ts';
import type { Tagged } from '../../runtime/actor.ts';
import type { System } from '../../runtime/system.ts';
import type { Cluster } from '../kit/cluster.ts';
import { lookInside } from '../kit/look-inside.ts';
import type { Random } from '../kit/random.ts';
import { OperatorDesk, type ToAsk } from './operator-desk.ts';

const GAP_MS_MEAN = 1500;
const ROLES = ['*', 'a', 'b', 'a/below', 'c'];

type Order = Extract<MasterMessage, { readonly type: 'updateQuota' | 'updateWeights' }>;
type OrderToGive = ToAsk<Order>;

/** What may be there for a role, as text; the last is the newest. */
type Possible = Map<string, string[]>;

export class Operators {
  readonly #cluster: Cluster;
  readonly #chance: Random;
  readonly #onAnswer: (what: string) => void;
  readonly #quotas: Possible = new Map();
  readonly #weights: Possible;
  readonly #desk: OperatorDesk<Order>;
  #hasEnded = false;

  /** @param weights that the cluster begins with */
  constructor(
    cluster: Cluster,
    weights: readonly RoleWeight[],
    chance: Random,
    onAnswer: (what: string) => void,
  ) {
    this.#cluster = cluster;
    this.#weights = new Map(weights.map(({ role, weight }) => [role, [String(weight)]]));
    this.#desk = new OperatorDesk(cluster);
    this.#chance = chance;
    this.#onAnswer = onAnswer;
  }

  /** From now on until so long after the beginning. */
  begin(endMs: number): void {
    const { world } = this.#cluster;
    for (let atMs = this.#chance.exponential(GAP_MS_MEAN); atMs < endMs; ) {
      const own = this.#chance.split(String(atMs));
      world.at(atMs, () => this.#ask(this.#draw(own)));
      atMs += this.#chance.exponential(GAP_MS_MEAN);
    }
  }

  /** No role has a quota any more. @returns what is not so yet */
  end(): string[] {
    if (this.#hasEnded) return [];
    const configs = ROLES.map((role) => ({ role, guaranteesMilli: {}, limitsMilli: {} }));
    this.#ask({ type: 'updateQuota', configs, force: true }, () => {
      this.#hasEnded = true;
    });
    return ['the quotas are not removed yet'];
  }

  /** What a leader must know and does not. */
  forgotten(): string[] {
    const { insideLeader, masters } = this.#cluster;
    const leader = insideLeader();
    // One that keeps its registry in memory forgets it with its process.
    if (leader === undefined || (masters.length === 1 && masters.some(({ life }) => life > 1))) {
      return [];
    }
    const { quotas, weights } = leader.master.state;
    return [
      ...wrong('quota', this.#quotas, (role) => quotaText(quotas.get(role))),
      ...wrong('weight', this.#weights, (role) => String(weights.get(role))),
    ];
  }

  /** Whoever allocates keeps to the limits that it knows; to be called as it tells what it did. */
  static checkLimits(message: Tagged, system: System | undefined): void {
    if (message.type !== 'allocated' || system === undefined) return;
    const { allocations } = message as Tagged & {
      readonly allocations: readonly { readonly role: string; readonly resources: Held }[];
    };
    const state = lookInside<AllocatorState>(system, { name: 'allocator' })?.state;
    for (const { role, limitsMilli } of state?.quota.configs ?? []) {
      const given = allocations.filter((one) => isWithin(one.role, role));
      for (const [name, limitMilli] of Object.entries(limitsMilli)) {
        if (sum(given.map(({ resources }) => milliOf(notKept(resources), name))) === 0) continue;
        const held = heldMilli(state, role, name);
        if (held <= limitMilli) continue;
        throw new Error(
          `Role ${role} is offered more ${name} than its limit: ${held} of ${limitMilli}`,
        );
      }
    }
  }

  #draw(chance: Random): OrderToGive {
    const role = chance.pick(ROLES);
    if (chance.chance(0.3)) {
      return { type: 'updateWeights', weights: [{ role, weight: chance.pick([0.5, 1, 2, 5]) }] };
    }
    const none = { role, guaranteesMilli: {}, limitsMilli: {} };
    const limit = { cpus: 1000 * chance.integer(12) };
    const guarantee = role.includes('/') ? {} : { cpus: Math.min(limit.cpus, 2000) };
    const config = chance.pick<QuotaConfig>([
      none,
      { ...none, limitsMilli: limit },
      { ...none, guaranteesMilli: guarantee, limitsMilli: limit },
      { ...none, limitsMilli: { mem: 1_000_000 * chance.integer(12) } },
    ]);
    return { type: 'updateQuota', configs: [config], force: chance.chance(0.5) };
  }

  #ask(order: OrderToGive, onDone: () => void = () => {}): void {
    const onAsked = () => this.#note(order, false);
    this.#desk.ask(order, onAsked, (outcome) => {
      if (outcome === 'refused') {
        this.#onAnswer('quotas refused');
        return;
      }
      this.#note(order, true);
      this.#onAnswer(`${order.type === 'updateQuota' ? 'quotas' : 'weights'} set`);
      onDone();
    });
  }

  #note(order: OrderToGive, isSure: boolean): void {
    const changed: [Possible, string, string][] =
      order.type === 'updateQuota'
        ? order.configs.map((config) => [
            ...([this.#quotas, config.role] as const),
            quotaText(withQuotas(new Map(), [withoutNothing(config)]).get(config.role)),
          ])
        : order.weights.map(({ role, weight }) => [this.#weights, role, String(weight)]);
    for (const [possible, role, text] of changed) {
      if (isSure) possible.set(role, [text]);
      else if (possible.has(role)) possible.get(role)?.push(text);
      else possible.set(role, ['undefined', text]);
    }
  }
}

type Held =
  AllocatorState['agents'] extends Map<unknown, infer One>
    ? One extends { readonly allocated: Map<unknown, infer Resources> }
      ? Resources
      : never
    : never;

/**
 * What counts for all roles that the quota is over: what is reserved for them, used or not, and what else
 * they were allocated. What is booked on an operation that came to nothing is not there.
 */
function heldMilli(state: AllocatorState | undefined, role: string, name: string): number {
  let milli = 0;
  for (const { total, allocated } of state?.agents.values() ?? []) {
    const reserved = total.filter((one) => isWithin(roleOf(one) ?? '', role));
    milli += milliOf(reserved, name);
    for (const [leaf, resources] of allocated) {
      if (isWithin(leaf.role, role)) milli += milliOf(notKept(resources), name);
    }
  }
  return milli;
}

function milliOf(resources: Held, name: string): number {
  return sum(resources.map((one) => (one.type === 'scalar' && one.name === name ? one.milli : 0)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function withoutNothing(config: QuotaConfig): QuotaConfig {
  const guarantees = Object.entries(config.guaranteesMilli).filter(([, milli]) => milli > 0);
  return { ...config, guaranteesMilli: Object.fromEntries(guarantees) };
}

function quotaText(quota: QuotaConfig | undefined): string {
  if (quota === undefined) return 'undefined';
  return JSON.stringify([quota.guaranteesMilli, quota.limitsMilli]);
}

function wrong(what: string, possible: Possible, known: (role: string) => string): string[] {
  return [...possible].flatMap(([role, texts]) =>
    texts.includes(known(role))
      ? []
      : [`the ${what} of role ${role} is ${known(role)}, and not ${texts.join(' or ')}`],
  );
}

/**
 * What is reserved counts for the quota whoever has it, so it is given without a look at that; and what
 * may be taken back does not count.
 */
function notKept(resources: Held): Held {
  return resources.filter((one) => one.reservations === undefined && !isRevocable(one));
}
