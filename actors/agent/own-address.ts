/** Where tasks are found: they share the network of their agent. */
import { isIP } from 'node:net';

/** @returns undefined where the agent is known by a name: what that means is not the same everywhere */
export function ipAddressOf(node: string): string | undefined {
  const host = node.slice(0, node.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}
