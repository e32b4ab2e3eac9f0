/**
 * Ids of containers. Ours is one text; that of a container inside another one names both, outermost
 * first: `parent.child`. In Mesos it is a chain of messages, innermost first.
 */
import type { ContainerId } from '../ids.ts';
import type { V1 } from './dictionary.ts';

/** A longer chain counts as one with its outermost left out. Source: Mesos nests one level deep. */
const CHAIN_LENGTH_MAX = 8;

export function fromContainerId(containerId: ContainerId): V1<'ContainerID'> {
  const [outermost = '', ...inner] = containerId.split('.');
  return inner.reduce<V1<'ContainerID'>>((parent, value) => ({ value, parent }), {
    value: outermost,
  });
}

export function toContainerId(id: V1<'ContainerID'>): ContainerId {
  const parts: string[] = [];
  let next: V1<'ContainerID'> | undefined = id;
  while (next !== undefined && parts.length < CHAIN_LENGTH_MAX) {
    parts.unshift(next.value);
    next = next.parent;
  }
  return parts.join('.') as ContainerId;
}
