/**
 * What the value of a flag may look like: units of time and size, addresses, choices. Each reads
 * text into the value that the rest works with, or says what such a value looks like.
 */
import type { Attributes, Resources } from '../actors/protocol/resources.ts';
import { parseAttributes, parseResources } from '../actors/protocol/resources.ts';

export interface FlagUnit<Value> {
  /** How `--help` calls a value: `--port NUMBER`. */
  readonly placeholder: string;
  /** @throws FlagValueFault */
  read(text: string): Value;
}

/** `message` is the end of a sentence that begins with the flag and its value. */
export class FlagValueFault extends Error {
  override readonly name = 'FlagValueFault';
}

export const text: FlagUnit<string> = {
  placeholder: 'TEXT',
  read(value) {
    if (value === '') throw new FlagValueFault('it must not be empty');
    return value;
  },
};

export const path: FlagUnit<string> = { placeholder: 'PATH', read: text.read };

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  min: 60_000,
  mins: 60_000,
  h: 3_600_000,
  hrs: 3_600_000,
  d: 86_400_000,
  days: 86_400_000,
  weeks: 604_800_000,
};

/** The longest delay that Node's timers can wait: 2^31 - 1 ms, somewhat under 25 days. */
const DURATION_MS_MAX = 2_147_483_647;

/** Milliseconds. Mesos' units (`ns` to `weeks`) and the short ones; a bare number is refused. */
export const duration: FlagUnit<number> = {
  placeholder: 'DURATION',
  read(value) {
    const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(value) ?? [];
    const unitMs = MILLISECONDS[unit];
    if (unitMs === undefined) {
      throw new FlagValueFault('a duration is a number with a unit, such as 500ms, 15s or 10mins');
    }
    const durationMs = Number(amount) * unitMs;
    if (durationMs > DURATION_MS_MAX) throw new FlagValueFault('the longest duration is 24days');
    return durationMs;
  },
};

/** A duration that is not nothing: for intervals and timeouts that would otherwise spin. */
export const positiveDuration: FlagUnit<number> = {
  placeholder: 'DURATION',
  read(value) {
    const durationMs = duration.read(value);
    if (durationMs < 1) throw new FlagValueFault('it must be at least 1ms');
    return durationMs;
  },
};

/** One that is at most so long. */
export function durationUpTo(text: string): FlagUnit<number> {
  const durationMsMax = duration.read(text);
  return {
    placeholder: 'DURATION',
    read(value) {
      const durationMs = positiveDuration.read(value);
      if (durationMs > durationMsMax) throw new FlagValueFault(`it must be at most ${text}`);
      return durationMs;
    },
  };
}

/** A part of a whole. */
export const ratio: FlagUnit<number> = {
  placeholder: 'RATIO',
  read(value) {
    if (!/^[01](\.\d+)?$/.test(value) || Number(value) > 1) {
      throw new FlagValueFault('a part of a whole is a number from 0 to 1, such as 0.1');
    }
    return Number(value);
  },
};

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
};

/** Bytes; the units are powers of 1024, as in Mesos. */
export const bytes: FlagUnit<number> = {
  placeholder: 'BYTES',
  read(value) {
    const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?B)$/.exec(value) ?? [];
    const unitBytes = BYTES[unit];
    if (unitBytes === undefined) {
      throw new FlagValueFault('a size is a number with a unit, such as 64KB, 512MB or 2GB');
    }
    return Math.round(Number(amount) * unitBytes);
  },
};

/** MiB, as memory and disk are counted; a bare number is MiB, too. */
export const mebibytes: FlagUnit<number> = {
  placeholder: 'SIZE',
  read(value) {
    const size = /^\d+(\.\d+)?$/.test(value) ? Number(value) : bytes.read(value) / 2 ** 20;
    const rounded = Math.round(size * 1000) / 1000;
    if (rounded <= 0) throw new FlagValueFault('it must be more than nothing');
    return rounded;
  },
};

/** A whole number in these bounds. */
export function count(countMin: number, countMax: number): FlagUnit<number> {
  return {
    placeholder: 'NUMBER',
    read(value) {
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      if (number >= countMin && number <= countMax) return number;
      throw new FlagValueFault(
        countMin === countMax
          ? `it must be ${countMin}`
          : `it must be a whole number from ${countMin} to ${countMax}`,
      );
    },
  };
}

