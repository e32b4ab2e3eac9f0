/**
 * Strict priority: roles in classes, one before the other, and fair sharing inside each class.
 *
 * As long as somebody in a class wants what is free, nobody in a later one is offered it. A role that
 * is in no class is in the last one. Classes order siblings, so those of `eng/ml` and `eng/web` decide
 * what `eng` has, not what it has beside `ads`. Guarantees (quota) and those who have waited too long
 * come before all classes: see `round` and `waits`.
 *
 *     prod,web | batch   ─▶   prod and web, fairly; what they leave, batch; then all the others
 */
import type { AllocationPolicy } from './policy.ts';

/** @param classes roles of the first class, of the second, and so on */
export function priorityPolicy(classes: readonly (readonly string[])[]): AllocationPolicy {
  const ranks = new Map(classes.flatMap((roles, rank) => roles.map((role) => [role, rank])));
  return {
    name: 'priority',
    rank: ({ role, frameworkId }) =>
      frameworkId === undefined ? (ranks.get(role) ?? classes.length) : 0,
  };
}
