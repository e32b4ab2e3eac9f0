/** An agent as others know it. */
import type { Domain } from './domain.ts';
import type { AgentId } from './ids.ts';
import type { Attributes, Resources } from './resources.ts';

export interface AgentInfo {
  readonly hostname: string;
  readonly port: number;
  readonly resources: Resources;
  readonly attributes: Attributes;
  /** Absent: it is not said, and it counts as being where the masters are. */
  readonly domain?: Domain;
  /** Of the Messor that runs it. */
  readonly version: string;
}

/** What an agent is known by once it has been admitted. */
export interface RegisteredAgentInfo extends AgentInfo {
  readonly agentId: AgentId;
  /** `host:port` that it is reached at: no two of them live there at a time. */
  readonly node: string;
}
