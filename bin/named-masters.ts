/**
 * Masters behind one name: where DNS knows several addresses of it, the name stands for all of them.
 *
 *     masters.example:5050  ──▶  10.0.0.1:5050, 10.0.0.2:5050, 10.0.0.3:5050
 *
 * A name with one address is left as it is, since nodes may be called by their names; so is one that
 * is not known now. Asked once, at the start: later changes are told by the masters themselves.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Of one name, in the order in which the system prefers them. */
export type FindAddresses = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const systemAddresses: FindAddresses = (host) => lookup(host, { all: true });

/** @param nodes `host:port` each */
export async function namedMasters(
  nodes: readonly string[],
  find: FindAddresses = systemAddresses,
): Promise<readonly string[]> {
  const found = await Promise.all(nodes.map((node) => nodesBehind(node, find)));
  return [...new Set(found.flat())];
}

async function nodesBehind(node: string, find: FindAddresses): Promise<readonly string[]> {
  const colon = node.lastIndexOf(':');
  const [host, port] = [node.slice(0, colon), node.slice(colon + 1)];
  if (isIP(host) !== 0 || host.startsWith('[')) return [node];
  const all = await find(host).catch(() => []);
  // A machine that has addresses of both kinds is one master, not two.
  const ofFour = all.filter(({ family }) => family === 4);
  const addresses = ofFour.length > 0 ? ofFour : all;
  if (addresses.length < 2) return [node];
  return addresses
    .map(({ address, family }) => `${family === 6 ? `[${address}]` : address}:${port}`)
    .sort();
}
