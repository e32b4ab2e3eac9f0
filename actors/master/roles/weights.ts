/**
 * Weights: how much more one role may have than another. Kept in the registry, then used.
 *
 *     updateWeights ──▶ registrar ──kept──▶ here, allocator ──▶ offers rescinded, answer
 *
 * The flag `--weights` is for the first start of a cluster only: from then on the registry's weights
 * count. The allocator knows the new ones before offers are rescinded, so that nothing is handed out
 * by the old ones again. A weight holds for all roles below it, too.
 * Source: Mesos 1.11, src/master/weights_handler.cpp; master.cpp, _recover.
 */
import type { MasterMessage } from '../../protocol/messages.ts';
import type { OperatorAnswer } from '../../protocol/operator-to-master.ts';
import {
  type RoleWeight,
  WEIGHT_MAX,
  WEIGHT_MIN,
  WEIGHTED_ROLES_MAX,
} from '../../protocol/quota.ts';
import { isWithin, roleSentence } from '../../protocol/roles.ts';
import { tellAllocator, tellRegistrar } from '../children.ts';
import type { MasterContext, MasterHandlers } from '../messages.ts';
import { noteGrants } from '../reads.ts';
import type { RegistryOperation } from '../registry/operations.ts';
import type { MasterState } from '../state.ts';
import { weightsOf } from './grants.ts';
import { rescindSome } from './rescinding.ts';
import { isAllowedRole } from './role-faults.ts';

export type WeightsRequest = Extract<MasterMessage, { readonly type: 'updateWeights' }>;

export const weightHandlers: MasterHandlers<'updateWeights'> = {
  updateWeights(state, { weights, replyTo }, context) {
    const asked = weights.map(({ role, weight }) => ({ role: role.trim(), weight }));
    const refused = weightsFault(asked, state.weights, context.options.rolesAllowed);
    if (refused !== undefined) {
      context.send(replyTo, { type: 'operatorAnswer', refused });
      return;
    }
    state.weightAskers.push(replyTo);
    tellRegistrar(state, { type: 'updateWeights', weights: asked }, context);
  },
};

/** A new leader has the registry's weights, or, of a new cluster, those of its flag. */
export function recoverWeights(state: MasterState, context: MasterContext): void {
  const { registry, weights: given } = context.options;
  if (registry.weights.size > 0) {
    if (given.length > 0) {
      context.log.info('The weights in the registry count, not those of --weights');
    }
    for (const [role, weight] of registry.weights) state.weights.set(role, weight);
  } else if (given.length > 0) {
    for (const { role, weight } of given) state.weights.set(role, weight);
    state.weightAskers.push(undefined);
    tellRegistrar(state, { type: 'updateWeights', weights: given }, context);
  }
  if (state.weights.size === 0) return;
  tellAllocator(state, { type: 'updateWeights', weights: weightsOf(state) }, context);
}

/** The registrar has answered. */
export function weightsKept(
  state: MasterState,
  { weights }: Extract<RegistryOperation, { readonly type: 'updateWeights' }>,
  refused: string | undefined,
  context: MasterContext,
): void {
  const asker = state.weightAskers.shift();
  if (refused === undefined) {
    for (const { role, weight } of weights) state.weights.set(role, weight);
    noteGrants(state, context);
    tellAllocator(state, { type: 'updateWeights', weights }, context);
    if (concernsFrameworks(state, weights)) rescindSome(state, [...state.offers.values()], context);
    context.log.info(`Weights of ${weights.length} roles were updated`);
  }
  if (asker === undefined) return;
  const answer: OperatorAnswer = { type: 'operatorAnswer' };
  context.send(asker, refused === undefined ? answer : { ...answer, refused });
}

function concernsFrameworks({ frameworks }: MasterState, weights: readonly RoleWeight[]): boolean {
  for (const { info, holdings } of frameworks.values()) {
    const roles = [...info.roles, ...holdings.keys()];
    if (roles.some((role) => weights.some((changed) => isWithin(role, changed.role)))) return true;
  }
  return false;
}

const WHAT = 'Failed to validate update weights request JSON';

/** @returns a sentence, or undefined */
function weightsFault(
  asked: readonly RoleWeight[],
  known: ReadonlyMap<string, number>,
  rolesAllowed: readonly string[] | undefined,
): string | undefined {
  for (const { role, weight } of asked) {
    const fault = roleSentence(role);
    if (fault !== undefined) return `${WHAT}: Invalid role '${role}': ${fault}`;
    if (!isAllowedRole(role, rolesAllowed)) return `${WHAT}: Unknown role '${role}'`;
    const invalid = `${WHAT} for role '${role}': Invalid weight '${weight}'`;
    if (!(weight > 0)) return `${invalid}: Weights must be positive`;
    if (!(weight >= WEIGHT_MIN && weight <= WEIGHT_MAX)) {
      return `${invalid}: Weights are from ${WEIGHT_MIN} to ${WEIGHT_MAX}`;
    }
  }
  const roles = new Set([...known.keys(), ...asked.map(({ role }) => role)]);
  if (roles.size <= WEIGHTED_ROLES_MAX) return undefined;
  return `${WHAT}: At most ${WEIGHTED_ROLES_MAX} roles have weights`;
}
