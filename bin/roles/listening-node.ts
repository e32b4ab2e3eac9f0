/** What masters and agents have in common: a port for nodes and for HTTP, and an actor system on it. */
import type { LogSink } from '../../runtime/log.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem, type System } from '../../runtime/system.ts';
import type { HttpAuthenticator } from '../../transport/http/authentication.ts';
import type { HttpRoutes } from '../../transport/http/message.ts';
import { startTransport, type Transport } from '../../transport/transport.ts';
import type { FlagValues } from '../flags.ts';

export interface ListeningNode {
  readonly system: System;
  readonly transport: Transport;
}

/** What differs between them. */
export interface ListeningRole {
  readonly defaultPort: number;
  /** What Mesos calls this role's process: `/slave(1)/state` is `/state`. */
  readonly processes: readonly string[];
  readonly routes: HttpRoutes;
  /** Default: nobody has to say who they are. */
  readonly authenticate?: HttpAuthenticator | undefined;
}

/** @throws CodedError when it can't listen */
export async function listen(
  { listenAddress, port, advertiseAddress, advertisePort, cluster }: FlagValues,
  { defaultPort, processes, routes, authenticate }: ListeningRole,
  logSink: LogSink,
): Promise<ListeningNode> {
  const host = nodeHost({ logSink });
  const incarnation = Date.now();
  const transport = await startTransport({
    host,
    cluster,
    incarnation,
    listen: { address: listenAddress, port: port ?? defaultPort },
    advertise: {
      ...(advertiseAddress !== undefined && { hostname: advertiseAddress }),
      ...(advertisePort !== undefined && { port: advertisePort }),
    },
    routes,
    processes,
    ...(authenticate && { authenticate }),
  });
  const system = createSystem({ node: transport.node, incarnation, host, carrier: transport });
  return { system, transport };
}
