/** How a master describes itself to those who speak the v1 API. */
import { isIPv4 } from 'node:net';
import type { Domain } from '../../../protocol/domain.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { fromDomain } from '../../../protocol/v1/domains.ts';
import { MESOS_VERSION } from '../../../protocol/v1/versions.ts';

/** @param node `host:port` that clients reach it at */
export function masterInfo(
  node: string,
  masterId: string,
  domain: Domain | undefined,
): V1<'MasterInfo'> {
  const colon = node.lastIndexOf(':');
  const host = node.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(node.slice(colon + 1));
  return {
    id: masterId,
    ip: isIPv4(host) ? ipNumber(host) : 0,
    port,
    pid: `master@${node}`,
    hostname: host,
    version: MESOS_VERSION,
    address: { hostname: host, ...(isIPv4(host) ? { ip: host } : {}), port },
    ...(domain && { domain: fromDomain(domain) }),
    capabilities: [{ type: 'AGENT_UPDATE' }, { type: 'AGENT_DRAINING' }],
  };
}

/** As Mesos has it: the bytes in the order of the network, read as the machine's own number. */
function ipNumber(ip: string): number {
  return Buffer.from(ip.split('.').map(Number)).readUInt32LE();
}
