/**
 * Values of flags that say something of resources, and those that Mesos wants as JSON: what an agent
 * has, what is worth an offer, what every program finds in its environment.
 */
import type { Domain } from '../actors/protocol/domain.ts';
import { isPersistentVolume } from '../actors/protocol/resource-kinds.ts';
import {
  type Attributes,
  parseAttributes,
  parseResources,
  type Resource,
  type Resources,
} from '../actors/protocol/resources.ts';
import { roleNameFault } from '../actors/protocol/roles.ts';
import type { EnvironmentVariable } from '../actors/protocol/task.ts';
import { parseJson, readV1 } from '../actors/protocol/v1/codec.ts';
import { toDomain } from '../actors/protocol/v1/domains.ts';
import { readWith } from '../actors/protocol/v1/reading.ts';
import { toResources } from '../actors/protocol/v1/to-nouns/resources.ts';
import { type FlagUnit, FlagValueFault } from './flag-units.ts';

/** `cpus:4;mem:1024`, or a list of `Resource` as JSON. */
export const resources: FlagUnit<Resources> = {
  placeholder: 'RESOURCES',
  read: (value) =>
    orFault(() => (value.startsWith('[') ? resourcesOfJson(value) : parseResources(value))),
};

export const defaultRole: FlagUnit<string> = {
  placeholder: 'ROLE',
  read(value) {
    const fault = value === '*' ? undefined : roleNameFault(value);
    if (fault !== undefined) throw new FlagValueFault(`the role ${fault}`);
    return value;
  },
};

export const attributes: FlagUnit<Attributes> = {
  placeholder: 'ATTRIBUTES',
  read: (value) => orFault(() => parseAttributes(value)),
};

/**
 * What is worth an offer: `cpus:0.01|mem:32`. One of the parts between `|` must be there in full. Of
 * ranges and sets it is how many: `ports:2` is any two ports.
 */
export const quantities: FlagUnit<readonly Resources[]> = {
  placeholder: 'QUANTITIES|…',
  read(value) {
    if (value.trim() === '') return [];
    return value.split('|').map((part) => {
      const list = orFault(() => parseResources(part));
      if (list.length === 0 || list.some(({ type }) => type !== 'scalar')) {
        throw new FlagValueFault('quantities look like "cpus:0.01;mem:32|ports:2", numbers only');
      }
      return list;
    });
  },
};

/** `{"PATH": "/bin:/usr/bin"}` */
export const environment: FlagUnit<readonly EnvironmentVariable[]> = {
  placeholder: 'JSON',
  read(value) {
    const object = orFault(() => parseJson(new TextEncoder().encode(value)));
    if (!(object instanceof Map)) throw new FlagValueFault(ENVIRONMENT);
    return [...object].map(([name, text]) => {
      if (typeof text !== 'string' || name === '' || /[=\0]/.test(name) || text.includes('\0')) {
        throw new FlagValueFault(ENVIRONMENT);
      }
      return { name, value: text };
    });
  },
};

export const domain: FlagUnit<Domain> = {
  placeholder: 'JSON',
  read(value) {
    const said = orFault(() => readV1('DomainInfo', parseJson(new TextEncoder().encode(value))));
    const found = toDomain(said);
    if (found === undefined) throw new FlagValueFault('`domain` must define `fault_domain`');
    return found;
  },
};

const ENVIRONMENT = 'variables look like {"PATH": "/bin:/usr/bin", "LANG": "C"}, texts only';

function resourcesOfJson(value: string): Resources {
  const list = parseJson(new TextEncoder().encode(value));
  if (!Array.isArray(list)) throw new FlagValueFault('a list of resources is expected');
  const { noun, invalid, notSupported } = readWith((report) =>
    toResources(
      list.map((item) => readV1('Resource', item)),
      report,
      '',
    ),
  );
  for (const { path, sentence } of invalid) throw new FlagValueFault(`${sentence} (in ${path})`);
  for (const { path, field } of notSupported) {
    throw new FlagValueFault(`${field} (in ${path}) is not supported`);
  }
  for (const resource of noun) {
    const fault = startFault(resource);
    if (fault !== undefined) throw new FlagValueFault(fault);
  }
  return noun;
}

/** What is made of resources while an agent runs is not said at its start. In the words of Mesos. */
function startFault(resource: Resource): string | undefined {
  const { disk, revocable, reservations = [] } = resource;
  if (isPersistentVolume(resource)) {
    return 'Persistent volumes cannot be specified at the command line';
  }
  if (revocable) {
    return "Revocable resources cannot be specified at the command line; do not include a 'revocable' key in the resources JSON";
  }
  if (reservations.some(({ type }) => type === 'dynamic')) {
    return 'Dynamic reservations cannot be specified at the command line; do not include a reservation with DYNAMIC type in the resources JSON';
  }
  const { type, root } = disk?.source ?? {};
  if (type === 'block' || type === 'raw') {
    return `a disk of the type ${type.toUpperCase()} is of a provider of storage, and there are none`;
  }
  return type !== undefined && root === undefined
    ? `a disk of the type ${type.toUpperCase()} needs a root`
    : undefined;
}

function orFault<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new FlagValueFault(error instanceof Error ? error.message : String(error));
  }
}
