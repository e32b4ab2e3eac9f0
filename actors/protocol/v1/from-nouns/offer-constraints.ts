/** Our offer constraints → those of Mesos. */
import type {
  AttributeConstraint,
  ConstraintPredicate,
  OfferConstraints,
} from '../../offer-constraints.ts';
import type { V1 } from '../dictionary.ts';

export function fromOfferConstraints(
  constraints: OfferConstraints,
): V1<'scheduler.OfferConstraints'> {
  const roles = constraints.map(({ role, groups }) => {
    const all = groups.map((group) => ({ attribute_constraints: group.map(fromConstraint) }));
    return [role, { groups: all }] as const;
  });
  return { role_constraints: new Map(roles) };
}

function fromConstraint({
  selector,
  predicate,
}: AttributeConstraint): V1<'scheduler.AttributeConstraint'> {
  return {
    selector:
      selector.type === 'attribute'
        ? { attribute_name: selector.name }
        : { pseudoattribute_type: PSEUDO[selector.pseudo] },
    predicate: fromPredicate(predicate),
  };
}

const PSEUDO = { hostname: 'HOSTNAME', region: 'REGION', zone: 'ZONE' } as const;

function fromPredicate(
  predicate: ConstraintPredicate,
): V1<'scheduler.AttributeConstraint.Predicate'> {
  switch (predicate.type) {
    case 'exists':
      return { exists: {} };
    case 'notExists':
      return { not_exists: {} };
    case 'textEquals':
      return { text_equals: { value: predicate.value } };
    case 'textNotEquals':
      return { text_not_equals: { value: predicate.value } };
    case 'textMatches':
      return { text_matches: { regex: predicate.regex } };
    case 'textNotMatches':
      return { text_not_matches: { regex: predicate.regex } };
  }
}
