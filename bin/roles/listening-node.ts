/** What masters and agents have in common: a port for nodes and for HTTP, and an actor system on it. */
import type { LogSink } from '../../runtime/log.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem, type System } from '../../runtime/system.ts';
import { type HttpRoutes, jsonResponse } from '../../transport/http/message.ts';
import { startTransport, type Transport } from '../../transport/transport.ts';
import type { FlagValues } from '../flags.ts';
import { VERSION } from '../manifest.ts';

export interface ListeningNode {
  readonly system: System;
  readonly transport: Transport;
}

/** What differs between them. */
export interface ListeningRole {
  readonly defaultPort: number;
  /** What Mesos calls this role's process: `/slave(1)/state` is `/state`. */
  readonly processes: readonly string[];
}

/** @throws CodedError when it can't listen */
export async function listen(
  { listenAddress, port, advertiseAddress, advertisePort, cluster }: FlagValues,
  { defaultPort, processes }: ListeningRole,
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
    routes: ROUTES,
    processes,
  });
  const system = createSystem({ node: transport.node, incarnation, host, carrier: transport });
  return { system, transport };
}

const ROUTES: HttpRoutes = {
  '/health': { GET: () => ({ status: 200 }) },
  '/version': { GET: () => jsonResponse(200, { version: VERSION }) },
};
