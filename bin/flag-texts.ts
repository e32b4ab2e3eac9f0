/** The flags of a node as its API shows them: by Mesos' spelling, as they could be given again. */
import { FLAGS, type Role } from './flags.ts';

/** @param given by name, as they were read; the others have their defaults, if there are any */
export function flagTexts(
  role: Role,
  given: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const flag of Object.values(FLAGS)) {
    const { name, roles }: { name: string; roles: readonly Role[] } = flag;
    const text = given.get(name) ?? ('default' in flag ? flag.default : undefined);
    if (roles.includes(role) && text !== undefined) texts[name.replaceAll('-', '_')] = text;
  }
  return texts;
}
