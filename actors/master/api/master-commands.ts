/** What routes may have the master of this node do. */
import type { Address } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import type { System } from '../../../runtime/system.ts';
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import { MASTER_NAME, type NotLeader, type OperatorAnswer } from '../../protocol/messages.ts';
import type { QuotaConfig, RoleWeight } from '../../protocol/quota.ts';
import type { AgentGoneAnswer, MasterInbox } from '../messages.ts';
import type { QuotaAnswer, QuotaRequest } from '../roles/quota-requests.ts';

/** Within the process; a registry that is slow to write answers later than its own timeout. */
const COMMAND_TIMEOUT_MS = 25_000;

type Asked<Type extends QuotaRequest['type']> = Omit<
  Extract<QuotaRequest, { readonly type: Type }>,
  'type' | 'replyTo'
>;

export interface MasterCommands {
  /** @returns undefined when it is done, else why not; `notLeader`: another master is to be asked */
  teardown(frameworkId: FrameworkId): Promise<string | 'notLeader' | undefined>;
  markAgentGone(agentId: AgentId): Promise<AgentGoneAnswer | NotLeader>;
  /** @returns as `teardown` */
  updateWeights(weights: readonly RoleWeight[]): Promise<string | 'notLeader' | undefined>;
  /** @returns as `teardown` */
  updateQuota(
    configs: readonly QuotaConfig[],
    force: boolean,
  ): Promise<string | 'notLeader' | undefined>;
  setQuota(asked: Asked<'setQuota'>): Promise<QuotaAnswer | NotLeader>;
  removeQuota(asked: Asked<'removeQuota'>): Promise<QuotaAnswer | NotLeader>;
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
  const order = async (request: (replyTo: Address<OperatorAnswer | NotLeader>) => MasterInbox) => {
    const answer = await ask<OperatorAnswer>(request);
    return answer.type === 'notLeader' ? answer.type : answer.refused;
  };
  return {
    teardown: (frameworkId) =>
      order((replyTo) => ({ type: 'teardownFramework', frameworkId, replyTo })),
    updateWeights: (weights) => order((replyTo) => ({ type: 'updateWeights', weights, replyTo })),
    updateQuota: (configs, force) =>
      order((replyTo) => ({ type: 'updateQuota', configs, force, replyTo })),
    setQuota: (asked) => ask((replyTo) => ({ type: 'setQuota', ...asked, replyTo })),
    removeQuota: (asked) => ask((replyTo) => ({ type: 'removeQuota', ...asked, replyTo })),
    markAgentGone: (agentId) => ask((replyTo) => ({ type: 'markAgentGone', agentId, replyTo })),
  };
}

const NOBODY: NotLeader = { type: 'notLeader', epoch: 0, masters: [] };
