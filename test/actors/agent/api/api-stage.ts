/**
 * A real agent whose HTTP is asked without a socket: its master, its launcher and its clock are played, so
 * that a test says what happens and when.
 */
import { agent } from '../../../../actors/agent/agent.ts';
import { type AgentApiOptions, agentApi } from '../../../../actors/agent/api/agent-api.ts';
import type { ContainerEnd } from '../../../../actors/agent/launcher/launcher.ts';
import {
  AGENT_DEFAULTS,
  type AgentActorMessage,
  type AgentOptions,
} from '../../../../actors/agent/state.ts';
import type { ContainerId } from '../../../../actors/protocol/ids.ts';
import type { TaskInfo } from '../../../../actors/protocol/task.ts';
import {
  type Encoding,
  encodeV1,
  parseJson,
  readV1,
} from '../../../../actors/protocol/v1/codec.ts';
import type { V1Name } from '../../../../actors/protocol/v1/dictionary.ts';
import type { Address, AnyAddress } from '../../../../runtime/actor.ts';
import type { HttpMethod } from '../../../../transport/http/message.ts';
import { FakeCarrier } from '../../../kit/fake-carrier.ts';
import { type Answered, type Asking, askingRoutes } from '../../../kit/http-routes.ts';
import { loneSystem } from '../../../kit/lone-system.ts';
import { agentId, framework, frameworkId, info, played } from '../nouns.ts';
import { firstWords, launcher, master } from '../played-agent.ts';

export const TYPES: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

export interface StageOptions {
  readonly agent?: Partial<AgentOptions>;
  readonly api?: Partial<AgentApiOptions>;
  /** Not yet: the agent has not begun, or has no actors at all. */
  readonly until?: 'routes' | 'recovering';
}

export type ApiStage = ReturnType<typeof apiStage>;

export function apiStage({ agent: but = {}, api: apiBut = {}, until }: StageOptions = {}) {
  const carrier = new FakeCarrier();
  const lone = loneSystem({ carrier });
  const { system } = lone;
  const api = agentApi({ version: '0.0.0', workDirectory: '/work', ...apiBut });
  /** All that was said to another node's actor of that name. */
  const said = <Message>({ name }: Address<Message>) =>
    carrier.sent.flatMap((signal) =>
      signal.kind === 'message' && signal.to.name === name ? [signal.message as Message] : [],
    );
  /** Never read to its end. */
  const slow = { ...played().checkpoint, read: () => new Promise<undefined>(() => {}) };
  const self = system.spawn(
    agent,
    {
      ...AGENT_DEFAULTS,
      bootId: 'boot-1',
      info,
      cluster: 'messor',
      masters: [master.node],
      workDirectory: until === 'recovering' ? played({ checkpoint: slow }) : played(),
      launcher: () => launcher,
      metrics: api.metrics,
      ...but,
    },
    { name: 'agent' },
  );
  if (until !== 'routes') api.open({ system, agent: self });
  const receive = (message: AgentActorMessage, from: AnyAddress = master) => {
    system.inject({ to: self, from, message });
    lone.run();
  };
  if (until === undefined) {
    receive({ type: 'checkpointRead', kept: undefined });
    receive({ type: 'resourcesRead', total: info.resources, operations: [] });
    receive({ type: 'launcherReady', leftoverCount: 0 }, launcher);
    receive({ type: 'agentRegistered', agentId, ...firstWords });
  }

  /** Lets turns and promises go on until the promise is settled. */
  async function settle<Value>(promise: Promise<Value>): Promise<Value> {
    let over = false;
    const end = () => {
      over = true;
    };
    promise.then(end, end);
    for (let turn = 0; turn < 1000 && !over; turn++) {
      await new Promise(setImmediate);
      lone.run();
    }
    return promise;
  }
  const routes = askingRoutes(api.routes, ['slave(1)']);
  const ask = (method: HttpMethod, target: string, asking: Asking = {}): Promise<Answered> =>
    settle(routes(method, target, asking));

  return {
    lone,
    system,
    agent: self,
    /** What the master was told. */
    told: () => said(master),
    launches: () => said(launcher).filter((message) => message.type === 'launch'),
    kills: () => said(launcher).filter((message) => message.type === 'kill'),
    receive,
    settle,
    ask,
    /** A call as JSON says it, in either encoding. */
    call(
      target: string,
      name: V1Name,
      value: object,
      { encoding = 'json', headers = {}, ...rest }: Asking & { encoding?: Encoding } = {},
    ): Promise<Answered> {
      return ask('POST', target, {
        ...rest,
        headers: { 'content-type': TYPES[encoding], accept: TYPES[encoding], ...headers },
        body: encodeV1(name, encoding, readV1(name, parseJson(bytesOf(value)))),
      });
    },
    /** The master launches a task; its program is started when it needs one. */
    async run(task: TaskInfo) {
      receive({ type: 'runTask', frameworkId, framework, task });
      await settle(Promise.resolve());
      await settle(Promise.resolve());
    },
    ends(containerId: ContainerId, end: ContainerEnd) {
      receive({ type: 'containerEnded', containerId, end }, launcher);
    },
    close: () => settle(system.shutdown()),
  };
}

function bytesOf(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
