/**
 * `POST /api/v1/executor`: what executors say to the agent over HTTP.
 *
 * In this order, as in Mesos: 503 before the agent knows what runs, 405, 400 and 415 for what can't be
 * read, 400 for a call that is not valid, 406 (SUBSCRIBE only), 202 for any HEARTBEAT, 503 while the agent
 * recovers (not SUBSCRIBE), 400 for a framework or an executor that is not there, 403 for claims of
 * somebody else, 403 for one that has not subscribed; then 200 with a stream for SUBSCRIBE, 202 for the
 * rest. A SUBSCRIBE without the part of its type, which is not valid, is all the same taken from an executor
 * that is there: the client of the npm package mesos-framework sends it so. Source: Mesos 1.11, src/slave/http.cpp, `Http::executor`.
 */
import {
  type HttpAnswer,
  type HttpPrincipal,
  type HttpRequest,
  type HttpRoutes,
  textResponse,
} from '../../../../transport/http/message.ts';
import {
  contentHeaders,
  type Negotiated,
  negotiateAnswer,
  negotiateContent,
} from '../../../../transport/http/negotiation.ts';
import { acceptsAgentMessage } from '../../../protocol/accepts-agent.ts';
import type { FromExecutorToAgent } from '../../../protocol/executor-to-agent.ts';
import type { ContainerId, ExecutorId, FrameworkId, TaskId } from '../../../protocol/ids.ts';
import { executorCallFault } from '../../../protocol/v1/call-faults/executor.ts';
import { decodeV1 } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';
import { readWith } from '../../../protocol/v1/reading.ts';
import { toAgentMessage } from '../../../protocol/v1/to-nouns/executor-calls.ts';
import type { FoundExecutor, HttpExecutorMessage } from '../../http-executors.ts';
import {
  AGENT_REALMS,
  type AgentApiNode,
  askAgent,
  NOT_RECOVERED,
  type OpenNode,
} from '../api-node.ts';
import { httpExecutor } from './http-executor.ts';

/** With more in one SUBSCRIBE it is refused: they are all handed on at once. */
const UNACKNOWLEDGED_MAX = 10_000;

type Call = V1<'executor.Call'>;
type Said = Exclude<FromExecutorToAgent, { readonly type: 'registerExecutor' }>;

export function executorRoutes(openNode: OpenNode): HttpRoutes {
  return {
    '/api/v1/executor': {
      realm: AGENT_REALMS.executor,
      first: () => (openNode() === undefined ? NOT_RECOVERED : undefined),
      POST: (request) => {
        const node = openNode();
        return node === undefined ? NOT_RECOVERED : answer(request, node);
      },
    },
  };
}

async function answer(request: HttpRequest, node: AgentApiNode): Promise<HttpAnswer> {
  const { headers, body, principal } = request;
  const content = negotiateContent(headers);
  if ('status' in content) return content;
  const call = readCall(content, body);
  if ('status' in call) return call;
  const fault = executorCallFault(call);
  const isBare = call.type === 'SUBSCRIBE' && call.subscribe === undefined;
  if (fault !== undefined && !isBare) return invalid(fault);
  const accepted = call.type === 'SUBSCRIBE' ? negotiateAnswer(headers) : undefined;
  if (accepted !== undefined && 'status' in accepted) return accepted;
  if (call.type === 'HEARTBEAT') return ACCEPTED;

  const found = await find(call, node);
  if (found === undefined) return NOT_RECOVERED;
  if (fault !== undefined && found.executor === undefined) return invalid(fault);
  if (found.isRecovering && (call.type !== 'SUBSCRIBE' || found.executor === undefined)) {
    return NOT_RECOVERED;
  }
  if (!found.framework) return textResponse(400, 'Framework cannot be found');
  const { executor } = found;
  if (executor === undefined) return textResponse(400, 'Executor cannot be found');
  const forbidden = principal && claimFault(principal, call, executor.containerId);
  if (forbidden !== undefined) return textResponse(403, forbidden);
  const { address, phase, containerId } = executor;
  if (phase === 'running' && address === undefined && call.type !== 'UNKNOWN') {
    return textResponse(403, 'Executor is not connected via HTTP');
  }
  if (accepted !== undefined) return subscribe(call, accepted, containerId, node);
  if (address === undefined) return textResponse(403, 'Executor is not subscribed');
  return say(call, address, node);
}

