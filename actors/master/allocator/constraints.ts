/**
 * Offer constraints: which agents a framework is never offered in a role. Pure.
 *
 * What a framework says is compiled once, when it says it; whether an agent is excluded is reckoned
 * once for each role and agent, and again only when the agent's facts are others. A text predicate
 * on an attribute that is no text holds, so that frameworks see such agents and decide themselves.
 * Source: Mesos 1.11, src/master/allocator/mesos/offer_constraints_filter.cpp.
 */
import type { Domain } from '../../protocol/domain.ts';
import type {
  AttributeConstraint,
  ConstraintGroup,
  ConstraintPredicate,
  ConstraintSelector,
  OfferConstraints,
} from '../../protocol/offer-constraints.ts';
import { attributeType } from '../../protocol/resource-text.ts';
import type { Attributes } from '../../protocol/resources.ts';
import { compileRegex, type RegexLimits, type TextMatcher } from './safe-regex.ts';

/** What of an agent constraints can ask about. Never changed: other facts are another object. */
export interface AgentFacts {
  readonly hostname: string;
  readonly attributes: Attributes;
  readonly domain: Domain | undefined;
}

/** By role: whether an agent may be offered there. */
export type CompiledConstraints = ReadonlyMap<string, AgentTest>;

type AgentTest = (agent: AgentFacts) => boolean;

export function isExcluded(
  constraints: CompiledConstraints | undefined,
  role: string,
  agent: AgentFacts,
): boolean {
  return constraints?.get(role)?.(agent) === false;
}

/** @returns the constraints, or what is wrong with them, as a sentence */
export function compileConstraints(
  constraints: OfferConstraints,
  limits: RegexLimits,
): CompiledConstraints | string {
  const compiled = new Map<string, AgentTest>();
  for (const { role, groups } of constraints) {
    if (groups.length === 0) {
      return `'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role ${role}`;
    }
    const tests: AgentTest[] = [];
    for (const group of groups) {
      const test = compileGroup(role, group, limits);
      if (typeof test === 'string') return test;
      tests.push(test);
    }
    compiled.set(
      role,
      remembered((agent) => tests.some((test) => test(agent))),
    );
  }
  return compiled;
}

function remembered(test: AgentTest): AgentTest {
  const known = new WeakMap<AgentFacts, boolean>();
  return (agent) => {
    let holds = known.get(agent);
    if (holds === undefined) {
      holds = test(agent);
      known.set(agent, holds);
    }
    return holds;
  };
}

function compileGroup(
  role: string,
  group: ConstraintGroup,
  limits: RegexLimits,
): AgentTest | string {
  if (group.length === 0) {
    return `'OfferConstraints::RoleConstraints::groups' for role ${role} contains an empty RoleConstraints::Group`;
  }
  const tests: AgentTest[] = [];
  for (const constraint of group) {
    const test = compileConstraint(constraint, limits);
    if (typeof test === 'string') {
      return `A role ${role} has an invalid 'AttributeConstraint': ${test}`;
    }
    tests.push(test);
  }
  return (agent) => tests.every((test) => test(agent));
}

function compileConstraint(
  { selector, predicate }: AttributeConstraint,
  limits: RegexLimits,
): AgentTest | string {
  const test = compilePredicate(predicate, limits);
  if (typeof test === 'string') return test;
  return (agent) => test(selected(selector, agent));
}

/** Absent; there but no text; or a text. */
type Selected = undefined | 'noText' | { readonly text: string };

function selected(selector: ConstraintSelector, agent: AgentFacts): Selected {
  if (selector.type === 'pseudo') {
    const text = selector.pseudo === 'hostname' ? agent.hostname : agent.domain?.[selector.pseudo];
    return text === undefined ? undefined : { text };
  }
  const attribute = agent.attributes.find(({ name }) => name === selector.name);
  if (attribute === undefined) return undefined;
  return attributeType(attribute.value) === 'text' ? { text: attribute.value } : 'noText';
}

function compilePredicate(
  predicate: ConstraintPredicate,
  limits: RegexLimits,
): ((found: Selected) => boolean) | string {
  switch (predicate.type) {
    case 'exists':
      return (found) => found !== undefined;
    case 'notExists':
      return (found) => found === undefined;
    case 'textEquals':
      return textTest((text) => text === predicate.value, false);
    case 'textNotEquals':
      return textTest((text) => text !== predicate.value, true);
    case 'textMatches': {
      const matches = compileRegex(predicate.regex, limits);
      return typeof matches === 'string' ? matches : textTest(matches, false);
    }
    case 'textNotMatches': {
      const matches = compileRegex(predicate.regex, limits);
      return typeof matches === 'string' ? matches : textTest((text) => !matches(text), true);
    }
  }
}

/** @param ifAbsent what holds where there is no such attribute */
function textTest(test: TextMatcher, ifAbsent: boolean): (found: Selected) => boolean {
  return (found) => {
    if (found === undefined) return ifAbsent;
    return found === 'noText' || test(found.text);
  };
}
