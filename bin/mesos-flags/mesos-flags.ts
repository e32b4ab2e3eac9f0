/** All flags of Mesos' masters and agents, and how each stands to our own table. */
import { FLAGS, type FlagKey, type Role } from '../flags.ts';
import type { MesosFlag, MesosRole } from './mesos-flag.ts';
import { AGENT_ONLY } from './of-agents.ts';
import { flagsOfBoth } from './of-both.ts';
import { CONTAINERS } from './of-containers.ts';
import { MASTER_ONLY } from './of-masters.ts';

export const MESOS_FLAGS: readonly MesosFlag[] = [
  ...flagsOfBoth('master'),
  ...MASTER_ONLY,
  ...flagsOfBoth('agent'),
  ...AGENT_ONLY,
  ...CONTAINERS,
];

/** Asked for, they print something, and no node is started. */
const PRINTED: ReadonlySet<string> = new Set(['help', 'version']);

export type Standing =
  | { readonly status: 'done' }
  | { readonly status: 'different'; readonly how: string }
  | { readonly status: 'refused'; readonly why: string };

export function standingOf(flag: MesosFlag): Standing {
  const { different, accepted, instead = 'it is not known here' } = flag;
  if (PRINTED.has(flag.name) || ourKeyOf(flag) !== undefined) {
    return different === undefined ? { status: 'done' } : { status: 'different', how: different };
  }
  if (accepted.length === 0) return { status: 'refused', why: instead };
  const values = accepted.map((value) => `\`${value}\``).join(', ');
  return { status: 'different', how: `only ${values}: ${instead}` };
}

/** Of the row in our table that this flag is, for nodes of its role. */
export function ourKeyOf({ name, role }: Pick<MesosFlag, 'name' | 'role'>): FlagKey | undefined {
  return OURS.get(`${role} ${name}`);
}

const OURS: ReadonlyMap<string, FlagKey> = new Map(
  (Object.keys(FLAGS) as FlagKey[]).flatMap((key) =>
    ownNamesOf(key).flatMap((name) =>
      FLAGS[key].roles.map((role) => [`${role} ${name}`, key] as const),
    ),
  ),
);

/** The first is the name, the others are as good; those that only Mesos has come last. */
export function namesOf(key: FlagKey): readonly string[] {
  const ofMesos = MESOS_FLAGS.filter((flag) => ourKeyOf(flag) === key);
  return [...new Set([...ownNamesOf(key), ...ofMesos.flatMap(({ aliases }) => aliases)])];
}

function ownNamesOf(key: FlagKey): readonly string[] {
  const { name, aliases = [] }: { readonly name: string; readonly aliases?: readonly string[] } =
    FLAGS[key];
  return [name, ...aliases];
}

/** What Mesos calls a flag of ours, in snake case; its own name where Mesos has no such flag. */
export function mesosNameOf(key: FlagKey, role: MesosRole): string {
  const known = MESOS_FLAGS.find((flag) => flag.role === role && ourKeyOf(flag) === key);
  return (known?.name ?? FLAGS[key].name).replaceAll('-', '_');
}

/** Those that a node of this role must not be given, unless with a value that is accepted. */
export function refusedFlagsOf(role: Role): readonly MesosFlag[] {
  return MESOS_FLAGS.filter(
    (flag) =>
      (role === 'local' || flag.role === role) &&
      !PRINTED.has(flag.name) &&
      ourKeyOf(flag) === undefined &&
      OURS.get(`${role} ${flag.name}`) === undefined,
  );
}
