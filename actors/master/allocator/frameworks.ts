/**
 * Frameworks and their roles, as the allocator sees them.
 *
 * A framework stays known under a role as long as it wants offers there or still has something
 * there. It is active in the tree of shares exactly while it could be made an offer.
 */
import { isDeepStrictEqual } from 'node:util';
import { assert } from '../../../runtime/assert.ts';
import type { FrameworkId } from '../../protocol/ids.ts';
import type { OfferConstraints } from '../../protocol/offer-constraints.ts';
import type { Resources } from '../../protocol/resources.ts';
import { compileConstraints } from './constraints.ts';
import { reconsiderDemand } from './demands.ts';
import { endRefusalsOf } from './filters.ts';
import { lookAtRole } from './idle-roles.ts';
import { forgetInverseRefusals } from './inverse-offers.ts';
import { UNLIMITED } from './safe-regex.ts';
import type { Leaf } from './share-tree.ts';
import { addLeaf, isActive, removeLeaf, setActive } from './shares.ts';
import type { AllocatorState, FrameworkRecord, Membership, Told } from './state.ts';
import { setWaiting } from './waits.ts';

export function addFramework(state: AllocatorState, told: Told<'addFramework'>): void {
  const framework = frameworkOf(state, told.frameworkId);
  framework.added = true;
  framework.active = told.active;
  setRoles(state, framework, told);
}

export function updateFramework(state: AllocatorState, told: Told<'updateFramework'>): void {
  const framework = state.frameworks.get(told.frameworkId);
  if (framework?.added === true) setRoles(state, framework, told);
}

export function activateFramework(state: AllocatorState, frameworkId: FrameworkId): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  framework.active = true;
  settle(state, frameworkId);
}

export function deactivateFramework(state: AllocatorState, frameworkId: FrameworkId): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  framework.active = false;
  state.demands.delete(frameworkId);
  settle(state, frameworkId);
}

export function removeFramework(state: AllocatorState, frameworkId: FrameworkId): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  framework.added = false;
  forgetInverseRefusals(state, frameworkId);
  state.demands.delete(frameworkId);
  for (const membership of framework.memberships.values()) membership.subscribed = false;
  settle(state, frameworkId);
}

export function suppress(state: AllocatorState, { frameworkId, roles }: Told<'suppress'>): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  for (const membership of membershipsIn(framework, roles)) membership.suppressed = true;
  settle(state, frameworkId);
}

export function revive(state: AllocatorState, { frameworkId, roles }: Told<'revive'>): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  for (const membership of membershipsIn(framework, roles)) {
    membership.suppressed = false;
    endRefusalsOf(state.filters, membership.leaf);
  }
  state.allDirty = true;
  forgetInverseRefusals(state, frameworkId);
  settle(state, frameworkId);
}

function setRoles(
  state: AllocatorState,
  framework: FrameworkRecord,
  {
    frameworkId,
    roles,
    suppressedRoles,
    capabilities = [],
    offerConstraints = [],
    minAllocatable = [],
  }: Told<'addFramework' | 'updateFramework'>,
): void {
  // It may be offered now what it could not deal with before.
  if (!capabilities.every((each) => framework.capabilities.includes(each))) state.allDirty = true;
  framework.capabilities = capabilities;
  setConstraints(state, framework, offerConstraints);
  const subscribed = new Set(roles);
  const suppressed = new Set(suppressedRoles);
  const minima = new Map(minAllocatable.map((one) => [one.role, one.minAllocatable]));
  for (const role of subscribed) membershipOf(state, frameworkId, role);
  for (const [role, membership] of framework.memberships) {
    membership.subscribed = subscribed.has(role);
    setMinima(state, membership.leaf, minima.get(role));
    if (membership.suppressed && !suppressed.has(role))
      endRefusalsOf(state.filters, membership.leaf);
    membership.suppressed = suppressed.has(role);
  }
  reconsiderDemand(state, frameworkId);
  settle(state, frameworkId);
}

function setMinima(
  state: AllocatorState,
  leaf: Leaf,
  minima: readonly Resources[] | undefined,
): void {
  const before = state.ownMinima.get(leaf);
  if (minima === before || isDeepStrictEqual(minima, before)) return;
  if (minima === undefined) state.ownMinima.delete(leaf);
  else state.ownMinima.set(leaf, minima);
  state.allDirty = true;
}

/** What is reckoned already for agents is kept, when nothing else is wanted. */
function setConstraints(
  state: AllocatorState,
  framework: FrameworkRecord,
  offerConstraints: OfferConstraints,
): void {
  if (isDeepStrictEqual(offerConstraints, framework.offerConstraints)) return;
  const compiled = compileConstraints(offerConstraints, UNLIMITED);
  assert(typeof compiled !== 'string', 'the master has looked at offer constraints before');
  framework.offerConstraints = offerConstraints;
  framework.constraints = compiled;
  state.allDirty = true;
}

/** Brings the tree in line with what is said of a framework, and forgets what is no more. */
export function settle(state: AllocatorState, frameworkId: FrameworkId): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  for (const [role, { leaf, subscribed, suppressed, agentCount }] of framework.memberships) {
    const active = framework.added && framework.active && subscribed && !suppressed;
    if (active && !isActive(state.tree, leaf)) state.allDirty = true;
    setActive(state.tree, leaf, active);
    setWaiting(state.waits, leaf, active);
    if (!framework.active || !subscribed) endRefusalsOf(state.filters, leaf);
    if (subscribed || agentCount > 0) continue;
    state.members[leaf.at] = undefined;
    removeLeaf(state.tree, leaf);
    state.ownMinima.delete(leaf);
    framework.memberships.delete(role);
  }
  if (!framework.added && framework.memberships.size === 0) state.frameworks.delete(frameworkId);
}

function frameworkOf(state: AllocatorState, frameworkId: FrameworkId): FrameworkRecord {
  let framework = state.frameworks.get(frameworkId);
  if (framework === undefined) {
    framework = {
      added: false,
      active: false,
      capabilities: [],
      offerConstraints: [],
      constraints: new Map(),
      memberships: new Map(),
    };
    state.frameworks.set(frameworkId, framework);
  }
  return framework;
}

export function membershipOf(
  state: AllocatorState,
  frameworkId: FrameworkId,
  role: string,
): Membership {
  const framework = frameworkOf(state, frameworkId);
  const { memberships } = framework;
  let membership = memberships.get(role);
  if (membership === undefined) {
    const leaf = addLeaf(state.tree, role, frameworkId);
    lookAtRole(state.quota, role);
    const past = {
      offeredCount: 0,
      lastOfferedMs: undefined,
      declinedCount: 0,
      lastDeclinedMs: undefined,
    };
    membership = { leaf, framework, subscribed: false, suppressed: false, agentCount: 0, past };
    memberships.set(role, membership);
    state.members[leaf.at] = membership;
  }
  return membership;
}

/** Of a leaf that is in the tree. */
export function memberAt({ members }: AllocatorState, { at }: Leaf): Membership {
  const member = members[at];
  assert(member !== undefined, 'a leaf is in the tree as long as there is a membership');
  return member;
}

function membershipsIn(framework: FrameworkRecord, roles: readonly string[]): Membership[] {
  if (roles.length === 0) return [...framework.memberships.values()];
  return roles.flatMap((role) => framework.memberships.get(role) ?? []);
}
