/**
 * Operators of a simulated cluster who reserve for roles what nobody uses, and take back what is
 * reserved, while everything goes wrong. What they ask for is done or refused; it shows in what agents
 * and masters say that there is.
 */
import type { MasterState } from '../../actors/master/state.ts';
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../../actors/protocol/messages.ts';
import type { ResourcesChangeAnswer } from '../../actors/protocol/operator-to-master.ts';
import { isPersistentVolume, roleOf } from '../../actors/protocol/resource-kinds.ts';
import type { ResourceOperation } from '../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../actors/protocol/resource-selection.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import type { Address } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { Cluster } from '../kit/cluster.ts';
import type { Random } from '../kit/random.ts';

const GAP_MS_MEAN = 1000;
const ANSWER_TIMEOUT_MS = 4000;
const ROLES = ['a', 'b', 'c'];
const WANTED = ['cpus:0.5;mem:128', 'cpus:1;mem:512;disk:16', 'disk:40'].map((text) =>
  parseResources(text),
);

export class Stewards {
  readonly #cluster: Cluster;
  readonly #chance: Random;
  readonly #onAnswer: (what: string) => void;

  constructor(cluster: Cluster, chance: Random, onAnswer: (what: string) => void) {
    this.#cluster = cluster;
    this.#chance = chance;
    this.#onAnswer = onAnswer;
  }

  /** From now on until so long after the beginning. */
  begin(endMs: number): void {
    const { world } = this.#cluster;
    for (let atMs = this.#chance.exponential(GAP_MS_MEAN); atMs < endMs; ) {
      const own = this.#chance.split(String(atMs));
      world.at(atMs, () => this.#act(own));
      atMs += this.#chance.exponential(GAP_MS_MEAN);
    }
  }

  #act(chance: Random): void {
    const { masters, world, insideLeader } = this.#cluster;
    const state = insideLeader()?.master.state;
    const order = state && draw(state, chance);
    if (order === undefined) return;
    for (const { system, name } of masters.filter(({ running }) => running)) {
      void system
        .ask<MasterMessage, ResourcesChangeAnswer | NotLeader>(
          address<MasterMessage>(MASTER_NAME, name),
          (replyTo: Address<ResourcesChangeAnswer | NotLeader>) => ({
            ...order,
            type: 'changeResources',
            replyTo,
          }),
          ANSWER_TIMEOUT_MS,
        )
        .then(
          (answer) => {
            if (answer.type !== 'resourcesChangeAnswer') return;
            world.guard(() => this.#onAnswer(`operators' changes ${answer.outcome}`));
          },
          () => {},
        );
    }
  }
}

function draw(
  { agents }: MasterState,
  chance: Random,
): Pick<Extract<MasterMessage, { type: 'changeResources' }>, 'agentId' | 'change'> | undefined {
  const all = [...agents.registered.values()];
  if (all.length === 0) return undefined;
  const { agentId, total } = chance.pick(all);
  const reserved = total.filter((one) => roleOf(one) !== undefined);
  const volumes = reserved.filter(isPersistentVolume);
  const kept = reserved.filter((one) => !isPersistentVolume(one));
  const reservation = { type: 'dynamic', role: chance.pick(ROLES) } as const;
  const change = chance.pick<ResourceOperation>([
    { type: 'reserve', resources: pushReservation(chance.pick(WANTED), reservation) },
    ...(kept.length > 0 ? [{ type: 'unreserve', resources: kept } as const] : []),
    ...(volumes.length > 0 ? [{ type: 'destroyVolumes', volumes } as const] : []),
  ]);
  return { agentId, change };
}
