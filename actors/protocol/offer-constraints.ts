/**
 * Offer constraints: on which agents a framework wants offers at all, told by attributes, so that
 * nobody has to decline the others. For each role any of several groups has to hold, and of a group
 * all of its constraints. A role that is not named is not constrained.
 * Source: Mesos 1.11, include/mesos/v1/scheduler/scheduler.proto, OfferConstraints.
 */
import { array, type Check, object, oneOf, string, union } from '../../runtime/decode.ts';
import { NAME_LENGTH_MAX, ROLES_PER_FRAMEWORK_MAX } from './maxima.ts';

/** Groups of one role. */
export const CONSTRAINT_GROUPS_MAX = 100;
/** Constraints of one group. */
export const CONSTRAINTS_PER_GROUP_MAX = 100;

export type OfferConstraints = readonly RoleConstraints[];

export interface RoleConstraints {
  readonly role: string;
  readonly groups: readonly ConstraintGroup[];
}

export type ConstraintGroup = readonly AttributeConstraint[];

export interface AttributeConstraint {
  readonly selector: ConstraintSelector;
  readonly predicate: ConstraintPredicate;
}

/** Of several attributes with one name the first counts. */
export type ConstraintSelector =
  | { readonly type: 'attribute'; readonly name: string }
  | { readonly type: 'pseudo'; readonly pseudo: Pseudoattribute };

/** What an agent has beside its attributes. */
export type Pseudoattribute = 'hostname' | 'region' | 'zone';

export type ConstraintPredicate =
  | { readonly type: 'exists' }
  | { readonly type: 'notExists' }
  | { readonly type: 'textEquals'; readonly value: string }
  | { readonly type: 'textNotEquals'; readonly value: string }
  /** The whole text has to match, by the syntax of RE2. */
  | { readonly type: 'textMatches'; readonly regex: string }
  | { readonly type: 'textNotMatches'; readonly regex: string };

const text = string(NAME_LENGTH_MAX);
const equality = [{ value: text }] as const;
const matching = [{ regex: text }] as const;

export const offerConstraints: Check<OfferConstraints> = array(
  object<RoleConstraints>({
    role: text,
    groups: array(
      array(
        object<AttributeConstraint>({
          selector: union<ConstraintSelector, 'type'>('type', {
            attribute: [{ name: text }],
            pseudo: [{ pseudo: oneOf({ hostname: true, region: true, zone: true }) }],
          }),
          predicate: union<ConstraintPredicate, 'type'>('type', {
            exists: [{}],
            notExists: [{}],
            textEquals: equality,
            textNotEquals: equality,
            textMatches: matching,
            textNotMatches: matching,
          }),
        }),
        CONSTRAINTS_PER_GROUP_MAX,
      ),
      CONSTRAINT_GROUPS_MAX,
    ),
  }),
  ROLES_PER_FRAMEWORK_MAX,
);
