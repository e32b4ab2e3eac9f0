/**
 * What of an agent may be another after a restart, when it is to go on under its old id. Pure.
 *
 * | policy | hostname, port | resources | attributes | domain |
 * |---|---|---|---|---|
 * | equal | as before | as before | as before | as before |
 * | additive | as before | all there were, or more of them; others may come | all there were; others may come | as before, or new |
 *
 * The version may always change: that is what agents are restarted for.
 * Source: Mesos 1.11, src/slave/compatibility.hpp.
 */
import type { AgentInfo } from '../protocol/agent.ts';
import type { Domain } from '../protocol/domain.ts';
import { formatAttributes, formatResources } from '../protocol/resource-text.ts';
import { contains, equalResources } from '../protocol/resources.ts';
import type { KeptAgent } from './checkpoint/kept.ts';
import { recoveryError } from './recovery-errors.ts';

export const RECONFIGURATION_POLICIES = ['equal', 'additive'] as const;
export type ReconfigurationPolicy = (typeof RECONFIGURATION_POLICIES)[number];

/**
 * @returns whether the agent goes on under its old id. False: it cannot, but nothing of it is left
 * either, because the machine was booted since.
 * @throws CodedError `reconfigurationRefused`
 */
export function goesOn(
  kept: KeptAgent,
  info: AgentInfo,
  bootId: string,
  policy: ReconfigurationPolicy,
): boolean {
  const fault = reconfigurationFault(kept.info, info, policy);
  if (fault === undefined) return true;
  if (kept.bootId !== bootId) return false;
  throw recoveryError(
    'reconfigurationRefused',
    `Cannot go on as agent "${kept.agentId}": ${fault}`,
  );
}

/** @returns what has changed that may not, as the end of a sentence */
export function reconfigurationFault(
  before: AgentInfo,
  after: AgentInfo,
  policy: ReconfigurationPolicy,
): string | undefined {
  if (before.hostname !== after.hostname) {
    return `its host name was "${before.hostname}" and is now "${after.hostname}"`;
  }
  if (before.port !== after.port) return `its port was ${before.port} and is now ${after.port}`;
  const [domainWas, domainIs] = [before, after].map(({ domain }) => shownDomain(domain));
  if (domainWas !== domainIs && (before.domain !== undefined || policy === 'equal')) {
    return `its domain was ${domainWas} and is now ${domainIs}`;
  }
  const fewer = policy === 'additive' ? ', which is not all of it' : '';
  const sameResources =
    policy === 'equal'
      ? equalResources(before.resources, after.resources)
      : contains(after.resources, before.resources);
  if (!sameResources) {
    const [was, is] = [before, after].map(({ resources }) => formatResources(resources));
    return `its resources were "${was}" and are now "${is}"${fewer}`;
  }
  const missing = before.attributes.some(
    ({ name, value }) =>
      !after.attributes.some((other) => other.name === name && other.value === value),
  );
  const added = after.attributes.length !== before.attributes.length;
  if (missing || (added && policy === 'equal')) {
    const [was, is] = [before, after].map(({ attributes }) => formatAttributes(attributes));
    return `its attributes were "${was}" and are now "${is}"${fewer}`;
  }
  return undefined;
}

function shownDomain(domain: Domain | undefined): string {
  return domain === undefined ? 'none' : `"${domain.region}/${domain.zone}"`;
}