function readCall({ encoding }: Negotiated, body: Uint8Array): Call | HttpAnswer {
  try {
    return decodeV1('executor.Call', encoding, body);
  } catch (error) {
    if (error instanceof V1Error) return textResponse(400, error.message);
    throw error;
  }
}

function find({ framework_id, executor_id }: Call, node: AgentApiNode) {
  const frameworkId = framework_id.value as FrameworkId;
  const executorId = executor_id.value as ExecutorId;
  return askAgent<FoundExecutor>(node, (replyTo) => ({
    type: 'findExecutor',
    frameworkId,
    executorId,
    replyTo,
  }));
}

/** Who asks by a token may speak for the executor that the token was made for. */
function claimFault(
  { value = '', claims }: HttpPrincipal,
  { framework_id, executor_id }: Call,
  containerId: ContainerId,
): string | undefined {
  const who = `Authenticated principal '${value}' does not contain`;
  if (claims['fid'] !== framework_id.value) {
    return `${who} an 'fid' claim with the framework ID ${framework_id.value}, which is set in the call`;
  }
  if (claims['eid'] !== executor_id.value) {
    return `${who} an 'eid' claim with the executor ID ${executor_id.value}, which is set in the call`;
  }
  if (claims['cid'] !== containerId) {
    return `${who} a 'cid' claim with the correct active ContainerID`;
  }
  return undefined;
}

const UNKNOWN_TYPE =
  'The type of the call is not known here; docs/v1-compatibility.md lists those that are';

function say(
  call: Call,
  address: NonNullable<NonNullable<FoundExecutor['executor']>['address']>,
  { system }: AgentApiNode,
): HttpAnswer {
  const { noun: message, invalid: faults } = readWith((report) =>
    toAgentMessage(call, system.host.nowMs(), report),
  );
  const [fault] = faults;
  if (fault !== undefined) return invalid(fault.sentence);
  if (message === undefined) return textResponse(501, UNKNOWN_TYPE);
  const tooMuch = acceptsAgentMessage(message);
  if (tooMuch !== undefined) return invalid(tooMuch);
  system.send<HttpExecutorMessage>(address, { type: 'say', message });
  return ACCEPTED;
}

function subscribe(
  call: Call,
  accepted: Negotiated,
  containerId: ContainerId,
  { system, agent }: AgentApiNode,
): HttpAnswer {
  const frameworkId = call.framework_id.value as FrameworkId;
  const executorId = call.executor_id.value as ExecutorId;
  const { unacknowledged_tasks: tasks = [], unacknowledged_updates: updates = [] } =
    call.subscribe ?? {};
  if (tasks.length + updates.length > UNACKNOWLEDGED_MAX) {
    return invalid(`More than ${UNACKNOWLEDGED_MAX} unacknowledged tasks and updates`);
  }
  const brought: UpdateMessage[] = [];
  for (const update of updates) {
    const one = updateOf({ ...call, type: 'UPDATE', update }, system.host.nowMs());
    if (typeof one === 'string') return invalid(one);
    brought.push(one);
  }
  const knownTaskIds = [
    ...tasks.map(({ task_id }) => task_id.value as TaskId),
    ...brought.map(({ update }) => update.status.taskId),
  ];
  return {
    status: 200,
    headers: contentHeaders(accepted),
    stream: (stream) => {
      const { encoding } = accepted;
      const ids = { frameworkId, executorId, containerId };
      const options = { agent, stream, encoding, ...ids, updates: brought, knownTaskIds };
      const address = system.spawn(httpExecutor, options, { onCrash: 'stop' });
      return { closed: () => system.send(address, { type: 'streamClosed' }) };
    },
  };
}

type UpdateMessage = Extract<Said, { readonly type: 'executorUpdate' }>;

/** One that an executor brings along is as good as one that it calls with. @returns or what is wrong */
function updateOf(call: Call, nowMs: number): UpdateMessage | string {
  const fault = executorCallFault(call);
  if (fault !== undefined) return fault;
  const { noun, invalid: faults } = readWith((report) => toAgentMessage(call, nowMs, report));
  if (noun?.type !== 'executorUpdate') return faults[0]?.sentence ?? 'Not a valid update';
  return acceptsAgentMessage(noun) ?? noun;
}

function invalid(sentence: string): HttpAnswer {
  return textResponse(400, `Failed to validate Executor::Call: ${sentence}`);
}

const ACCEPTED: HttpAnswer = { status: 202 };
