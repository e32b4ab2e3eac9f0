/** An agent as others know it. */
import type { AgentId } from './ids.ts';
import type { Attributes, Resources } from './resources.ts';

export interface AgentInfo {
  readonly hostname: string;
  readonly port: number;
  readonly resources: Resources;
  readonly attributes: Attributes;
  /** Of the Messor that runs it. */
  readonly version: string;
}

/** What an agent is known by once it has been admitted. */
export interface RegisteredAgentInfo extends AgentInfo {
  readonly agentId: AgentId;
  /** `host:port` that it is reached at: no two of them live there at a time. */
  readonly node: string;
}
