/** What counts as an answer of an agent, or of a master to an operator's order. */
import { acceptor, array, boolean, bytes, maybe, object, oneOf } from '../../runtime/decode.ts';
import type { AgentId } from './ids.ts';
import * as maxima from './maxima.ts';
import { reportedExecutor } from './message-fields.ts';
import { count, name, properId, registeredAgentInfo, sentence, task } from './nouns.ts';
import type { OperatorAnswer, OperatorFault } from './operator-to-master.ts';
import type { AgentStateView, SandboxChunk } from './views.ts';

export const acceptsAgentStateView = acceptor(
  object<AgentStateView>({
    type: oneOf({ agentState: true }),
    agentId: maybe(properId<AgentId>()),
    info: maybe(registeredAgentInfo),
    workDirectory: name,
    tasks: array(task, maxima.REPORTED_COUNT_MAX),
    executors: array(reportedExecutor, maxima.REPORTED_COUNT_MAX),
    completedTasks: array(task, maxima.REPORTED_COUNT_MAX),
  }),
);

export const acceptsSandboxChunk = acceptor(
  object<SandboxChunk>(
    {
      type: oneOf({ sandboxChunk: true }),
      bytes: bytes(maxima.SANDBOX_CHUNK_BYTES_MAX),
      offsetBytes: count,
      sizeBytes: count,
      ended: boolean,
    },
    { refused: sentence },
  ),
);

export const acceptsOperatorAnswer = acceptor(
  object<OperatorAnswer>(
    { type: oneOf({ operatorAnswer: true }) },
    {
      refused: sentence,
      fault: oneOf<OperatorFault>({ invalid: true, unknown: true, conflict: true, busy: true }),
    },
  ),
);
