/**
 * The rule that all APIs share: a call says its type, and has the part of that type when there is one
 * in the schema.
 */
import { linkedMessage, type V1Name } from '../dictionary.ts';

type CallName = Extract<V1Name, `${string}.Call`>;

/** Mesos does without these parts. */
const DISPENSABLE: ReadonlySet<string> = new Set([
  'scheduler.Call REVIVE',
  'scheduler.Call SUPPRESS',
  'agent.Call GET_CONTAINERS',
  'agent.Call PRUNE_IMAGES',
]);

export function absent(field: string): string {
  return `Expecting '${field}' to be present`;
}

/** @returns a sentence, or undefined */
export function partFault(
  name: CallName,
  call: { readonly type?: string | undefined },
): string | undefined {
  const { type } = call;
  if (type === undefined) return absent('type');
  const part = type.toLowerCase();
  if (!linkedMessage(name).byName.has(part) || DISPENSABLE.has(`${name} ${type}`)) return undefined;
  return part in call && call[part as keyof typeof call] !== undefined ? undefined : absent(part);
}
