/**
 * Quotas, and how much of them is used: kept up to date with each booking, never summed up anew.
 *
 * A role with a quota is a node, and so are the roles above it; those below it are its children. It has consumed
 * what is reserved for it or a role below it, used or not, and what roles below it were allocated of
 * what is nobody's and not to be taken back. `need` is what has to be kept free for its guarantee:
 * what is missing of it, or what its children need, if that is more. So the cluster keeps free
 * (headroom) the sum of what the topmost nodes need.
 *
 *     a  guarantee 10, consumed 4 ─▶ missing 6 ─┐
 *     └─ a/x  guarantee 3, consumed 1 ─▶ need 2 ┴▶ need of a: 6, of which 2 are for a/x alone
 *
 * Only scalars that some quota names are counted. Without quotas nothing is.
 * Source: Mesos 1.11, hierarchical.cpp, __generateOffers (rolesConsumedQuota, requiredHeadroom,
 * availableHeadroom); there only topmost roles are limited, here every one above a framework's role.
 */

import type { QuotaConfig } from '../../protocol/quota.ts';
import { roleOf } from '../../protocol/resource-kinds.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import type { RoleLimits } from './policy.ts';

/** So many roles are remembered with the quota that they are under; then they are looked up anew. */
const GOVERNED_ROLES_MAX = 100_000;

/** All lists are thousandths by kind; see `kinds`. */
export interface QuotaBook {
  readonly configs: readonly QuotaConfig[];
  readonly roles: ReadonlyMap<string, QuotaNode>;
  /** Those of them that are below no other. */
  readonly topmost: ReadonlySet<string>;
  /** The scalars that are named by some quota. */
  readonly kinds: ReadonlyMap<string, number>;
  /** In the cluster: nobody's, not to be taken back, and not allocated. */
  readonly free: number[];
  /** To be kept free for guarantees. */
  readonly required: number[];
  /** The topmost roles that need something, for themselves or for one below. */
  readonly needy: Set<string>;
  /** Of these a limit was reached, or is no more, since this was last emptied: see `idle-roles`. */
  readonly turned: Set<string>;
  /** Something was given back or added since this was last set: more may be offered now. */
  loosened: boolean;
  readonly governed: Map<string, QuotaNode | undefined>;
}

export interface QuotaNode {
  readonly role: string;
  readonly parent: QuotaNode | undefined;
  /** False: it is only there because one below it is. */
  readonly isConfigured: boolean;
  readonly guarantees: readonly number[];
  /** Infinite where there is no limit. */
  readonly limits: readonly number[];
  readonly consumed: number[];
  readonly need: number[];
  /** What its children need, together. */
  readonly childrenNeed: number[];
}

export function emptyQuotaBook(configs: readonly QuotaConfig[] = []): QuotaBook {
  const names = configs.flatMap(({ guaranteesMilli, limitsMilli }) => [
    ...Object.keys(guaranteesMilli),
    ...Object.keys(limitsMilli),
  ]);
  const kinds = new Map([...new Set(names)].map((name, kind) => [name, kind]));
  const list = (amounts: Readonly<Record<string, number>>, absent: number) =>
    [...kinds.keys()].map((name) => amounts[name] ?? absent);
  const roles = new Map<string, QuotaNode>();
  const none = () => list({}, 0);
  const book: QuotaBook = {
    configs,
    roles,
    topmost: new Set(configs.map(({ role }) => pathTo(role)[0] ?? role)),
    kinds,
    free: none(),
    required: none(),
    needy: new Set(),
    turned: new Set(),
    loosened: true,
    governed: new Map(),
  };
  const byRole = new Map(configs.map((config) => [config.role, config]));
  for (const path of configs.flatMap(({ role }) => pathTo(role))) {
    if (roles.has(path)) continue;
    const config = byRole.get(path);
    const node: QuotaNode = {
      role: path,
      parent: roles.get(parentOf(path) ?? ''),
      isConfigured: config !== undefined,
      guarantees: list(config?.guaranteesMilli ?? {}, 0),
      limits: list(config?.limitsMilli ?? {}, Number.POSITIVE_INFINITY),
      consumed: none(),
      need: none(),
      childrenNeed: none(),
    };
    roles.set(path, node);
    book.turned.add(path);
    for (let kind = 0; kind < kinds.size; kind++) settleNeed(book, node, kind);
  }
  return book;
}

/** What operators have set, and what the policy limits beside that: of two limits the smaller. */
export function withPolicyLimits(
  configs: readonly QuotaConfig[],
  limits: readonly RoleLimits[] = [],
): readonly QuotaConfig[] {
  const byRole = new Map(configs.map((config) => [config.role, config]));
  for (const { role, limitsMilli } of limits) {
    const before = byRole.get(role) ?? { role, guaranteesMilli: {}, limitsMilli: {} };
    const both: Record<string, number> = { ...limitsMilli };
    for (const [name, milli] of Object.entries(before.limitsMilli)) {
      both[name] = Math.min(milli, both[name] ?? milli);
    }
    byRole.set(role, { ...before, limitsMilli: both });
  }
  return [...byRole.values()];
}

/** Whether anything is limited or guaranteed at all. */
export function hasQuota({ roles }: QuotaBook): boolean {
  return roles.size > 0;
}

/** The nearest node, at the role or above it. */
export function governorOf({ roles, governed }: QuotaBook, role: string): QuotaNode | undefined {
  const known = governed.get(role);
  if (known !== undefined || governed.has(role)) return known;
  if (governed.size >= GOVERNED_ROLES_MAX) governed.clear();
  let path: string | undefined = role;
  while (path !== undefined && !roles.has(path)) path = parentOf(path);
  const found = path === undefined ? undefined : roles.get(path);
  governed.set(role, found);
  return found;
}

