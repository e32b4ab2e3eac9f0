/**
 * Roles: names in a tree, such as `eng/ml`. `*` is the role of who asks for none.
 * Source: Mesos 1.11, src/common/roles.cpp, src/common/role_utils.
 */

/** Of a whole path. Longer ones are refused where they come in. */
const ROLE_LENGTH_MAX = 255;

/** @returns what is wrong with it, to be said behind "it", or undefined */
export function roleNameFault(role: string): string | undefined {
  if (role === '') return 'must not be empty';
  if (role.length > ROLE_LENGTH_MAX) return `must be at most ${ROLE_LENGTH_MAX} characters long`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\s\u0000-\u001f\u007f]/.test(role)) return 'must not contain whitespace';
  if (role.startsWith('/')) return 'must not start with "/"';
  if (role.endsWith('/')) return 'must not end with "/"';
  for (const part of role.split('/')) {
    if (part === '') return 'must not contain "//"';
    if (part === '.' || part === '..') return `must not contain "${part}" as a part`;
    if (part === '*') return 'must not contain "*" as a part';
    if (part.startsWith('-')) return 'must not have a part that starts with "-"';
  }
  return undefined;
}

/**
 * What is wrong with it in the words of Mesos: its clients look for them.
 * @returns a sentence, or undefined
 */
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

/** The role and those above it, from the bottom: `a/b` is of `a/b` and `a`. */
export function lineage(role: string): string[] {
  const parts = role.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/** Whether `role` is `ancestor` or below it in the tree. */
export function isWithin(role: string, ancestor: string): boolean {
  return role === ancestor || role.startsWith(`${ancestor}/`);
}
