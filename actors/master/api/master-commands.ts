/** What routes may have the master of this node do. */
import type { Address } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import type { System } from '../../../runtime/system.ts';
import type { AgentOrder } from '../../protocol/agent-orders.ts';
import type { FrameworkId } from '../../protocol/ids.ts';
import type { MaintenanceOrder, MaintenanceView } from '../../protocol/maintenance-orders.ts';
import { MASTER_NAME, type NotLeader } from '../../protocol/messages.ts';
import type {
  FromOperatorToMaster,
  OperatorAnswer,
  ResourcesChangeAnswer,
} from '../../protocol/operator-to-master.ts';
import type { MasterInbox, OperationsDescribed } from '../messages.ts';
import type { QuotaRequest } from '../roles/quota-requests.ts';
import type { WeightsRequest } from '../roles/weights.ts';

/** Within the process; a registry that is slow to write answers later than its own timeout. */
const COMMAND_TIMEOUT_MS = 25_000;

type ChangeAsked = Extract<FromOperatorToMaster, { readonly type: 'changeResources' }>;
/** As an operator gives it, without who is to be answered. */
export type Order = OrderOf<AgentOrder | MaintenanceOrder | QuotaRequest | WeightsRequest>;
type OrderOf<Message> = Message extends unknown ? Omit<Message, 'replyTo'> : never;

export interface MasterCommands {
  /** @returns undefined when it is done, else why not; `notLeader`: another master is to be asked */
  teardown(frameworkId: FrameworkId): Promise<string | 'notLeader' | undefined>;
  changeResources(
    asked: Pick<ChangeAsked, 'agentId' | 'change' | 'principal'>,
  ): Promise<ResourcesChangeAnswer | NotLeader>;
  operations(): Promise<OperationsDescribed | NotLeader>;
  order(order: Order): Promise<OperatorAnswer | NotLeader>;
  maintenance(): Promise<MaintenanceView | NotLeader>;
}

export function masterCommands(system: () => System | undefined): MasterCommands {
  const ask = <Answer extends { readonly type: string }>(
    request: (replyTo: Address<Answer | NotLeader>) => MasterInbox,
  ): Promise<Answer | NotLeader> => {
    const node = system();
    if (node === undefined) {
      return Promise.resolve(NOBODY);
    }
    const master = address<MasterInbox>(MASTER_NAME, node.node);
    const asked = node.ask<MasterInbox, Answer | NotLeader>(
      master,
      (replyTo) => request(replyTo),
      COMMAND_TIMEOUT_MS,
    );
    // It leads no longer, or its registry can't be written: whether it is done, the next one knows.
    return asked.catch(() => NOBODY);
  };
  return {
    async teardown(frameworkId) {
      const answer = await ask<OperatorAnswer>((replyTo) => {
        return { type: 'teardownFramework', frameworkId, replyTo };
      });
      return answer.type === 'notLeader' ? answer.type : answer.refused;
    },
    maintenance: () => ask((replyTo) => ({ type: 'describeMaintenance', replyTo })),
    order: (order) => ask((replyTo) => ({ ...order, replyTo })),
    changeResources: (asked) => ask((replyTo) => ({ type: 'changeResources', ...asked, replyTo })),
    operations: () => ask((replyTo) => ({ type: 'describeOperations', replyTo })),
  };
}

const NOBODY: NotLeader = { type: 'notLeader', epoch: 0, masters: [] };
