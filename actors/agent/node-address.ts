/** The host of a node, without its port; and its address, where it is named by that. */
import { isIP } from 'node:net';

/** @param node `host:port`, where an address of IPv6 is between brackets */
export function hostOf(node: string): string {
  return node.slice(0, node.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

export function ipOf(node: string): string | undefined {
  const host = hostOf(node);
  return isIP(host) === 0 ? undefined : host;
}
