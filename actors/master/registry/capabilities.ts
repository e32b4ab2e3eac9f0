/**
 * What a master must be able to do in order to lead: the guard against going back to an older version.
 *
 * When an operation gives the registry a meaning that older masters would pass over in silence, it
 * names here what is needed. A master that lacks something of it does not lead.
 * Source: Mesos 1.11, registry.proto, minimum_capabilities; MasterInfo.Capability.
 */
import type { Registry } from './registry.ts';

/** Agents may be draining or deactivated. */
export const AGENT_DRAINING = 'agentDraining';
/** Roles may have quotas. */
export const QUOTA = 'quota';

/** Of this version. */
const CAPABILITIES: ReadonlySet<string> = new Set([AGENT_DRAINING, QUOTA]);

/** @returns what this master lacks, as the registry calls it; empty when it may lead */
export function missingCapabilities({ minimumCapabilities }: Registry): readonly string[] {
  return [...minimumCapabilities].filter((capability) => !CAPABILITIES.has(capability));
}
