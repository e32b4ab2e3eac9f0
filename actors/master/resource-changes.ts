/**
 * Operations on resources, carried out in the master's books at once: what follows in the same accept
 * sees the result, and so does the next offer. The agent is told, and says how it went; where that is
 * not as it should, it says what it has instead (`agentUpdated`).
 *
 * Of a volume that grows or shrinks the result is not used in the same accept: whether it can be done
 * only the disk knows. Source: Mesos 1.11, src/master/master.cpp, _accept, _apply.
 */
import { assert } from '../../runtime/assert.ts';
import type { OperationUuid } from '../protocol/ids.ts';
import type { ChangeResources } from '../protocol/offer.ts';
import type { OperationRecord } from '../protocol/operation.ts';
import {
  type Conversion,
  conversionOf,
  converted,
  type ResourceOperation,
} from '../protocol/resource-operations.ts';
import { contains, formatResources, minus, plus, type Resources } from '../protocol/resources.ts';
import { countNewOperation, countOperation } from './counters.ts';
import type { MasterContext } from './messages.ts';
import { rescindOffer } from './offers.ts';
import {
  addOperation,
  agentText,
  OPERATIONS_PER_AGENT_MAX,
  pendingStatus,
  tellOperation,
} from './operation-records.ts';
import { resourceOperationFault } from './resource-operation-faults.ts';
import type { AgentRecord, FrameworkRecord, MasterState } from './state.ts';

/** Of the offers of an accept. */
export interface Left {
  /** For the operations that follow. */
  readonly resources: Resources;
  /** What came of growing and shrinking. */
  readonly resized: Resources;
  /** What became of what, in order. */
  readonly conversions: readonly Conversion[];
}

interface Ground {
  readonly agent: AgentRecord;
  readonly framework: FrameworkRecord;
  /** That the resources were offered to. */
  readonly role: string;
}

/** @returns what is left; the same where the operation is refused: who asked is told then */
export function changeOffered(
  state: MasterState,
  { agent, framework, role }: Ground,
  { change, operationId }: ChangeResources,
  left: Left,
  context: MasterContext,
): Left {
  const { frameworkId, info } = framework;
  const ground = {
    principal: info.principal,
    framework: { frameworkId, info, role },
    total: agent.total,
    used: agent.used,
  };
  const asked: ChangeResources = { type: 'change', change, ...(operationId && { operationId }) };
  const known = operationId !== undefined && framework.operations.has(operationId);
  const invalid = resourceOperationFault(change, ground);
  const fault =
    (known ? `Operation has duplicate ID: ${operationId}` : undefined) ??
    (invalid === undefined ? undefined : `${invalid}; on agent ${agentText(agent)}`) ??
    tooManyFault(agent);
  if (fault !== undefined) {
    refuseChange(framework, asked, fault, context);
    return left;
  }
  if (change.type === 'destroyVolumes') rescindHolders(state, agent, change.volumes, context);
  const conversion = conversionOf(change);
  const resources = converted(left.resources, conversion);
  if (resources === undefined) {
    refuseChange(framework, asked, lacking(left.resources, conversion), context);
    return left;
  }
  applyChange(agent, framework, { change, role, ...(operationId && { operationId }) }, context);
  const conversions = [...left.conversions, conversion];
  if (change.type !== 'growVolume' && change.type !== 'shrinkVolume') {
    return { ...left, resources, conversions };
  }
  return {
    resources: minus(left.resources, conversion.consumed),
    resized: plus(left.resized, conversion.converted),
    conversions,
  };
}

/** Who wants to know is told; nobody else is. */
export function refuseChange(
  framework: FrameworkRecord,
  { change, operationId }: Pick<ChangeResources, 'change' | 'operationId'>,
  message: string,
  context: MasterContext,
): void {
  const { frameworkId } = framework;
  context.log.info(`Refused an operation of framework "${frameworkId}": ${message}`);
  countNewOperation({ operation: change }, context);
  countOperation({ operation: change }, 'error', context);
  if (operationId === undefined) return;
  tellOperation(framework, { state: 'error', operationId, message }, undefined, context);
}

/** Books it, and sends it to the agent. What it consumes is there: the caller has seen to it. */
export function applyChange(
  agent: AgentRecord,
  framework: FrameworkRecord | undefined,
  asked: {
    readonly change: ResourceOperation;
    readonly role?: string;
    readonly operationId?: OperationRecord['operationId'];
    readonly operationUuid?: OperationUuid;
  },
  context: MasterContext,
): void {
  const { change: operation, role, operationId } = asked;
  const total = converted(agent.total, conversionOf(operation));
  assert(total !== undefined, 'what is handed out is of what the agent has');
  agent.total = total;
  const record: OperationRecord = {
    operationUuid: asked.operationUuid ?? (context.uuid() as OperationUuid),
    operation,
    ...(framework !== undefined && { frameworkId: framework.frameworkId }),
    ...(operationId !== undefined && { operationId }),
    ...(role !== undefined && { role }),
  };
  addOperation(agent, framework, record, pendingStatus(record), context);
  const { resourceVersion } = agent;
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  context.send(agent.address, { type: 'applyOperation', ...record, ...version });
}

export function tooManyFault(agent: AgentRecord): string | undefined {
  if (agent.operations.size < OPERATIONS_PER_AGENT_MAX) return undefined;
  return `Agent ${agentText(agent)} has ${OPERATIONS_PER_AGENT_MAX} operations already: acknowledge those that have ended`;
}

export function lacking(resources: Resources, { consumed }: Conversion): string {
  return `${formatResources(resources)} does not contain ${formatResources(consumed)}`;
}

/** A volume that several may use is on offer to others, too. */
export function rescindHolders(
  state: MasterState,
  agent: AgentRecord,
  volumes: Resources,
  context: MasterContext,
): void {
  for (const record of agent.offers) {
    const { resources } = record.offer;
    if (volumes.some((volume) => contains(resources, [volume]))) {
      rescindOffer(state, record, context);
    }
  }
}
