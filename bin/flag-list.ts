/** What a node was set up with, as Mesos' GET_FLAGS and `/flags` tell it: texts under Mesos' names. */
import type { FlagUnit } from './flag-units.ts';
import { FLAGS, type FlagKey } from './flags.ts';
import type { MesosRole } from './mesos-flags/mesos-flag.ts';
import { mesosNameOf } from './mesos-flags/mesos-flags.ts';
import type { ReadFlags } from './read-flags.ts';

export interface FlagSetting {
  /** In snake case. */
  readonly name: string;
  readonly value: string;
}

/**
 * All flags of this role that were given or have a default, by name.
 * @param actual what only turned out when the node was started, such as its port
 */
export function flagList(
  { role, values, given }: ReadFlags,
  actual: Partial<Readonly<Record<FlagKey, string>>> = {},
): readonly FlagSetting[] {
  const asked: MesosRole = role === 'agent' ? 'agent' : 'master';
  return (Object.keys(FLAGS) as FlagKey[])
    .filter((key) => FLAGS[key].roles.some((each) => each === role))
    .flatMap((key) => {
      const value = actual[key] ?? printed(key, values[key], given);
      return value === undefined ? [] : [{ name: mesosNameOf(key, asked), value }];
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The same by name, as the APIs of nodes take it. */
export function flagTexts(
  flags: ReadFlags,
  actual?: Parameters<typeof flagList>[1],
): Readonly<Record<string, string>> {
  return Object.fromEntries(flagList(flags, actual).map(({ name, value }) => [name, value]));
}

function printed(
  key: FlagKey,
  value: unknown,
  given: ReadonlyMap<string, string>,
): string | undefined {
  const flag: { readonly name: string; readonly unit: unknown; readonly default?: string } =
    FLAGS[key];
  const text = given.get(flag.name) ?? flag.default;
  if (text === undefined || value === undefined) return undefined;
  const { print } = flag.unit as FlagUnit<unknown>;
  return print === undefined ? text : print(value);
}
