/** Names of users and groups by their numbers, as this machine's own files tell; the number, where none does. */
import { readFile } from 'node:fs/promises';

export interface OwnerNames {
  user(id: number): string;
  group(id: number): string;
}

export async function readOwnerNames(): Promise<OwnerNames> {
  const [users, groups] = await Promise.all([names('/etc/passwd'), names('/etc/group')]);
  return {
    user: (id) => users.get(String(id)) ?? String(id),
    group: (id) => groups.get(String(id)) ?? String(id),
  };
}

/** Both files have the name first and the number third. */
async function names(file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [name, , id] = line.split(':');
      return name === undefined || id === undefined ? [] : [[id, name]];
    }),
  );
}
