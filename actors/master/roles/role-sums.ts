/**
 * What roles have, each with all that is below it: allocated, offered, reserved, and what of that
 * counts against a quota. Pure.
 *
 * A reservation counts for the role that it was made for, also while nobody uses it; what is used and
 * neither reserved nor revocable counts for the role that it was allocated to.
 * Source: Mesos 1.11, src/master/master.cpp, `RoleResourceBreakdown`; hierarchical.cpp,
 * `rolesConsumedQuota`.
 */
import { type ResourceKind, roleOf } from '../../protocol/resource-kinds.ts';
import type { Resources } from '../../protocol/resources.ts';
import { isWithin, lineage } from '../../protocol/roles.ts';
import type { MasterState } from '../state.ts';

/** Thousandths of scalars by name. */
export type Amounts = Map<string, number>;

export interface RoleSums {
  readonly role: string;
  readonly allocatedMilli: Amounts;
  /** Of that, what is neither reserved nor revocable. */
  readonly unreservedMilli: Amounts;
  readonly offeredMilli: Amounts;
  /** The same of what is offered. */
  readonly unreservedOfferedMilli: Amounts;
  readonly reservedMilli: Amounts;
  /** Of those that are in this very role, or hold something in it. */
  readonly frameworkIds: Set<string>;
}

const SUM_NAMES = [
  'allocatedMilli',
  'unreservedMilli',
  'offeredMilli',
  'unreservedOfferedMilli',
  'reservedMilli',
] as const;

type SumName = (typeof SUM_NAMES)[number];

/** By role. */
export type RoleBook = Map<string, RoleSums>;

/** The role and those above it are there from now on. */
export function roleIn(book: RoleBook, role: string): RoleSums {
  let found = book.get(role);
  if (found !== undefined) return found;
  for (const name of lineage(role).reverse()) {
    found = book.get(name) ?? emptySums(name);
    book.set(name, found);
  }
  return found ?? emptySums(role);
}

/** To the role alone; see `raise`. */
export function addToRole(
  book: RoleBook,
  role: string,
  what: SumName,
  amounts: Iterable<readonly [name: string, milli: number]>,
): void {
  const sums = roleIn(book, role)[what];
  for (const [name, milli] of amounts) sums.set(name, (sums.get(name) ?? 0) + milli);
}

/** When all has been added: what is in a role is in those above it, too. */
export function raise(book: RoleBook): RoleBook {
  const depth = ({ role }: RoleSums) => role.split('/').length;
  for (const sums of [...book.values()].sort((one, other) => depth(other) - depth(one))) {
    const slash = sums.role.lastIndexOf('/');
    if (slash < 0) continue;
    const parent = sums.role.slice(0, slash);
    for (const what of SUM_NAMES) addToRole(book, parent, what, sums[what]);
  }
  return book;
}

export function* scalarsOf(resources: Resources): Iterable<readonly [name: string, milli: number]> {
  for (const resource of resources) {
    if (resource.type === 'scalar') yield [resource.name, resource.milli];
  }
}

/** What is reserved counts by itself, whether it is used or not; what may be taken back not at all. */
export function countsAsUsed({ reservations, revocable }: ResourceKind): boolean {
  return reservations === undefined && revocable === undefined;
}

/** Of all that an agent has. */
export function addReserved(book: RoleBook, total: Resources): void {
  for (const resource of total) {
    if (resource.type !== 'scalar' || resource.reservations === undefined) continue;
    const { reservedMilli } = roleIn(book, roleOf(resource) ?? '*');
    const { name, milli } = resource;
    reservedMilli.set(name, (reservedMilli.get(name) ?? 0) + milli);
  }
}

/** What counts against the quota of the role. */
export function consumedMilli({ unreservedMilli, reservedMilli }: RoleSums): Amounts {
  return sumOf(unreservedMilli, reservedMilli);
}

export function sumOf(...all: readonly ReadonlyMap<string, number>[]): Amounts {
  const sums: Amounts = new Map();
  for (const some of all) {
    for (const [name, milli] of some) sums.set(name, (sums.get(name) ?? 0) + milli);
  }
  return sums;
}

/** What the master knows: one pass over frameworks and agents, none over tasks. */
export function roleSums({ frameworks, agents }: MasterState): RoleBook {
  const book: RoleBook = new Map();
  for (const { frameworkId, info, holdings } of frameworks.values()) {
    for (const role of info.roles) roleIn(book, role).frameworkIds.add(frameworkId);
    for (const [role, held] of holdings) {
      roleIn(book, role).frameworkIds.add(frameworkId);
      addToRole(book, role, 'allocatedMilli', held.usedMilli);
      addToRole(book, role, 'unreservedMilli', held.unreservedMilli);
      addToRole(book, role, 'offeredMilli', held.offeredMilli);
      addToRole(book, role, 'unreservedOfferedMilli', held.unreservedOfferedMilli);
    }
  }
  for (const { total } of agents.registered.values()) addReserved(book, total);
  return raise(book);
}

/** What there is in the whole cluster and may not be taken back. */
export function capacityMilli({ agents }: MasterState): Amounts {
  const sums: Amounts = new Map();
  for (const { total } of agents.registered.values()) {
    for (const resource of total) {
      if (resource.type !== 'scalar' || resource.revocable) continue;
      sums.set(resource.name, (sums.get(resource.name) ?? 0) + resource.milli);
    }
  }
  return sums;
}

/** How many frameworks are in the role, or below it, and there. */
export function activeCountIn({ frameworks }: MasterState, role: string): number {
  let count = 0;
  for (const { info, status } of frameworks.values()) {
    if (status === 'active' && info.roles.some((one) => isWithin(one, role))) count++;
  }
  return count;
}

function emptySums(role: string): RoleSums {
  return {
    role,
    allocatedMilli: new Map(),
    unreservedMilli: new Map(),
    offeredMilli: new Map(),
    unreservedOfferedMilli: new Map(),
    reservedMilli: new Map(),
    frameworkIds: new Set(),
  };
}
