/**
 * One flag of a master or agent of Mesos 1.11, and what is made of it here.
 *
 * Whether a flag is supported is not said here: it is when our own table (`flags.ts`) has its name
 * for that role. What is said here is how it differs then, and what to use instead while it is not
 * there: whoever gives such a flag hears that, and nothing is ignored.
 * Source of the names: Mesos 1.11, src/master/flags.cpp, src/slave/flags.cpp, src/logging/flags.cpp.
 */
export type MesosRole = 'master' | 'agent';

export interface MesosFlag {
  /** In kebab case. */
  readonly name: string;
  /** Names from the time when agents were called slaves. */
  readonly aliases: readonly string[];
  readonly role: MesosRole;
  /** A boolean: `--x`, `--no-x`, `--x=true`. */
  readonly toggle: boolean;
  /** What it does differently, where it is supported. */
  readonly different?: string;
  /** Where it is not supported: values that say what is so here in any case. Others are refused. */
  readonly accepted: readonly string[];
  /** Where it is not supported: why, and what to use instead. Goes on after "Cannot use --x: ". */
  readonly instead?: string;
}

interface Extras {
  readonly accepted?: readonly string[];
  readonly different?: string;
}

/** A name with `!` behind it is a toggle; further names follow after `|`. */
export type Spelling = string;

/** Flags of our table that do what they do in Mesos. */
export function same(role: MesosRole, ...spellings: readonly Spelling[]): readonly MesosFlag[] {
  return spellings.map((spelling) => flag(role, spelling, {}));
}

/** A flag of our table that does something else, or more. */
export function different(role: MesosRole, spelling: Spelling, how: string): readonly MesosFlag[] {
  return [flag(role, spelling, { different: how })];
}

/** Flags that our table may not have, all for one reason. */
export function refused(
  role: MesosRole,
  instead: string,
  ...spellings: readonly Spelling[]
): readonly MesosFlag[] {
  return spellings.map((spelling) => ({ ...flag(role, spelling, {}), instead }));
}

/** A flag that our table does not have, of which some values ask for what is so anyway. */
export function fixed(
  role: MesosRole,
  spelling: Spelling,
  accepted: readonly string[],
  instead: string,
): readonly MesosFlag[] {
  return [{ ...flag(role, spelling, { accepted }), instead }];
}

function flag(role: MesosRole, spelling: Spelling, extras: Extras): MesosFlag {
  const [name = '', ...aliases] = spelling.replace('!', '').split('|');
  return { name, aliases, role, toggle: spelling.includes('!'), accepted: [], ...extras };
}
