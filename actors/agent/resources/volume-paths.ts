/**
 * Where persistent volumes lie. Pure.
 *
 * | disk | a volume |
 * |---|---|
 * | of the work directory | `<work directory>/volumes/roles/<role>/<id>` |
 * | `path` | `<root>/volumes/roles/<role>/<id>` |
 * | `mount` | the root itself |
 *
 * A role's `/` is a blank there, for no role has one. What is destroyed is moved to `volumes/removed`
 * on the same disk first. Relative roots are in the work directory.
 * Source: Mesos 1.11, src/slave/paths.cpp, getPersistentVolumePath.
 */
import { join, resolve } from 'node:path';
import { idFault } from '../../protocol/ids.ts';
import { roleOf } from '../../protocol/resource-kinds.ts';
import type { Resource } from '../../protocol/resources.ts';
import { roleNameFault } from '../../protocol/roles.ts';

/** @returns why there cannot be such a volume here, or undefined */
export function volumeFault(volume: Resource): string | undefined {
  const { disk } = volume;
  const role = roleOf(volume);
  const id = disk?.persistence?.id;
  if (volume.type !== 'scalar' || volume.name !== 'disk') return 'it is not a part of a disk';
  if (id === undefined) return 'it has no persistence id';
  const wrong = idFault(id);
  if (wrong !== undefined) return wrong;
  if (role === undefined) return 'it is not reserved';
  const wrongRole = roleNameFault(role);
  if (wrongRole !== undefined) return `its role ${wrongRole}`;
  const { type, root } = disk?.source ?? {};
  if (type === 'block' || type === 'raw') return `its disk is of the type "${type}"`;
  return type !== undefined && root === undefined ? 'its disk has no root' : undefined;
}

/** @param volume one without fault */
export function volumePath(workDirectory: string, volume: Resource): string {
  const top = diskRoot(workDirectory, volume);
  if (isMount(volume)) return top;
  const role = (roleOf(volume) ?? '').replaceAll('/', ' ');
  return join(top, 'volumes', 'roles', role, volume.disk?.persistence?.id ?? '');
}

/** Where the volumes of its disk go when they are destroyed. */
export function removedPath(workDirectory: string, volume: Resource): string {
  return join(diskRoot(workDirectory, volume), 'volumes', 'removed');
}

/** A disk of its own: its root is not made or removed. */
export function isMount({ disk }: Resource): boolean {
  return disk?.source?.type === 'mount';
}

function diskRoot(workDirectory: string, { disk }: Resource): string {
  return resolve(workDirectory, disk?.source?.root ?? '.');
}
