/**
 * Which roles there may be. Pure. Source: Mesos 1.11, src/master/master.cpp (isWhitelistedRole).
 */

/** Where the roles are listed (`--roles`), there are no others; `*` is always there. */
export function isAllowedRole(role: string, rolesAllowed: readonly string[] | undefined): boolean {
  return rolesAllowed === undefined || role === '*' || rolesAllowed.includes(role);
}
