/** What the routes of an agent's node have in common: the actors they ask, and who may ask them. */
import type { Address, Tagged } from '../../../runtime/actor.ts';
import type { System } from '../../../runtime/system.ts';
import { type HttpAnswer, textResponse } from '../../../transport/http/message.ts';
import type { AgentActorMessage } from '../state.ts';

/** What routes may ask. */
export interface AgentApiNode {
  readonly system: System;
  readonly agent: Address<AgentActorMessage>;
}

/** Within the process, and the agent doesn't block: longer only where the whole loop stands still. */
const ASK_TIMEOUT_MS = 10_000;

/** @returns undefined when the agent ends, or does not answer in time */
export function askAgent<Reply extends Tagged>(
  { system, agent }: AgentApiNode,
  question: (replyTo: Address<Reply>) => AgentActorMessage,
): Promise<Reply | undefined> {
  return system
    .ask<AgentActorMessage, Reply>(agent, question, ASK_TIMEOUT_MS)
    .catch(() => undefined);
}

/** Undefined while there are no actors yet. */
export type OpenNode = () => AgentApiNode | undefined;

/** Who asks is asked for the realm of the route. Source: Mesos 1.11, src/slave/constants.hpp. */
export const AGENT_REALMS = {
  readonly: 'mesos-agent-readonly',
  readwrite: 'mesos-agent-readwrite',
  executor: 'mesos-agent-executor',
} as const;

/** In the words of Mesos, which clients take for a reason to ask again. */
export const NOT_RECOVERED: HttpAnswer = textResponse(503, 'Agent has not finished recovery');
