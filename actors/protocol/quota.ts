/** What operators grant to roles. Names and meaning: Mesos 1.11, quota.proto, weights. */

/**
 * How much of the cluster the frameworks of one role get. Amounts are thousandths of scalars, by the
 * name of the resource; what is not named is neither guaranteed nor limited.
 */
export interface QuotaConfig {
  readonly role: string;
  /** Kept free for the role, whoever else wants it. */
  readonly guaranteesMilli: Readonly<Record<string, number>>;
  /** Never exceeded by the role; 0: none of it at all. */
  readonly limitsMilli: Readonly<Record<string, number>>;
}

/** The share is divided by it, and must stay a sound number. */
export const WEIGHT_MIN = 1e-6;
/** The same, at the other end. */
export const WEIGHT_MAX = 1e6;
/** Roles that were given a weight; they are never forgotten. */
export const WEIGHTED_ROLES_MAX = 10_000;

/** Of one resource; of `mem` and `disk` as many MiB as an exabyte has. */
export const QUOTA_UNITS_MAX = 1e12;
/** The same of `mem` and `disk`, which are in MiB. */
export const SIZE_UNITS_MAX = 2 ** 40;
/** Roles that have a quota. */
export const QUOTA_ROLES_MAX = 10_000;

/** A role of weight 2 may have twice the share of one of weight 1, which is the default. */
export interface RoleWeight {
  readonly role: string;
  readonly weight: number;
}
