/**
 * Roles as they are known: those that frameworks have, that hold something, or that were given a weight.
 * Source: Mesos 1.11, src/master/readonly_handler.cpp, `roles` and `RoleResourceBreakdown`.
 */
import type { Resources } from '../../../protocol/resources.ts';
import { holdsResources } from '../../../protocol/task.ts';
import { escaped, field, listText, objectText } from '../../../protocol/v1/old-text.ts';
import { isCompleted, type ReadModel } from '../snapshot/read-model.ts';

export interface RoleSums {
  readonly name: string;
  readonly weight: number;
  /** Thousandths of scalars by name. */
  readonly allocatedMilli: Map<string, number>;
  readonly offeredMilli: Map<string, number>;
  readonly frameworkIds: Set<string>;
}

/** By name. */
export function rolesOf(model: ReadModel): RoleSums[] {
  const weights = new Map(model.master?.grants.weights.map(({ role, weight }) => [role, weight]));
  const roles = new Map<string, RoleSums>();
  const roleOf = (name: string) => {
    let role = roles.get(name);
    if (role === undefined) {
      const weight = weights.get(name) ?? 1;
      const [allocatedMilli, offeredMilli] = [new Map(), new Map()];
      role = { name, weight, allocatedMilli, offeredMilli, frameworkIds: new Set() };
      roles.set(name, role);
    }
    return role;
  };
  for (const name of weights.keys()) roleOf(name);
  const firstRoles = new Map<string, string>();
  for (const entry of model.frameworks.values()) {
    if (isCompleted(entry)) continue;
    const { frameworkId, info } = entry.view;
    firstRoles.set(frameworkId, info.roles[0] ?? '*');
    for (const name of info.roles) roleOf(name).frameworkIds.add(frameworkId);
  }
  for (const { task, phase } of model.tasks()) {
    if (phase !== 'active' || !holdsResources(task.state)) continue;
    const name = task.role ?? firstRoles.get(task.frameworkId) ?? '*';
    add(roleOf(name).allocatedMilli, task.resources);
  }
  for (const { executor } of model.executors()) {
    add(roleOf(executor.role).allocatedMilli, executor.info.resources);
  }
  for (const { offer } of model.offers()) add(roleOf(offer.role).offeredMilli, offer.resources);
  return [...roles.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function add(sums: Map<string, number>, resources: Resources): void {
  for (const resource of resources) {
    if (resource.type !== 'scalar') continue;
    sums.set(resource.name, (sums.get(resource.name) ?? 0) + resource.milli);
  }
}

export function sumOf(...all: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const some of all) {
    for (const [name, milli] of some) sums.set(name, (sums.get(name) ?? 0) + milli);
  }
  return sums;
}

/**
 * Older releases of Mesos had these in `resources` even where there are none, and readers such as
 * Datadog's look for each.
 */
const NONE: ReadonlyMap<string, number> = new Map(
  ['cpus', 'disk', 'gpus', 'mem'].map((name) => [name, 0]),
);

export function rolesText(model: ReadModel): string {
  return objectText([
    [
      'roles',
      listText(rolesOf(model), ({ name, weight, allocatedMilli, offeredMilli, frameworkIds }) =>
        objectText([
          field('name', name),
          field('weight', weight),
          [
            'quota',
            objectText([
              field('role', name),
              ['guarantee', '{}'],
              ['limit', '{}'],
              ['consumed', quantities(allocatedMilli)],
            ]),
          ],
          ['resources', quantities(sumOf(NONE, allocatedMilli, offeredMilli))],
          ['allocated', quantities(allocatedMilli)],
          ['offered', quantities(offeredMilli)],
          ['reserved', '{}'],
          field('frameworks', [...frameworkIds]),
        ]),
      ),
    ],
  ]);
}

function quantities(sums: ReadonlyMap<string, number>): string {
  const sorted = [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
  return objectText(sorted.map(([name, milli]) => field(escaped(name), milli / 1000)));
}
