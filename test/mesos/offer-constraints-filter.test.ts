/**
 * Which agents offer constraints exclude, by the names that Mesos' own tests have.
 * Mesos: docs/scheduler-http-api.md, SUBSCRIBE; src/tests/master/offer_constraints_filter_tests.cpp.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileConstraints, isExcluded } from '../../actors/master/allocator/constraints.ts';
import { REGEX_LIMITS_DEFAULT } from '../../actors/master/allocator/safe-regex.ts';
import { parseAttributes } from '../../actors/protocol/resources.ts';
import { decodeV1 } from '../../actors/protocol/v1/codec.ts';
import { fromOfferConstraints } from '../../actors/protocol/v1/from-nouns/offer-constraints.ts';
import { toOfferConstraints } from '../../actors/protocol/v1/to-nouns/offer-constraints.ts';

const FOO = { attribute_name: 'foo' };
const BAR = { attribute_name: 'bar' };
type Constraint = { selector: object; predicate: object };

/** @returns for each of the texts of attributes whether such an agent is excluded, or what is wrong */
function excluded(
  roles: Readonly<Record<string, readonly (readonly Constraint[])[]>>,
  attributes: readonly string[],
  role = 'roleA',
  domain?: { readonly region: string; readonly zone: string },
): readonly boolean[] | string {
  const role_constraints = Object.fromEntries(
    Object.entries(roles).map(([name, groups]) => [
      name,
      { groups: groups.map((attribute_constraints) => ({ attribute_constraints })) },
    ]),
  );
  const json = new TextEncoder().encode(JSON.stringify({ role_constraints }));
  const said = decodeV1('scheduler.OfferConstraints', 'json', json);
  const refused: string[] = [];
  const constraints = toOfferConstraints(said, (sentence) => refused.push(sentence));
  if (refused[0] !== undefined) return refused[0];
  const compiled = compileConstraints(constraints, REGEX_LIMITS_DEFAULT);
  if (typeof compiled === 'string') return compiled;
  if (constraints.length > 0) deepEqual(fromOfferConstraints(constraints), said);
  return attributes.map((text) =>
    isExcluded(compiled, role, {
      hostname: 'host-1',
      attributes: parseAttributes(text),
      domain,
    }),
  );
}

function one(selector: object, predicate: object) {
  return { roleA: [[{ selector, predicate }]] };
}

