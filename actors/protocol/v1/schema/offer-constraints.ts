/** On which agents a framework wants offers. Mesos, scheduler.proto. */
import { enumeration, map, message, optional, repeated, required } from '../definition.ts';

export const OFFER_CONSTRAINTS = {
  'scheduler.AttributeConstraint': message({
    selector: required(1, 'scheduler.AttributeConstraint.Selector'),
    predicate: required(2, 'scheduler.AttributeConstraint.Predicate'),
  }),
  'scheduler.AttributeConstraint.Selector': message({
    pseudoattribute_type: optional(
      1,
      'scheduler.AttributeConstraint.Selector.PseudoattributeType',
      { oneof: 'selector' },
    ),
    attribute_name: optional(2, 'string', { oneof: 'selector' }),
  }),
  'scheduler.AttributeConstraint.Selector.PseudoattributeType': enumeration({
    UNKNOWN: 0,
    HOSTNAME: 1,
    REGION: 2,
    ZONE: 3,
  }),
  'scheduler.AttributeConstraint.Predicate': message({
    exists: optional(1, 'scheduler.AttributeConstraint.Predicate.Exists', { oneof: 'predicate' }),
    not_exists: optional(2, 'scheduler.AttributeConstraint.Predicate.NotExists', {
      oneof: 'predicate',
    }),
    text_equals: optional(3, 'scheduler.AttributeConstraint.Predicate.TextEquals', {
      oneof: 'predicate',
    }),
    text_not_equals: optional(4, 'scheduler.AttributeConstraint.Predicate.TextNotEquals', {
      oneof: 'predicate',
    }),
    text_matches: optional(5, 'scheduler.AttributeConstraint.Predicate.TextMatches', {
      oneof: 'predicate',
    }),
    text_not_matches: optional(6, 'scheduler.AttributeConstraint.Predicate.TextNotMatches', {
      oneof: 'predicate',
    }),
  }),
  'scheduler.AttributeConstraint.Predicate.Exists': message({}),
  'scheduler.AttributeConstraint.Predicate.NotExists': message({}),
  'scheduler.AttributeConstraint.Predicate.TextEquals': message({
    value: required(1, 'string'),
  }),
  'scheduler.AttributeConstraint.Predicate.TextNotEquals': message({
    value: required(1, 'string'),
  }),
  'scheduler.AttributeConstraint.Predicate.TextMatches': message({
    regex: required(1, 'string'),
  }),
  'scheduler.AttributeConstraint.Predicate.TextNotMatches': message({
    regex: required(1, 'string'),
  }),
  'scheduler.OfferConstraints': message({
    role_constraints: map(1, 'scheduler.OfferConstraints.RoleConstraints'),
  }),
  'scheduler.OfferConstraints.RoleConstraints': message({
    groups: repeated(1, 'scheduler.OfferConstraints.RoleConstraints.Group'),
  }),
  'scheduler.OfferConstraints.RoleConstraints.Group': message({
    attribute_constraints: repeated(1, 'scheduler.AttributeConstraint'),
  }),
};
