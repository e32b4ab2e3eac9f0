/** Operations on resources: this agent carries out none, and says so, together with what it has. */
import type { AgentHandlers } from './state.ts';

export const operationHandlers: AgentHandlers<'applyOperation' | 'acknowledgeOperation'> = {
  applyOperation({ agentId, master }, { operationUuid, frameworkId, operationId }, context) {
    if (agentId === undefined || master === undefined) return;
    const { resources } = context.options.info;
    const message = 'The agent does not carry out operations on resources';
    context.send(master, { type: 'agentUpdated', agentId, agent: context.self, resources });
    context.send(master, {
      type: 'operationUpdated',
      ...{ agentId, agent: context.self },
      update: {
        operationUuid,
        ...(frameworkId !== undefined && { frameworkId }),
        status: { state: 'dropped', ...(operationId !== undefined && { operationId }), message },
      },
    });
  },

  // What it says has no id, so nobody acknowledges it.
  acknowledgeOperation() {},
};