describe('OfferConstraintsFilter', () => {
  test('NamedAttributeExists', () => {
    const seen = excluded(one(FOO, { exists: {} }), ['foo:bar', '', 'bar:foo', 'foo:123']);
    deepEqual(seen, [false, true, true, false]);
  });

  test('NamedAttributeNotExists', () => {
    const seen = excluded(one(FOO, { not_exists: {} }), ['foo:bar', '', 'bar:foo', 'foo:123']);
    deepEqual(seen, [true, false, false, true]);
  });

  test('NamedAttributeTextEquals: what is no text is not excluded', () => {
    const agents = ['foo:2', 'foo:[1-2]', 'foo:bar', 'foo:barr', ''];
    const seen = excluded(one(FOO, { text_equals: { value: 'bar' } }), agents);
    deepEqual(seen, [false, false, false, true, true]);
  });

  test('NamedAttributeTextNotEquals', () => {
    const agents = ['foo:bar', 'foo:2', 'foo:[1-2]', 'foo:barr', ''];
    const seen = excluded(one(FOO, { text_not_equals: { value: 'bar' } }), agents);
    deepEqual(seen, [true, false, false, false, false]);
  });

  test('TwoAttributesWithTheSameName: the first counts', () => {
    const agents = ['foo:bar;foo:baz', 'foo:bar;foo:2', 'foo:baz;foo:bar', 'foo:baz;foo:2'];
    const seen = excluded(one(FOO, { text_equals: { value: 'bar' } }), agents);
    deepEqual(seen, [false, false, true, true]);
  });

  test('NamedAttributeTextMatches: all of the text', () => {
    const agents = ['bar:abcd', 'bar:2', 'bar:[1-2]', 'bar:abcde', ''];
    const seen = excluded(one(BAR, { text_matches: { regex: '[a-d]+' } }), agents);
    deepEqual(seen, [false, false, false, true, true]);
  });

  test('NamedAttributeTextNotMatches', () => {
    const agents = ['bar:abcd', 'bar:2', 'bar:[1-2]', 'bar:abcde', ''];
    const seen = excluded(one(BAR, { text_not_matches: { regex: '[a-d]+' } }), agents);
    deepEqual(seen, [true, false, false, false, false]);
  });

  for (const [name, predicate] of [
    ['InvalidTextMatches', { text_matches: { regex: '[a-d' } }],
    ['InvalidTextNotMatches', { text_not_matches: { regex: '[a-d' } }],
  ] as const) {
    test(name, () => {
      match(
        String(excluded(one(FOO, predicate), [])),
        /^A role roleA has an invalid 'AttributeConstraint': Failed to construct regex from pattern '\[a-d': missing /,
      );
    });
  }

  test('RegexTooComplex', () => {
    const judge = (regex: string) => excluded(one(BAR, { text_not_matches: { regex } }), []);
    deepEqual(judge('(a+){10}'), []);
    match(String(judge('(a+){50}')), /too complex/);
    match(String(judge('(a+){500}')), /pattern too large - compile failed/);
  });

  const fooExists = { selector: FOO, predicate: { exists: {} } };
  const barNotBaz = { selector: BAR, predicate: { text_not_equals: { value: 'baz' } } };

  test('TwoConstraintsInGroup: both have to hold', () => {
    const agents = ['', 'foo:x', 'bar:baz', 'foo:x;bar:baz', 'foo:x;bar:qux'];
    deepEqual(excluded({ roleA: [[fooExists, barNotBaz]] }, agents), [
      ...[true, false, true, true, false],
    ]);
  });

  test('TwoGroups: one has to hold', () => {
    const agents = ['', 'foo:x', 'bar:baz', 'foo:x;bar:baz'];
    deepEqual(excluded({ roleA: [[fooExists], [barNotBaz]] }, agents), [false, false, true, false]);
  });

  test('TwoRoles: each has its own', () => {
    const roles = { roleA: [[fooExists]], roleB: [[barNotBaz]] };
    const agents = ['bar:baz', 'foo:x'];
    deepEqual(excluded(roles, agents, 'roleA'), [true, false]);
    deepEqual(excluded(roles, agents, 'roleB'), [true, false]);
    deepEqual(excluded(roles, ['', 'foo:x;bar:baz'], 'roleB'), [false, true]);
  });

  test('DefaultOfferConstraints: nothing is excluded', () => {
    deepEqual(excluded({}, ['', 'foo:bar']), [false, false]);
  });
});

// Source of what follows: Mesos 1.11, offer_constraints_filter.cpp.

test('host name, region and zone can be asked for like attributes', () => {
  const on = (pseudo: string, value: string) =>
    one({ pseudoattribute_type: pseudo }, { text_equals: { value } });
  const domain = { region: 'europe', zone: 'a' };
  deepEqual(excluded(on('HOSTNAME', 'host-1'), ['']), [false]);
  deepEqual(excluded(on('REGION', 'europe'), [''], 'roleA', domain), [false]);
  deepEqual(excluded(on('ZONE', 'b'), [''], 'roleA', domain), [true]);
  deepEqual(excluded(on('REGION', 'europe'), ['']), [true]);
});

test('constraints that say nothing are faults, in the words of Mesos', () => {
  const judge = (selector: object, predicate: object) => excluded(one(selector, predicate), []);
  equal(
    excluded({ roleA: [] }, []),
    "'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role roleA",
  );
  match(String(excluded({ roleA: [[]] }, [])), /contains an empty RoleConstraints::Group$/);
  match(String(judge({}, { exists: {} })), /^Offer constraints are not valid: .*must be set$/);
  match(String(judge(FOO, {})), /: Unknown predicate type$/);
  match(
    String(judge({ pseudoattribute_type: 'UNKNOWN' }, { exists: {} })),
    /: Unknown pseudoattribute type$/,
  );
});
