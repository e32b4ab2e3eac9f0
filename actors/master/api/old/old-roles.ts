/**
 * `/roles`: roles as readers know them (`known-roles.ts`), each with all that is below it.
 * Source: Mesos 1.11, src/master/readonly_handler.cpp, `roles`.
 */
import { part } from '../../../protocol/resource-selection.ts';
import type { Resources } from '../../../protocol/resources.ts';
import { holdsResources } from '../../../protocol/task.ts';
import { escaped, field, listText, objectText } from '../../../protocol/v1/old-text.ts';
import { type KnownRole, knownRoles } from '../../roles/known-roles.ts';
import {
  addReserved,
  addToRole,
  consumedMilli,
  countsAsUsed,
  type RoleBook,
  raise,
  roleIn,
  scalarsOf,
  sumOf,
} from '../../roles/role-sums.ts';
import { isCompleted, isRegistered, type ReadModel } from '../snapshot/read-model.ts';

/** By name. */
export function rolesOf(model: ReadModel): readonly KnownRole[] {
  const { grants = { weights: [], quotas: [] }, rolesAllowed } = model.master ?? {};
  return knownRoles(bookOf(model), { ...grants, rolesAllowed });
}

function bookOf(model: ReadModel): RoleBook {
  const book: RoleBook = new Map();
  const firstRoles = new Map<string, string>();
  for (const entry of model.frameworks.values()) {
    if (isCompleted(entry)) continue;
    const { frameworkId, info } = entry.view;
    firstRoles.set(frameworkId, info.roles[0] ?? '*');
    for (const role of info.roles) roleIn(book, role).frameworkIds.add(frameworkId);
  }
  const use = (role: string, frameworkId: string, resources: Resources) => {
    addToRole(book, role, 'allocatedMilli', scalarsOf(resources));
    addToRole(book, role, 'unreservedMilli', scalarsOf(part(resources, countsAsUsed)));
    roleIn(book, role).frameworkIds.add(frameworkId);
  };
  for (const { task, phase } of model.tasks()) {
    if (phase !== 'active' || !holdsResources(task.state)) continue;
    const { frameworkId } = task;
    use(task.role ?? firstRoles.get(frameworkId) ?? '*', frameworkId, task.resources);
  }
  for (const { executor } of model.executors()) {
    use(executor.role, executor.frameworkId, executor.info.resources);
  }
  for (const { offer } of model.offers()) {
    addToRole(book, offer.role, 'offeredMilli', scalarsOf(offer.resources));
    const counted = scalarsOf(part(offer.resources, countsAsUsed));
    addToRole(book, offer.role, 'unreservedOfferedMilli', counted);
    roleIn(book, offer.role).frameworkIds.add(offer.frameworkId);
  }
  for (const entry of model.agents.values()) {
    if (isRegistered(entry)) addReserved(book, entry.view.total);
  }
  return raise(book);
}

/**
 * Older releases of Mesos had these in `resources` even where there are none, and readers such as
 * Datadog's look for each.
 */
const NONE: ReadonlyMap<string, number> = new Map(
  ['cpus', 'disk', 'gpus', 'mem'].map((name) => [name, 0]),
);

export function rolesText(model: ReadModel): string {
  return objectText([['roles', listText(rolesOf(model), roleText)]]);
}

function roleText({ sums, weight, quota }: KnownRole): string {
  const { role, allocatedMilli, offeredMilli, reservedMilli, frameworkIds } = sums;
  return objectText([
    field('name', role),
    field('weight', weight),
    [
      'quota',
      objectText([
        field('role', role),
        ['guarantee', quantities(Object.entries(quota?.guaranteesMilli ?? {}))],
        ['limit', quantities(Object.entries(quota?.limitsMilli ?? {}))],
        ['consumed', quantities(consumedMilli(sums))],
      ]),
    ],
    ['resources', quantities(sumOf(NONE, allocatedMilli, offeredMilli))],
    ['allocated', quantities(allocatedMilli)],
    ['offered', quantities(offeredMilli)],
    ['reserved', quantities(reservedMilli)],
    field('frameworks', [...frameworkIds]),
  ]);
}

function quantities(sums: Iterable<readonly [name: string, milli: number]>): string {
  const sorted = [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
  return objectText(sorted.map(([name, milli]) => field(escaped(name), milli / 1000)));
}
