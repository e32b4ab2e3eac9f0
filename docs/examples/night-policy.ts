/**
 * An allocation policy: services come before everything that only runs at night, nobody shares by
 * weights inside the night, and experiments never have more than 8 cpus.
 *
 *     node dist/bin/node.js --role master --allocator ./night-policy.js
 *
 * A policy answers who comes before whom among siblings in the tree of roles, and what roles may have
 * at most. It is asked again and again, so it must always give the same answer to the same question.
 */
import type { AllocationPolicy } from 'messor';

const NIGHTLY = ['batch', 'reports'];

const nightPolicy: AllocationPolicy = {
  name: 'night',
  /** The smaller rank first. Roles that are not named here share fairly, in the first class. */
  rank: ({ role, frameworkId }) => (frameworkId === undefined && NIGHTLY.includes(role) ? 1 : 0),
  /** By memory alone: it is what is short at night. */
  share: ({ role }, { parts, weight }) =>
    NIGHTLY.includes(role) ? (parts['mem'] ?? 0) : Math.max(0, ...Object.values(parts)) / weight,
  limits: [{ role: 'experiments', limitsMilli: { cpus: 8000 } }],
};

export default nightPolicy;
