/** How addresses are written and read: `name@host:port`, and `name@host:port#incarnation`. */
import type { Address, AnyAddress } from './actor.ts';

const PATTERN = /^([A-Za-z0-9\-_.$+!*'(),]+)@([^@#\s]+:\d+)(?:#(\d+))?$/;

/** The longest name an actor may have, and the longest `host:port`. */
export const ADDRESS_PART_LENGTH_MAX = 255;

export function address<Message>(
  name: string,
  node: string,
  incarnation?: number,
): Address<Message> {
  return incarnation === undefined ? { node, name } : { node, name, incarnation };
}

export function formatAddress({ name, node, incarnation }: AnyAddress): string {
  return incarnation === undefined ? `${name}@${node}` : `${name}@${node}#${incarnation}`;
}

/** @returns undefined when `text` is not an address */
export function parseAddress<Message>(text: string): Address<Message> | undefined {
  const match = PATTERN.exec(text);
  const [, name, node, incarnation] = match ?? [];
  if (name === undefined || node === undefined) return undefined;
  if (name.length > ADDRESS_PART_LENGTH_MAX || node.length > ADDRESS_PART_LENGTH_MAX) {
    return undefined;
  }
  return address(name, node, incarnation === undefined ? undefined : Number(incarnation));
}

/** Same name on the same node and, where both say, the same incarnation. */
export function sameAddress(one: AnyAddress, other: AnyAddress): boolean {
  return (
    one.name === other.name &&
    one.node === other.node &&
    (one.incarnation === undefined ||
      other.incarnation === undefined ||
      one.incarnation === other.incarnation)
  );
}
