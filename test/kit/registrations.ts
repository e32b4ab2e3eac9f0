/** Registrations of agents that there are only in name: load on the registry, as large as is wanted. */
import { acceptsAgentMessage } from '../../actors/protocol/accepts-agent.ts';
import type { AgentId } from '../../actors/protocol/ids.ts';
import { nextMaster, redirected, searchAmong } from '../../actors/protocol/masters.ts';
import {
  AGENT_NAME,
  type AgentMessage,
  MASTER_NAME,
  type MasterMessage,
  type NotLeader,
} from '../../actors/protocol/messages.ts';
import { parseAttributes, parseResources } from '../../actors/protocol/resources.ts';
import { type Context, defineActor } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem } from '../../runtime/system.ts';
import { startTransport } from '../../transport/transport.ts';
import { type Afterwards, lastFirst } from './programs.ts';

export interface NamedAgent {
  /** Once a master has acknowledged it; asks again and again until then. */
  readonly registered: Promise<AgentId>;
  /** Its registration is taken back, and it is no more. */
  leave(): Promise<void>;
}

const ASK_AGAIN_MS = 500;
/** Of one attribute, which may have 4096 characters. */
const ATTRIBUTE_LENGTH = 4000;

/** @param bytes that its registration takes in the log, about */
export async function registerByName(
  afterwards: Afterwards,
  masters: readonly string[],
  bytes = 0,
): Promise<NamedAgent> {
  const host = nodeHost({ logSink: () => {} });
  const transport = await startTransport({ host, cluster: 'messor', incarnation: 1 });
  const { node } = transport;
  const system = createSystem({ node, incarnation: 1, host, carrier: transport });
  lastFirst(afterwards, () => system.shutdown());
  const count = Math.floor(bytes / ATTRIBUTE_LENGTH);
  const texts = Array.from({ length: count }, (_, i) => `a${i}:${'x'.repeat(ATTRIBUTE_LENGTH)}`);
  const info = {
    hostname: 'named',
    port: 1,
    resources: parseResources('cpus:0.1;mem:16'),
    attributes: parseAttributes(texts.join(';')),
    version: '0.0.0',
  };
  let known: { readonly agentId: AgentId; readonly master: string } | undefined;
  let tell: (agentId: AgentId) => void = () => {};
  const registered = new Promise<AgentId>((resolve) => {
    tell = resolve;
  });
  let search = searchAmong(masters);
  const own = address<AgentMessage>(AGENT_NAME, node);
  const ask = (context: Pick<Context<undefined, never>, 'send'>) => {
    const next = nextMaster(search);
    search = next.search;
    const master = address<MasterMessage>(MASTER_NAME, next.node);
    context.send(master, { type: 'registerAgent', agent: own, info });
  };
  const actor = system.spawn(
    defineActor<
      undefined,
      undefined,
      | NotLeader
      | Extract<AgentMessage, { readonly type: 'agentRegistered' }>
      | { readonly type: 'askDue' | 'leave' }
    >({
      name: AGENT_NAME,
      initialState: () => undefined,
      accepts: acceptsAgentMessage,
      started: (_, context) => context.send(context.self, { type: 'askDue' }),
      handlers: {
        askDue(_, __, context) {
          if (known !== undefined) return;
          ask(context);
          context.sendSelfAfter(ASK_AGAIN_MS, { type: 'askDue' });
        },
        notLeader(_, message, context) {
          if (known !== undefined) return;
          const next = redirected(search, message);
          search = next.search;
          if (next.askNow) ask(context);
        },
        leave(_, __, context) {
          if (known === undefined) return;
          const master = address<MasterMessage>(MASTER_NAME, known.master);
          context.send(master, { type: 'unregisterAgent', agentId: known.agentId });
        },
        agentRegistered(_, { agentId, master }) {
          known = { agentId, master: master.node };
          tell(agentId);
        },
      },
    }),
    undefined,
    { name: AGENT_NAME },
  );
  return {
    registered,
    async leave() {
      system.send(actor, { type: 'leave' });
      await system.shutdown();
    },
  };
}
