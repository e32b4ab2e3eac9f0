/**
 * What operators want of agents, from any node: draining and back, no new tasks, never to come back.
 *
 * Each is answered by `operatorAnswer` when the registry has it: whoever leads next knows it, too.
 * Source: Mesos 1.11, master.proto, DRAIN_AGENT and those beside it; `cancelDrain` is Messor's.
 */
import type { Address } from '../../runtime/actor.ts';
import { boolean } from '../../runtime/decode.ts';
import type { AgentId } from './ids.ts';
import type { DrainRequest } from './maintenance.ts';
import type { NotLeader } from './messages.ts';
import { address, chosenId, milliseconds } from './nouns.ts';
import type { OperatorAnswer } from './operator-to-master.ts';

export interface Asked {
  readonly replyTo: Address<OperatorAnswer | NotLeader>;
}

interface OfAgent extends Asked {
  readonly agentId: AgentId;
}

export type AgentOrder =
  /** Its tasks are killed and it takes no more, until it is reactivated or the drain is cancelled. */
  | ({ readonly type: 'drainAgent' } & DrainRequest & Asked)
  /** It takes tasks again. What has been killed meanwhile is killed. */
  | ({ readonly type: 'cancelDrain' } & OfAgent)
  /** Nothing of it is offered any more; what runs there goes on. */
  | ({ readonly type: 'deactivateAgent' } & OfAgent)
  /** Refused while it is draining. */
  | ({ readonly type: 'reactivateAgent' } & OfAgent)
  /** Whatever the agent still does: its tasks are lost, and it must not come back. */
  | ({ readonly type: 'markAgentGone' } & OfAgent);

const order = { agentId: chosenId<AgentId>(), replyTo: address<OperatorAnswer | NotLeader>() };

/** For `acceptsMasterMessage`. */
export const agentOrderFields = {
  drainAgent: [{ ...order, markGone: boolean }, { maxGracePeriodMs: milliseconds }],
  cancelDrain: [order],
  deactivateAgent: [order],
  reactivateAgent: [order],
  markAgentGone: [order],
} as const;
