/** What masters and agents have in common: a port for nodes and for HTTP, and an actor system on it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeError } from '../../runtime/errors.ts';
import type { LogSink } from '../../runtime/log.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem, type System } from '../../runtime/system.ts';
import type { HttpAuthenticator } from '../../transport/http/authentication.ts';
import type { HttpRoutes } from '../../transport/http/message.ts';
import type { TransportLimitsGiven } from '../../transport/limits.ts';
import { startTransport, type Transport } from '../../transport/transport.ts';
import { ExitError } from '../exits.ts';
import { FLAGS, type FlagValues } from '../flags.ts';

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
  /** Default: those of any node. */
  readonly limits?: TransportLimitsGiven;
  /** Default: nobody has to say who they are. */
  readonly authenticate?: HttpAuthenticator | undefined;
}

/** @throws CodedError when it can't listen; ExitError `usage` when it is not said where */
export async function listen(
  values: FlagValues,
  { defaultPort, processes, routes, limits = {}, authenticate }: ListeningRole,
  logSink: LogSink,
): Promise<ListeningNode> {
  const { port, advertiseAddress, advertisePort, cluster } = values;
  const listenAddress = await addressToListenOn(values);
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
    limits,
    ...(authenticate && { authenticate }),
  });
  const system = createSystem({ node: transport.node, incarnation, host, carrier: transport });
  return { system, transport };
}

const DISCOVERY_TIMEOUT_MS = 10_000;
/** What a command may print that says where to listen; one that prints more is refused. */
const DISCOVERY_BYTES_MAX = 4096;

const ANY = ['0.0.0.0', '::', '[::]'];

/** @throws ExitError `usage` */
async function addressToListenOn({
  listenAddress,
  ipDiscoveryCommand,
  advertiseAddress,
  hostnameLookup,
}: FlagValues): Promise<string> {
  if (ipDiscoveryCommand !== undefined && listenAddress !== FLAGS.listenAddress.default) {
    const sentence = 'Give either --listen-address (--ip) or --ip-discovery-command, not both';
    throw new ExitError('usage', sentence);
  }
  const address =
    ipDiscoveryCommand === undefined ? listenAddress : await discovered(ipDiscoveryCommand);
  if (ANY.includes(address) && !hostnameLookup && advertiseAddress === undefined) {
    const sentence =
      'A node that listens on all addresses and must not look up the host name is told by which one others reach it: --advertise-address';
    throw new ExitError('usage', sentence);
  }
  return address;
}

async function discovered(command: string): Promise<string> {
  const limits = { timeout: DISCOVERY_TIMEOUT_MS, maxBuffer: DISCOVERY_BYTES_MAX };
  let address: string;
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], limits);
    address = stdout.trim();
  } catch (error) {
    const sentence = `Cannot use --ip-discovery-command "${command}": ${describeError(error)}`;
    throw new ExitError('usage', sentence);
  }
  if (/^[\w.:[\]-]+$/.test(address)) return address;
  throw new ExitError(
    'usage',
    `Cannot use --ip-discovery-command "${command}": it prints "${address}", which is no address`,
  );
}