/** More than nothing, with at most three decimals: how much of a scalar resource. */
export const amount: FlagUnit<number> = {
  placeholder: 'NUMBER',
  read(value) {
    const number = /^\d+(\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
    if (number >= 0.001 && number <= 1e9) return number;
    throw new FlagValueFault('it must be a number above 0 with at most three decimals');
  },
};

/** Port 0 asks the system for a free one. */
export const port: FlagUnit<number> = { ...count(0, 65_535), placeholder: 'PORT' };

/**
 * Some or all masters, as `host:port,host:port`; a bare host stands for Mesos' well-known port,
 * `[::1]:5050` for IPv6. Read as the same text with all ports in it.
 */
export const masterAddresses: FlagUnit<string> = {
  placeholder: 'HOST:PORT,…',
  read(value) {
    const nodes = value.split(',').map((text) => nodeAddress(text.trim()));
    if (new Set(nodes).size < nodes.length) throw new FlagValueFault('each master is named once');
    return nodes.join(',');
  },
};

/** Of one master. */
export const masterAddress: FlagUnit<string> = {
  placeholder: 'HOST:PORT',
  read: (value) => nodeAddress(value.trim()),
};

/** Of a master: who all of them are. Of a cluster on one machine: how many there are. */
export const masters: FlagUnit<number | readonly string[]> = {
  placeholder: 'HOST:PORT,…|COUNT',
  read: (value) =>
    /^\d+$/.test(value) ? count(1, 9).read(value) : masterAddresses.read(value).split(','),
};

export type RegistryPlace =
  | { readonly kind: 'memory' }
  /** `path`: of its directory; undefined: where it is by default. */
  | { readonly kind: 'raft'; readonly path: string | undefined }
  /** `endpoints`: `host:port`, each of the same etcd. */
  | { readonly kind: 'etcd'; readonly endpoints: readonly string[] };

export const registry: FlagUnit<RegistryPlace> = {
  placeholder: 'raft[:DIR]|etcd://HOST:PORT,…|memory',
  read(value) {
    if (value === 'memory') return { kind: 'memory' };
    if (value.startsWith('etcd:')) return { kind: 'etcd', endpoints: etcdEndpoints(value) };
    const [, path] = /^raft(?::(.+))?$/.exec(value) ?? [];
    if (path === undefined && value !== 'raft') {
      throw new FlagValueFault(
        'it is memory, raft, raft:DIR with the directory to keep it in, or etcd://HOST:PORT,HOST:PORT',
      );
    }
    return { kind: 'raft', path };
  },
};

/** The ports of etcd's clients; one that is not given is etcd's well-known one. */
function etcdEndpoints(value: string): readonly string[] {
  const [, list = ''] = /^etcd:\/\/([^/]+)\/?$/.exec(value) ?? [];
  if (list.includes('@')) {
    throw new FlagValueFault(
      'the masters speak to etcd without a user; leave out what stands before @',
    );
  }
  const endpoints = list.split(',').map((text) => nodeAddress(text.trim(), '2379'));
  if (new Set(endpoints).size < endpoints.length) {
    throw new FlagValueFault('each endpoint is named once');
  }
  return endpoints;
}

function nodeAddress(text: string, portDefault = '5050'): string {
  const [, host, portText = portDefault] =
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const number = Number(portText);
  if (host === undefined || number < 1 || number > 65_535) {
    throw new FlagValueFault('an address looks like host:port, such as 127.0.0.1:5050');
  }
  return `${host}:${number}`;
}

export function choice<const Name extends string>(...names: readonly Name[]): FlagUnit<Name> {
  return {
    placeholder: names.join('|'),
    read(value) {
      const name = names.find((candidate) => candidate === value);
      if (name !== undefined) return name;
      throw new FlagValueFault(`it must be one of ${names.join(', ')}`);
    },
  };
}

/** Present or absent on the command line; `true` or `false` in the environment. */
export const toggle: FlagUnit<boolean> = {
  placeholder: '',
  read: (value) => choice('true', 'false').read(value) === 'true',
};

/** `a,b,c`; each name once and not empty. */
export const names: FlagUnit<readonly string[]> = {
  placeholder: 'NAME,…',
  read(value) {
    const list = value.split(',').map((name) => name.trim());
    if (list.includes('') || new Set(list).size < list.length) {
      throw new FlagValueFault('names are separated by commas, and each is there once');
    }
    return list;
  },
};

/** `role=2,other=0.5` */
export const weights: FlagUnit<readonly { readonly role: string; readonly weight: number }[]> = {
  placeholder: 'ROLE=WEIGHT,…',
  read(value) {
    const entries = value.split(',').map((entry) => {
      const [, role, weight] = /^([^=\s]+)=(\d+(?:\.\d+)?)$/.exec(entry) ?? [];
      if (role === undefined || !(Number(weight) > 0)) {
        throw new FlagValueFault('weights look like analytics=2,web=0.5, each above 0');
      }
      return { role, weight: Number(weight) };
    });
    if (new Set(entries.map(({ role }) => role)).size < entries.length) {
      throw new FlagValueFault('each role has one weight');
    }
    return entries;
  },
};

export const resources: FlagUnit<Resources> = {
  placeholder: 'RESOURCES',
  read: (value) => orFault(() => parseResources(value)),
};

export const attributes: FlagUnit<Attributes> = {
  placeholder: 'ATTRIBUTES',
  read: (value) => orFault(() => parseAttributes(value)),
};

function orFault<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new FlagValueFault(error instanceof Error ? error.message : String(error));
  }
}
