/** The registrar's answers: what was asked for goes on here. */
import { assert } from '../../runtime/assert.ts';
import { agentGone, agentMarkedUnreachable, unreachableForgotten } from './agent-losses.ts';
import { agentOrderAnswered } from './agent-orders.ts';
import { agentAdmitted } from './agents.ts';
import { maintenanceChanged } from './maintenance/maintenance.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { orderAnswered } from './orders.ts';
import { type AgentMarkOperation, agentMarkOperations } from './registry/agent-mark-operations.ts';
import { type MachineOperation, machineOperations } from './registry/machine-operations.ts';
import type { RegistryOperation } from './registry/operations.ts';
import { agentReadmitted } from './reregistration.ts';
import { quotaKept } from './roles/quota.ts';
import { weightsKept } from './roles/weights.ts';
import type { MasterState } from './state.ts';

export const registryAnswerHandlers: MasterHandlers<'registryApplied'> = {
  registryApplied(state, { operation, refused }, context) {
    if (operation.type === 'updateQuota') {
      quotaKept(state, refused, context);
      return;
    }
    if (operation.type === 'updateWeights') {
      weightsKept(state, operation, refused, context);
      return;
    }
    if (refused !== undefined && isOfFramework(operation)) {
      // It goes on without: only what a later leader would have known of it is missing.
      context.log.warn(refused);
      return;
    }
    if (isAgentOrder(operation)) {
      agentOrderAnswered(state, operation, refused, context);
      return;
    }
    if (isMaintenance(operation)) {
      const carryOut = () => maintenanceChanged(state, operation, context);
      orderAnswered(state, operation, refused, carryOut, context);
      return;
    }
    assert(refused === undefined, `the master asks for what can be done: ${refused}`);
    goOn(state, operation, context);
  },
};

function isOfFramework({ type }: RegistryOperation): boolean {
  return type.endsWith('Framework') || type.startsWith('markFramework');
}

function isAgentOrder(operation: RegistryOperation): operation is AgentMarkOperation {
  return Object.hasOwn(agentMarkOperations, operation.type);
}

function isMaintenance(operation: RegistryOperation): operation is MachineOperation {
  return Object.hasOwn(machineOperations, operation.type);
}

function goOn(state: MasterState, operation: RegistryOperation, context: MasterContext): void {
  switch (operation.type) {
    case 'admitAgent':
      agentAdmitted(state, operation.info, context);
      break;
    case 'markAgentReachable':
    case 'updateAgent':
      agentReadmitted(state, operation.info, context);
      break;
    case 'markAgentUnreachable':
      agentMarkedUnreachable(state, operation, context);
      break;
    case 'markAgentGone':
      agentGone(state, operation, context);
      break;
    case 'forgetAgents':
      for (const agentId of operation.agentIds) unreachableForgotten(state, agentId, context);
      break;
    case 'forgetGoneAgents':
      for (const agentId of operation.agentIds) state.agents.gone.delete(agentId);
      break;
    case 'forgetFrameworks':
      for (const frameworkId of operation.frameworkIds) state.endedFrameworks.delete(frameworkId);
  }
}