/** An agent has come with `total`, or goes (`sign` -1). */
export function countTotal(book: QuotaBook, total: Resources, sign: 1 | -1): void {
  if (book.roles.size === 0) return;
  for (const resource of total) {
    const kind = resource.type === 'scalar' ? book.kinds.get(resource.name) : undefined;
    if (kind === undefined) continue;
    const milli = sign * milliOf(resource);
    const owner = roleOf(resource);
    if (owner !== undefined) consume(book, owner, kind, milli);
    else if (resource.revocable === undefined) addAt(book.free, kind, milli);
  }
  book.loosened = true;
}

/** `resources` were allocated in the role, or are given back (`sign` -1). */
export function countAllocated(
  book: QuotaBook,
  role: string,
  resources: Resources,
  sign: 1 | -1,
): void {
  if (book.roles.size === 0) return;
  for (const resource of resources) {
    if (!isMetered(resource)) continue;
    const kind = book.kinds.get(resource.name);
    if (kind === undefined) continue;
    const milli = sign * milliOf(resource);
    addAt(book.free, kind, -milli);
    consume(book, role, kind, milli);
  }
  if (sign < 0) book.loosened = true;
}

/** Whether it is limited when it is allocated: reservations are counted already, used or not. */
export function isMetered({ type, reservations, revocable }: Resource): boolean {
  return type === 'scalar' && reservations === undefined && revocable === undefined;
}

/** How it stands with who is directly below a node, for one kind. */
export interface Standing {
  /** What is missing of the guarantees that are for it. */
  readonly unmet: number;
  /** Until the first limit above it is reached; infinite where there is none. */
  readonly left: number;
  /** What is free in the cluster and not kept for the guarantees of others; may be negative. */
  readonly spare: number;
}

/** @param governor undefined: under no quota */
export function standingOf(
  book: QuotaBook,
  governor: QuotaNode | undefined,
  kind: number,
): Standing {
  let unmet = 0;
  let left = Number.POSITIVE_INFINITY;
  let ofOthers = 0;
  let below: QuotaNode | undefined;
  for (let node = governor; node !== undefined; node = node.parent) {
    ofOthers += at(node.childrenNeed, kind) - (below === undefined ? 0 : at(below.need, kind));
    unmet = Math.max(unmet, missingOf(node, kind) - ofOthers);
    left = Math.min(left, at(node.limits, kind) - at(node.consumed, kind));
    below = node;
  }
  ofOthers += at(book.required, kind) - (below === undefined ? 0 : at(below.need, kind));
  return { unmet: Math.max(0, Math.min(unmet, left)), left, spare: at(book.free, kind) - ofOthers };
}

/**
 * How much more it may be allocated: no limit above it is exceeded, and for the guarantees of others
 * enough stays free. What is missing of its own guarantee it may have even where the guarantees are
 * for more than there is.
 */
export function allowedOf({ unmet, left, spare }: Standing): number {
  return Math.max(0, Math.min(left, Math.max(unmet, spare)));
}

/** Nothing more of this kind may be allocated below it. */
export function isReached({ limits, consumed }: QuotaNode, kind: number): boolean {
  return at(limits, kind) <= at(consumed, kind);
}

/** The limit that is nearest to being reached: at or above `governor`, of this kind. */
export function tightestLimit(
  governor: QuotaNode | undefined,
  kind: number,
): { readonly role: string; readonly leftMilli: number } | undefined {
  let tightest: { role: string; leftMilli: number } | undefined;
  for (let node = governor; node !== undefined; node = node.parent) {
    const leftMilli = at(node.limits, kind) - at(node.consumed, kind);
    if (leftMilli < (tightest?.leftMilli ?? Number.POSITIVE_INFINITY)) {
      tightest = { role: node.role, leftMilli };
    }
  }
  return tightest;
}

function consume(book: QuotaBook, role: string, kind: number, milli: number): void {
  for (let node = governorOf(book, role); node !== undefined; node = node.parent) {
    const wasReached = isReached(node, kind);
    addAt(node.consumed, kind, milli);
    if (isReached(node, kind) !== wasReached) book.turned.add(node.role);
    settleNeed(book, node, kind);
  }
}

/** After what it consumed or its children need has changed. */
function settleNeed(book: QuotaBook, node: QuotaNode, kind: number): void {
  const before = at(node.need, kind);
  const need = Math.max(missingOf(node, kind), at(node.childrenNeed, kind));
  if (need === before) return;
  node.need[kind] = need;
  const { parent } = node;
  if (parent !== undefined) {
    addAt(parent.childrenNeed, kind, need - before);
    settleNeed(book, parent, kind);
    return;
  }
  addAt(book.required, kind, need - before);
  if (need > 0) book.needy.add(node.role);
  else if (node.need.every((milli) => milli === 0)) book.needy.delete(node.role);
}

function missingOf({ guarantees, consumed }: QuotaNode, kind: number): number {
  return Math.max(0, at(guarantees, kind) - at(consumed, kind));
}

/** `a`, `a/b` and `a/b/c` of the last of these. */
function pathTo(role: string): string[] {
  const parent = parentOf(role);
  return parent === undefined ? [role] : [...pathTo(parent), role];
}

function parentOf(role: string): string | undefined {
  const end = role.lastIndexOf('/');
  return end < 0 ? undefined : role.slice(0, end);
}

function milliOf(resource: Resource): number {
  return resource.type === 'scalar' ? resource.milli : 0;
}

function at(list: readonly number[], kind: number): number {
  return list[kind] ?? 0;
}

function addAt(list: number[], kind: number, milli: number): void {
  list[kind] = at(list, kind) + milli;
}
