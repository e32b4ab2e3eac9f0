/**
 * What is wrong with roles that operators name, in the words of Mesos: its clients look for them. Pure.
 * Source: Mesos 1.11, src/common/roles.cpp, src/master/master.cpp (isWhitelistedRole).
 */
import { roleNameFault } from '../../protocol/roles.ts';

/** @returns a sentence, or undefined */
export function roleSentence(role: string): string | undefined {
  if (role === '*') return undefined;
  if (role === '') return 'Role names cannot be the empty string';
  if (role.startsWith('/')) return `Role '${role}' cannot start with a slash`;
  if (role.endsWith('/')) return `Role '${role}' cannot end with a slash`;
  if (role.includes('//')) return `Role '${role}' cannot contain two adjacent slashes`;
  for (const part of role.split('/')) {
    if (part === '.' || part === '..' || part === '*') {
      return `Role '${role}' cannot include '${part}' as a component`;
    }
    if (part.startsWith('-')) {
      return `Role component '${part}' is invalid because it starts with a dash`;
    }
    if (/[\s\u007f]/.test(part)) {
      return `Role component '${part}' is invalid because it contains backspace or whitespace`;
    }
  }
  // Beyond Mesos: what control characters and long names would do to a terminal.
  const fault = roleNameFault(role);
  return fault === undefined ? undefined : `Role '${role.slice(0, 255)}' ${fault}`;
}

/** Where the roles are listed (`--roles`), there are no others; `*` is always there. */
export function isAllowedRole(role: string, rolesAllowed: readonly string[] | undefined): boolean {
  return rolesAllowed === undefined || role === '*' || rolesAllowed.includes(role);
}
