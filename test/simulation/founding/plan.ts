/** What a seed wants: which machines there are, what each is told, what goes wrong. */
import { type FindAddresses, namedMasters } from '../../../bin/named-masters.ts';
import type { Random } from '../../kit/random.ts';

/** How lists of masters come to be wrong, or right in different ways. */
export const LIST_KINDS = ['same', 'shuffled', 'dns', 'missing', 'overlapping'] as const;
export type ListKind = (typeof LIST_KINDS)[number];

export const FOUNDING_FAULTS = [
  'late',
  'torn-founding',
  'kill',
  'power',
  'blackout',
  'freeze',
  'disk-error',
  'wipe',
  'remove',
  'loss',
  'delay',
  'partition',
  'one-way',
] as const;
export type FoundingFault = (typeof FOUNDING_FAULTS)[number];

export interface FoundingPlan {
  /** What everybody should have been told. */
  readonly masters: readonly string[];
  /** What each machine is told at first, by its name: all of the masters, and perhaps one more. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly listKind: ListKind;
  readonly faults: ReadonlySet<FoundingFault>;
}

const PORT = 5050;
const NAME = `masters.example:${PORT}`;

export async function drawPlan(
  random: Random,
  given: readonly FoundingFault[] | undefined,
): Promise<FoundingPlan> {
  const count = random.pick([1, 2, 3, 3, 3, 5]);
  const masters = Array.from({ length: count }, (_, index) => `10.0.0.${index + 1}:${PORT}`);
  const listKind = random.pick(LIST_KINDS);
  const lists = new Map<string, readonly string[]>();
  for (const name of masters) lists.set(name, await listFor(name, masters, listKind, random));
  if (listKind === 'overlapping') {
    const stranger = `10.0.0.${count + 1}:${PORT}`;
    lists.set(stranger, [stranger, ...random.shuffled(masters).slice(0, 2)]);
  }
  const faults = given ?? FOUNDING_FAULTS.filter(() => random.chance(0.25));
  return { masters, lists, listKind, faults: new Set(faults) };
}

async function listFor(
  name: string,
  masters: readonly string[],
  kind: ListKind,
  random: Random,
): Promise<readonly string[]> {
  const others = masters.filter((one) => one !== name);
  const forgetting = () => [name, ...random.shuffled(others).slice(1)];
  if (kind === 'dns') {
    // A server of names that has not heard of all yet.
    const known = random.chance(0.3) ? forgetting() : random.shuffled(masters);
    const find: FindAddresses = async () =>
      known.map((node) => ({ address: node.slice(0, node.lastIndexOf(':')), family: 4 }));
    const found = await namedMasters([NAME], find);
    // With one address the name is no name of all masters, and a master refuses to start so.
    return found.includes(name) ? found : masters;
  }
  if (kind === 'missing' && others.length > 1 && random.chance(0.4)) return forgetting();
  return kind === 'same' ? masters : random.shuffled(masters);
}
