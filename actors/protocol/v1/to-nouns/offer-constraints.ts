/**
 * Offer constraints of Mesos → ours.
 * Source of the sentences: Mesos 1.11, offer_constraints_filter.cpp.
 */
import type {
  AttributeConstraint,
  ConstraintPredicate,
  ConstraintSelector,
  OfferConstraints,
  Pseudoattribute,
} from '../../offer-constraints.ts';
import type { V1, V1Enum } from '../dictionary.ts';

/** What only a newer Mesos knows cannot be told in our words: `refuse` hears why. */
export function toOfferConstraints(
  constraints: V1<'scheduler.OfferConstraints'>,
  refuse: (sentence: string) => void,
): OfferConstraints {
  return [...(constraints.role_constraints ?? [])].map(([role, { groups = [] }]) => ({
    role,
    groups: groups.map(({ attribute_constraints = [] }) =>
      attribute_constraints.flatMap((constraint) => toConstraint(role, constraint, refuse)),
    ),
  }));
}

function toConstraint(
  role: string,
  { selector, predicate }: V1<'scheduler.AttributeConstraint'>,
  refuse: (sentence: string) => void,
): AttributeConstraint[] {
  const invalid = (why: string) =>
    refuse(
      `Offer constraints are not valid: A role ${role} has an invalid 'AttributeConstraint': ${why}`,
    );
  const ourSelector = toSelector(selector);
  if (typeof ourSelector === 'string') invalid(ourSelector);
  const ourPredicate = toPredicate(predicate);
  if (ourPredicate === undefined) invalid('Unknown predicate type');
  return typeof ourSelector === 'string' || ourPredicate === undefined
    ? []
    : [{ selector: ourSelector, predicate: ourPredicate }];
}

type PseudoattributeType = V1Enum<'scheduler.AttributeConstraint.Selector.PseudoattributeType'>;

const PSEUDO: Readonly<Partial<Record<PseudoattributeType, Pseudoattribute>>> = {
  HOSTNAME: 'hostname',
  REGION: 'region',
  ZONE: 'zone',
};

/** @returns what is wrong with it, as a sentence */
function toSelector(
  selector: V1<'scheduler.AttributeConstraint.Selector'>,
): ConstraintSelector | string {
  const { attribute_name: name, pseudoattribute_type: type } = selector;
  if (name !== undefined) return { type: 'attribute', name };
  if (type === undefined) {
    return "Exactly one of 'AttributeConstraint::Selector::name' or 'AttributeConstraint::Selector::pseudoattribute_type' must be set";
  }
  const pseudo = PSEUDO[type];
  return pseudo === undefined ? 'Unknown pseudoattribute type' : { type: 'pseudo', pseudo };
}

function toPredicate(
  predicate: V1<'scheduler.AttributeConstraint.Predicate'>,
): ConstraintPredicate | undefined {
  const { exists, not_exists, text_equals, text_not_equals } = predicate;
  const { text_matches, text_not_matches } = predicate;
  if (exists !== undefined) return { type: 'exists' };
  if (not_exists !== undefined) return { type: 'notExists' };
  if (text_equals !== undefined) return { type: 'textEquals', value: text_equals.value };
  if (text_not_equals !== undefined) return { type: 'textNotEquals', value: text_not_equals.value };
  if (text_matches !== undefined) return { type: 'textMatches', regex: text_matches.regex };
  if (text_not_matches === undefined) return undefined;
  return { type: 'textNotMatches', regex: text_not_matches.regex };
}
