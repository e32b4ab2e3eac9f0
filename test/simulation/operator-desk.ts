/**
 * Where operators of a simulated cluster give their orders: one at a time, to all masters that run,
 * and told of each what became of it.
 */
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../../actors/protocol/messages.ts';
import type { OperatorAnswer } from '../../actors/protocol/operator-to-master.ts';
import type { Address } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { Cluster } from '../kit/cluster.ts';

const ANSWER_TIMEOUT_MS = 4000;

type Asking = Extract<MasterMessage, { readonly replyTo: Address<OperatorAnswer | NotLeader> }>;

/** An order without who is to be told. */
export type ToAsk<One> = One extends unknown ? Omit<One, 'replyTo'> : never;

export class OperatorDesk<Order extends Asking> {
  readonly #cluster: Cluster;
  #isAsking = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * One at a time: who asks on before an answer can't say which of both came last.
   *
   * @param onAsked it is under way, and may be kept from now on, whether it is answered or not
   * @param onTold it is kept, or refused by all
   */
  ask(
    order: ToAsk<Order>,
    onAsked: () => void,
    onTold: (outcome: 'kept' | 'refused') => void,
  ): void {
    const { masters, world } = this.#cluster;
    const running = masters.filter((node) => node.running);
    if (this.#isAsking || running.length === 0) return;
    this.#isAsking = true;
    onAsked();
    void Promise.all(
      running.map((node) =>
        Promise.race([
          node.system
            .ask<MasterMessage, OperatorAnswer | NotLeader>(
              address<MasterMessage>(MASTER_NAME, node.name),
              (replyTo: Address<OperatorAnswer | NotLeader>) =>
                ({ ...order, replyTo }) as unknown as MasterMessage,
              ANSWER_TIMEOUT_MS,
            )
            .catch(() => undefined),
          this.#endOf(node),
        ]),
      ),
    ).then((answers) => {
      world.guard(() => {
        this.#isAsking = false;
        const told = answers.filter((one) => one?.type === 'operatorAnswer');
        // Of two that believe to lead one is wrong, and can have kept nothing.
        if (told.length === 0) return;
        if (told.some(({ refused }) => refused === undefined)) onTold('kept');
        else if (told.length === answers.length) onTold('refused');
      });
    });
  }

  /** A process that was killed in between does not even tell that there was no answer. */
  #endOf(node: Cluster['masters'][number]): Promise<undefined> {
    const { life } = node;
    return new Promise((resolve) => {
      const look = () => {
        if (!node.running || node.life !== life) resolve(undefined);
        else if (this.#isAsking) this.#cluster.world.after(ANSWER_TIMEOUT_MS, look);
      };
      this.#cluster.world.after(ANSWER_TIMEOUT_MS, look);
    });
  }
}
