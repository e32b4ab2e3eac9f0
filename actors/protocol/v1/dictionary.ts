/**
 * All messages of the v1 APIs by their names in Mesos without `mesos.v1.`, and the TypeScript types
 * that follow from them: `V1<'Offer'>`, `V1<'scheduler.Call'>`, `V1Enum<'TaskState'>`.
 *
 * Such an object is plain data: names of fields as in Mesos, enumerations as names, 64-bit integers
 * as bigint, bytes as Uint8Array, maps as Map. A field that is not required is absent when it is not
 * set, also a list or map that is empty; `fieldOf` gives what Mesos would read there.
 */
import { assert } from '../../../runtime/assert.ts';
import type {
  Definitions,
  EnumDefinition,
  FieldDefinition,
  Fields,
  MessageDefinition,
  Scalar,
  Scalars,
} from './definition.ts';
import { type LinkedMessage, link } from './linked.ts';
import { AGENT_CALLS } from './schema/agent-calls.ts';
import { AGENT_RESPONSES } from './schema/agent-responses.ts';
import { CHECKS } from './schema/checks.ts';
import { COMMANDS } from './schema/commands.ts';
import { CONTAINERS } from './schema/containers.ts';
import { EXECUTOR_API } from './schema/executor-api.ts';
import { FRAMEWORKS } from './schema/frameworks.ts';
import { IDS } from './schema/ids.ts';
import { IMAGES_AND_VOLUMES } from './schema/images-and-volumes.ts';
import { MAINTENANCE } from './schema/maintenance.ts';
import { MASTER_CALLS } from './schema/master-calls.ts';
import { MASTER_EVENTS } from './schema/master-events.ts';
import { MASTER_RESPONSES } from './schema/master-responses.ts';
import { MASTERS_AND_AGENTS } from './schema/masters-and-agents.ts';
import { OFFER_CONSTRAINTS } from './schema/offer-constraints.ts';
import { OFFERS } from './schema/offers.ts';
import { OPERATIONS } from './schema/operations.ts';
import { PERF_STATISTICS } from './schema/perf-statistics.ts';
import { QUOTA } from './schema/quota.ts';
import { RESOURCE_PROVIDER_API } from './schema/resource-provider-api.ts';
import { RESOURCES } from './schema/resources.ts';
import { SCHEDULER_CALLS } from './schema/scheduler-calls.ts';
import { SCHEDULER_EVENTS } from './schema/scheduler-events.ts';
import { STATISTICS } from './schema/statistics.ts';
import { STATUSES } from './schema/statuses.ts';
import { STORAGE } from './schema/storage.ts';
import { TASKS } from './schema/tasks.ts';
import { TIMES_AND_PLACES } from './schema/times-and-places.ts';
import { VALUES } from './schema/values.ts';

const DICTIONARY = {
  ...IDS,
  ...TIMES_AND_PLACES,
  ...VALUES,
  ...RESOURCES,
  ...STORAGE,
  ...FRAMEWORKS,
  ...MASTERS_AND_AGENTS,
  ...COMMANDS,
  ...IMAGES_AND_VOLUMES,
  ...CONTAINERS,
  ...CHECKS,
  ...TASKS,
  ...STATUSES,
  ...STATISTICS,
  ...PERF_STATISTICS,
  ...OFFERS,
  ...OPERATIONS,
  ...MAINTENANCE,
  ...QUOTA,
  ...OFFER_CONSTRAINTS,
  ...SCHEDULER_CALLS,
  ...SCHEDULER_EVENTS,
  ...EXECUTOR_API,
  ...MASTER_CALLS,
  ...MASTER_RESPONSES,
  ...MASTER_EVENTS,
  ...AGENT_CALLS,
  ...AGENT_RESPONSES,
  ...RESOURCE_PROVIDER_API,
};

type Dictionary = typeof DICTIONARY;

export type V1Name = {
  [Name in keyof Dictionary]: Dictionary[Name] extends MessageDefinition ? Name : never;
}[keyof Dictionary];

type EnumName = Exclude<keyof Dictionary, V1Name>;

export type V1Enum<Name extends EnumName> =
  Dictionary[Name] extends EnumDefinition<infer Value> ? Value : never;

export type V1<Name extends V1Name> =
  Dictionary[Name] extends MessageDefinition<infer Own> ? ObjectOf<Own> : never;

type ObjectOf<Own extends Fields> = {
  readonly [Key in keyof Own as Own[Key]['label'] extends 'required' ? Key : never]: ValueOf<
    Own[Key]
  >;
} & {
  readonly [Key in keyof Own as Own[Key]['label'] extends 'required' ? never : Key]?:
    | ValueOf<Own[Key]>
    | undefined;
};

type ValueOf<Field extends FieldDefinition> = Field['label'] extends 'repeated'
  ? readonly TypeOf<Field['type']>[]
  : Field['label'] extends 'map'
    ? ReadonlyMap<string, TypeOf<Field['type']>>
    : TypeOf<Field['type']>;

type TypeOf<Type extends string> = Type extends Scalar
  ? Scalars[Type]
  : Type extends EnumName
    ? V1Enum<Type>
    : Type extends V1Name
      ? V1<Type>
      : never;

/** The same as data. */
export const V1_DEFINITIONS: Definitions = DICTIONARY;

const LINKED = link(V1_DEFINITIONS);

/** Every message, in the order of the schema. */
export const V1_NAMES = [...LINKED.keys()] as readonly V1Name[];

export function linkedMessage(name: V1Name): LinkedMessage {
  const linked = LINKED.get(name);
  assert(linked !== undefined, `the message ${name} is in the dictionary`);
  return linked;
}

/** What Mesos reads in a field: its value, else its default, else 0, false, '' or nothing. */
export function fieldOf<Name extends V1Name, Key extends keyof V1<Name> & string>(
  name: Name,
  object: V1<Name>,
  key: Key,
): NonNullable<V1<Name>[Key]> | undefined {
  return object[key] ?? (linkedMessage(name).byName.get(key)?.unset as NonNullable<V1<Name>[Key]>);
}
