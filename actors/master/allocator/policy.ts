/**
 * Allocation policies: who comes before whom, and what a role may have at most. The port for others.
 *
 * A policy answers two questions about the tree of roles and frameworks, and nothing else: the round,
 * refusals, quotas and reservations are the same under each. Of two siblings the one of the smaller
 * rank comes first; of equal rank the one of the smaller share; then the one that was chosen less
 * often, then the smaller name.
 *
 * A policy is pure: the same question has the same answer as long as a master leads. It is asked for
 * ranks when a role or a framework appears, and for shares when what it has, or the cluster, changes.
 */
import type { FrameworkId } from '../../protocol/ids.ts';

export interface AllocationPolicy {
  readonly name: string;
  /** Default: all are 0. What is no number counts as 0. */
  rank?(node: PolicyNode): number;
  /** Default: the largest part it has of any resource, divided by its weight. */
  share?(node: PolicyNode, holdings: Holdings): number;
  /** Beside the quotas of operators; of two limits the smaller one holds. */
  readonly limits?: readonly RoleLimits[];
}

/** A role, the frameworks of a role that has others below it, or a framework in its role. */
export interface PolicyNode {
  /** A whole path, such as `eng/ml`. The frameworks of a role themselves, as one: `eng/.`. */
  readonly role: string;
  /** Absent: it is not about one framework. */
  readonly frameworkId?: FrameworkId;
}

export interface Holdings {
  /** By the names of scalars: the part of the cluster's that it has, offers included; 0 to 1. */
  readonly parts: Readonly<Record<string, number>>;
  readonly weight: number;
}

export interface RoleLimits {
  readonly role: string;
  /** Thousandths, by the names of scalars. */
  readonly limitsMilli: Readonly<Record<string, number>>;
}

/** Dominant resource fairness, by weights: what Mesos has. */
export const HIERARCHICAL_DRF: AllocationPolicy = { name: 'HierarchicalDRF' };
